//! A story as events.

use std::ops::Range;

use swiftline_domain::archive::EventRow;
use swiftline_domain::case::State;
use swiftline_domain::id::AreaId;
use swiftline_feedback::archive::ArchiveError;

use crate::city::World;
use crate::story::{Story, at};

/// The digest that the rules of the history go by.
const DIGEST: &str = "0000000000000001";

/// Gives out the events of these seconds, in order.
pub(crate) fn each<'a>(
    story: &Story<'a>,
    world: &World<'a>,
    within: Range<i64>,
    mut take: impl FnMut(&EventRow<'a>) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let mut teller = Teller {
        version: 0,
        within,
        take: &mut take,
    };
    let place = &world.places[story.place];
    teller.tell(story, story.accepted, "accepted", |row| {
        row.channel = Some(story.channel.as_str());
        row.line = Some(story.line.as_str());
        row.language = Some(if story.english { "en" } else { "zh" });
    })?;
    teller.tell(story, story.accepted, "classified", |row| {
        row.category = Some(world.matters[story.matter].category.as_str());
        row.kind = Some(story.kind.as_str());
        row.urgency = Some(story.urgency.as_str());
        row.place = place.area.map(AreaId::as_str);
    })?;
    if story.entry.is_some() {
        teller.tell(story, story.accepted, "answered", |row| {
            row.entry = story.entry;
        })?;
    }
    for (no, round) in (1_u16..).zip(&story.rounds) {
        let to = round.choice;
        let about = move |row: &mut EventRow<'a>| {
            row.unit = Some(to.unit);
            row.team = Some(to.team);
            row.offer = Some(no);
        };
        teller.tell(story, round.offered, "offered", |row| {
            about(row);
            row.rule = to.rule;
            row.rules_digest = Some(DIGEST);
        })?;
        teller.tell(story, round.signed, "signed", about)?;
        if let Some(returned) = round.returned {
            teller.tell(story, returned, "returned", |row| {
                about(row);
                row.reason = Some("wrong_unit");
            })?;
            continue;
        }
        teller.tell(story, round.resolved, "resolved", |row| {
            about(row);
            row.outcome = story.outcome.map(swiftline_domain::case::Outcome::as_str);
        })?;
        let last = usize::from(no) == story.rounds.len();
        teller.tell(story, round.called_back, "called_back", |row| {
            row.unit = Some(to.unit);
            let answers = story.answers.unwrap_or_default();
            // Only what was not solved is taken up again.
            row.reached = Some(answers.reached || !last);
            row.contacted = if last { answers.contacted } else { Some(true) };
            row.solved = if last { answers.solved } else { Some(false) };
            row.satisfied = if last { answers.satisfied } else { Some(false) };
        })?;
        if !last {
            teller.tell(story, round.called_back, "reopened", |row| {
                row.unit = Some(to.unit);
                row.reason = Some("not_solved");
            })?;
        }
    }
    match story.state {
        State::Merged => teller.tell(story, story.ended, "merged", |row| row.into = story.issue),
        State::Withdrawn => teller.tell(story, story.ended, "withdrawn", |_| {}),
        _ => teller.tell(story, story.ended, "closed", |row| {
            row.reason = story
                .close_reason
                .map(swiftline_domain::case::CloseReason::as_str);
        }),
    }
}

struct Teller<'t, T> {
    version: u32,
    within: Range<i64>,
    take: &'t mut T,
}

impl<'a, T: FnMut(&EventRow<'a>) -> Result<(), ArchiveError>> Teller<'_, T> {
    fn tell(
        &mut self,
        story: &Story<'a>,
        second: i64,
        event: &'a str,
        fill: impl FnOnce(&mut EventRow<'a>),
    ) -> Result<(), ArchiveError> {
        self.version += 1;
        if !self.within.contains(&second) {
            return Ok(());
        }
        let mut row = EventRow::new(story.number, (self.version, 0), at(second), event);
        fill(&mut row);
        (self.take)(&row)
    }
}
