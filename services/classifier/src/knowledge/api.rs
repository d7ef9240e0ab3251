//! `Knowledge` over gRPC: convert in, search, convert out.

use std::sync::Arc;

use swiftline_domain::city::{CityPack, KnowledgeEntry};
use swiftline_domain::vocabulary::Language;
use swiftline_proto::classifier::v1::knowledge_server::Knowledge as Service;
use swiftline_proto::classifier::v1::{
    Entry, GetEntryRequest, GetEntryResponse, Hit as WireHit, SearchRequest, SearchResponse,
};
use swiftline_rpc::to_status;
use tonic::{Request, Response, Status};

use super::{BEST, Hit, Knowledge, MOST};
use crate::error::Refused;

/// The longest text that is searched for, in characters.
const MAX_CHARS: usize = 10_000;

/// What serves the calls.
pub(crate) struct Api {
    knowledge: Arc<Knowledge>,
    pack: Arc<CityPack>,
}

impl Api {
    pub(crate) fn new(knowledge: Arc<Knowledge>, pack: Arc<CityPack>) -> Self {
        Self { knowledge, pack }
    }

    fn hits(&self, request: &SearchRequest) -> Result<Vec<Hit>, Refused> {
        let count = request.text.chars().count();
        if request.text.trim().is_empty() || count > MAX_CHARS {
            let reason = format!("has {count} characters; write 1 to {MAX_CHARS}, not only blanks");
            return Err(Refused::one("text", reason));
        }
        let limit = match request.limit as usize {
            0 => BEST,
            limit if limit <= MOST => limit,
            limit => return Err(Refused::one("limit", format!("is {limit}, at most {MOST}"))),
        };
        let language = language(&request.language)?.unwrap_or(Language::UNDETERMINED);
        Ok(self.knowledge.search(&request.text, language, limit))
    }

    fn entry(&self, request: &GetEntryRequest) -> Result<Entry, Status> {
        let language = language(&request.language)
            .map_err(|refused| to_status(&refused))?
            .unwrap_or(self.pack.city.default_language);
        let entry = self
            .knowledge
            .entry(&request.id)
            .ok_or_else(|| Status::not_found("the city's knowledge base has no such entry"))?;
        Ok(wire(entry, language, None))
    }
}

#[tonic::async_trait]
impl Service for Api {
    async fn search(
        &self,
        request: Request<SearchRequest>,
    ) -> Result<Response<SearchResponse>, Status> {
        let hits = self
            .hits(&request.into_inner())
            .map_err(|refused| to_status(&refused))?;
        let hits = hits.into_iter().filter_map(|hit| {
            let entry = self.knowledge.entry(hit.entry.as_str())?;
            Some(WireHit {
                entry: Some(wire(entry, hit.language, Some(&hit.question))),
                score: hit.score,
            })
        });
        Ok(Response::new(SearchResponse {
            hits: hits.collect(),
            answer_from: self.knowledge.answer_from().unwrap_or_default(),
        }))
    }

    async fn get_entry(
        &self,
        request: Request<GetEntryRequest>,
    ) -> Result<Response<GetEntryResponse>, Status> {
        let entry = self.entry(&request.into_inner())?;
        Ok(Response::new(GetEntryResponse { entry: Some(entry) }))
    }
}

/// `None` when nobody says which.
fn language(code: &str) -> Result<Option<Language>, Refused> {
    if code.is_empty() {
        return Ok(None);
    }
    code.parse()
        .map(Some)
        .map_err(|error: swiftline_domain::vocabulary::LanguageError| {
            Refused::one("language", error.to_string())
        })
}

/// An entry in a language, else in the city's own; with the wording that was found, else its first.
fn wire(entry: &KnowledgeEntry, wanted: Language, question: Option<&str>) -> Entry {
    let language = entry
        .answer
        .iter()
        .map(|(language, _)| language)
        .find(|language| *language == wanted)
        .unwrap_or(entry.answer.default_language());
    let first = || {
        let questions = entry.questions.in_language(language);
        questions.first().map_or("", AsRef::as_ref)
    };
    Entry {
        id: entry.id.as_str().to_owned(),
        category: entry.category.as_str().to_owned(),
        language: language.as_str().to_owned(),
        question: question.unwrap_or_else(first).to_owned(),
        answer: entry.answer.in_language(language).to_owned(),
        source: entry.source.name.as_ref().to_owned(),
        source_url: entry.source.url.as_ref().to_owned(),
        checked: entry.checked.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use swiftline_domain::city::testing::small_pack;
    use swiftline_rpc::violations_of;
    use tonic::Code;

    use super::*;

    fn api() -> Api {
        let pack = small_pack();
        Api::new(Arc::new(Knowledge::new(&pack).unwrap()), Arc::new(pack))
    }

    async fn search(request: SearchRequest) -> Result<SearchResponse, Status> {
        Ok(api().search(Request::new(request)).await?.into_inner())
    }

    fn text(text: &str) -> SearchRequest {
        SearchRequest {
            text: text.to_owned(),
            ..Default::default()
        }
    }

    async fn entry(id: &str, language: &str) -> Result<Entry, Status> {
        let request = GetEntryRequest {
            id: id.to_owned(),
            language: language.to_owned(),
        };
        let answer = api().get_entry(Request::new(request)).await?.into_inner();
        Ok(answer.entry.unwrap())
    }

    #[tokio::test]
    async fn the_best_answer_comes_with_its_source_in_the_language_of_the_text() {
        let found = search(text("燃气表没电了怎么办")).await.unwrap();
        assert!((found.answer_from - 0.6).abs() < 1e-6);
        let best = found.hits[0].entry.as_ref().unwrap();
        assert_eq!(
            (
                best.id.as_str(),
                best.language.as_str(),
                best.question.as_str()
            ),
            ("gas-meter", "zh", "燃气表没电了怎么办")
        );
        assert_eq!(best.source_url, "https://small.example/gas");
        assert_eq!(best.checked, "2026-10-01");
        let found = search(text("when is the heat turned on")).await.unwrap();
        let best = found.hits[0].entry.as_ref().unwrap();
        assert_eq!(
            (best.id.as_str(), best.language.as_str()),
            ("heating-season", "en")
        );
    }

    #[tokio::test]
    async fn bad_fields_are_named() {
        let long = text(&"x".repeat(MAX_CHARS + 1));
        let many = SearchRequest {
            limit: 11,
            ..text("x")
        };
        let odd = SearchRequest {
            language: "English".to_owned(),
            ..text("x")
        };
        for (request, field) in [
            (text(" "), "text"),
            (long, "text"),
            (many, "limit"),
            (odd, "language"),
        ] {
            let status = search(request).await.unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument);
            assert_eq!(violations_of(&status)[0].field, field);
        }
    }

    #[tokio::test]
    async fn one_entry_is_given_in_the_language_asked_for() {
        let gas = entry("gas-meter", "en").await.unwrap();
        assert!(gas.answer.starts_with("Use four AA") && gas.question.starts_with("how do i"));
        let gas = entry("gas-meter", "fr").await.unwrap();
        assert_eq!(
            (gas.language.as_str(), gas.category.as_str()),
            ("zh", "utilities.gas")
        );
        assert_eq!(
            entry("nothing", "").await.unwrap_err().code(),
            Code::NotFound
        );
        assert_eq!(
            entry("gas-meter", "!").await.unwrap_err().code(),
            Code::InvalidArgument
        );
    }
}
