//! Who is good at it: units, districts, teams in the order of their scores.

use std::collections::BTreeMap;

use swiftline_domain::city::Unit;
use swiftline_domain::id::UnitId;
use swiftline_domain::scores::{By, Ranking, Tally, rank};
use swiftline_proto::convert::ConvertError;
use swiftline_proto::feedback::v1 as wire;

use super::api::{ScoresApi, score};
use super::figures::Figures;
use crate::error::FeedbackError;

/// Who is ranked.
struct Who {
    id: String,
    team: String,
    name: String,
}

impl ScoresApi {
    pub(super) async fn rank(
        &self,
        request: wire::RankScoresRequest,
    ) -> Result<wire::RankScoresResponse, FeedbackError> {
        let whole = self.period(request.period)?;
        let formula = self.formula(whole)?;
        let (name, sums, recomputed) = if request.teams_of.is_empty() {
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
}
