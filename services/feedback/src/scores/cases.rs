//! The cases behind a figure.

use swiftline_domain::id::{ExclusionId, TeamId};
use swiftline_proto::convert::{self, ConvertError};
use swiftline_proto::feedback::v1 as wire;
use swiftline_proto::feedback::v1::ScoreMeasure;
use swiftline_store::ScoreLine;

use super::api::{ScoresApi, unknown};
use crate::days::limit;
use crate::error::FeedbackError;

const DEFAULT_CASES: u32 = 100;
const MOST_CASES: u32 = 1_000;

impl ScoresApi {
    pub(super) async fn list(
        &self,
        request: wire::ListScoredCasesRequest,
    ) -> Result<wire::ListScoredCasesResponse, FeedbackError> {
        let whole = self.period(request.period)?;
        let most = limit(request.limit, DEFAULT_CASES, MOST_CASES)?;
        if request.unit.is_empty() && request.team.is_empty() {
            return Err(ConvertError::new("unit", "name a unit or a team").into());
        }
        let unit = match request.unit.as_str() {
            "" => None,
            unit => Some(self.unit(unit, "unit")?),
        };
        let team: Option<TeamId> = convert::optional_id(&request.team, "team")?;
        if let Some(team) = team
            .as_ref()
            .filter(|team| self.pack().teams.get(team.as_str()).is_none())
        {
            return Err(unknown("team", "team", team.as_str()));
        }
        let measure = ScoreMeasure::try_from(request.measure).unwrap_or_default();
        if measure == ScoreMeasure::Unspecified {
            return Err(ConvertError::new("measure", "say which figure's cases").into());
        }
        let by: Option<ExclusionId> = convert::optional_id(&request.excluded_by, "excluded_by")?;
        let mut cases = Vec::new();
        let matches = |line: &ScoreLine| {
            unit.as_ref().is_none_or(|unit| line.unit == *unit)
                && team
                    .as_ref()
                    .is_none_or(|team| line.team.as_ref() == Some(team))
                && by
                    .as_ref()
                    .is_none_or(|by| line.excluded.as_ref() == Some(by))
                && is(line, measure)
        };
        let each = self.0.each(whole, |number, line| {
            if matches(&line) {
                cases.push((std::cmp::Reverse(line.day), number, line));
            }
        });
        each.await?;
        cases.sort_by_key(|(day, number, _)| (*day, *number));
        let total = cases.len() as u64;
        let cases = cases
            .into_iter()
            .take(most)
            .map(|(_, number, line)| wire::ScoredCase {
                case_number: number.to_string(),
                day: line.day.to_string(),
                team: line.team.map(|team| team.to_string()).unwrap_or_default(),
                excluded: line.excluded.map(|by| by.to_string()).unwrap_or_default(),
            });
        Ok(wire::ListScoredCasesResponse {
            cases: cases.collect(),
            total,
        })
    }
}

/// Whether a case is one of those that a figure counts.
fn is(line: &ScoreLine, measure: ScoreMeasure) -> bool {
    let [
        assessed,
        contacted,
        contacted_of,
        solved,
        solved_of,
        satisfied,
        satisfied_of,
        unreached,
    ] = line.counts.map(|count| count > 0);
    match measure {
        ScoreMeasure::Unspecified => false,
        ScoreMeasure::Assessed => assessed,
        ScoreMeasure::Contacted => contacted,
        ScoreMeasure::NotContacted => contacted_of && !contacted,
        ScoreMeasure::Solved => solved,
        ScoreMeasure::NotSolved => solved_of && !solved,
        ScoreMeasure::Satisfied => satisfied,
        ScoreMeasure::NotSatisfied => satisfied_of && !satisfied,
        ScoreMeasure::Unreached => unreached,
        ScoreMeasure::Excluded => line.excluded.is_some(),
    }
}
