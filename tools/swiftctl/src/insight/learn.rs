//! `insight learn`: what was usual before there was Swiftline.

use std::fs::File;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use swiftline_proto::convert::timestamp;
use swiftline_proto::feedback::v1 as wire;

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::Out;
use crate::words::count;

/// Counts of one request.
const AT_ONCE: usize = 10_000;

/// Arguments of `insight learn`.
#[derive(Debug, Args)]
#[command(after_help = "\
The file has the columns hour, category, area and count, such as
  hour,category,area,count
  2026-11-21T08:00:00+08:00,heating,110105,17
Hours of the last 35 days are taken; the same file again changes nothing. Leave hours with nothing out.")]
pub(super) struct LearnArgs {
    /// CSV
    file: PathBuf,
}

/// A line of the file; the first is the header.
#[derive(Debug, Deserialize)]
struct Row {
    hour: String,
    category: String,
    area: String,
    count: u32,
}

#[derive(Debug, Serialize)]
struct LearnedView {
    taken: u64,
}

pub(super) async fn run(args: LearnArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let name = args.file.display().to_string();
    let unreadable = |error: String| Failure::Given(format!("{name}: {error}"));
    let file = File::open(&args.file).map_err(|error| unreadable(error.to_string()))?;
    let mut counts = Vec::new();
    for (row, line) in csv::Reader::from_reader(file).into_deserialize().zip(2..) {
        let row: Row = row.map_err(|error| unreadable(error.to_string()))?;
        let hour: Timestamp = row.hour.parse().map_err(|_| {
            let reason = "is no time with a zone, such as 2026-11-21T08:00:00+08:00";
            unreadable(format!("line {line}: hour {:?} {reason}", row.hour))
        })?;
        counts.push(wire::HourCount {
            hour: Some(timestamp(hour)),
            category: row.category,
            area: row.area,
            count: row.count,
        });
    }
    let mut taken = 0;
    for counts in counts.chunks(AT_ONCE) {
        let request = mesh.request(wire::LearnHoursRequest {
            counts: counts.to_vec(),
        });
        let mut insight = mesh.insight()?;
        let answer = mesh.call(Peer::Feedback, insight.learn_hours(request));
        taken += answer.await?.taken;
    }
    out.one(&LearnedView { taken }, |_| {
        format!("{} counts of past hours are known", count(taken))
    })
}
