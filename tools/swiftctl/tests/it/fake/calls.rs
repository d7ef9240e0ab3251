//! The fake's list of citizens to call.

use swiftline_proto::feedback::v1::callbacks_server::Callbacks;
use swiftline_proto::feedback::v1::*;
use swiftline_proto::types::v1 as wire;
use tonic::{Request, Response, Status};

use super::{Services, at, case};
use crate::swiftctl::NUMBER;

#[tonic::async_trait]
impl Callbacks for Services {
    async fn next(&self, request: Request<NextRequest>) -> Result<Response<NextResponse>, Status> {
        let call = Call {
            case: case(NUMBER, wire::State::Resolved),
            until: at(900),
            ..Call::default()
        };
        let calls = vec![call];
        self.0.ask(request.get_ref(), NextResponse { calls })
    }

    async fn waiting(
        &self,
        request: Request<WaitingRequest>,
    ) -> Result<Response<WaitingResponse>, Status> {
        let languages = vec![LanguageCount {
            language: "zh".into(),
            waiting: 3,
        }];
        self.0.ask(request.get_ref(), WaitingResponse { languages })
    }

    async fn invite(
        &self,
        request: Request<InviteRequest>,
    ) -> Result<Response<InviteResponse>, Status> {
        let answer = InviteResponse {
            until: at(172_800),
            message_id: "inv_1".into(),
        };
        self.0.ask(request.get_ref(), answer)
    }
}
