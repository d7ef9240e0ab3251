//! Why a case went where it went, and where a complaint would go. Changes nothing.

use jiff::Timestamp;
use swiftline_domain::case::{Assignment, State, TriageReason};
use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::Complaint;
use swiftline_domain::id::EntryId;
use swiftline_domain::number::CaseNumber;
use swiftline_domain::rules::{self, RulesDigest};
use swiftline_proto::convert::optional;
use swiftline_proto::types::v1::{Commit, event::Event};

use crate::decide::with_subject;
use crate::engine::Engine;
use crate::error::Error;
use crate::planner::{Standing, Subject};

/// Losing rules that an explanation tells of, at most.
const LOSERS: usize = 10;

/// A complaint that need not exist.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// What a citizen might say.
    pub(crate) complaint: Complaint,
    /// What it would be.
    pub(crate) classification: Classification,
    /// When it would be taken in.
    pub(crate) accepted_at: Timestamp,
}

/// An explanation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Explanation {
    /// What the classifier, or a person, made of it.
    pub(crate) classification: Option<Classification>,
    /// To whom it went or would go, with the teams that were weighed.
    pub(crate) assignment: Option<Assignment>,
    /// What the rules say that hold for the place now; `None` where nothing is known that they could look at.
    pub(crate) rules: Option<RulesSay>,
    /// Why a person must decide, if one must.
    pub(crate) triage: Option<TriageReason>,
    /// The entry of the knowledge base that answered it, or would.
    pub(crate) answered: Option<EntryId>,
}

/// What rules say of a complaint.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RulesSay {
    /// Which rule decides, and which came close.
    pub(crate) why: rules::Explanation,
    /// The rules' name.
    pub(crate) digest: RulesDigest,
    /// They are a canary's.
    pub(crate) canary: bool,
}

impl Engine {
    /// Explains a case: its assignment as it was made, the rules as they are now.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn explain_case(&self, number: CaseNumber) -> Result<Explanation, Error> {
        let stored = self.load(number).await?;
        let case = &stored.case;
        let rules = match case.classification {
            Some(_) => Some(with_subject(&stored, case, |subject| {
                self.ask_why(subject)
            })?),
            None => None,
        };
        let triage = if case.state == State::Triage {
            last_triage(&self.store.journey(number).await?)
        } else {
            None
        };
        let assignment = case.offer.as_ref().map(|offer| offer.assignment.clone());
        Ok(Explanation {
            classification: case.classification.clone(),
            assignment,
            rules,
            triage,
            answered: case.answered.clone(),
        })
    }

    /// Where this complaint would go now.
    #[must_use]
    pub(crate) fn explain_facts(&self, facts: &Facts) -> Explanation {
        let subject = Subject {
            complaint: &facts.complaint,
            classification: &facts.classification,
            accepted_at: facts.accepted_at,
        };
        let mut explanation = Explanation {
            classification: Some(facts.classification.clone()),
            rules: Some(self.ask_why(&subject)),
            triage: None,
            assignment: None,
            answered: self.planner.answer(&subject, self.clock.now()),
        };
        if explanation.answered.is_some() {
            return explanation;
        }
        let standing = Standing {
            asked: &[],
            since: facts.accepted_at,
            now: self.clock.now(),
        };
        let judged = self.planner.decide(&subject);
        match self
            .planner
            .first(&subject, &judged, standing, &mut self.rng())
        {
            Ok(plan) => explanation.assignment = Some(*plan.assignment),
            Err(undecided) => explanation.triage = Some(undecided.reason),
        }
        explanation
    }

    fn ask_why(&self, subject: &Subject<'_>) -> RulesSay {
        let in_force = self.planner.rules();
        let (rules, canary) = in_force.of_place(subject.classification.place.as_ref());
        let ask = |facts: &rules::Facts<'_>| rules.explain(facts, LOSERS);
        RulesSay {
            why: self.planner.with_facts(subject, in_force.asks_text(), ask),
            digest: rules.digest().clone(),
            canary,
        }
    }
}

/// Why the case was put before a person last.
#[must_use]
pub(crate) fn last_triage(journey: &[Commit]) -> Option<TriageReason> {
    let events = journey.iter().flat_map(|commit| &commit.events);
    let mut newest_first = events.rev().filter_map(|event| match &event.event {
        Some(Event::SentToTriage(sent)) => optional(sent.reason, "reason").ok().flatten(),
        _ => None,
    });
    newest_first.next()
}
