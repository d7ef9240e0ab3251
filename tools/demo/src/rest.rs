//! Waiting until a mesh has nothing left to do.

use std::time::Duration;

use swiftline_proto::router::v1::operations_client::OperationsClient;
use swiftline_proto::router::v1::{ListQueuesRequest, ListQueuesResponse, QueueState};
use swiftline_rpc::Channel;
use swiftline_testkit::wait::wait_until;

use crate::Failure;

/// Waits until the log is worked off and, when the desks work too, no order waits.
pub(crate) async fn at_rest(
    within: Duration,
    router: &Channel,
    desks_idle: impl Fn() -> bool,
) -> Result<(), Failure> {
    let with_desks = !desks_idle();
    let mut operations = OperationsClient::new(router.clone());
    let mut wait_for = "the router".to_owned();
    let rest = wait_until(within, async || {
        let was_idle = desks_idle();
        let queues = operations
            .list_queues(ListQueuesRequest::default())
            .await
            .ok()?
            .into_inner();
        wait_for = unfinished(&queues, with_desks)
            .or_else(|| (!was_idle || !desks_idle()).then(|| "desks at work".to_owned()))
            .unwrap_or_default();
        wait_for.is_empty().then_some(())
    });
    rest.await.ok_or_else(|| {
        format!(
            "the mesh has not come to rest after {} s: it waits for {wait_for}",
            within.as_secs()
        )
        .into()
    })
}

/// A group that has entries left or, where there are desks, a team that has orders waiting.
fn unfinished(queues: &ListQueuesResponse, with_desks: bool) -> Option<String> {
    let group = queues
        .groups
        .iter()
        .find(|group| group.lag > 0 || group.pending > 0)
        .map(|group| {
            format!(
                "{}: {} entries unread, {} read and not acknowledged",
                group.group, group.lag, group.pending
            )
        });
    let team = || {
        let waiting = |team: &&QueueState| team.emergency + team.urgent + team.normal > 0;
        let team = queues.teams.iter().find(waiting).filter(|_| with_desks)?;
        Some(format!("{} to sign for its orders", team.team))
    };
    group.or_else(team)
}
