//! Cases that were merged into another: they have its result, and each its own callback.

use jiff::Timestamp;
use swiftline_domain::case::{Command, Due, Outcome, State};

use crate::rig::Rig;
use crate::story::{Story, due};

/// Joins the two, as the router does.
async fn merge(member: &mut Story, lead: &mut Story) {
    join(member, lead).await;
    let merge = Command::Merge {
        into: lead.number(),
        handle: due(),
    };
    member.commit(vec![merge]).await;
}

async fn join(member: &Story, lead: &mut Story) {
    let join = Command::Join {
        member: member.number(),
    };
    lead.commit(vec![join]).await;
}

#[tokio::test]
async fn a_member_has_the_result_of_its_issue_and_a_callback_of_its_own() {
    let rig = Rig::start().await;
    let mut lead = Story::signed(&rig.store).await;
    let mut member = Story::offered(&rig.store).await;
    let handle: Option<Due> = member.case.clocks.handle.map(|clock| clock.due);
    merge(&mut member, &mut lead).await;
    assert_eq!(member.case.clocks.handle.map(|clock| clock.due), handle);
    rig.resolve(lead.result()).await.unwrap();
    let case = rig.becomes(member.number(), State::Resolved).await;
    assert_eq!(case.outcome, Some(Outcome::Solved));
    assert_eq!(
        case.answerable.as_ref().unwrap().as_str(),
        crate::story::UNIT
    );
    let callback = case.clocks.callback.expect("its own callback runs");
    assert!(callback.due.at > Timestamp::now() && case.call_at.is_some());
    assert_eq!(lead.now().await.state, State::Resolved);
    rig.settled().await;
}

#[tokio::test]
async fn a_result_that_came_before_the_merging_is_given_to_the_member_too() {
    let rig = Rig::start().await;
    let mut lead = Story::signed(&rig.store).await;
    let mut member = Story::offered(&rig.store).await;
    // The router has told the lead; before it tells the member, the lead's team is done.
    join(&member, &mut lead).await;
    rig.resolve(lead.result()).await.unwrap();
    let merge = Command::Merge {
        into: lead.number(),
        handle: due(),
    };
    member.commit(vec![merge]).await;
    assert_eq!(
        rig.becomes(member.number(), State::Resolved).await.outcome,
        Some(Outcome::Solved)
    );
}

#[tokio::test]
async fn a_case_that_left_the_issue_is_let_be() {
    let rig = Rig::start().await;
    let mut lead = Story::signed(&rig.store).await;
    let mut member = Story::offered(&rig.store).await;
    merge(&mut member, &mut lead).await;
    member.commit(vec![Command::Separate]).await;
    rig.resolve(lead.result()).await.unwrap();
    rig.settled().await;
    assert_eq!(member.now().await.state, State::Returned);
}
