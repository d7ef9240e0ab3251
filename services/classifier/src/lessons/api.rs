//! `swiftline.classifier.v1.Learning`: convert in, call, convert out.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use futures::stream::{Stream, try_unfold};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use swiftline_domain::number::Partition;
use swiftline_proto::classifier::v1 as wire;
use swiftline_proto::classifier::v1::learning_server::Learning;
use swiftline_proto::convert::to_timestamp;
use swiftline_rpc::to_status;
use swiftline_store::{DRIFT_DAYS, Kept, LessonCursor, StoreError, Taught};
use tonic::{Request, Response, Status};

use super::record::example;
use super::{LessonsError, School, drift};
use crate::error::Refused;

/// Examples that are read from a partition at once.
const PAGE: usize = 32;
/// Examples in one message: some 10 kB each.
const IN_A_MESSAGE: usize = 64;
/// Days that are compared when nothing is said.
const DAYS: u32 = 7;

/// What serves the calls.
pub(crate) struct LearningApi(pub(super) Arc<School>);

/// Examples on their way out.
pub(crate) type Examples =
    Pin<Box<dyn Stream<Item = Result<wire::ListExamplesResponse, Status>> + Send>>;

#[tonic::async_trait]
impl Learning for LearningApi {
    type ListExamplesStream = Examples;

    async fn list_examples(
        &self,
        request: Request<wire::ListExamplesRequest>,
    ) -> Result<Response<Examples>, Status> {
        let request = request.into_inner();
        let since = request.since.map(|since| to_timestamp(since, "since"));
        let since = since.transpose().map_err(|error| refused(error.into()))?;
        let since = since.unwrap_or(Timestamp::UNIX_EPOCH);
        let reader = Reader::new(Arc::clone(&self.0), request.model, since);
        let messages = try_unfold(reader, |mut reader| async move {
            let examples = reader
                .message()
                .await
                .map_err(|error| refused(error.into()))?;
            let message = wire::ListExamplesResponse { examples };
            Ok((!message.examples.is_empty()).then_some((message, reader)))
        });
        Ok(Response::new(Box::pin(messages)))
    }

    async fn get_drift(
        &self,
        request: Request<wire::GetDriftRequest>,
    ) -> Result<Response<wire::GetDriftResponse>, Status> {
        let request = request.into_inner();
        let models = self.0.drift(&request.model, request.days).await;
        let models = models.map_err(refused)?;
        Ok(Response::new(wire::GetDriftResponse { models }))
    }
}

fn refused(error: LessonsError) -> Status {
    to_status(&error)
}

impl School {
    /// The models in force, or the one of this name, beside their training data.
    async fn drift(&self, name: &str, days: u32) -> Result<Vec<wire::Drift>, LessonsError> {
        let days = match days {
            0 => DAYS,
            days if days <= DRIFT_DAYS => days,
            days => {
                let reason = format!("is {days}, must be 1 to {DRIFT_DAYS}, or 0 for {DAYS}");
                return Err(Refused::one("days", reason).into());
            }
        };
        let days = self.last_days(days);
        let taught = self.store.taught(&days).await?;
        let mut drifts = Vec::new();
        for model in self.in_force.snapshot().models() {
            let known = &model.header().name;
            if !name.is_empty() && name != known {
                continue;
            }
            let counts = self.store.drift(known, &days).await?;
            let taught: Taught = taught.get(known).copied().unwrap_or_default();
            drifts.push(drift::of(&model, &counts, taught));
        }
        if drifts.is_empty() && !name.is_empty() {
            return Err(LessonsError::NoModel(name.to_owned()));
        }
        Ok(drifts)
    }

    /// Today in the city and the days before it.
    fn last_days(&self, count: u32) -> Vec<Date> {
        let today = self.pack.calendar.local(Timestamp::now()).date();
        let back = (0..i64::from(count)).filter_map(|back| today.checked_sub(back.days()).ok());
        back.collect()
    }
}

/// Reads the lessons of all partitions, the oldest first, a page of each at a time.
struct Reader {
    school: Arc<School>,
    /// Only of this model; empty: of all.
    model: String,
    partitions: Vec<Shelf>,
}

/// What was read of a partition and not given yet.
struct Shelf {
    partition: Partition,
    cursor: LessonCursor,
    page: VecDeque<Kept>,
    ended: bool,
}

impl Reader {
    fn new(school: Arc<School>, model: String, since: Timestamp) -> Self {
        let shelf = |partition| Shelf {
            partition,
            cursor: LessonCursor::from(since),
            page: VecDeque::new(),
            ended: false,
        };
        Self {
            partitions: school.store.partitions().map(shelf).collect(),
            school,
            model,
        }
    }

    /// The next examples; none at the end.
    async fn message(&mut self) -> Result<Vec<wire::Example>, StoreError> {
        let mut examples = Vec::new();
        while examples.len() < IN_A_MESSAGE {
            let Some(kept) = self.next().await? else {
                break;
            };
            if self.model.is_empty() || self.model == kept.model {
                examples.push(example(&kept, &self.school.texts)?);
            }
        }
        Ok(examples)
    }

    async fn next(&mut self) -> Result<Option<Kept>, StoreError> {
        for shelf in &mut self.partitions {
            if shelf.page.is_empty() && !shelf.ended {
                let store = &self.school.store;
                let page = store
                    .lessons(shelf.partition, &mut shelf.cursor, PAGE)
                    .await?;
                shelf.ended = page.is_empty();
                shelf.page = page.into();
            }
        }
        let front = |shelf: &&mut Shelf| shelf.page.front().map(|kept| kept.at);
        let full = self
            .partitions
            .iter_mut()
            .filter(|one| !one.page.is_empty());
        let oldest = full.min_by_key(front);
        Ok(oldest.and_then(|shelf| shelf.page.pop_front()))
    }
}
