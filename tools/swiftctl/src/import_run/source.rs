//! Reading the file in a thread of its own, a bounded number of rows ahead of what was sent.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::PathBuf;

use indicatif::ProgressBar;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use crate::failure::Failure;
use crate::import::{self, BadRow, Format, Row, Rows};

/// Rows read and not yet sent, at most.
const AHEAD: usize = 512;

/// What to read, and how.
pub(crate) struct Source {
    /// The form of the file.
    pub(crate) format: Format,
    /// The file; `-` is standard input.
    pub(crate) file: PathBuf,
    /// The zone of times that have none.
    pub(crate) zone: TimeZone,
    /// Only so many rows.
    pub(crate) limit: Option<u64>,
    /// In the order of the recorded times; needs memory for the whole file.
    pub(crate) in_order: bool,
}

impl Source {
    /// Opens the file and reads it in the background; the bar follows.
    pub(crate) fn read(
        self,
        bar: &ProgressBar,
    ) -> Result<mpsc::Receiver<Result<Row, BadRow>>, Failure> {
        let path = self.file.display().to_string();
        let wrong = |reason: String| Failure::Given(format!("{path}: {reason}"));
        let by_rows = self.in_order || self.limit.is_some();
        let (name, file): (&str, Box<dyn Read + Send>) = if path == "-" {
            ("stdin", Box::new(stdin()))
        } else {
            let file = File::open(&self.file).map_err(|error| wrong(error.to_string()))?;
            let about = file.metadata().map_err(|error| wrong(error.to_string()))?;
            if about.is_dir() {
                return Err(wrong("is a folder".to_owned()));
            }
            if !by_rows {
                bar.set_length(about.len());
            }
            let name = self
                .file
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or("file");
            (
                name,
                if by_rows {
                    Box::new(file)
                } else {
                    Box::new(bar.wrap_read(file))
                },
            )
        };
        let rows = import::rows(&self.format, file, name, self.zone)
            .map_err(|error| wrong(error.to_string()))?;
        let rows: Rows = match self.limit {
            Some(limit) => Box::new(rows.take(usize::try_from(limit).unwrap_or(usize::MAX))),
            None => rows,
        };
        let (sender, receiver) = mpsc::channel(AHEAD);
        let bar = bar.clone();
        // Ends with the file, or when nobody receives any more.
        std::thread::Builder::new()
            .name("read rows".to_owned())
            .spawn(move || {
                if self.in_order {
                    send_in_order(rows, &sender, &bar);
                } else {
                    send(rows, &sender);
                }
            })
            .map_err(Failure::Output)?;
        Ok(receiver)
    }
}

fn send(
    rows: impl Iterator<Item = Result<Row, BadRow>>,
    sender: &mpsc::Sender<Result<Row, BadRow>>,
) {
    for row in rows {
        if sender.blocking_send(row).is_err() {
            return;
        }
    }
}

/// The bad rows as they are found, then the good ones by their time; those without a time first.
fn send_in_order(rows: Rows, sender: &mpsc::Sender<Result<Row, BadRow>>, bar: &ProgressBar) {
    let mut good = Vec::new();
    for row in rows {
        match row {
            Ok(row) => good.push(row),
            Err(bad) => send(std::iter::once(Err(bad)), sender),
        }
    }
    good.sort_by_key(|row| row.recorded_at);
    bar.set_length(good.len() as u64);
    send(good.into_iter().map(Ok), sender);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str, limit: Option<u64>, in_order: bool) -> (tempfile::TempDir, Source) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.jsonl");
        std::fs::write(&file, text).unwrap();
        (
            dir,
            Source {
                format: Format::Jsonl,
                file,
                zone: TimeZone::UTC,
                limit,
                in_order,
            },
        )
    }

    fn lines(text: &str, limit: Option<u64>, in_order: bool) -> Vec<Result<u64, u64>> {
        let (_dir, source) = source(text, limit, in_order);
        let mut rows = source.read(&ProgressBar::hidden()).unwrap();
        let mut lines = Vec::new();
        while let Some(row) = rows.blocking_recv() {
            lines.push(row.map(|row| row.line).map_err(|bad| bad.line));
        }
        lines
    }

    const FILE: &str =
        "{\"text\":\"b\",\"time\":\"2020-01-02\"}\n{}\n{\"text\":\"a\",\"time\":\"2020-01-01\"}\n";

    #[test]
    fn rows_come_in_the_order_of_the_file_or_of_their_times() {
        assert_eq!(lines(FILE, None, false), [Ok(1), Err(2), Ok(3)]);
        assert_eq!(lines(FILE, None, true), [Err(2), Ok(3), Ok(1)]);
        assert_eq!(lines(FILE, Some(1), true), [Ok(1)]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let (dir, mut source) = source("", None, false);
        source.file = dir.path().to_owned();
        let folder = source.read(&ProgressBar::hidden()).unwrap_err().to_string();
        assert!(folder.ends_with(": is a folder"), "{folder}");
        let gone = Source {
            format: Format::Nyc311,
            file: "gone.csv".into(),
            zone: TimeZone::UTC,
            limit: None,
            in_order: false,
        };
        let gone = gone.read(&ProgressBar::hidden()).unwrap_err().to_string();
        assert!(gone.starts_with("gone.csv: No such file"), "{gone}");
    }
}
