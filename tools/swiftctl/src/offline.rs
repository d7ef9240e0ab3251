//! Complaints of a file, classified here by the classifier's own engine: what the mesh would make of them, without it.
//!
//! Reads in a thread of its own and keeps a bounded number of complaints, so a file may be of any size.

use jiff::Timestamp;
use swiftline_classifier::engine::Classify as _;
use swiftline_domain::city::CityPack;
use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::Complaint;
use swiftline_domain::rules::Facts;
use tokio::sync::mpsc;

use crate::failure::Failure;
use crate::import::{BadRow, Row};
use crate::output::clean;

/// Complaints that are classified together.
const BATCH: usize = 256;

/// A complaint as routing sees it.
pub(crate) struct Past<'a> {
    /// The row's own key; `line-7` for one without.
    pub(crate) key: &'a str,
    /// When it was first said; now where that was not recorded.
    pub(crate) at: Timestamp,
    complaint: &'a Complaint,
    classification: &'a Classification,
    lowered: String,
}

impl Past<'_> {
    /// What the rules look at.
    pub(crate) fn facts(&self, pack: &CityPack) -> Facts<'_> {
        let (complaint, classification) = (self.complaint, self.classification);
        Facts {
            category: classification.category.as_ref(),
            area: classification.place.as_ref(),
            kind: classification.kind,
            urgency: classification.urgency,
            channel: complaint.channel,
            line: complaint.line,
            reporter: complaint.reporter,
            language: classification.language,
            moment: pack.calendar.moment(self.at),
            text: &self.lowered,
        }
    }
}

/// How many rows there were.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Classified.
    pub(crate) good: u64,
    /// Said to be bad on standard error.
    pub(crate) bad: u64,
}

struct Read {
    key: String,
    at: Timestamp,
}

/// Classifies the complaints of a file and shows each to `see`, in order. Rows that cannot be read, or that the mesh would
/// not take, go to standard error with `tell`. Must not be called where other tasks wait.
///
/// # Errors
/// Those of `see`.
pub(crate) fn classify(
    pack: &CityPack,
    mut rows: mpsc::Receiver<Result<Row, BadRow>>,
    tell: impl Fn(&str),
    mut see: impl FnMut(&Past<'_>) -> Result<(), Failure>,
) -> Result<Rows, Failure> {
    let engine = crate::classify::engine(pack)?;
    let now = Timestamp::now();
    let mut counts = Rows::default();
    let (mut reads, mut complaints) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
    loop {
        let row = rows.blocking_recv();
        let ended = row.is_none();
        match row.map(|row| row.and_then(|row| read(row, now))) {
            Some(Ok((read, complaint))) => {
                reads.push(read);
                complaints.push(complaint);
            }
            Some(Err(bad)) => {
                counts.bad += 1;
                tell(&clean(&bad.to_string()));
            }
            None => {}
        }
        if ended || complaints.len() == BATCH {
            let classified = engine.classify(&complaints);
            counts.good += complaints.len() as u64;
            for ((read, complaint), classification) in
                reads.iter().zip(&complaints).zip(&classified)
            {
                see(&Past {
                    key: &read.key,
                    at: read.at,
                    complaint,
                    classification,
                    lowered: complaint.text.to_lowercase(),
                })?;
            }
            reads.clear();
            complaints.clear();
        }
        if ended {
            return Ok(counts);
        }
    }
}

/// The complaint of a row, checked as intake checks it.
fn read(row: Row, now: Timestamp) -> Result<(Read, Complaint), BadRow> {
    let Row {
        line,
        key,
        recorded_at,
        submission,
    } = row;
    let complaint = submission.complaint.unwrap_or_default().try_into();
    let complaint =
        complaint.map_err(|error: swiftline_proto::convert::ConvertError| error.to_string());
    let complaint = complaint.and_then(|complaint: Complaint| {
        // A history may be of any time.
        let problems = complaint.problems(Timestamp::MAX, None);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        if problems.is_empty() {
            Ok(complaint)
        } else {
            Err(problems.join("; "))
        }
    });
    match complaint {
        Ok(complaint) => {
            let key = key.unwrap_or_else(|| format!("line-{line}"));
            let at = recorded_at.unwrap_or(now);
            Ok((Read { key, at }, complaint))
        }
        Err(reason) => Err(BadRow { line, key, reason }),
    }
}
