//! What the city does with the word of a citizen who was called back.

use super::{Names, words};
use crate::case::{Callback, Case, ReopenReason, State};

words! {
    /// What a citizen can be discontent about.
    Discontent {
        /// The matter is not solved.
        Unsolved = "unsolved",
        /// The citizen is not satisfied, although it is solved or nobody knows.
        Dissatisfied = "dissatisfied",
    }
}

/// When a citizen's word reopens a case, and what citizens who are asked by a message are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackTerms {
    /// What reopens a case.
    pub reopen_when: Box<[Discontent]>,
    /// A case is reopened so often (at least 1) because of dissatisfaction alone; then the word is kept and the case closes.
    /// Without bound is only what is not solved.
    pub dissatisfied_reopens: u32,
    /// What is written to a citizen, with `{number}` and `{link}` in it; `None`: the city asks by phone only.
    pub invitation: Option<Names>,
}

impl CallbackTerms {
    /// Why this word of the citizen has the case taken up again; `None` when it does not.
    #[must_use]
    pub fn reopens(&self, case: &Case, callback: &Callback) -> Option<ReopenReason> {
        let asked = matches!(case.state, State::Resolved | State::Answered);
        if !asked || !callback.reached {
            return None;
        }
        let wanted = |discontent| self.reopen_when.contains(&discontent);
        if callback.solved == Some(false) && wanted(Discontent::Unsolved) {
            return Some(ReopenReason::NotSolved);
        }
        let again = callback.solved != Some(false)
            && callback.satisfied == Some(false)
            && wanted(Discontent::Dissatisfied)
            && case.dissatisfied < self.dissatisfied_reopens;
        again.then_some(ReopenReason::Dissatisfied)
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;
    use crate::number::{CaseNumber, Partition};

    fn terms(reopen_when: &[Discontent]) -> CallbackTerms {
        CallbackTerms {
            reopen_when: reopen_when.into(),
            dissatisfied_reopens: 1,
            invitation: None,
        }
    }

    fn case(state: State, dissatisfied: u32) -> Case {
        let number = CaseNumber::new(Partition(1), 1).unwrap();
        let (mut case, _) = Case::accept(number, jiff::Timestamp::UNIX_EPOCH);
        (case.state, case.dissatisfied) = (state, dissatisfied);
        case
    }

    fn said(solved: Option<bool>, satisfied: Option<bool>) -> Callback {
        Callback {
            reached: true,
            contacted: Some(true),
            solved,
            satisfied,
        }
    }

    #[test]
    fn either_discontent_reopens_and_the_worse_is_the_reason() {
        let terms = terms(Discontent::ALL);
        let fresh = case(State::Resolved, 0);
        let (yes, no) = (Some(true), Some(false));
        let reason = |solved, satisfied| terms.reopens(&fresh, &said(solved, satisfied));
        assert_eq!(reason(no, no), Some(ReopenReason::NotSolved));
        assert_eq!(reason(no, yes), Some(ReopenReason::NotSolved));
        assert_eq!(reason(yes, no), Some(ReopenReason::Dissatisfied));
        assert_eq!(reason(None, no), Some(ReopenReason::Dissatisfied));
        assert_eq!((reason(yes, yes), reason(yes, None)), (None, None));
        let unreached = Callback {
            reached: false,
            ..said(no, no)
        };
        assert_eq!(terms.reopens(&fresh, &unreached), None);
    }

    #[test]
    fn dissatisfaction_alone_has_a_bound_and_what_is_unsolved_none() {
        let terms = terms(Discontent::ALL);
        let again = case(State::Resolved, 1);
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(terms.reopens(&again, &said(yes, no)), None);
        let unsolved = terms.reopens(&again, &said(no, no));
        assert_eq!(unsolved, Some(ReopenReason::NotSolved));
    }

    #[test]
    fn a_city_may_leave_either_to_a_person() {
        let fresh = case(State::Answered, 0);
        let (yes, no) = (Some(true), Some(false));
        let unsolved = terms(&[Discontent::Unsolved]);
        assert_eq!(unsolved.reopens(&fresh, &said(yes, no)), None);
        let dissatisfied = terms(&[Discontent::Dissatisfied]);
        assert_eq!(dissatisfied.reopens(&fresh, &said(no, no)), None);
    }

    #[test]
    fn only_what_has_a_result_is_reopened() {
        let terms = terms(Discontent::ALL);
        let word = said(Some(false), None);
        for state in State::ALL {
            let reopens = terms.reopens(&case(state, 0), &word).is_some();
            let asked = matches!(state, State::Resolved | State::Answered);
            assert_eq!(reopens, asked, "{state}");
        }
    }
}
