//! Why a case counts as it does, in words.

use jiff::tz::TimeZone;
use swiftline_domain::archive::CaseRow;
use swiftline_domain::scores::{AnswersThatCount, DayThatCounts, Formula, Line, Verdict};

/// Step by step; `line` is how it counts.
pub(crate) fn because(
    row: &CaseRow<'_>,
    line: Option<&Line<'_>>,
    formula: Option<&Formula>,
    zone: &TimeZone,
) -> Vec<String> {
    let day = |at: jiff::Timestamp| at.to_zoned(zone.clone()).date();
    let mut because = Vec::new();
    let Some(formula) = formula else {
        let accepted = day(row.accepted_at);
        because.push(format!(
            "it was taken in on {accepted}, when the city had no formula"
        ));
        return because;
    };
    because.push(format!(
        "it was taken in on {}, so the formula of {} counts it ({})",
        day(row.accepted_at),
        formula.from,
        formula.digest().short(),
    ));
    let Some(line) = line else {
        because.push(match (row.unit, row.reached) {
            (None, _) => "no unit answers for it".to_owned(),
            (_, Some(true)) => "it is still open, and counts when it ends".to_owned(),
            _ => "its citizen was not reached yet, and it is still open".to_owned(),
        });
        return because;
    };
    because.push(
        match (
            row.reached == Some(true),
            row.first_reached_at,
            formula.answers,
        ) {
            (false, ..) => "its citizen was never reached".to_owned(),
            (true, None, _) => "the citizen was reached once".to_owned(),
            (true, Some(_), AnswersThatCount::First) => {
                "the citizen was reached more than once, and the first answers count".to_owned()
            }
            (true, Some(_), AnswersThatCount::Last) => {
                "the citizen was reached more than once, and the last answers count".to_owned()
            }
        },
    );
    let team = line
        .team
        .map(|team| format!(", team {team}"))
        .unwrap_or_default();
    because.push(format!("the answers are about {}{team}", line.unit));
    let of = match formula.day {
        DayThatCounts::Answered if row.reached == Some(true) => "the day of the answers",
        DayThatCounts::Accepted => "the day on which it was taken in",
        DayThatCounts::Answered | DayThatCounts::Ended => "the day on which it ended",
    };
    because.push(format!("it counts on {}, {of}", line.day));
    if let Verdict::Excluded(exclusion) = line.verdict {
        let (id, name) = (&exclusion.id, exclusion.name.text());
        because.push(format!("it does not count: {id} ({name})"));
    }
    because
}
