//! Whether messages that tell of the same thing are linked, and whether recurring issues come out on top.
//!
//! The groups of `likeness.jsonl` are self-written: near-duplicates and paraphrases, and beside each the same topic at another
//! place and another topic at the same place. Every pair of messages is asked about. `issues.json` has the issues that a
//! reader found in the open data's `hot_issues.jsonl`, as message ids.

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use swiftline_classifier::likeness::mine::{Issue, Message, mine};
use swiftline_classifier::likeness::{OPERATING_POINT, Sketch, Sketcher, Told};
use swiftline_domain::id::{AreaId, CategoryId};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::Urgency;

use crate::data::{Data, jsonl};

const HOT_ISSUES: &str = "citizen_messages_zh/hot_issues.jsonl";
/// The time between two messages within which they are linked.
const WINDOW_DAYS: u32 = 30;
/// Issues are looked for among this many.
const TOP: usize = 5;

/// A message of the written groups.
#[derive(Debug, Deserialize)]
struct Written {
    group: u32,
    day: i64,
    area: String,
    category: String,
    text: String,
}

/// A message of the open data.
#[derive(Debug, Deserialize)]
struct Posted {
    msg_id: u64,
    user: String,
    time: String,
    subject: String,
    detail: String,
    up: u64,
}

/// An issue as a reader found it.
#[derive(Debug, Deserialize)]
struct Read {
    issue: String,
    message_ids: BTreeSet<u64>,
}

pub(super) fn run(data: &Data, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    links(out)?;
    issues(data, out)
}

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../services/classifier/testdata")
        .join(name)
}

fn links(out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let written: Vec<Written> = jsonl(&testdata("likeness.jsonl"))?;
    let groups: BTreeSet<u32> = written.iter().map(|one| one.group).collect();
    writeln!(
        out,
        "links: {} messages in {} written groups, every pair asked about",
        written.len(),
        groups.len()
    )?;
    for (known, say) in [(true, "category and area known"), (false, "by text alone")] {
        let sketches = sketches(&written, known)?;
        let (mut right, mut wrong, mut missed, mut hidden) = (0, 0, 0, 0);
        for (at, (one, sketch)) in written.iter().zip(&sketches).enumerate() {
            for (other, like) in written.iter().zip(&sketches).skip(at + 1) {
                let found = sketch.finds(like);
                let linked =
                    found && sketch.likeness(like, WINDOW_DAYS * 86_400) >= OPERATING_POINT;
                match (linked, one.group == other.group) {
                    (true, true) => right += 1,
                    (true, false) => wrong += 1,
                    (false, true) => {
                        missed += 1;
                        hidden += usize::from(!found);
                    }
                    (false, false) => {}
                }
            }
        }
        writeln!(
            out,
            "  {say}: precision {:.3}, recall {:.3} at {OPERATING_POINT} ({right} right, {wrong} wrong, {missed} missed, of \
             these {hidden} without a common key)",
            share(right, right + wrong),
            share(right, right + missed),
        )?;
    }
    Ok(())
}

fn sketches(written: &[Written], known: bool) -> Result<Vec<Sketch>, Box<dyn Error>> {
    let mut sketcher = Sketcher::new();
    let sketch = |(number, one): (u64, &Written)| {
        let case = CaseNumber::new(Partition(0), number).ok_or("too many messages")?;
        let at = Timestamp::from_second(1_800_000_000 + one.day * 86_400)?;
        let category = known
            .then(|| one.category.parse::<CategoryId>())
            .transpose()?;
        let area = known.then(|| one.area.parse::<AreaId>()).transpose()?;
        let told = Told {
            text: &one.text,
            address: None,
            location: None,
            category: category.as_ref(),
            area: area.as_ref(),
        };
        Ok(sketcher.sketch(case, at, &told))
    };
    (1..).zip(written).map(sketch).collect()
}

fn issues(data: &Data, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let Some(posted) = data.jsonl::<Posted>(HOT_ISSUES)? else {
        writeln!(out, "skipped: recurring issues ({HOT_ISSUES} is not there)")?;
        return Ok(());
    };
    let read: Vec<Read> = serde_json::from_str(&std::fs::read_to_string(testdata("issues.json"))?)?;
    let messages = posted.iter().map(message).collect::<Result<Vec<_>, _>>()?;
    let begun = Instant::now();
    let issues = mine(&messages);
    let took = begun.elapsed();
    writeln!(
        out,
        "issues: {} in {} messages, mined in {:.1} s; a reader's against ours",
        issues.len(),
        messages.len(),
        took.as_secs_f64()
    )?;
    let places: HashMap<u64, usize> = posted.iter().map(|one| one.msg_id).zip(0..).collect();
    let mut on_top = 0;
    for read in &read {
        let wanted: BTreeSet<usize> = read
            .message_ids
            .iter()
            .filter_map(|id| places.get(id).copied())
            .collect();
        let common = |issue: &Issue| {
            issue
                .members
                .iter()
                .filter(|member| wanted.contains(member))
                .count()
        };
        let (rank, issue) = issues
            .iter()
            .enumerate()
            .max_by_key(|(rank, issue)| (common(issue), std::cmp::Reverse(*rank)))
            .ok_or("no issues at all")?;
        on_top += usize::from(rank < TOP);
        writeln!(
            out,
            "  {:<18} rank {:>2}, heat {:>6.1}, {:>3} messages of {:>2} callers; the reader has {:>2}: precision {:.3}, recall {:.3}",
            read.issue,
            rank + 1,
            issue.heat,
            issue.members.len(),
            issue.callers,
            wanted.len(),
            share(common(issue), issue.members.len()),
            share(common(issue), wanted.len()),
        )?;
    }
    writeln!(
        out,
        "  {on_top} of the reader's {} are among our first {TOP}",
        read.len()
    )?;
    Ok(())
}

fn message(posted: &Posted) -> Result<Message<'_>, Box<dyn Error>> {
    Ok(Message {
        subject: &posted.subject,
        detail: &posted.detail,
        caller: &posted.user,
        at: time(&posted.time)?,
        votes: posted.up,
        urgency: Urgency::Normal,
    })
}

fn time(text: &str) -> Result<Timestamp, Box<dyn Error>> {
    let text = text.replace('/', "-");
    let parsed = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|form| DateTime::strptime(form, &text).ok());
    let date =
        || jiff::civil::Date::strptime("%Y-%m-%d", text.trim()).map(|date| date.at(0, 0, 0, 0));
    Ok(TimeZone::UTC.to_timestamp(parsed.map_or_else(date, Ok)?)?)
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
