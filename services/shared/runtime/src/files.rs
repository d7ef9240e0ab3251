//! Looks at the files that may change while a service runs, and tells what became of them.

use std::time::Duration;

use futures::FutureExt as _;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use swiftline_config::{FileChange, Files};
use swiftline_telemetry::Metrics;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::task::MakeTask;
use crate::{Context, TaskError};

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct File {
    setting: &'static str,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Read {
    setting: &'static str,
    outcome: &'static str,
}

/// Changes of files, and those that are not in force.
#[derive(Debug, Clone)]
struct FileMetrics {
    reads: Family<Read, Counter>,
    refused: Family<File, Gauge>,
}

impl FileMetrics {
    fn new(metrics: &Metrics) -> Self {
        Self {
            reads: metrics.register(
                "swiftline_file_changes",
                "Changed files that were read again: loaded or refused",
                Family::default(),
            ),
            refused: metrics.register(
                "swiftline_file_refused",
                "1 while the files of a setting are wrong, and what they held before is in force",
                Family::default(),
            ),
        }
    }

    fn tell(&self, change: &FileChange) {
        let setting = change.setting;
        let outcome = match &change.refused {
            None => "loaded",
            Some(_) => "refused",
        };
        self.reads.get_or_create(&Read { setting, outcome }).inc();
        let refused = i64::from(change.refused.is_some());
        self.refused.get_or_create(&File { setting }).set(refused);
        match &change.refused {
            None => tracing::info!(setting, "changed files are in force"),
            Some(reason) => {
                tracing::error!(
                    setting,
                    reason,
                    "changed files are refused, the old ones stay in force"
                );
            }
        }
    }
}

/// A task that looks at the context's files this often, until the drain.
pub(crate) fn follow(context: &Context, every: Duration) -> MakeTask {
    let (files, metrics) = (
        context.files.clone(),
        FileMetrics::new(&context.instruments.metrics),
    );
    Box::new(move |stop| run(files.clone(), metrics.clone(), every, stop).boxed())
}

async fn run(
    files: Files,
    metrics: FileMetrics,
    every: Duration,
    stop: CancellationToken,
) -> Result<(), TaskError> {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return Ok(()),
        }
        let looked = files.clone();
        // A disk that hangs must not hold up a thread that serves.
        let changes = tokio::task::spawn_blocking(move || looked.look()).await?;
        changes.iter().for_each(|change| metrics.tell(change));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn changes_are_noticed_counted_and_told_until_they_are_mended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("number");
        let write = |text: &str| std::fs::write(&path, text).unwrap();
        write("1");
        let context = Context::new("t", "1", swiftline_telemetry::Instruments::disabled());
        let read = path.clone();
        let read = move || {
            std::fs::read_to_string(&read)
                .unwrap_or_default()
                .parse::<u32>()
        };
        let value = context.files.watch("n", vec![path.clone()], read).unwrap();
        let mut make = follow(&context, Duration::from_secs(5));
        let stop = CancellationToken::new();
        let running = tokio::spawn(make(stop.clone()));
        let shows = |line: &str| context.instruments.metrics.encode().contains(line);
        let until = async |line: &str| {
            while !shows(line) {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        write("2");
        until(r#"changes_total{setting="n",outcome="loaded"} 1"#).await;
        assert_eq!(*value.get(), 2);
        write("two");
        until(r#"swiftline_file_refused{setting="n"} 1"#).await;
        assert_eq!(*value.get(), 2);
        assert!(shows(r#"changes_total{setting="n",outcome="refused"} 1"#));
        write("3");
        until(r#"swiftline_file_refused{setting="n"} 0"#).await;
        assert_eq!(*value.get(), 3);
        stop.cancel();
        running.await.unwrap().unwrap();
    }
}
