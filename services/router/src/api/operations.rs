//! `swiftline.router.v1.Operations`.

use std::sync::Arc;

use swiftline_domain::city::{Team, Unit, UnitClass};
use swiftline_domain::vocabulary::Language;
use swiftline_proto::convert::ConvertError;
use swiftline_proto::router::v1 as wire;
use swiftline_proto::router::v1::operations_server::Operations;
use swiftline_store::LetterId;
use tonic::{Request, Response, Status};

use super::{answer, convert};
use crate::balance::Loads as _;
use crate::engine::Engine;
use crate::error::Error;
use crate::operations::MAX_LETTERS;

/// What an operator looks at.
#[derive(Debug)]
pub(crate) struct OperationsApi(pub(crate) Arc<Engine>);

impl OperationsApi {
    fn list_units(&self, request: &wire::ListUnitsRequest) -> Result<Vec<wire::Unit>, Error> {
        let engine = &self.0;
        let class = (!request.class.is_empty()).then(|| request.class.parse::<UnitClass>());
        let class = class.transpose();
        let class = class.map_err(|error| ConvertError::new("class", error.to_string()))?;
        let top = (!request.unit.is_empty()).then(|| engine.unit(&request.unit, "unit"));
        let units = engine.units(class, top.transpose()?);
        Ok(units.into_iter().map(|unit| self.unit(unit)).collect())
    }

    fn unit(&self, unit: &Unit) -> wire::Unit {
        let teams = self.0.pack().teams.of_unit(unit.id.as_str());
        let teams = teams.map(|team| self.team(team)).collect();
        convert::unit(unit, teams, self.0.language())
    }

    fn team(&self, team: &Team) -> wire::Team {
        let engine = &self.0;
        wire::Team {
            id: team.id.to_string(),
            name: team.name.in_language(engine.language()).to_owned(),
            capacity: team.capacity,
            load: engine.planner.loads.load(&team.id),
            on_duty: team.on_duty(engine.clock.now(), &engine.pack().calendar),
            skills: team.skills.iter().map(ToString::to_string).collect(),
            languages: team.languages.iter().map(Language::to_string).collect(),
        }
    }

    async fn list_queues(
        &self,
        request: wire::ListQueuesRequest,
    ) -> Result<wire::ListQueuesResponse, Error> {
        let queues = self.0.queues(request.all_teams).await?;
        let teams = queues.teams.iter().map(|state| {
            let team = self.0.pack().teams.get(state.team.as_str());
            let unit = team.map(|team| team.unit.to_string()).unwrap_or_default();
            convert::queue(state, unit, team.map_or(0, |team| team.capacity))
        });
        Ok(wire::ListQueuesResponse {
            teams: teams.collect(),
            groups: queues.groups.iter().map(convert::group).collect(),
        })
    }

    async fn list_dead_letters(
        &self,
        request: wire::ListDeadLettersRequest,
    ) -> Result<wire::ListDeadLettersResponse, Error> {
        let id = (!request.id.is_empty()).then(|| letter_id(&request.id, "id"));
        let limit = usize::try_from(request.limit).unwrap_or(MAX_LETTERS);
        let letters = self.0.letters(id.transpose()?, limit).await?;
        Ok(wire::ListDeadLettersResponse {
            letters: letters.into_iter().map(convert::letter).collect(),
        })
    }

    async fn redrive(&self, request: wire::RedriveRequest) -> Result<u64, Error> {
        if request.ids.len() > MAX_LETTERS {
            let reason = format!("has {}, at most {MAX_LETTERS} are taken", request.ids.len());
            return Err(ConvertError::new("ids", reason).into());
        }
        let ids = request.ids.iter().enumerate();
        let ids = ids.map(|(at, id)| letter_id(id, &format!("ids[{at}]")));
        self.0.redrive(&ids.collect::<Result<Vec<_>, _>>()?).await
    }
}

fn letter_id(text: &str, field: &str) -> Result<LetterId, Error> {
    text.parse()
        .map_err(|error: swiftline_store::LetterIdError| {
            ConvertError::new(field, error.to_string()).into()
        })
}

#[tonic::async_trait]
impl Operations for OperationsApi {
    async fn list_units(
        &self,
        request: Request<wire::ListUnitsRequest>,
    ) -> Result<Response<wire::ListUnitsResponse>, Status> {
        let units = Self::list_units(self, request.get_ref());
        answer(units, |units| wire::ListUnitsResponse { units })
    }

    async fn list_queues(
        &self,
        request: Request<wire::ListQueuesRequest>,
    ) -> Result<Response<wire::ListQueuesResponse>, Status> {
        answer(Self::list_queues(self, request.into_inner()).await, |it| it)
    }

    async fn list_dead_letters(
        &self,
        request: Request<wire::ListDeadLettersRequest>,
    ) -> Result<Response<wire::ListDeadLettersResponse>, Status> {
        let letters = Self::list_dead_letters(self, request.into_inner()).await;
        answer(letters, |it| it)
    }

    async fn redrive(
        &self,
        request: Request<wire::RedriveRequest>,
    ) -> Result<Response<wire::RedriveResponse>, Status> {
        let redriven = Self::redrive(self, request.into_inner()).await;
        answer(redriven, |redriven| wire::RedriveResponse { redriven })
    }
}
