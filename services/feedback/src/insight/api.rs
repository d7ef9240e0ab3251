//! The gRPC service of insight: convert in, call, convert out.

use std::sync::Arc;

use jiff::Timestamp;
use swiftline_domain::city::CityPack;
use swiftline_domain::id::RuleId;
use swiftline_domain::insight::issues::Issue;
use swiftline_domain::insight::map::{MapOf, geo_json};
use swiftline_domain::insight::pain::pain_points;
use swiftline_proto::convert::{self, ConvertError};
use swiftline_proto::feedback::v1 as wire;
use swiftline_proto::feedback::v1::insight_server::Insight;
use swiftline_rpc::to_status;
use swiftline_store::Store;
use tonic::{Request, Response, Status};

use super::board::day_of;
use super::campaigns::{self, Book};
use super::learn::learn;
use super::queries::Queries;
use super::wire as form;
use crate::error::FeedbackError;

const MAP_DAYS: i32 = 30;
const PAIN_DAYS: i32 = 365;
const EFFECT_DAYS: u32 = 56;

/// What serves the calls.
pub(crate) struct InsightApi(Queries);

impl InsightApi {
    pub(crate) fn new(store: Store, pack: Arc<CityPack>) -> Self {
        Self(Queries { store, pack })
    }

    /// The id, if the pack has such a category; empty is none.
    fn category(&self, id: &str, field: &str) -> Result<(), FeedbackError> {
        self.known(
            id.is_empty() || self.0.pack.taxonomy.get(id).is_some(),
            field,
            "category",
            id,
        )
    }

    fn area(&self, id: &str, field: &str) -> Result<(), FeedbackError> {
        self.known(
            id.is_empty() || self.0.pack.areas.get(id).is_some(),
            field,
            "area",
            id,
        )
    }

    fn known(
        &self,
        is_known: bool,
        field: &str,
        what: &'static str,
        id: &str,
    ) -> Result<(), FeedbackError> {
        if is_known {
            return Ok(());
        }
        let (field, id) = (field.to_owned(), id.to_owned());
        Err(FeedbackError::Unknown { field, what, id })
    }

    fn issue(&self, issue: &Issue, heat: f64) -> wire::HotIssue {
        let (last_week, week_before) = issue.trend(self.0.today_number());
        wire::HotIssue {
            id: issue.id.to_string(),
            title: self.0.title(issue),
            category: issue
                .category()
                .map(ToString::to_string)
                .unwrap_or_default(),
            area: issue.area().map(ToString::to_string).unwrap_or_default(),
            heat,
            count: issue.count,
            callers: issue.callers(),
            last_week,
            week_before,
            areas: u32::try_from(issue.areas.len()).unwrap_or(u32::MAX),
            emergencies: issue.emergencies,
            urgent: issue.urgent,
            first: day_of(issue.first).to_string(),
            last: day_of(issue.last).to_string(),
        }
    }

    async fn hot(
        &self,
        request: wire::ListHotIssuesRequest,
    ) -> Result<wire::ListHotIssuesResponse, FeedbackError> {
        let limit = form::limit(request.limit, 20, 200)?;
        self.category(&request.category, "category")?;
        self.area(&request.area, "area")?;
        let issues = self.0.issues().await?;
        let areas = &self.0.pack.areas;
        let ranked = issues.ranked(self.0.today_number(), |issue| {
            let about = request.category.is_empty()
                || issue
                    .category()
                    .is_some_and(|id| under(id.as_str(), &request.category));
            let mut places = issue.areas.keys();
            about
                && (request.area.is_empty()
                    || places.any(|place| areas.is_within(place.as_str(), &request.area)))
        });
        Ok(wire::ListHotIssuesResponse {
            total: u32::try_from(ranked.len()).unwrap_or(u32::MAX),
            issues: ranked
                .iter()
                .take(limit)
                .map(|(issue, heat)| self.issue(issue, *heat))
                .collect(),
        })
    }

    async fn one(&self, number: &str) -> Result<wire::ShowHotIssueResponse, FeedbackError> {
        let number = convert::case_number(number, "case_number")?;
        let issues = self.0.issues().await?;
        let issue = issues.get(number).ok_or_else(|| FeedbackError::Unknown {
            field: "case_number".to_owned(),
            what: "issue with case",
            id: number.to_string(),
        })?;
        let mut by_area: Vec<_> = issue.areas.iter().collect();
        by_area.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
        let by_day = issue.days.iter();
        Ok(wire::ShowHotIssueResponse {
            issue: Some(self.issue(issue, issue.heat(self.0.today_number()))),
            case_numbers: issue
                .members
                .iter()
                .rev()
                .map(ToString::to_string)
                .collect(),
            by_area: by_area
                .into_iter()
                .map(|(area, count)| form::area_count(area.as_str(), u64::from(*count)))
                .collect(),
            by_day: by_day
                .map(|(day, count)| wire::DayCount {
                    day: day_of(*day).to_string(),
                    count: u64::from(*count),
                })
                .collect(),
        })
    }

    async fn pain(
        &self,
        request: wire::PainPointsRequest,
    ) -> Result<wire::PainPointsResponse, FeedbackError> {
        let limit = form::limit(request.limit, 50, 5_000)?;
        self.category(&request.theme, "theme")?;
        self.area(&request.district, "district")?;
        let period = form::period(request.period, PAIN_DAYS, self.0.today())?;
        let now = self.0.sum(period).await?;
        let before = self.0.sum(period.before()).await?;
        let (days, days_before) = (now.days, before.days);
        let points = pain_points(&self.0.pack, &[now.day], &[before.day]);
        let wanted = points.iter().filter(|point| {
            let district = point
                .district
                .as_ref()
                .map(swiftline_domain::id::AreaId::as_str);
            (request.theme.is_empty() || point.theme.as_str() == request.theme)
                && (request.district.is_empty() || district == Some(request.district.as_str()))
        });
        Ok(wire::PainPointsResponse {
            points: wanted.take(limit).map(form::pain_point).collect(),
            period: Some(wire::DayRange {
                from: period.from.to_string(),
                to: period.to.to_string(),
            }),
            days,
            days_before,
        })
    }

    async fn surges(
        &self,
        request: wire::ListSurgesRequest,
    ) -> Result<wire::ListSurgesResponse, FeedbackError> {
        let limit = form::limit(request.limit, 50, 500)?;
        self.category(&request.category, "category")?;
        self.area(&request.district, "district")?;
        let alarms = super::load_alarms(&self.0.store).await?;
        let wanted = alarms.iter().filter(|alarm| {
            (!request.open || alarm.over.is_none())
                && (request.category.is_empty() || under(&alarm.category, &request.category))
                && (request.district.is_empty() || alarm.district == request.district)
        });
        let surges = wanted.take(limit).map(form::surge).collect();
        Ok(wire::ListSurgesResponse { surges })
    }

    async fn draw(&self, request: wire::MapRequest) -> Result<wire::MapResponse, FeedbackError> {
        let level = match request.level() {
            wire::MapLevel::District => 1,
            wire::MapLevel::Subdistrict => 2,
            wire::MapLevel::Unspecified => {
                return Err(ConvertError::new("level", "is missing or unknown").into());
            }
        };
        self.category(&request.category, "category")?;
        let language = match request.language.as_str() {
            "" => None,
            code => Some(code.parse().map_err(
                |error: swiftline_domain::vocabulary::LanguageError| {
                    ConvertError::new("language", error.to_string())
                },
            )?),
        };
        let period = form::period(request.period, MAP_DAYS, self.0.today())?;
        let sum = self.0.sum(period).await?;
        let category = Some(request.category.as_str()).filter(|category| !category.is_empty());
        let of = MapOf {
            category,
            language,
            level,
        };
        let geo_json = geo_json(&self.0.pack, &[sum.day], &of);
        Ok(wire::MapResponse { geo_json })
    }

    async fn write(
        &self,
        campaign: Option<wire::Campaign>,
        actor: &str,
        saw: Option<u32>,
    ) -> Result<wire::CampaignStanding, FeedbackError> {
        let campaign = campaign.ok_or_else(|| ConvertError::new("campaign", "is missing"))?;
        let campaign = form::campaign(campaign).map_err(|error| error.within("campaign"))?;
        let actor = convert::id(actor, "actor")?;
        let version = campaigns::write(&self.0.store, &self.0.pack, &campaign, saw, &actor).await?;
        Ok(form::standing(&version, self.0.today()))
    }

    async fn list(&self) -> Result<wire::ListCampaignsResponse, FeedbackError> {
        let book = Book::read(&self.0.store).await?;
        let today = self.0.today();
        let newest = book.of.values().filter_map(|versions| versions.last());
        let campaigns = newest
            .map(|version| form::standing(version, today))
            .collect();
        Ok(wire::ListCampaignsResponse { campaigns })
    }

    async fn show(
        &self,
        request: wire::ShowCampaignRequest,
    ) -> Result<wire::ShowCampaignResponse, FeedbackError> {
        let id: RuleId = convert::id(&request.id, "id")?;
        let days = match request.days {
            0 => EFFECT_DAYS,
            days if (7..=180).contains(&days) => days,
            days => {
                return Err(
                    ConvertError::new("days", format!("is {days}, must be 7 to 180")).into(),
                );
            }
        };
        let book = Book::read(&self.0.store).await?;
        let newest = book.newest(&id).ok_or_else(|| campaigns::unknown(&id))?;
        // At most 180.
        let effect = self.0.effect(&newest.campaign, days as i32).await?;
        let today = self.0.today();
        let versions = book.of.get(&id).into_iter().flatten();
        Ok(wire::ShowCampaignResponse {
            campaign: Some(form::standing(newest, today)),
            versions: versions
                .map(|version| form::standing(version, today))
                .collect(),
            effect: effect.map(|(found, before, after)| form::effect(&found, before, after)),
        })
    }
}

fn under(category: &str, wanted: &str) -> bool {
    let rest = category.strip_prefix(wanted);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn out<T>(answer: Result<T, FeedbackError>) -> Result<Response<T>, Status> {
    answer.map(Response::new).map_err(|error| to_status(&error))
}

#[tonic::async_trait]
impl Insight for InsightApi {
    async fn list_hot_issues(
        &self,
        request: Request<wire::ListHotIssuesRequest>,
    ) -> Result<Response<wire::ListHotIssuesResponse>, Status> {
        out(self.hot(request.into_inner()).await)
    }

    async fn show_hot_issue(
        &self,
        request: Request<wire::ShowHotIssueRequest>,
    ) -> Result<Response<wire::ShowHotIssueResponse>, Status> {
        out(self.one(&request.get_ref().case_number).await)
    }

    async fn pain_points(
        &self,
        request: Request<wire::PainPointsRequest>,
    ) -> Result<Response<wire::PainPointsResponse>, Status> {
        out(self.pain(request.into_inner()).await)
    }

    async fn list_surges(
        &self,
        request: Request<wire::ListSurgesRequest>,
    ) -> Result<Response<wire::ListSurgesResponse>, Status> {
        out(self.surges(request.into_inner()).await)
    }

    async fn learn_hours(
        &self,
        request: Request<wire::LearnHoursRequest>,
    ) -> Result<Response<wire::LearnHoursResponse>, Status> {
        let Queries { store, pack } = &self.0;
        let counts = &request.get_ref().counts;
        let taken = learn(store, pack, counts, Timestamp::now()).await;
        out(taken.map(|taken| wire::LearnHoursResponse { taken }))
    }

    async fn map(
        &self,
        request: Request<wire::MapRequest>,
    ) -> Result<Response<wire::MapResponse>, Status> {
        out(self.draw(request.into_inner()).await)
    }

    async fn create_campaign(
        &self,
        request: Request<wire::CreateCampaignRequest>,
    ) -> Result<Response<wire::CreateCampaignResponse>, Status> {
        let request = request.into_inner();
        let written = self.write(request.campaign, &request.actor, None).await;
        out(written.map(|campaign| wire::CreateCampaignResponse {
            campaign: Some(campaign),
        }))
    }

    async fn update_campaign(
        &self,
        request: Request<wire::UpdateCampaignRequest>,
    ) -> Result<Response<wire::UpdateCampaignResponse>, Status> {
        let request = request.into_inner();
        let written = self.write(request.campaign, &request.actor, Some(request.version));
        out(written.await.map(|campaign| wire::UpdateCampaignResponse {
            campaign: Some(campaign),
        }))
    }

    async fn list_campaigns(
        &self,
        _: Request<wire::ListCampaignsRequest>,
    ) -> Result<Response<wire::ListCampaignsResponse>, Status> {
        out(self.list().await)
    }

    async fn show_campaign(
        &self,
        request: Request<wire::ShowCampaignRequest>,
    ) -> Result<Response<wire::ShowCampaignResponse>, Status> {
        out(self.show(request.into_inner()).await)
    }
}
