//! The gRPC service of scores: convert in, call, convert out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use swiftline_domain::archive::CaseRow;
use swiftline_domain::city::{CityPack, Unit};
use swiftline_domain::id::{ExclusionId, TeamId, UnitId};
use swiftline_domain::number::CaseNumber;
use swiftline_domain::scores::{By, Formula, Line, Ranking, Tally, Verdict, Weights, rank};
use swiftline_proto::convert::{self, ConvertError};
use swiftline_proto::feedback::v1 as wire;
use swiftline_proto::feedback::v1::scores_server::Scores;
use swiftline_proto::feedback::v1::{ScoreBy, ScoreMeasure, ScoreStep};
use swiftline_rpc::to_status;
use swiftline_store::ScoreLine;
use tonic::{Request, Response, Status};

use super::because::because;
use super::figures::{Figures, Place, Query};
use super::scorer::{Scorer, history};
use super::settings::ScoreSettings;
use crate::archive::{Archive, ArchiveError};
use crate::days::{Period, limit, period};
use crate::error::FeedbackError;

/// The days that are shown when none are named.
const DEFAULT_DAYS: i32 = 30;
const DEFAULT_CASES: u32 = 100;
const MOST_CASES: u32 = 1_000;

/// What serves the calls.
pub(crate) struct ScoresApi(Query);

impl ScoresApi {
    pub(crate) fn new(scorer: Scorer, archive: Option<Archive>, settings: &ScoreSettings) -> Self {
        Self(Query {
            scorer,
            archive,
            live_months: settings.live_months,
        })
    }

    fn pack(&self) -> &CityPack {
        self.0.scorer.pack()
    }

    fn period(&self, given: Option<wire::DayRange>) -> Result<Period, FeedbackError> {
        let today = Timestamp::now().to_zoned(self.0.scorer.zone().clone());
        Ok(period(given, DEFAULT_DAYS, today.date())?)
    }

    /// The formula by whose weights and rankings a period is shown.
    fn formula(&self, of: Period) -> Result<&Formula, FeedbackError> {
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

    async fn figures(&self, of: Period, recompute: bool) -> Result<Figures, FeedbackError> {
        self.0.figures(of, recompute).await.map_err(from_archive)
    }

    /// The level-1 area that a unit answers for or in.
    fn district(&self, unit: &str) -> Option<&str> {
        let area = self.pack().units.get(unit)?.area.as_ref()?;
        let district = self.pack().areas.district_of(area.as_str())?;
        Some(district.id.as_str())
    }

    fn name_of_area<'a>(&'a self, id: &'a str) -> &'a str {
        self.pack()
            .areas
            .get(id)
            .map_or(id, |area| area.name.text())
    }

    fn unit(&self, id: &str, field: &str) -> Result<UnitId, FeedbackError> {
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
        let by = ScoreBy::try_from(request.by).unwrap_or(ScoreBy::Unspecified);
        let step = ScoreStep::try_from(request.step).unwrap_or(ScoreStep::Unspecified);
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

    async fn rank(
        &self,
        request: wire::RankScoresRequest,
    ) -> Result<wire::RankScoresResponse, FeedbackError> {
        let whole = self.period(request.period)?;
        let formula = self.formula(whole)?;
        let figures = if request.teams_of.is_empty() {
            let ranking = formula.ranking(&request.ranking).ok_or_else(|| {
                let known: Vec<&str> = formula.rankings.iter().map(|of| of.id.as_str()).collect();
                let (given, known) = (&request.ranking, known.join(", "));
                ConvertError::new("ranking", format!("{given:?} is not one of {known}"))
            })?;
            let figures = self.figures(whole, request.recompute).await?;
            (
                ranking.name.text().to_owned(),
                self.ranked(ranking, &figures),
                figures.recomputed,
            )
        } else {
            let unit = self.unit(&request.teams_of, "teams_of")?;
            let figures = self.figures(whole, request.recompute).await?;
            let name = self
                .pack()
                .units
                .get(unit.as_str())
                .map_or("", |unit| unit.name.text());
            (
                name.to_owned(),
                self.teams(&unit, &figures),
                figures.recomputed,
            )
        };
        let (name, sums, recomputed) = figures;
        let ranks = rank(sums, &formula.weights, formula.min_cases).into_iter();
        let ranks = ranks.map(|one| {
            let Who { id, team, name } = one.who;
            wire::RankedScore {
                rank: one.rank.unwrap_or_default(),
                score: Some(score(id, team, whole, &one.tally, &formula.weights)),
                name,
            }
        });
        Ok(wire::RankScoresResponse {
            ranks: ranks.collect(),
            name,
            formula: formula.digest().to_string(),
            recomputed,
            min_cases: formula.min_cases,
        })
    }

    /// Everybody of a ranking, also who has nothing.
    fn ranked(&self, ranking: &Ranking, figures: &Figures) -> Vec<(Who, Tally)> {
        let compared =
            |unit: &&Unit| ranking.classes.is_empty() || ranking.classes.contains(&unit.class);
        let mut sums: BTreeMap<&str, Tally> = BTreeMap::new();
        let key = |unit: &'_ Unit| match ranking.by {
            By::Unit => Some(unit.id.as_str().to_owned()),
            By::District => self.district(unit.id.as_str()).map(str::to_owned),
        };
        let mut keys: BTreeMap<&str, String> = BTreeMap::new();
        for unit in self.pack().units.iter().filter(compared) {
            keys.extend(key(unit).map(|key| (unit.id.as_str(), key)));
        }
        for key in keys.values() {
            sums.entry(key).or_default();
        }
        for (place, tally) in &figures.tallies {
            if let Some(key) = keys.get(place.unit.as_str()) {
                *sums.entry(key).or_default() += tally;
            }
        }
        let who = |id: &str| Who {
            name: match ranking.by {
                By::Unit => self
                    .pack()
                    .units
                    .get(id)
                    .map_or(id, |unit| unit.name.text()),
                By::District => self.name_of_area(id),
            }
            .to_owned(),
            id: id.to_owned(),
            team: String::new(),
        };
        sums.into_iter()
            .map(|(id, tally)| (who(id), tally))
            .collect()
    }

    fn teams(&self, unit: &UnitId, figures: &Figures) -> Vec<(Who, Tally)> {
        let teams = self.pack().teams.iter().filter(|team| team.unit == *unit);
        let mut sums: BTreeMap<&str, Tally> = teams
            .map(|team| (team.id.as_str(), Tally::default()))
            .collect();
        for (place, tally) in figures
            .tallies
            .iter()
            .filter(|(place, _)| place.unit == *unit)
        {
            if let Some(team) = &place.team {
                *sums.entry(team.as_str()).or_default() += tally;
            }
        }
        let who = |id: &str| Who {
            id: unit.to_string(),
            team: id.to_owned(),
            name: self
                .pack()
                .teams
                .get(id)
                .map_or(id, |team| team.name.text())
                .to_owned(),
        };
        sums.into_iter()
            .map(|(id, tally)| (who(id), tally))
            .collect()
    }

    async fn explain(
        &self,
        number: CaseNumber,
    ) -> Result<wire::ExplainScoreResponse, FeedbackError> {
        let scorer = &self.0.scorer;
        let dossiers = scorer
            .store()
            .dossiers(number.partition(), &[number])
            .await?;
        if let Some(dossier) = dossiers.into_iter().next().flatten() {
            let history = history(&dossier.journey);
            return Ok(self.explained(&scorer.row(&dossier.stored, &history)));
        }
        let Some(archive) = &self.0.archive else {
            return Err(FeedbackError::no_case(number));
        };
        let found = archive.find(number).await.map_err(from_archive)?;
        let found = found.ok_or_else(|| FeedbackError::no_case(number))?;
        let row = found.case();
        let row =
            row.ok_or_else(|| FeedbackError::Internal("the archive lacks columns".to_owned()))?;
        Ok(self.explained(&row))
    }

    fn explained(&self, row: &CaseRow<'_>) -> wire::ExplainScoreResponse {
        let (formulas, zone) = (self.0.scorer.formulas(), self.0.scorer.zone());
        let formula = formulas.on(row.accepted_at.to_zoned(zone.clone()).date());
        let line = Line::of(row, formulas, zone);
        let mut answer = wire::ExplainScoreResponse {
            because: because(row, line.as_ref(), formula, zone),
            formula: formula
                .map(|of| of.digest().to_string())
                .unwrap_or_default(),
            ..wire::ExplainScoreResponse::default()
        };
        let Some(line) = line else { return answer };
        answer.unit = line.unit.to_owned();
        answer.team = line.team.unwrap_or_default().to_owned();
        answer.day = line.day.to_string();
        match line.verdict {
            Verdict::Excluded(exclusion) => answer.excluded = exclusion.id.to_string(),
            Verdict::Unreached => {}
            Verdict::Answers {
                contacted,
                solved,
                satisfied,
            } => {
                answer.reached = true;
                answer.contacted = contacted;
                answer.solved = solved;
                answer.satisfied = satisfied;
            }
        }
        answer
    }

    async fn list(
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
        each.await.map_err(from_archive)?;
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

/// Who is ranked.
struct Who {
    id: String,
    team: String,
    name: String,
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

fn score(id: String, team: String, of: Period, tally: &Tally, weights: &Weights) -> wire::Score {
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

fn unknown(field: &str, what: &'static str, id: &str) -> FeedbackError {
    FeedbackError::Unknown {
        field: field.to_owned(),
        what,
        id: id.to_owned(),
    }
}

fn from_archive(error: ArchiveError) -> FeedbackError {
    match error {
        ArchiveError::Store(error) => error.into(),
        other => FeedbackError::Internal(other.to_string()),
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
