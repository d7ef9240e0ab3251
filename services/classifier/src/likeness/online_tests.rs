//! The index on a real Redis: shared, and never in the way.

use std::time::Duration;

use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_store::{Store, StoreSettings};
use swiftline_testkit::redis::{Fsync, RedisServer};

use super::{LikenessSettings, Online, Sketch, Sketcher, Tally, Told};

const PLANT: &str =
    "丽景新城旁新建的混凝土厂昼夜施工，粉尘很大，窗户都不敢开，夜里噪音让老人孩子睡不着。";

fn sketch(n: u64, text: &str) -> Sketch {
    let told = Told {
        text,
        address: None,
        location: None,
        category: None,
        area: None,
    };
    let case = CaseNumber::new(Partition(0), n).unwrap();
    Sketcher::new().sketch(case, jiff::Timestamp::now(), &told)
}

async fn store(server: &RedisServer) -> Store {
    let settings = StoreSettings {
        url: server.url(),
        ..StoreSettings::default()
    };
    Store::connect(&settings).await.unwrap()
}

fn numbers(links: &[Vec<swiftline_domain::classification::Similar>]) -> Vec<Vec<u64>> {
    let of = |links: &Vec<swiftline_domain::classification::Similar>| {
        links.iter().map(|link| link.case.sequence()).collect()
    };
    links.iter().map(of).collect()
}

#[tokio::test]
async fn replicas_share_what_they_know() {
    let server = RedisServer::start(Fsync::No).await.unwrap();
    let settings = LikenessSettings {
        deadline_ms: 20_000,
        ..LikenessSettings::default()
    };
    let here = Online::new(store(&server).await, &settings);
    let there = Online::new(store(&server).await, &settings);
    let lamp = "The lamp before the library has been dark since Monday";
    let first = here.similar(&[sketch(1, PLANT), sketch(2, lamp)]).await;
    assert_eq!(numbers(&first), [[0; 0], [0; 0]]);
    let told_again = format!("您好！{PLANT}谢谢！");
    for _ in 0..2 {
        let second = there.similar(&[sketch(3, &told_again)]).await;
        assert_eq!(numbers(&second), [[1]], "asked twice, answered the same");
    }
    let tally = Tally {
        asked: 2,
        linked: 2,
        ..Tally::default()
    };
    assert_eq!(there.tally(), tally);
    assert!(here.similar(&[]).await.is_empty());
}

#[tokio::test]
async fn a_redis_that_is_late_is_left_alone_for_a_while() {
    let server = RedisServer::start(Fsync::No).await.unwrap();
    let settings = LikenessSettings {
        deadline_ms: 50,
        ..LikenessSettings::default()
    };
    let online = Online::new(store(&server).await, &settings);
    server
        .command::<()>("CLIENT PAUSE 60000 ALL")
        .await
        .unwrap();
    let begun = std::time::Instant::now();
    for _ in 0..3 {
        let links = online.similar(&[sketch(1, PLANT), sketch(2, PLANT)]).await;
        assert_eq!(numbers(&links), [[0; 0], [0; 0]]);
    }
    // One wait of 50 ms; and no hurry on a busy machine.
    assert!(begun.elapsed() < Duration::from_secs(20));
    let tally = online.tally();
    assert_eq!(
        (tally.asked, tally.late + tally.skipped),
        (0, 6),
        "{tally:?}"
    );
    assert!(tally.late >= 2, "{tally:?}");
}

#[tokio::test]
async fn a_redis_that_fails_costs_links_only() {
    let server = RedisServer::start(Fsync::No).await.unwrap();
    let settings = LikenessSettings {
        deadline_ms: 20_000,
        ..LikenessSettings::default()
    };
    let online = Online::new(store(&server).await, &settings);
    server
        .command::<()>("CONFIG SET maxmemory 1")
        .await
        .unwrap();
    let links = online.similar(&[sketch(1, PLANT)]).await;
    assert_eq!(numbers(&links), [[0; 0]]);
    assert_eq!(online.tally().failed, 1);
}

#[tokio::test]
async fn switched_off_it_asks_nobody() {
    let server = RedisServer::start(Fsync::No).await.unwrap();
    let settings = LikenessSettings {
        enabled: false,
        ..LikenessSettings::default()
    };
    let online = Online::new(store(&server).await, &settings);
    for _ in 0..2 {
        let links = online.similar(&[sketch(1, PLANT)]).await;
        assert_eq!(numbers(&links), [[0; 0]]);
    }
    assert_eq!(online.tally(), Tally::default());
}
