//! How hot an issue is.
//!
//! ```text
//! base = callers + 0.25 · min(repeats, callers) + 1.5 · ln(1 + votes)
//! heat = base · (1 + 0.25 · (burst + recency + spread + severity))
//! ```
//!
//! The unit is a caller. A caller who writes again counts a quarter, and all of them together no more than a quarter of the
//! callers, so nobody makes an issue alone. Votes are clicks and cost less than a message: they count by their logarithm,
//! as in the open rankings of Reddit and Hacker News. Each of the four factors lies in 0 to 1 and adds a quarter:
//! - *burst*: the share of the messages in their densest 30 days (growth);
//! - *recency*: halves with each 60 days between the issue's last message and the newest of all;
//! - *spread*: 1 − exp(−weeks with messages / 8), what comes back week after week;
//! - *severity*: the mean urgency, emergency 1, urgent one half.
//!
//! The parts are those of the hot-issue indexes that Chinese 12345 hotlines publish (volume, distinct callers, duration,
//! attention, harm); the weights are ours.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use swiftline_domain::vocabulary::Urgency;

use super::Message;

const DAY: f32 = 86_400.0;
const REPEAT: f32 = 0.25;
const VOTES: f32 = 1.5;
const FACTOR: f32 = 0.25;
const BURST_DAYS: i64 = 30;
const HALF_LIFE_DAYS: f32 = 60.0;
const SPREAD_WEEKS: f32 = 8.0;

/// The heat of messages that came in this order; `newest` is the newest message of all issues.
pub(super) fn heat(messages: &[&Message<'_>], newest: Timestamp) -> f32 {
    let callers: HashSet<&str> = messages.iter().map(|message| message.caller).collect();
    let (all, callers) = (messages.len() as f32, callers.len() as f32);
    let votes: u64 = messages.iter().map(|message| message.votes).sum();
    let base = callers + REPEAT * (all - callers).min(callers) + VOTES * (votes as f32).ln_1p();
    let factors =
        burst(messages) + recency(messages, newest) + spread(messages) + severity(messages);
    base * (1.0 + FACTOR * factors)
}

fn seconds(message: &Message<'_>) -> i64 {
    message.at.as_second()
}

fn burst(messages: &[&Message<'_>]) -> f32 {
    let length = BURST_DAYS * DAY as i64;
    let (mut from, mut most) = (0, 0);
    for (at, message) in messages.iter().enumerate() {
        while seconds(message) - seconds(messages[from]) > length {
            from += 1;
        }
        most = most.max(at + 1 - from);
    }
    most as f32 / messages.len().max(1) as f32
}

fn recency(messages: &[&Message<'_>], newest: Timestamp) -> f32 {
    let last = messages.last().map_or(0, |last| seconds(last));
    let days = (newest.as_second() - last).max(0) as f32 / DAY;
    (-days / HALF_LIFE_DAYS).exp2()
}

fn spread(messages: &[&Message<'_>]) -> f32 {
    let week = |message: &&Message<'_>| seconds(message).div_euclid(7 * DAY as i64);
    let weeks: BTreeSet<i64> = messages.iter().map(week).collect();
    1.0 - (-(weeks.len() as f32) / SPREAD_WEEKS).exp()
}

fn severity(messages: &[&Message<'_>]) -> f32 {
    let harm = |message: &&Message<'_>| match message.urgency {
        Urgency::Emergency => 1.0,
        Urgency::Urgent => 0.5,
        Urgency::Normal => 0.0,
    };
    messages.iter().map(harm).sum::<f32>() / messages.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWEST: i64 = 1_800_000_000;

    fn message(caller: &'static str, days_ago: i64) -> Message<'static> {
        Message {
            subject: "",
            detail: "",
            caller,
            at: Timestamp::from_second(NEWEST - days_ago * 86_400).unwrap(),
            votes: 0,
            urgency: Urgency::Normal,
        }
    }

    fn of(messages: &[Message<'_>]) -> f32 {
        let messages: Vec<_> = messages.iter().collect();
        heat(&messages, Timestamp::from_second(NEWEST).unwrap())
    }

    #[test]
    fn many_callers_are_hotter_than_one_who_writes_often() {
        let many: Vec<_> = ["a", "b", "c", "d"].map(|caller| message(caller, 1)).into();
        let one: Vec<_> = (0..20).map(|day| message("a", 20 - day)).collect();
        assert!(of(&many) > of(&one));
    }

    #[test]
    fn votes_recency_harm_and_coming_back_make_it_hotter() {
        let plain = [message("a", 100), message("b", 90)];
        let mut voted = plain;
        voted[0].votes = 100;
        let recent = [message("a", 11), message("b", 1)];
        let mut harmful = plain;
        harmful[1].urgency = Urgency::Emergency;
        let week_after_week = [message("a", 107), message("b", 100), message("c", 90)];
        let at_once = [message("a", 90), message("b", 90), message("c", 90)];
        for hotter in [&voted, &recent, &harmful] {
            assert!(of(hotter) > of(&plain));
        }
        assert!(of(&week_after_week) > of(&at_once));
    }

    #[test]
    fn the_formula_is_the_one_that_is_written() {
        // Both within 30 days, the last one today, in one week: burst 1, recency 1, spread 1 - exp(-1/8).
        let today = [message("a", 0), message("b", 0)];
        let expected = 2.0 * (1.0 + 0.25 * (2.0 + 1.0 - (-0.125_f32).exp()));
        assert!((of(&today) - expected).abs() < 1e-4);
    }
}
