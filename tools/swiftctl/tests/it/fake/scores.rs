//! The fake's scores.

use swiftline_proto::feedback::v1::scores_server::Scores;
use swiftline_proto::feedback::v1::*;
use tonic::{Request, Response, Status};

use super::Services;

const FORMULA: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn score(id: &str, team: &str) -> Score {
    Score {
        id: id.into(),
        team: team.into(),
        period: Some(DayRange {
            from: "2026-11-01".into(),
            to: "2026-11-30".into(),
        }),
        assessed: 1_204,
        contacted: 1_204,
        contacted_of: 1_204,
        solved: 903,
        solved_of: 1_204,
        unreached: 7,
        excluded: [("praise".to_owned(), 3)].into(),
        response: Some(1.0),
        resolution: Some(0.75),
        score: Some(83.25),
        ..Score::default()
    }
}

#[tonic::async_trait]
impl Scores for Services {
    async fn show_scores(
        &self,
        request: Request<ShowScoresRequest>,
    ) -> Result<Response<ShowScoresResponse>, Status> {
        let shown = ShowScoresResponse {
            scores: vec![score("water", "water-east")],
            total: Some(score("", "")),
            formula: FORMULA.into(),
            recomputed: request.get_ref().recompute,
        };
        self.0.ask(request.get_ref(), shown)
    }

    async fn rank_scores(
        &self,
        request: Request<RankScoresRequest>,
    ) -> Result<Response<RankScoresResponse>, Status> {
        let of = |rank, id: &str, team: &str, name: &str| RankedScore {
            rank,
            score: Some(score(id, team)),
            name: name.into(),
        };
        let nobody = RankedScore {
            rank: 0,
            score: Some(Score::default()),
            name: "Gas".into(),
        };
        let ranked = RankScoresResponse {
            ranks: vec![of(1, "water", "water-east", "自来水"), nobody],
            name: "Utilities".into(),
            formula: FORMULA.into(),
            recomputed: false,
            min_cases: 5,
        };
        self.0.ask(request.get_ref(), ranked)
    }

    async fn explain_score(
        &self,
        request: Request<ExplainScoreRequest>,
    ) -> Result<Response<ExplainScoreResponse>, Status> {
        let explained = ExplainScoreResponse {
            unit: "water".into(),
            team: "water-east".into(),
            day: "2026-11-05".into(),
            reached: true,
            contacted: Some(true),
            solved: Some(false),
            because: vec!["the citizen was reached once".into()],
            formula: FORMULA.into(),
            ..ExplainScoreResponse::default()
        };
        self.0.ask(request.get_ref(), explained)
    }

    async fn list_scored_cases(
        &self,
        request: Request<ListScoredCasesRequest>,
    ) -> Result<Response<ListScoredCasesResponse>, Status> {
        let case = ScoredCase {
            case_number: crate::swiftctl::NUMBER.into(),
            day: "2026-11-05".into(),
            team: "water-east".into(),
            excluded: String::new(),
        };
        let listed = ListScoredCasesResponse {
            cases: vec![case],
            total: 301,
        };
        self.0.ask(request.get_ref(), listed)
    }
}
