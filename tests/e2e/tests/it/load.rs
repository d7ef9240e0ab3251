//! Complaints that keep coming in while something happens to the mesh.

use std::time::Duration;

use swiftline_proto::intake::v1::Receipt;
use swiftline_proto::intake::v1::intake_client::IntakeClient;
use swiftline_testkit::mesh::Service;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::transport::Channel;

use crate::town::{GAS, PATIENCE, Town, channel, submit};

/// How soon a caller whom nobody has listened to tries again.
const AGAIN: Duration = Duration::from_millis(5);

/// One caller after the other, each until some replica of intake has taken the complaint.
pub(crate) struct Load {
    taken: watch::Receiver<usize>,
    enough: watch::Sender<bool>,
    caller: JoinHandle<Vec<Receipt>>,
}

impl Load {
    /// Callers who smell gas.
    pub(crate) fn start<R>(town: &Town<R>, prefix: &str) -> Self {
        Self::saying(town, prefix, GAS)
    }

    /// Callers who all say this.
    pub(crate) fn saying<R>(town: &Town<R>, prefix: &str, text: &'static str) -> Self {
        let intakes: Vec<IntakeClient<Channel>> = town
            .mesh
            .of(Service::Intake)
            .map(|intake| IntakeClient::new(channel(&intake.url())))
            .collect();
        let (count, taken) = watch::channel(0);
        let (enough, stop) = watch::channel(false);
        let prefix = prefix.to_owned();
        let caller = tokio::spawn(async move {
            let mut receipts = Vec::new();
            while !*stop.borrow() {
                let key = format!("{prefix}-{}", receipts.len());
                receipts.push(submit_to_any(&intakes, &key, text).await);
                count.send_replace(receipts.len());
            }
            receipts
        });
        Self {
            taken,
            enough,
            caller,
        }
    }

    /// Waits until this many more have been taken.
    pub(crate) async fn grows_by(&self, more: usize) {
        let mut taken = self.taken.clone();
        let until = *taken.borrow() + more;
        let grown = tokio::time::timeout(PATIENCE, taken.wait_for(|taken| *taken >= until)).await;
        grown.expect("intake takes complaints").unwrap();
    }

    /// Ends it and says what has been taken.
    pub(crate) async fn finish(self) -> Vec<Receipt> {
        self.enough.send_replace(true);
        self.caller.await.unwrap()
    }
}

async fn submit_to_any(intakes: &[IntakeClient<Channel>], key: &str, text: &str) -> Receipt {
    let rounds = PATIENCE.as_millis() / AGAIN.as_millis();
    let mut pace = tokio::time::interval(AGAIN);
    for _ in 0..rounds {
        for intake in intakes {
            if let Ok(receipt) = submit(intake.clone(), key, text).await {
                return receipt;
            }
        }
        pace.tick().await;
    }
    panic!("no intake takes it");
}
