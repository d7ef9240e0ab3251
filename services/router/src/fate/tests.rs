//! How offers end, as their journeys tell it.

use jiff::Timestamp;
use swiftline_proto::convert::timestamp;
use swiftline_proto::types::v1::{self as wire, event};

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn commit(second: i64, events: Vec<Event>) -> Commit {
    Commit {
        at: Some(timestamp(at(second))),
        events: events
            .into_iter()
            .map(|event| wire::Event { event: Some(event) })
            .collect(),
        ..Commit::default()
    }
}

fn offered(no: u32, sign_by: i64) -> Event {
    Event::Offered(event::Offered {
        offer: Some(wire::Offer {
            no,
            sign_by: Some(timestamp(at(sign_by))),
            ..wire::Offer::default()
        }),
        handle: None,
    })
}

#[test]
fn each_offer_ends_in_its_own_way() {
    let returned = Event::Returned(event::Returned {
        team: "t2".into(),
        ..event::Returned::default()
    });
    let journey = [
        commit(0, vec![offered(1, 10)]),
        commit(
            12,
            vec![Event::Expired(event::Expired::default()), offered(2, 30)],
        ),
        commit(20, vec![returned, offered(3, 40)]),
        commit(25, vec![Event::Signed(event::Signed::default())]),
        commit(27, vec![Event::Resolved(event::Resolved::default())]),
    ];
    assert_eq!(
        fate(&journey, OfferNo(1)),
        Some(Fate::Expired { sign_by: at(10) })
    );
    let team = "t2".parse().unwrap();
    assert_eq!(
        fate(&journey, OfferNo(2)),
        Some(Fate::GivenAway { team, at: at(20) })
    );
    assert_eq!(
        fate(&journey, OfferNo(3)),
        Some(Fate::Resolved { at: at(27) })
    );
    assert_eq!(fate(&journey[..4], OfferNo(3)), None, "it stands");
    assert_eq!(fate(&journey, OfferNo(4)), None, "it never was");
}
