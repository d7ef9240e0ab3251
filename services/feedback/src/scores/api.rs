//! The gRPC service of scores: convert in, call, convert out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use swiftline_domain::city::CityPack;
use swiftline_domain::id::{TeamId, UnitId};
use swiftline_domain::scores::{Formula, Tally, Weights};
use swiftline_proto::convert::{self, ConvertError};
use swiftline_proto::feedback::v1 as wire;
use swiftline_proto::feedback::v1::scores_server::Scores;
use swiftline_proto::feedback::v1::{ScoreBy, ScoreStep};
use swiftline_rpc::to_status;
use tonic::{Request, Response, Status};

use super::figures::{Figures, Place, Query};
use super::scorer::Scorer;
use super::settings::ScoreSettings;
use crate::archive::Archive;
use crate::days::{Period, period};
use crate::error::FeedbackError;

/// The days that are shown when none are named.
const DEFAULT_DAYS: i32 = 30;

/// What serves the calls.
pub(crate) struct ScoresApi(pub(super) Query);

impl ScoresApi {
    pub(crate) fn new(scorer: Scorer, archive: Option<Archive>, settings: &ScoreSettings) -> Self {
        Self(Query {
            scorer,
            archive,
            live_months: settings.live_months,
        })
    }

    pub(super) fn pack(&self) -> &CityPack {
        self.0.scorer.pack()
    }

    pub(super) fn period(&self, given: Option<wire::DayRange>) -> Result<Period, FeedbackError> {
        let today = Timestamp::now().to_zoned(self.0.scorer.zone().clone());
        Ok(period(given, DEFAULT_DAYS, today.date())?)
    }

    /// The formula by whose weights and rankings a period is shown.
    pub(super) fn formula(&self, of: Period) -> Result<&Formula, FeedbackError> {
        let formulas = self.0.scorer.formulas();
        let on = formulas.on(of.to);
        on.ok_or_else(|| {
            let reason = match formulas.iter().next() {
                Some(first) => format!(
                    "is before {}, when the city's first formula begins",
                    first.from
                ),
                None => {
                    "cannot be: the city pack has no scores.yaml, so nobody is scored".to_owned()
                }
            };
            ConvertError::new("period.to", reason).into()
        })
    }

    pub(super) async fn figures(
        &self,
        of: Period,
        recompute: bool,
    ) -> Result<Figures, FeedbackError> {
        Ok(self.0.figures(of, recompute).await?)
    }

    /// The level-1 area that a unit answers for or in.
    pub(super) fn district(&self, unit: &str) -> Option<&str> {
        let area = self.pack().units.get(unit)?.area.as_ref()?;
        let district = self.pack().areas.district_of(area.as_str())?;
        Some(district.id.as_str())
    }

    pub(super) fn name_of_area<'a>(&'a self, id: &'a str) -> &'a str {
        self.pack()
            .areas
            .get(id)
            .map_or(id, |area| area.name.text())
    }

    pub(super) fn unit(&self, id: &str, field: &str) -> Result<UnitId, FeedbackError> {
        let unit: UnitId = convert::id(id, field)?;
        if self.pack().units.get(id).is_none() {
            return Err(unknown(field, "unit", id));
        }
        Ok(unit)
    }

    async fn show(
        &self,
        request: wire::ShowScoresRequest,
    ) -> Result<wire::ShowScoresResponse, FeedbackError> {
        let whole = self.period(request.period)?;
        let by = ScoreBy::try_from(request.by).map_err(|_| unheard_of("by", request.by))?;
        let step = ScoreStep::try_from(request.step);
        let step = step.map_err(|_| unheard_of("step", request.step))?;
        let wanted = self.wanted(&request.ids, by)?;
        let formula = self.formula(whole)?;
        let figures = self.figures(whole, request.recompute).await?;
        let mut total = Tally::default();
        let mut sums: BTreeMap<(String, String, Date), Tally> = BTreeMap::new();
        for (place, tally) in &figures.tallies {
            let Some((id, team)) = self.row_of(place, by) else {
                continue;
            };
            if !wanted.is_empty() && !wanted.contains(id) {
                continue;
            }
            let key = (
                id.to_owned(),
                team.to_owned(),
                begin(whole, step, place.day),
            );
            *sums.entry(key).or_default() += tally;
            total += tally;
        }
        let scores = sums.into_iter().map(|((id, team, from), tally)| {
            let of = Period {
                from,
                to: end(whole, step, from),
            };
            score(id, team, of, &tally, &formula.weights)
        });
        Ok(wire::ShowScoresResponse {
            scores: scores.collect(),
            total: Some(score(
                String::new(),
                String::new(),
                whole,
                &total,
                &formula.weights,
            )),
            formula: formula.digest().to_string(),
            recomputed: figures.recomputed,
        })
    }

    /// The ids that are wanted, if there are such.
    fn wanted(&self, ids: &[String], by: ScoreBy) -> Result<BTreeSet<String>, FeedbackError> {
        for (at, id) in ids.iter().enumerate() {
            let field = format!("ids[{at}]");
            if by == ScoreBy::District {
                let is_district = self
                    .pack()
                    .areas
                    .district_of(id)
                    .is_some_and(|of| of.id.as_str() == id);
                if !is_district {
                    return Err(unknown(&field, "district", id));
                }
            } else {
                self.unit(id, &field)?;
            }
        }
        Ok(ids.iter().cloned().collect())
    }

    /// Whose row a place's cases go into; `None` for units of no district.
    fn row_of<'a>(&'a self, place: &'a Place, by: ScoreBy) -> Option<(&'a str, &'a str)> {
        let team = place.team.as_ref().map_or("", TeamId::as_str);
        match by {
            ScoreBy::Unspecified | ScoreBy::Unit => Some((place.unit.as_str(), "")),
            ScoreBy::Team => Some((place.unit.as_str(), team)),
            ScoreBy::District => Some((self.district(place.unit.as_str())?, "")),
        }
    }
}

/// The first day of the step that a day is in.
fn begin(whole: Period, step: ScoreStep, day: Date) -> Date {
    match step {
        ScoreStep::Unspecified | ScoreStep::Whole => whole.from,
        ScoreStep::Month => day.first_of_month().max(whole.from),
        ScoreStep::Day => day,
    }
}

/// The last day of the step that begins then.
fn end(whole: Period, step: ScoreStep, from: Date) -> Date {
    match step {
        ScoreStep::Unspecified | ScoreStep::Whole => whole.to,
        ScoreStep::Month => from.last_of_month().min(whole.to),
        ScoreStep::Day => from,
    }
}

pub(super) fn score(
    id: String,
    team: String,
    of: Period,
    tally: &Tally,
    weights: &Weights,
) -> wire::Score {
    let excluded = tally.excluded.iter();
    wire::Score {
        id,
        team,
        period: Some(wire::DayRange {
            from: of.from.to_string(),
            to: of.to.to_string(),
        }),
        assessed: tally.assessed,
        contacted: tally.contacted,
        contacted_of: tally.contacted_of,
        solved: tally.solved,
        solved_of: tally.solved_of,
        satisfied: tally.satisfied,
        satisfied_of: tally.satisfied_of,
        unreached: tally.unreached,
        excluded: excluded
            .map(|(by, cases)| (by.to_string(), *cases))
            .collect(),
        response: tally.response(),
        resolution: tally.resolution(),
        satisfaction: tally.satisfaction(),
        score: tally.score(weights),
    }
}

fn unheard_of(field: &str, number: i32) -> ConvertError {
    ConvertError::new(field, format!("{number} is none that this version knows"))
}

pub(super) fn unknown(field: &str, what: &'static str, id: &str) -> FeedbackError {
    FeedbackError::Unknown {
        field: field.to_owned(),
        what,
        id: id.to_owned(),
    }
}

#[tonic::async_trait]
impl Scores for ScoresApi {
    async fn show_scores(
        &self,
        request: Request<wire::ShowScoresRequest>,
    ) -> Result<Response<wire::ShowScoresResponse>, Status> {
        let shown = self.show(request.into_inner()).await;
        shown.map(Response::new).map_err(|error| to_status(&error))
    }

    async fn rank_scores(
        &self,
        request: Request<wire::RankScoresRequest>,
    ) -> Result<Response<wire::RankScoresResponse>, Status> {
        let ranked = self.rank(request.into_inner()).await;
        ranked.map(Response::new).map_err(|error| to_status(&error))
    }

    async fn explain_score(
        &self,
        request: Request<wire::ExplainScoreRequest>,
    ) -> Result<Response<wire::ExplainScoreResponse>, Status> {
        let number = convert::case_number(&request.get_ref().case_number, "case_number");
        let number = number.map_err(|error| to_status(&FeedbackError::from(error)))?;
        let explained = self.explain(number).await;
        explained
            .map(Response::new)
            .map_err(|error| to_status(&error))
    }

    async fn list_scored_cases(
        &self,
        request: Request<wire::ListScoredCasesRequest>,
    ) -> Result<Response<wire::ListScoredCasesResponse>, Status> {
        let listed = self.list(request.into_inner()).await;
        listed.map(Response::new).map_err(|error| to_status(&error))
    }
}
