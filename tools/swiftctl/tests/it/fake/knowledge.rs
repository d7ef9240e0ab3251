//! The fake's knowledge base.

use swiftline_proto::classifier::v1::knowledge_server::Knowledge;
use swiftline_proto::classifier::v1::*;
use tonic::{Request, Response, Status};

use super::Services;

fn entry(id: &str, answer: &str) -> Entry {
    Entry {
        id: id.into(),
        category: "housing.heating".into(),
        language: "en".into(),
        question: "when does the heating start".into(),
        answer: answer.into(),
        source: "Small City".into(),
        source_url: "https://small.example/heating".into(),
        checked: "2026-10-01".into(),
    }
}

#[tonic::async_trait]
impl Knowledge for Services {
    async fn search(
        &self,
        request: Request<SearchRequest>,
    ) -> Result<Response<SearchResponse>, Status> {
        let hit = |id, score| Hit {
            entry: Some(entry(id, "From 15 November.")),
            score,
        };
        let answer = SearchResponse {
            hits: vec![hit("heating-season", 0.9), hit("heating-fee", 0.3)],
            answer_from: 0.8,
        };
        self.0.ask(request.get_ref(), answer)
    }

    async fn get_entry(
        &self,
        request: Request<GetEntryRequest>,
    ) -> Result<Response<GetEntryResponse>, Status> {
        let answer = GetEntryResponse {
            entry: Some(entry(&request.get_ref().id, "From 15 November.")),
        };
        self.0.ask(request.get_ref(), answer)
    }
}
