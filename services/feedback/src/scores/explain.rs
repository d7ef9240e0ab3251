//! How one case counts, and why.

use swiftline_domain::archive::CaseRow;
use swiftline_domain::number::CaseNumber;
use swiftline_domain::scores::{Line, Verdict};
use swiftline_proto::feedback::v1 as wire;

use super::api::ScoresApi;
use super::because::because;
use super::scorer::history;
use crate::error::FeedbackError;

impl ScoresApi {
    pub(super) async fn explain(
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
        let found = archive.find(number).await?;
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
}
