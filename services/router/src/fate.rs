//! How an offer ended, read from the case's journey: what a desk is told that comes too late.

use swiftline_domain::id::OfferNo;
use swiftline_proto::convert::{id, to_timestamp};
use swiftline_proto::types::v1::{Commit, event::Event};

use crate::error::Fate;

/// How this offer ended; `None` while it stands, and for an offer that never was.
#[must_use]
pub(crate) fn fate(journey: &[Commit], offer: OfferNo) -> Option<Fate> {
    let mut newest = 0;
    let mut sign_by = None;
    for commit in journey {
        let at = commit.at.and_then(|at| to_timestamp(at, "at").ok());
        for event in commit
            .events
            .iter()
            .filter_map(|event| event.event.as_ref())
        {
            match event {
                Event::Offered(event) => {
                    let made = event.offer.as_ref()?;
                    newest = made.no;
                    sign_by = made.sign_by.and_then(|at| to_timestamp(at, "sign_by").ok());
                }
                _ if newest != offer.0 => {}
                Event::Expired(_) => return Some(Fate::Expired { sign_by: sign_by? }),
                Event::Returned(event) => return given_away(&event.team, at?),
                Event::Transferred(event) => return given_away(&event.team, at?),
                Event::Resolved(_) => return Some(Fate::Resolved { at: at? }),
                _ => {}
            }
        }
    }
    None
}

fn given_away(team: &str, at: jiff::Timestamp) -> Option<Fate> {
    let team = id(team, "team").ok()?;
    Some(Fate::GivenAway { team, at })
}

#[cfg(test)]
mod tests;
