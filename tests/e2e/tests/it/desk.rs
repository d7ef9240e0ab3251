//! What people do about a case: the desk that has it, the operator who calls back.

use swiftline_proto::feedback::v1::{RecordCallbackRequest, ResolveRequest};
use swiftline_proto::router::v1::{Claim, SignRequest, SignResponse};
use swiftline_proto::types::v1::{Callback, Case, Outcome};
use tonic::Status;

use crate::town::Town;

/// What a desk says of the newest offer of a case.
pub(crate) fn claim(case: &Case) -> Claim {
    let offer = case.offer.as_ref().unwrap();
    Claim {
        case_number: case.number.clone(),
        team: offer.assignment.as_ref().unwrap().team.clone(),
        offer: offer.no,
        actor: "desk-1".to_owned(),
    }
}

impl<R> Town<R> {
    pub(crate) async fn sign(&self, claim: Claim) -> Result<SignResponse, Status> {
        let request = SignRequest { claim: Some(claim) };
        Ok(self.desk().sign(request).await?.into_inner())
    }

    pub(crate) async fn resolve(&self, claim: Claim) -> Result<(), Status> {
        let result = ResolveRequest {
            claim: Some(claim),
            outcome: Outcome::Solved.into(),
            note: "修好了".to_owned(),
        };
        self.feedback().resolve(result).await.map(drop)
    }

    /// The citizen was reached; is the matter solved?
    pub(crate) async fn call_back(&self, number: &str, solved: bool) -> Result<(), Status> {
        let answers = Callback {
            reached: true,
            contacted: Some(true),
            solved: Some(solved),
            satisfied: Some(solved),
        };
        let callback = RecordCallbackRequest {
            case_number: number.to_owned(),
            callback: Some(answers),
            actor: "operator-1".to_owned(),
            via: 0,
        };
        self.feedback().record_callback(callback).await.map(drop)
    }

    /// Signs, resolves and calls back, all to the citizen's satisfaction.
    pub(crate) async fn handle(&self, case: &Case) {
        self.sign(claim(case)).await.unwrap();
        self.resolve(claim(case)).await.unwrap();
        self.call_back(&case.number, true).await.unwrap();
    }
}
