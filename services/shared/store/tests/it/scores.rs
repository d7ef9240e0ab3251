//! How cases count: once, by their newest line, whoever puts it there how often.

use jiff::SignedDuration;
use jiff::civil::Date;
use redis::cmd;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_store::{Counted, ScoreChange, ScoreLine, ScoreSum, Store, StoreError};

use crate::support::{Redis, accept, at, on_both};

on_both!(
    a_case_is_in_the_sums_once_by_its_newest_line,
    who_has_not_seen_the_newest_line_is_refused,
    what_is_not_a_line_or_a_sum_is_an_error,
    a_formula_counts_from_when_it_was_first_asked_for,
);

const FORMULA: &str = "0123456789abcdef";
const KEPT: SignedDuration = SignedDuration::from_hours(24);
const P: Partition = Partition(1);

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn line(unit: &str, on: &str, solved: bool) -> ScoreLine {
    ScoreLine {
        formula: FORMULA.to_owned(),
        day: day(on),
        unit: unit.parse().unwrap(),
        team: None,
        excluded: None,
        counts: [1, 1, 1, u64::from(solved), 1, 0, 0, 0],
    }
}

fn excluded(unit: &str, on: &str) -> ScoreLine {
    ScoreLine {
        excluded: Some("inquiry".parse().unwrap()),
        counts: [0; 8],
        ..line(unit, on, false)
    }
}

async fn count(
    store: &Store,
    number: CaseNumber,
    saw: Option<&ScoreLine>,
    now: Option<&ScoreLine>,
) -> Counted {
    let change = ScoreChange {
        number,
        saw: saw.cloned(),
        now: now.cloned(),
    };
    let done = store.count_scores(P, &[change], KEPT).await.unwrap();
    assert_eq!(done.len(), 1);
    done[0]
}

async fn sums(store: &Store, month: &str) -> Vec<(String, u64, u64)> {
    let sums = store.score_sums(FORMULA, day(month)).await.unwrap();
    let told = |sum: ScoreSum| {
        let excluded = sum.excluded.map(|id| format!("/{id}")).unwrap_or_default();
        let name = format!("{}@{}{excluded}", sum.unit, sum.day);
        (name, sum.counts[0], sum.counts[3])
    };
    let mut sums: Vec<_> = sums.into_iter().map(told).collect();
    sums.sort();
    sums
}

async fn a_case_is_in_the_sums_once_by_its_newest_line(redis: Redis) {
    let store = redis.store().await;
    let numbers = accept(&store, P, 3).await;
    // Lines of the far future: their sums are not forgotten while this runs.
    let first = line("water", "2099-11-30", false);
    for _ in 0..3 {
        for number in &numbers {
            assert_eq!(
                count(&store, *number, None, Some(&first)).await,
                Counted::Done
            );
        }
    }
    assert_eq!(
        sums(&store, "2099-11-01").await,
        [("water@2099-11-30".to_owned(), 3, 0)]
    );
    let counting = store.count_already(P, &numbers).await.unwrap();
    assert_eq!(counting, [true; 3]);

    // To another unit, another month and into an exclusion.
    let (second, out) = (
        line("gas", "2099-12-01", true),
        excluded("water", "2099-11-30"),
    );
    for _ in 0..2 {
        let moved = count(&store, numbers[0], Some(&first), Some(&second)).await;
        assert_eq!(moved, Counted::Done);
        let moved = count(&store, numbers[1], Some(&first), Some(&out)).await;
        assert_eq!(moved, Counted::Done);
    }
    let november = [
        ("water@2099-11-30".to_owned(), 1, 0),
        ("water@2099-11-30/inquiry".to_owned(), 1, 0),
    ];
    assert_eq!(sums(&store, "2099-11-01").await, november);
    assert_eq!(
        sums(&store, "2099-12-31").await,
        [("gas@2099-12-01".to_owned(), 1, 1)]
    );
    let on = async |from, to| store.scored(P, day(from), day(to)).await.unwrap();
    assert_eq!(on("2099-12-01", "2099-12-31").await, [numbers[0]]);
    assert_eq!(on("2099-11-01", "2099-11-30").await.len(), 2);

    let dossiers = store.dossiers(P, &numbers).await.unwrap();
    let lines: Vec<_> = dossiers
        .iter()
        .flatten()
        .map(|of| of.line.clone())
        .collect();
    assert_eq!(
        lines,
        [
            Some(second),
            Some(excluded("water", "2099-11-30")),
            Some(first.clone())
        ]
    );
    assert_eq!(dossiers[0].as_ref().unwrap().journey.len(), 1);
    assert_eq!(dossiers[0].as_ref().unwrap().stored.case.number, numbers[0]);

    assert_eq!(store.may_count(P).await.unwrap(), numbers);

    // And out of them again.
    assert_eq!(
        count(&store, numbers[2], Some(&first), None).await,
        Counted::Done
    );
    assert_eq!(sums(&store, "2099-11-01").await, november[1..]);
    assert_eq!(on("2099-11-01", "2099-11-30").await, [numbers[1]]);
    assert_eq!(
        store.count_already(P, &numbers).await.unwrap(),
        [true, true, false]
    );
}

async fn who_has_not_seen_the_newest_line_is_refused(redis: Redis) {
    let store = redis.store().await;
    let numbers = accept(&store, P, 1).await;
    let (first, second) = (
        line("water", "2099-11-30", false),
        line("gas", "2099-11-30", true),
    );
    count(&store, numbers[0], None, Some(&first)).await;
    assert_eq!(
        count(&store, numbers[0], None, Some(&second)).await,
        Counted::Stale
    );
    assert_eq!(count(&store, numbers[0], None, None).await, Counted::Stale);
    assert_eq!(
        sums(&store, "2099-11-01").await,
        [("water@2099-11-30".to_owned(), 1, 0)]
    );

    let nobody = CaseNumber::new(P, 9_999).unwrap();
    assert_eq!(
        count(&store, nobody, None, Some(&first)).await,
        Counted::Gone
    );
    assert_eq!(store.dossiers(P, &[nobody]).await.unwrap().len(), 1);
    assert!(store.dossiers(P, &[nobody]).await.unwrap()[0].is_none());
    let elsewhere = ScoreChange {
        number: CaseNumber::new(Partition(2), 1).unwrap(),
        saw: None,
        now: Some(first),
    };
    store.count_scores(P, &[elsewhere], KEPT).await.unwrap_err();
}

async fn what_is_not_a_line_or_a_sum_is_an_error(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    let numbers = accept(&store, P, 1).await;
    let of = |name: &str| format!("{}:{{p01}}:{name}", settings.namespace);
    let mut set = cmd("HSET");
    set.arg(of(&format!("case:{}", numbers[0])))
        .arg("q")
        .arg("nonsense");
    redis.raw(&set).await;
    let error = store.dossiers(P, &numbers).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("nonsense"), "{error}");

    let mut set = cmd("HSET");
    set.arg(of(&format!("scores:{FORMULA}:2099-11")))
        .arg("water")
        .arg("1");
    redis.raw(&set).await;
    let error = store
        .score_sums(FORMULA, day("2099-11-01"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("\"water\" is \"1\""), "{error}");
}

async fn a_formula_counts_from_when_it_was_first_asked_for(redis: Redis) {
    let store = redis.store().await;
    let since = async |formula, now| store.scored_since(formula, at(now)).await.unwrap();
    // A store without a case is counted from its first one on.
    assert_eq!(since("aa", 0).await.as_millisecond(), 0);
    assert_eq!(since("aa", 5).await.as_millisecond(), 0);
    assert_eq!(since("bb", 5).await, at(5));
    assert_eq!(since("bb", 9).await, at(5));

    let older = redis.store().await;
    accept(&older, P, 1).await;
    assert_eq!(older.scored_since("aa", at(5)).await.unwrap(), at(5));
}
