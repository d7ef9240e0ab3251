//! After the day: what its citizens' answers come to, and a burst of complaints of one kind in one district, to see how soon it
//! is noticed.
//!
//! A day of the demo lasts seconds, so what is usual is told: each hour of the past fortnight is given as many complaints of
//! each category and district as the whole day had. Then the burst is the only thing out of the ordinary.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use swiftline_domain::city::{Area, Category, CityPack};
use swiftline_domain::id::{AreaId, CategoryId};
use swiftline_domain::vocabulary::Urgency;
use swiftline_proto::convert::timestamp;
use swiftline_proto::feedback::v1::insight_client::InsightClient;
use swiftline_proto::feedback::v1::scores_client::ScoresClient;
use swiftline_proto::feedback::v1::{
    HotIssue, HourCount, LearnHoursRequest, ListHotIssuesRequest, ListSurgesRequest,
    RankScoresRequest, RankScoresResponse, Surge,
};
use swiftline_proto::intake::v1::intake_client::IntakeClient;
use swiftline_rpc::Channel;
use swiftline_store::{Store, StoreSettings};
use swiftline_testkit::wait::wait_until;

use crate::Failure;
use crate::PATIENCE;
use crate::day::{Entry, submission};
use crate::doors::Doors;
use crate::progress::Progress;
use crate::submit::{Submitted, replay};

/// Complaints of the burst, and how long they take to come.
pub(crate) const BURST: usize = 40;
const LASTING: Duration = Duration::from_secs(4);
/// Hours that are told as usual.
const HOURS: i64 = 14 * 24;
/// Counts of one request: about half a megabyte.
const COUNTS: usize = 12_000;
/// How long an alarm may take.
const WITHIN: Duration = Duration::from_secs(60);

/// Complaints of the day by category and district, where that is known.
type Counts = BTreeMap<(CategoryId, Option<AreaId>), u32>;

/// What there was to see.
pub(crate) struct Evening {
    /// What the burst was about, and where.
    pub about: String,
    /// The complaints of the burst.
    pub submitted: Submitted,
    /// The alarm, and how long after the first complaint of the burst; `None`: there was none.
    pub alarm: Option<(Surge, Duration)>,
    /// Other alarms.
    pub others: usize,
}

/// The mesh, as far as this needs it.
pub(crate) struct Watch<'a> {
    pub store: StoreSettings,
    pub doors: Doors,
    pub pack: &'a CityPack,
    pub progress: Arc<Progress>,
}

impl Watch<'_> {
    /// Tells what is usual, lets the burst come and waits for the alarm.
    pub(crate) async fn evening(&self) -> Result<Evening, Failure> {
        let counts = self.counts().await?;
        let mut insight = InsightClient::new(self.doors.feedback.clone());
        tell_usual(&mut insight, &counts, Timestamp::now()).await?;
        let (category, area) = self
            .choose(&counts)
            .ok_or("the day has no complaint with a place")?;
        let district = self.pack.areas.district_of(area.id.as_str());
        let district = district
            .map_or(&area.id, |district| &district.id)
            .to_string();
        let begun = Instant::now();
        let come = replay(
            IntakeClient::new(self.doors.intake.clone()),
            burst(category, area),
            LASTING,
            PATIENCE,
            std::future::pending(),
            Arc::clone(&self.progress),
        );
        let noticed = wait_until(WITHIN, async || {
            let request = ListSurgesRequest::default();
            let surges = insight
                .clone()
                .list_surges(request)
                .await
                .ok()?
                .into_inner()
                .surges;
            let is_ours =
                |one: &Surge| one.category == category.id.as_str() && one.district == district;
            let ours = surges.into_iter().find(is_ours)?;
            Some((ours, begun.elapsed()))
        });
        let (submitted, alarm) = tokio::join!(come, noticed);
        let all = insight
            .list_surges(ListSurgesRequest::default())
            .await?
            .into_inner();
        // A theme's own series stands for the category's.
        let others = all.surges.iter().filter(|one| {
            one.district != district || !category.id.as_str().starts_with(&one.category)
        });
        Ok(Evening {
            about: format!("{} in {}", category.name.text(), area.name.text()),
            submitted,
            alarm,
            others: others.count(),
        })
    }

    /// What the day was about, as the classifier said, read from the store.
    async fn counts(&self) -> Result<Counts, Failure> {
        let store = Store::connect(&self.store).await?;
        let mut counts = Counts::new();
        for partition in store.partitions() {
            let numbers = store.case_numbers(partition).await?;
            for stored in store
                .load_many(partition, &numbers)
                .await?
                .into_iter()
                .flatten()
            {
                let said = stored.case.classification;
                let category = said.as_ref().and_then(|said| said.category.clone());
                let place = said.and_then(|said| said.place);
                let district = place.and_then(|place| {
                    let district = self.pack.areas.district_of(place.as_str());
                    district.map(|district| district.id.clone())
                });
                if let Some(category) = category {
                    *counts.entry((category, district)).or_default() += 1;
                }
            }
        }
        Ok(counts)
    }

    /// Something pressing that is not frequent, in a place of its district.
    fn choose(&self, counts: &Counts) -> Option<(&Category, &Area)> {
        let candidates = counts.iter().filter_map(|((category, district), count)| {
            let category = self.pack.taxonomy.get(category.as_str())?;
            let district = district.as_ref()?;
            let is_named = !category.source_types.is_empty();
            let calm = category.urgency == Urgency::Normal;
            is_named.then_some((calm, *count, category, district))
        });
        let (_, _, category, district) = candidates
            .min_by_key(|(calm, count, category, _)| (*calm, *count, category.id.clone()))?;
        let mut areas = self.pack.areas.iter();
        let area = areas.find(|area| {
            let parent = area.parent.as_ref();
            parent == Some(district)
        })?;
        Some((category, area))
    }
}

/// Complaints of different people about the same thing.
fn burst(category: &Category, area: &Area) -> Vec<Entry> {
    let entries = (0..BURST).map(|nth| {
        let mut submission = submission(&format!("burst-{nth}"), category, area);
        if let Some(contact) = &mut submission.contact {
            contact.phone = format!("555-01{nth:02}");
        }
        Entry {
            at: nth as f64 / BURST as f64,
            submission,
        }
    });
    entries.collect()
}

/// Tells that each hour of the past fortnight had as much as the day.
async fn tell_usual(
    insight: &mut InsightClient<Channel>,
    counts: &Counts,
    now: Timestamp,
) -> Result<(), Failure> {
    // The day came within this hour, of which so much has passed: a whole hour would have had more.
    let passed = (now.as_second().rem_euclid(3_600) as f64 / 3_600.0).max(0.01);
    let hours = (1..=HOURS).flat_map(|ago| {
        let hour = timestamp(now - SignedDuration::from_hours(ago));
        counts
            .iter()
            .map(move |((category, district), count)| HourCount {
                hour: Some(hour),
                category: category.to_string(),
                area: district
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                count: (f64::from(*count) / passed).ceil() as u32,
            })
    });
    let all: Vec<HourCount> = hours.collect();
    for counts in all.chunks(COUNTS) {
        let counts = counts.to_vec();
        insight.learn_hours(LearnHoursRequest { counts }).await?;
    }
    Ok(())
}

/// The first ranking of the city's formula; `None` when it has none.
pub(crate) async fn ranking(
    feedback: &Channel,
    pack: &CityPack,
) -> Result<Option<RankScoresResponse>, Failure> {
    let today = pack.calendar.local(Timestamp::now()).date();
    let rankings = pack.scores.on(today).map(|formula| &formula.rankings);
    let Some(first) = rankings.and_then(|all| all.first()) else {
        return Ok(None);
    };
    let request = RankScoresRequest {
        ranking: first.id.to_string(),
        ..RankScoresRequest::default()
    };
    let ranked = ScoresClient::new(feedback.clone())
        .rank_scores(request)
        .await?;
    Ok(Some(ranked.into_inner()))
}

/// The hottest issues.
pub(crate) async fn hot_issues(feedback: &Channel, limit: u32) -> Result<Vec<HotIssue>, Failure> {
    let request = ListHotIssuesRequest {
        limit,
        ..ListHotIssuesRequest::default()
    };
    let hot = InsightClient::new(feedback.clone())
        .list_hot_issues(request)
        .await?;
    Ok(hot.into_inner().issues)
}
