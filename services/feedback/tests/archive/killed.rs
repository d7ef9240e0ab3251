//! kill -9: this very program, started as a child, archives until it is killed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use swiftline_feedback::archive::{Archive, Compaction};
use swiftline_store::Store;

use crate::rig::{Rig, archived, archiver, ended, later, settings, store_settings};

/// Tells a child where to work; absent in a test run.
const WHERE: &str = "ARCHIVE_TEST_CHILD";

/// What the child says after each step.
const SAYS: &str = "step:";

/// The child: archives, saying each step, and stands still after the step of this number, if any, until it is killed.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let Ok(told) = std::env::var(WHERE) else {
        return;
    };
    let mut told = told.split('|');
    let (redis, folder, still) = (
        told.next().unwrap(),
        told.next().unwrap(),
        told.next().unwrap(),
    );
    let still: usize = still.parse().unwrap();
    let steps = AtomicUsize::new(0);
    let archive = Archive::open(folder, "small")
        .unwrap()
        .watched(Arc::new(move |step| {
            let mut out = std::io::stdout().lock();
            writeln!(out, "{SAYS}{step:?}").unwrap();
            out.flush().unwrap();
            if steps.fetch_add(1, SeqCst) + 1 == still {
                std::io::stdin().lines().for_each(drop);
            }
            Ok(())
        }));
    let store = Store::connect(&store_settings(redis)).await.unwrap();
    archiver(&store, &archive, &settings(folder))
        .round(later())
        .await
        .unwrap();
    archive
        .compact(&Compaction {
            files: 2,
            settled_ms: -40_000_000_000,
        })
        .await
        .unwrap();
}

/// Starts a child and kills it at its n-th step: while it stands still there, or as it runs on. Whether it came so far.
fn killed_at(rig: &Rig, nth: usize, stands_still: bool) -> bool {
    let still = if stands_still { nth } else { 0 };
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "killed::child",
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(WHERE, format!("{}|{}|{still}", rig.redis.url(), rig.path()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let steps = lines
        .map_while(Result::ok)
        .filter(|line| line.contains(SAYS));
    let came = steps.take(nth).count() == nth;
    child.kill().unwrap();
    child.wait().unwrap();
    came
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_nothing_is_lost_or_doubled() {
    for stands_still in [true, false] {
        let rig = Rig::start().await;
        let (mut numbers, mut told) = (Vec::new(), Vec::new());
        for round in 1.. {
            let more = rig.cases(u8::from(round % 2 == 0), 9).await;
            told.extend(rig.told(&more).await);
            numbers.extend(more);
            // Each time it comes a step further than the time before; at last it comes to its end.
            if !tokio::task::block_in_place(|| killed_at(&rig, round, stands_still)) || round == 24
            {
                break;
            }
        }
        let archive = rig.archive();
        rig.archiver(&archive).round(later()).await.unwrap();
        told.sort();
        let found = archived(&archive).await;
        let found: Vec<_> = found
            .iter()
            .map(|(n, version, step, name)| (n.clone(), *version, *step, name.as_str()))
            .collect();
        assert_eq!(found, told, "every event once");
        let open = numbers
            .chunks(9)
            .flat_map(|batch| batch.iter().skip(1).step_by(2));
        let gone = numbers.chunks(9).flat_map(|batch| batch.iter().step_by(2));
        let mut gone: Vec<String> = gone.map(ToString::to_string).collect();
        gone.sort();
        assert_eq!(ended(&archive).await, gone, "every ended case once");
        for number in open {
            assert!(
                rig.store.load(*number).await.unwrap().is_some(),
                "what is open stays"
            );
        }
    }
}
