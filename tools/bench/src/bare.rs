//! The ceiling: the same Redis commands that the mesh sends, in the same batches, by one bare client that decides nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use swiftline_domain::case::{Assignment, Case, Command, Due, Event, TeamChoice};
use swiftline_domain::city::CityPack;
use swiftline_domain::classification::Classification;
use swiftline_domain::id::{ClockClass, UnitId};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::{Kind, Language, Urgency};
use swiftline_proto::router::v1::OrderOffer;
use swiftline_store::{
    CaseCommit, Committed, Contact, Counter, Counts, Delivery, Group, IdempotencyKey, NewCase,
    QueuedOffer, Store, StoreSettings,
};
use swiftline_telemetry::TraceContext;
use swiftline_testkit::redis::{Fsync, RedisServer};

use crate::Failure;
use crate::complaints::Complaints;

/// Complaints in one call of a script, as the mesh has them under load.
const BATCH: usize = 128;
/// Writers at once.
const WRITERS: usize = 8;

/// What the ceiling is made of.
pub(crate) struct Bare {
    store: Store,
    redis: RedisServer,
    assignments: Vec<Assignment>,
    trace: TraceContext,
}

/// What a run came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ceiling {
    /// Complaints a second.
    pub complaints_per_s: f64,
    /// CPU seconds of Redis.
    pub redis_cpu: f64,
}

impl Bare {
    /// Starts a Redis of its own.
    pub(crate) async fn start(pack: &CityPack, fsync: Fsync) -> Result<Self, Failure> {
        let redis = RedisServer::start(fsync).await?;
        let store = Store::connect(&StoreSettings {
            url: redis.url(),
            ..StoreSettings::default()
        })
        .await?;
        let assignments = pack.teams.iter().map(|team| Assignment {
            unit: team.unit.clone(),
            team: team.id.clone(),
            lane: Urgency::Normal,
            clock: general(),
            rule: None,
            rules_digest: "0123456789abcdef0123456789abcdef".to_owned(),
            helpers: Vec::new(),
            inform: Vec::new(),
            choice: TeamChoice::LeastLoaded,
            considered: Vec::new(),
        });
        let trace = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
            .ok_or("a trace")?;
        Ok(Self {
            store,
            redis,
            assignments: assignments.collect(),
            trace,
        })
    }

    /// Takes `count` complaints from acceptance to a team's queue.
    pub(crate) async fn run(
        self: &Arc<Self>,
        complaints: &Arc<Complaints>,
        run: &str,
        count: usize,
    ) -> Result<Ceiling, Failure> {
        let redis_before = self.redis.cpu_seconds();
        let begun = Instant::now();
        let next = Arc::new(AtomicUsize::new(0));
        let writers = (0..WRITERS).map(|writer| {
            let (bare, complaints, next, run) = (
                Arc::clone(self),
                Arc::clone(complaints),
                Arc::clone(&next),
                run.to_owned(),
            );
            tokio::spawn(async move { bare.accept(&complaints, &next, &run, writer, count).await })
        });
        let writers: Vec<_> = writers.collect();
        let route = tokio::spawn(Arc::clone(self).route(count));
        let follow = tokio::spawn(Arc::clone(self).follow(2 * count));
        for writer in writers {
            writer.await??;
        }
        route.await??;
        let took = begun.elapsed().as_secs_f64();
        follow.await??;
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let complaints_per_s = count as f64 / took;
        Ok(Ceiling {
            complaints_per_s,
            redis_cpu: self.redis.cpu_seconds() - redis_before,
        })
    }

    /// What intake does.
    async fn accept(
        &self,
        complaints: &Complaints,
        next: &AtomicUsize,
        run: &str,
        writer: usize,
        count: usize,
    ) -> Result<(), Failure> {
        let partitions: Vec<Partition> = self.store.partitions().collect();
        for round in writer.. {
            let first = next.fetch_add(BATCH, Ordering::Relaxed);
            if first >= count {
                break;
            }
            let partition = partitions[round % partitions.len()];
            let size = BATCH.min(count - first);
            let numbers = self.store.mint(partition, size).await?;
            let cases = numbers.into_iter().enumerate().map(|(nth, number)| {
                Ok(NewCase {
                    key: Some(IdempotencyKey::new(&format!("{run}-{}", first + nth))?),
                    number,
                    complaint: complaints.complaint(first + nth),
                    contact: Some(Contact::new(|_| Ok(vec![7; 80]))),
                    accepted_at: Timestamp::now(),
                    trace: self.trace,
                })
            });
            let cases: Result<Vec<_>, Failure> = cases.collect();
            self.store.accept(partition, cases?).await?;
        }
        Ok(())
    }

    /// What classifier and router do.
    async fn route(self: Arc<Self>, count: usize) -> Result<(), Failure> {
        let log = self.store.log(Group::Classifier);
        let mut done = 0;
        while done < count {
            let deliveries = log.read(BATCH * 4).await?;
            let (mut commits, mut offers) = (Vec::new(), Vec::new());
            for delivery in &deliveries {
                let (commit, offer) = self.decide(delivery.number)?;
                commits.push(commit);
                offers.push(offer);
            }
            let mut by_partition = std::collections::BTreeMap::<Partition, Vec<CaseCommit>>::new();
            for commit in commits {
                by_partition
                    .entry(commit.case.number.partition())
                    .or_default()
                    .push(commit);
            }
            let committed = by_partition
                .into_iter()
                .map(|(partition, commits)| self.store.commit(partition, commits));
            for outcome in try_join_all(committed).await?.into_iter().flatten() {
                if outcome != Committed::Done {
                    return Err("a commit was stale".into());
                }
            }
            self.store.offer(offers).await?;
            done += deliveries.len();
            log.ack(&deliveries).await?;
        }
        Ok(())
    }

    /// What feedback does.
    async fn follow(self: Arc<Self>, entries: usize) -> Result<(), Failure> {
        let log = self.store.log(Group::Feedback);
        let mut done = 0;
        while done < entries {
            let deliveries = log.read(BATCH * 4).await?;
            done += deliveries.len();
            let counted = deliveries.into_iter().map(|delivery| {
                let units = unit_of(&delivery)
                    .map(|unit| (unit, Counter::Offered))
                    .into_iter()
                    .collect();
                let rules = Vec::new();
                (
                    delivery,
                    Counts {
                        units,
                        rules,
                        ..Counts::default()
                    },
                )
            });
            log.ack_counting(&counted.collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    fn decide(&self, number: CaseNumber) -> Result<(CaseCommit, QueuedOffer), Failure> {
        let now = Timestamp::now();
        let (mut case, _) = Case::accept(number, now);
        let before = case.version;
        let nth = usize::try_from(number.sequence())? * 31 + usize::from(number.partition().0);
        let assignment = self.assignments[nth % self.assignments.len()].clone();
        let due = Due {
            warn_at: now + SignedDuration::from_hours(20),
            at: now + SignedDuration::from_hours(24),
        };
        let events: Vec<Event> = vec![
            case.apply(
                Command::Classify {
                    classification: Box::new(classification()?),
                    dispatch: due,
                },
                now,
            )?,
            case.apply(
                Command::Offer {
                    assignment: Box::new(assignment.clone()),
                    sign_by: due.at,
                    handle: due,
                },
                now,
            )?,
        ];
        let offer = QueuedOffer {
            team: assignment.team.clone(),
            lane: assignment.lane,
            number,
            offer: case.newest_offer(),
            order: OrderOffer {
                case_number: number.to_string(),
                offer: 1,
                unit: assignment.unit.to_string(),
                team: assignment.team.to_string(),
                trace_parent: self.trace.as_str().to_owned(),
                ..OrderOffer::default()
            },
        };
        let commit = CaseCommit {
            before,
            case,
            events,
            at: now,
            trace: self.trace,
            effects: false,
        };
        Ok((commit, offer))
    }
}

fn general() -> ClockClass {
    ClockClass::new("general").unwrap_or_else(|_| unreachable!("a valid id"))
}

fn classification() -> Result<Classification, Failure> {
    Ok(Classification {
        category: Some("housing.heating".parse()?),
        kind: Kind::Complaint,
        urgency: Urgency::Normal,
        language: Language::CHINESE,
        place: Some("110105".parse()?),
        place_candidates: Vec::new(),
        confidence: 0.8,
        alternatives: Vec::new(),
        evidence: Vec::new(),
        model: "keywords-0123456789ab".to_owned(),
        hints: swiftline_domain::classification::Hints::default(),
    })
}

fn unit_of(delivery: &Delivery) -> Option<UnitId> {
    use swiftline_proto::types::v1::event::Event as Happened;
    delivery
        .commit
        .events
        .iter()
        .find_map(|event| match &event.event {
            Some(Happened::Offered(offered)) => offered
                .offer
                .as_ref()?
                .assignment
                .as_ref()?
                .unit
                .parse()
                .ok(),
            _ => None,
        })
}
