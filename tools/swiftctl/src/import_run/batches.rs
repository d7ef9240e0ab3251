//! Rows gathered into batches: full ones at speed, small ones at a slow pace.

use std::time::Duration;

use prost::Message as _;
use swiftline_proto::intake::v1::Submission;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::pace::Pace;
use crate::import::{BadRow, Row};

/// A batch waits for more rows this long at most.
const LINGER: Duration = Duration::from_millis(20);
/// A batch is closed before it grows beyond this, bytes: well below what a service takes in one message.
const MAX_BYTES: usize = 1 << 20;

/// Submissions that travel together, with the lines that they come from.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Batch {
    /// The lines.
    pub(super) lines: Vec<u64>,
    /// The submissions, one a line.
    pub(super) submissions: Vec<Submission>,
    /// How often it was turned away.
    pub(super) attempt: u32,
    bytes: usize,
}

impl Batch {
    /// An empty batch for what was turned away so often.
    pub(super) fn turned_away(attempt: u32) -> Self {
        Self {
            attempt,
            ..Self::default()
        }
    }

    /// Adds a submission.
    pub(super) fn push(&mut self, line: u64, submission: Submission) {
        self.bytes += submission.encoded_len();
        self.lines.push(line);
        self.submissions.push(submission);
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The submissions in it.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }
}

/// What comes next out of the file.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// Submissions that are due.
    Batch(Batch),
    /// A row that cannot be read.
    Bad(BadRow),
}

/// The batches of a file.
pub(super) struct Batches {
    rows: mpsc::Receiver<Result<Row, BadRow>>,
    pace: Pace,
    size: usize,
    batch: Batch,
    begun: Instant,
    /// A row that is not due, or does not fit any more.
    waiting: Option<(Instant, Row)>,
}

impl Batches {
    /// Batches of at most `size` rows, each row when it is due.
    pub(super) fn new(rows: mpsc::Receiver<Result<Row, BadRow>>, pace: Pace, size: usize) -> Self {
        Self {
            rows,
            pace,
            size,
            batch: Batch::default(),
            begun: Instant::now(),
            waiting: None,
        }
    }

    /// The next batch or bad row; `None` at the end. May be dropped while it waits: nothing is lost.
    pub(super) async fn next(&mut self) -> Option<Next> {
        loop {
            if let Some(full) = self.take_waiting().await {
                return Some(full);
            }
            match self.receive().await {
                Some(Ok(row)) => {
                    let due = self.pace.due(&row, Instant::now());
                    self.waiting = Some((due, row));
                }
                Some(Err(bad)) => return Some(Next::Bad(bad)),
                None => return self.flush(),
            }
        }
    }

    /// Puts the waiting row into the batch when it is due; answers with the batch when that has to go.
    async fn take_waiting(&mut self) -> Option<Next> {
        let (due, row) = self.waiting.as_ref()?;
        let due = *due;
        let fits = self.batch.bytes + row.submission.encoded_len() <= MAX_BYTES;
        if !self.batch.is_empty() && (!fits || due > self.begun + LINGER) {
            return self.flush();
        }
        sleep_until(due).await;
        let (_, row) = self.waiting.take()?;
        if self.batch.is_empty() {
            self.begun = Instant::now();
        }
        self.batch.push(row.line, row.submission);
        if self.batch.len() >= self.size {
            self.flush()
        } else {
            None
        }
    }

    /// The next row; `None` at the end, and when the batch has waited for it long enough.
    async fn receive(&mut self) -> Option<Result<Row, BadRow>> {
        if self.batch.is_empty() {
            return self.rows.recv().await;
        }
        timeout_at(self.begun + LINGER, self.rows.recv())
            .await
            .ok()
            .flatten()
    }

    fn flush(&mut self) -> Option<Next> {
        let batch = std::mem::take(&mut self.batch);
        (!batch.is_empty()).then_some(Next::Batch(batch))
    }
}

#[cfg(test)]
mod tests {
    use swiftline_proto::types::v1::Complaint;

    use super::*;

    fn row(line: u64, text: &str) -> Row {
        let complaint = Some(Complaint {
            text: text.into(),
            ..Default::default()
        });
        Row {
            line,
            key: None,
            recorded_at: None,
            submission: Submission {
                complaint,
                ..Default::default()
            },
        }
    }

    fn lines(next: Option<Next>) -> Vec<u64> {
        match next {
            Some(Next::Batch(batch)) => batch.lines,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn rows_that_are_there_fill_batches_and_bad_ones_pass() {
        let (sender, rows) = mpsc::channel(8);
        let bad = BadRow {
            line: 2,
            key: None,
            reason: "x".into(),
        };
        for item in [
            Ok(row(1, "a")),
            Err(bad.clone()),
            Ok(row(3, "c")),
            Ok(row(4, "d")),
        ] {
            sender.send(item).await.unwrap();
        }
        drop(sender);
        let mut batches = Batches::new(rows, Pace::Free, 2);
        assert_eq!(batches.next().await, Some(Next::Bad(bad)));
        assert_eq!(lines(batches.next().await), [1, 3]);
        assert_eq!(lines(batches.next().await), [4]);
        assert_eq!(batches.next().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_source_does_not_hold_back_what_has_come() {
        let (sender, rows) = mpsc::channel(8);
        sender.send(Ok(row(1, "a"))).await.unwrap();
        let mut batches = Batches::new(rows, Pace::Free, 100);
        let begun = Instant::now();
        assert_eq!(lines(batches.next().await), [1]);
        assert!(begun.elapsed() <= LINGER * 2, "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn rows_go_when_they_are_due() {
        let (sender, rows) = mpsc::channel(8);
        for line in 1..=3 {
            sender.send(Ok(row(line, "a"))).await.unwrap();
        }
        drop(sender);
        let mut batches = Batches::new(rows, Pace::rate(1.0), 100);
        let begun = Instant::now();
        for line in 1..=3 {
            assert_eq!(lines(batches.next().await), [line]);
            assert!(
                begun.elapsed() >= Duration::from_secs(line - 1),
                "{:?}",
                begun.elapsed()
            );
        }
        assert!(
            begun.elapsed() < Duration::from_millis(2_100),
            "{:?}",
            begun.elapsed()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn long_texts_make_short_batches() {
        let (sender, rows) = mpsc::channel(8);
        for line in 1..=3 {
            sender
                .send(Ok(row(line, &"x".repeat(MAX_BYTES / 2))))
                .await
                .unwrap();
        }
        drop(sender);
        let mut batches = Batches::new(rows, Pace::Free, 100);
        assert_eq!(lines(batches.next().await), [1]);
        assert_eq!(lines(batches.next().await), [2]);
        assert_eq!(lines(batches.next().await), [3]);
    }
}
