//! Changing cases: version-checked and atomic.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use jiff::Timestamp;
use prost::Message as _;
use redis::cmd;
use swiftline_domain::case::{Case, ClockKind, Event, State};
use swiftline_domain::id::Version;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::Language;
use swiftline_proto::convert;
use swiftline_proto::types::v1 as wire;
use swiftline_telemetry::TraceContext;

use crate::due::{deadline_ms, reconcile_member};
use crate::keys::partition_home;
use crate::reply::read;
use crate::script::{COMMIT, Call};
use crate::{EntryKind, MAX_BATCH, Store, StoreError};

/// What one command, or several, did to a case.
#[derive(Debug, Clone)]
pub struct CaseCommit {
    /// The version that the decision was made on.
    pub before: Version,
    /// The case as it is after.
    pub case: Case,
    /// What happened, oldest first; as many as the version went up.
    pub events: Vec<Event>,
    /// When.
    pub at: Timestamp,
    /// The span that commits.
    pub trace: TraceContext,
    /// The team queues are to change as well: until [`Store::effects_done`] says so, the case comes up as
    /// [`crate::DueKind::Reconcile`] from `at` + `effects_grace_ms` on.
    pub effects: bool,
}

/// What came of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// It is in the store, now or by an earlier try of the same commit.
    Done,
    /// Somebody else was first: the case is at this version. Load it and decide again.
    Stale {
        /// The case's version.
        version: Version,
    },
    /// There is no such case.
    Missing,
}

impl Store {
    /// Commits changes to cases of one partition, each by itself; one answer for each, in order. In one step the record, the
    /// journey, the log entry and the deadline change, or none of them.
    ///
    /// A commit whose answer was lost may be sent again as it is: the store finds its very bytes under the version they made
    /// (time and span included, so nobody else's commit has them) and answers [`Committed::Done`], even if the case has moved
    /// on since.
    ///
    /// # Errors
    /// When Redis is unavailable or refuses, fewer replicas confirm than wanted, or a case is of another partition.
    pub async fn commit(
        &self,
        partition: Partition,
        commits: Vec<CaseCommit>,
    ) -> Result<Vec<Committed>, StoreError> {
        for commit in &commits {
            self.in_partition(commit.case.number, partition)?;
        }
        let mut answers = Vec::with_capacity(commits.len());
        for batch in commits.chunks(MAX_BATCH) {
            let call = self.commit_call(partition, batch);
            let replies = COMMIT
                .run_durable(self, partition_home(partition), &call)
                .await?;
            for reply in read::<Vec<String>>(replies)? {
                answers.push(match reply.as_str() {
                    "" => Committed::Done,
                    "?" => Committed::Missing,
                    version => Committed::Stale {
                        version: Version(
                            version
                                .parse()
                                .map_err(|error| StoreError::corrupt("a case's version", error))?,
                        ),
                    },
                });
            }
        }
        Ok(answers)
    }

    fn commit_call(&self, partition: Partition, commits: &[CaseCommit]) -> Call {
        let keys = self.keys();
        let mut call = Call::default();
        call.key(keys.log(partition))
            .key(keys.due(partition))
            .key(keys.ended(partition))
            .key(keys.supervised(partition))
            .key(keys.triage(partition));
        for clock in ClockKind::ALL {
            call.key(keys.overdue(partition, clock));
        }
        let grace = self.settings().effects_grace_ms.cast_signed();
        for commit in commits {
            let case = &commit.case;
            let trace = commit.trace.as_str();
            let entry = convert::commit(case, &commit.events, commit.at, trace, None);
            let reconcile = commit
                .effects
                .then(|| (commit.at.as_millisecond() + grace).to_string());
            call.key(keys.case(case.number))
                .key(keys.calls(partition, call_language(case)));
            let [ended, supervised, calls] = lists(commit);
            let [dispatch, handle, callback] = overdue(commit);
            call.num(case.number)
                .num(commit.before)
                .num(case.version)
                .arg(trace)
                .arg(wire::Case::from(case).encode_to_vec())
                .arg(entry.encode_to_vec())
                .arg(deadline_ms(case))
                .arg(reconcile.unwrap_or_default())
                .arg(EntryKind::of(&commit.events).as_str())
                .arg(ended)
                .arg(supervised)
                .arg(triage(commit))
                .arg(dispatch)
                .arg(handle)
                .arg(callback)
                .arg(calls);
        }
        call
    }

    /// Says that the queue effects of these cases' commits are done. The version is the commit's, so that a later
    /// commit's effects are still looked after.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn effects_done(&self, cases: &[(CaseNumber, Version)]) -> Result<(), StoreError> {
        let mut members: BTreeMap<Partition, Vec<String>> = BTreeMap::new();
        for (number, version) in cases {
            self.known(number.partition())?;
            members
                .entry(number.partition())
                .or_default()
                .push(reconcile_member(*number, *version));
        }
        let removals = members.into_iter().map(|(partition, members)| {
            let mut remove = cmd("ZREM");
            remove.arg(self.keys().due(partition)).arg(members);
            self.conn().run(partition_home(partition), remove)
        });
        try_join_all(removals).await?;
        Ok(())
    }
}

/// What the commit means for the lists of ended cases, of those under supervision and of those to call back: a time in ms,
/// `-` to take it off, empty to leave it as it is.
fn lists(commit: &CaseCommit) -> [String; 3] {
    let case = &commit.case;
    let ms = |at: Timestamp| at.as_millisecond().to_string();
    let off = || "-".to_owned();
    let [mut ended, mut supervised, mut calls] = [const { String::new() }; 3];
    for event in &commit.events {
        match event {
            Event::Reopened { .. } => {
                ended = off();
                calls = off();
            }
            Event::Closed { .. } | Event::Withdrawn => {
                ended = ms(commit.at);
                supervised = off();
                calls = off();
            }
            Event::Supervised { .. } => supervised = ms(commit.at),
            Event::Released { .. } => supervised = off(),
            Event::Resolved { .. } | Event::Followed { .. } | Event::CalledBack { .. } => {
                calls = case.call_at.map_or_else(off, ms);
            }
            _ => {}
        }
    }
    [ended, supervised, calls]
}

/// The same for the list of those that a person must send somewhere. What the case is decides, not what happened to it: an
/// entry that another version has left behind goes with the case's next commit.
fn triage(commit: &CaseCommit) -> String {
    let sent = |event: &Event| matches!(event, Event::SentToTriage { .. });
    match commit.case.state {
        State::Triage if commit.events.iter().any(sent) => commit.at.as_millisecond().to_string(),
        State::Triage => String::new(),
        _ => off_unless_fresh(commit),
    }
}

/// The same for the lists of those whose clocks have run out, one for each of [`ClockKind::ALL`].
fn overdue(commit: &CaseCommit) -> [String; 3] {
    ClockKind::ALL.map(|kind| {
        let clock = commit.case.clocks.get(kind).filter(|clock| clock.overdue);
        clock.map_or_else(
            || off_unless_fresh(commit),
            |clock| clock.due.at.as_millisecond().to_string(),
        )
    })
}

/// A case that nobody has touched since it was accepted is on no list; most commits are of such a one.
fn off_unless_fresh(commit: &CaseCommit) -> String {
    const FRESH: Version = Version(1);
    if commit.before == FRESH { "" } else { "-" }.to_owned()
}

/// The language in which the citizen is to be called.
pub(crate) fn call_language(case: &Case) -> Language {
    let told = case.classification.as_ref();
    told.map_or(Language::UNDETERMINED, |told| told.language)
}
