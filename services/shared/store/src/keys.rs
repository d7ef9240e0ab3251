//! Every key of the store has its name here, and nowhere else.
//!
//! `{p07}`, `{t:ID}`, `{rules}`, `{models}` and `{insight}` are Redis hash tags: everything of a partition lies in one slot, everything
//! of a team in one, everything of a workflow's ledger in one, so that each script touches one master.

use jiff::civil::Date;
use redis::cluster_routing::Slot;
use swiftline_domain::case::ClockKind;
use swiftline_domain::id::TeamId;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::{Lane, Language};

use crate::IdempotencyKey;

/// What changes while the mesh runs, with a ledger of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workflow {
    /// Routing rules.
    Rules,
    /// The classifier's models.
    Models,
    /// What complaints tell together: campaigns, and the documents that are made of notes.
    Insight,
}

impl Workflow {
    /// The hash tag of its keys.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Models => "models",
            Self::Insight => "insight",
        }
    }
}

/// The hash tag of what models say of messages.
const DRIFT: &str = "drift";

/// Where a command goes: the slot of its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Home {
    /// The slot, for a cluster.
    pub(crate) slot: Slot,
    /// Which of several connections: partitions are spread evenly, and one keeps its order.
    pub(crate) index: usize,
}

/// A hash of the likeness index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LikenessHash {
    /// Its shard.
    pub(crate) shard: u8,
    /// Bytes of its records: another length means another classifier, whose records this one does not read.
    pub(crate) width: usize,
    /// The window of time.
    pub(crate) window: u64,
    /// Which of the shard's hashes.
    pub(crate) hash: u8,
}

/// The names of one namespace's keys.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    namespace: String,
}

impl Keys {
    pub(crate) fn new(namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
        }
    }

    /// Hash: `partitions`, `layout`.
    pub(crate) fn meta(&self) -> String {
        format!("{}:meta", self.namespace)
    }

    /// Pub/sub channel: team ids, separated by spaces.
    pub(crate) fn desk(&self) -> String {
        format!("{}:desk", self.namespace)
    }

    fn of(&self, partition: Partition, name: &str) -> String {
        format!("{}:{{{partition}}}:{name}", self.namespace)
    }

    /// Counter: the last case sequence handed out.
    pub(crate) fn seq(&self, partition: Partition) -> String {
        self.of(partition, "seq")
    }

    /// Stream, the case log: `k` kind, `c` case number, `e` Commit, `g` the only group that it is for (redriven letters).
    pub(crate) fn log(&self, partition: Partition) -> String {
        self.of(partition, "log")
    }

    /// Hash, a case: `v` version, `s` Case, `t` traceparent of the newest commit, `in` Complaint, `ct` sealed contact,
    /// `e<version>` Commit (the first without its complaint, which is in `in`), `q` how it counts for the scores, `a` on its
    /// way into the archive.
    pub(crate) fn case(&self, number: CaseNumber) -> String {
        format!(
            "{}:{{{}}}:case:{number}",
            self.namespace,
            number.partition()
        )
    }

    /// String with a lifetime: the case number and acceptance time that an idempotency key led to.
    pub(crate) fn idem(&self, partition: Partition, key: &IdempotencyKey) -> String {
        format!("{}:{{{partition}}}:idem:{key:?}", self.namespace)
    }

    /// Sorted set by unix milliseconds: `c:<number>` deadlines, `r:<number>:<version>` effects to reconcile.
    pub(crate) fn due(&self, partition: Partition) -> String {
        self.of(partition, "due")
    }

    /// Sorted set by unix milliseconds: the numbers of the cases that have ended, by when; the archive takes them from here.
    pub(crate) fn ended(&self, partition: Partition) -> String {
        self.of(partition, "ended")
    }

    /// Sorted set by unix milliseconds: the numbers of the cases that supervision looks after, by since when.
    pub(crate) fn supervised(&self, partition: Partition) -> String {
        self.of(partition, "supervised")
    }

    /// Sorted set by unix milliseconds: the numbers of the cases that a person must send somewhere, by since when.
    pub(crate) fn triage(&self, partition: Partition) -> String {
        self.of(partition, "triage")
    }

    /// Sorted set by unix milliseconds: the numbers of the cases whose clock of this kind has run out, by when.
    pub(crate) fn overdue(&self, partition: Partition, clock: ClockKind) -> String {
        self.of(partition, &format!("overdue:{}", clock.as_str()))
    }

    /// Sorted set by unix milliseconds: the numbers of the cases whose citizen is to be called in this language, by when.
    pub(crate) fn calls(&self, partition: Partition, language: Language) -> String {
        self.of(partition, &format!("calls:{language}"))
    }

    /// Hash with a lifetime, how a citizen was asked by message: `round` how often the case was reopened then, `until` when in
    /// unix milliseconds an answer is taken, `via` how, `sent` 1 once the message is sent.
    pub(crate) fn invited(&self, number: CaseNumber) -> String {
        self.of(number.partition(), &format!("invited:{number}"))
    }

    /// Hash, where the archive stands: `at` the last log entry archived, `next` the end of the batch being archived, `off`
    /// while nobody archives; `cases` the number of the last batch of cases, `members` its cases until they are forgotten.
    pub(crate) fn archive(&self, partition: Partition) -> String {
        self.of(partition, "archive")
    }

    /// Stream of dead letters: the entry's fields, and `g` group, `i` entry id, `r` reason, `n` attempts, `t` traceparent.
    pub(crate) fn dead(&self, partition: Partition) -> String {
        self.of(partition, "dead")
    }

    /// Hash of counters: `<unit>|<counter>`.
    pub(crate) fn rates(&self, partition: Partition) -> String {
        self.of(partition, "rates")
    }

    /// Hash with a lifetime, how cases count by the formula whose digest begins so, in a month: `<unit>|<team>|<day>|<exclusion>` →
    /// counts separated by commas.
    pub(crate) fn scores(&self, partition: Partition, formula: &str, month: &str) -> String {
        self.of(partition, &format!("scores:{formula}:{month}"))
    }

    /// Sorted set by day as yyyymmdd: the numbers of the cases that count.
    pub(crate) fn scored(&self, partition: Partition) -> String {
        self.of(partition, "scored")
    }

    /// Hash: the beginning of a formula's digest → since when cases are counted by it, unix milliseconds.
    pub(crate) fn scored_since(&self) -> String {
        format!("{}:scored-since", self.namespace)
    }

    /// Hash of counters, tag `{pNN}`, of the rule set whose digest begins so: `<rule, empty for the backstop>|<counter>`.
    pub(crate) fn rule_counts(&self, partition: Partition, digest: &str) -> String {
        let tag = Workflow::Rules.tag();
        self.of(partition, &format!("{tag}:{}", short(digest)))
    }

    /// Hash of counters: `<entry of the knowledge base>|<counter>`.
    pub(crate) fn answers(&self, partition: Partition) -> String {
        self.of(partition, "answers")
    }

    /// Stream of notes: `n` what a case tells, for insight.
    pub(crate) fn notes(&self, partition: Partition) -> String {
        self.of(partition, "notes")
    }

    /// Sorted set by unix milliseconds: `<model>|<case>`, the lessons that are kept.
    pub(crate) fn lessons(&self, partition: Partition) -> String {
        self.of(partition, "lessons")
    }

    /// Hash: `<model>|<case>` → the category of a correction, a line's end, the lesson's record.
    pub(crate) fn lesson_records(&self, partition: Partition) -> String {
        self.of(partition, "lessons:records")
    }

    /// Hash of counters: category → corrections to it.
    pub(crate) fn corrections(&self, partition: Partition) -> String {
        self.of(partition, "corrections")
    }

    /// Hash of counters with a lifetime: `<model>|examples` and `<model>|agreed` of a day.
    pub(crate) fn taught(&self, partition: Partition, day: Date) -> String {
        self.of(partition, &format!("taught:{day}"))
    }

    /// Hash of counters with a lifetime, tag `{drift}`, what a model said on a day: `l:<label>`, `c:<bin of confidence>`,
    /// `unsure`, `sum` of confidence in millionths.
    pub(crate) fn drift(&self, model: &str, day: Date) -> String {
        format!("{}:{{{DRIFT}}}:{model}:{day}", self.namespace)
    }

    /// Stream, a lane of a team's queue: `o` OrderOffer, `c` case number, `n` offer number.
    pub(crate) fn lane(&self, team: &TeamId, lane: Lane) -> String {
        format!("{}:{{t:{team}}}:{lane}", self.namespace)
    }

    /// Hash of a team's open orders: case number → `<offer>:<lane 1-3>:<stream id, empty once signed>`.
    pub(crate) fn open(&self, team: &TeamId) -> String {
        format!("{}:{{t:{team}}}:open", self.namespace)
    }

    /// Pub/sub channel: the length of the workflow's log after each append.
    pub(crate) fn channel(&self, of: Workflow) -> String {
        format!("{}:{}", self.namespace, of.tag())
    }

    /// Hash with a lifetime, tag `{sNN}`: seven bytes of a likeness key → records of a case number and a sketch, the newest
    /// first; the empty field → about how many bytes the hash takes.
    pub(crate) fn likeness(&self, of: LikenessHash) -> String {
        format!(
            "{}:{{s{:02}}}:like{}:{}:{}",
            self.namespace, of.shard, of.width, of.window, of.hash
        )
    }

    fn of_ledger(&self, of: Workflow, name: &str) -> String {
        format!("{}:{{{}}}:{name}", self.namespace, of.tag())
    }

    /// List, tag `{rules}` or `{models}`: the log of the workflow; entries are only ever appended.
    pub(crate) fn ledger_log(&self, of: Workflow) -> String {
        self.of_ledger(of, "log")
    }

    /// String, tag `{rules}` or `{models}`: a document of the workflow, `doc:D`, or the first piece of a long one, whose
    /// others are `doc:D:1` and so on; what a digest names never changes.
    pub(crate) fn document(&self, of: Workflow, digest: &str, piece: usize) -> String {
        match piece {
            0 => self.of_ledger(of, &format!("doc:{digest}")),
            piece => self.of_ledger(of, &format!("doc:{digest}:{piece}")),
        }
    }

    /// Hash, tag `{insight}`: `r` revision, `c` cursor, of the documents of insight.
    pub(crate) fn insight_state(&self) -> String {
        self.of_ledger(Workflow::Insight, "state")
    }

    /// String, tag `{insight}`, mostly with a lifetime: a document that is made of notes.
    pub(crate) fn insight_document(&self, name: &str) -> String {
        self.of_ledger(Workflow::Insight, &format!("of:{name}"))
    }

    /// Hash, tag `{rules}` or `{models}`: replica → `<unix ms by Redis' clock>:<state>`.
    pub(crate) fn replicas(&self, of: Workflow) -> String {
        self.of_ledger(of, "replicas")
    }

    /// String with a lifetime, tag `{rules}` or `{models}`: who does this job of the mesh.
    pub(crate) fn lease(&self, of: Workflow, job: &str) -> String {
        self.of_ledger(of, &format!("lease:{job}"))
    }
}

/// As much of a rule set's digest as tells it from the others.
pub(crate) fn short(digest: &str) -> &str {
    let end = digest.char_indices().nth(16).map(|(at, _)| at);
    &digest[..end.unwrap_or(digest.len())]
}

/// Where everything of a workflow lies.
pub(crate) fn ledger_home(of: Workflow) -> Home {
    Home {
        slot: Slot::for_key(of.tag()),
        index: of as usize,
    }
}

/// Where everything of a partition lies.
pub(crate) fn partition_home(partition: Partition) -> Home {
    Home {
        slot: Slot::for_key(partition.to_string()),
        index: usize::from(partition.0),
    }
}

/// Where a shard of the likeness index lies.
pub(crate) fn likeness_home(shard: u8) -> Home {
    Home {
        slot: Slot::for_key(format!("s{shard:02}")),
        index: usize::from(shard),
    }
}

/// Where all that models say of messages lies.
pub(crate) fn drift_home() -> Home {
    Home {
        slot: Slot::for_key(DRIFT),
        index: 0,
    }
}

/// Where everything of a team lies.
pub(crate) fn team_home(team: &TeamId) -> Home {
    let spread = |sum: usize, byte: u8| sum.wrapping_mul(31).wrapping_add(usize::from(byte));
    Home {
        slot: Slot::for_key(format!("t:{team}")),
        index: team.as_str().bytes().fold(0, spread),
    }
}

/// Where a key without a hash tag lies.
pub(crate) fn key_home(key: &str) -> Home {
    Home {
        slot: Slot::for_key(key),
        index: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_of_a_partition_lies_in_its_slot() {
        let keys = Keys::new("sl");
        let number = CaseNumber::new(Partition(7), 1_234).unwrap();
        assert_eq!(keys.case(number), format!("sl:{{p07}}:case:{number}"));
        let idem = IdempotencyKey::new("k").unwrap();
        for key in [
            keys.seq(Partition(7)),
            keys.log(Partition(7)),
            keys.case(number),
            keys.idem(Partition(7), &idem),
            keys.due(Partition(7)),
            keys.ended(Partition(7)),
            keys.supervised(Partition(7)),
            keys.triage(Partition(7)),
            keys.overdue(Partition(7), ClockKind::Handle),
            keys.calls(Partition(7), Language::CHINESE),
            keys.archive(Partition(7)),
            keys.dead(Partition(7)),
            keys.rates(Partition(7)),
            keys.scores(Partition(7), "00", "2026-11"),
            keys.scored(Partition(7)),
            keys.rule_counts(Partition(7), "00"),
            keys.answers(Partition(7)),
            keys.notes(Partition(7)),
            keys.lessons(Partition(7)),
            keys.lesson_records(Partition(7)),
            keys.corrections(Partition(7)),
            keys.taught(Partition(7), Date::constant(2026, 11, 22)),
        ] {
            assert_eq!(
                Slot::for_key(&key),
                partition_home(Partition(7)).slot,
                "{key}"
            );
        }
    }

    #[test]
    fn a_shard_of_likeness_lies_in_its_slot() {
        let of = LikenessHash {
            shard: 3,
            width: 60,
            window: 700,
            hash: 15,
        };
        let key = Keys::new("sl").likeness(of);
        assert_eq!(key, "sl:{s03}:like60:700:15");
        assert_eq!(Slot::for_key(&key), likeness_home(3).slot);
    }

    #[test]
    fn a_digest_is_shortened_in_names() {
        assert_eq!(short(&"0123456789abcdef".repeat(4)), "0123456789abcdef");
        for whole in ["", "0123", "热线"] {
            assert_eq!(short(whole), whole);
        }
        assert_eq!(short(&"热".repeat(17)), "热".repeat(16));
        let counts = Keys::new("sl").rule_counts(Partition(7), "0123456789abcdef01");
        assert_eq!(counts, "sl:{p07}:rules:0123456789abcdef");
    }

    #[test]
    fn what_models_say_lies_in_one_slot() {
        let key = Keys::new("sl").drift("zh-groups", Date::constant(2026, 11, 22));
        assert_eq!(key, "sl:{drift}:zh-groups:2026-11-22");
        assert_eq!(Slot::for_key(&key), drift_home().slot);
    }

    #[test]
    fn everything_of_a_team_lies_in_its_slot() {
        let keys = Keys::new("sl");
        let team = TeamId::new("district-9.a").unwrap();
        assert_eq!(
            keys.lane(&team, Lane::Emergency),
            "sl:{t:district-9.a}:emergency"
        );
        for key in Lane::LANES
            .iter()
            .map(|lane| keys.lane(&team, *lane))
            .chain([keys.open(&team)])
        {
            assert_eq!(Slot::for_key(&key), team_home(&team).slot, "{key}");
        }
    }

    #[test]
    fn everything_of_a_workflow_lies_in_its_slot() {
        let keys = Keys::new("sl");
        let (rules, models) = (Workflow::Rules, Workflow::Models);
        assert_eq!(keys.ledger_log(rules), "sl:{rules}:log");
        assert_eq!(keys.document(rules, "00", 0), "sl:{rules}:doc:00");
        assert_eq!(keys.document(models, "00", 1), "sl:{models}:doc:00:1");
        assert_eq!(keys.lease(rules, "replay"), "sl:{rules}:lease:replay");
        for of in [rules, models] {
            for key in [
                keys.ledger_log(of),
                keys.document(of, "00", 0),
                keys.document(of, "00", 7),
                keys.replicas(of),
                keys.lease(of, "replay"),
            ] {
                assert_eq!(Slot::for_key(&key), ledger_home(of).slot, "{key}");
            }
        }
    }
}
