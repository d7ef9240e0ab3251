//! Surges, hot issues, pain points, campaigns and the map, from cases in the log to the answer of a call.

use std::collections::BTreeSet;

use jiff::Timestamp;
use prost::Message as _;
use swiftline_domain::case::Command;
use swiftline_domain::classification::{Hints, Similar};
use swiftline_domain::number::CaseNumber;
use swiftline_domain::vocabulary::Urgency;
use swiftline_proto::feedback::v1 as wire;
use swiftline_proto::feedback::v1::insight_client::InsightClient;
use swiftline_rpc::status::violations_of;
use swiftline_store::{Folded, InsightDocument};
use swiftline_testkit::wait::wait_until;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::rig::{PATIENCE, Rig, answers};
use crate::story::{Story, classify};

const FAST: &str = "insight.every_ms=20";

async fn rig() -> Rig {
    let mut rig = Rig::without_service().await;
    rig.router.come().await;
    rig.serve(&[FAST]).await;
    rig
}

/// A case of this category and place, classified; like another.
async fn told(rig: &Rig, category: &str, place: &str, like: Option<CaseNumber>) -> Story {
    told_by(rig, 0, category, place, like).await
}

/// The same, of the caller with this pseudonym.
async fn told_by(
    rig: &Rig,
    caller: u64,
    category: &str,
    place: &str,
    like: Option<CaseNumber>,
) -> Story {
    let mut story = Story::accepted_from(&rig.store, caller).await;
    let mut command = classify();
    let Command::Classify { classification, .. } = &mut command else {
        panic!("{command:?}")
    };
    classification.category = Some(category.parse().unwrap());
    classification.place = Some(place.parse().unwrap());
    classification.urgency = Urgency::Urgent;
    let similar = like.map(|case| Similar { case, score: 0.9 });
    classification.hints = Hints {
        similar: similar.into_iter().collect(),
        ..Hints::default()
    };
    story.commit(vec![command]).await;
    story
}

async fn points(client: &mut InsightClient<Channel>) -> Result<wire::PainPointsResponse, Status> {
    let request = wire::PainPointsRequest::default();
    Ok(client.pain_points(request).await?.into_inner())
}

/// Waits until so many cases are counted.
async fn counted(client: &InsightClient<Channel>, cases: u64) -> wire::PainPointsResponse {
    let mut last = None;
    let found = wait_until(PATIENCE, async || {
        let answer = points(&mut client.clone()).await.ok()?;
        let all: u64 = answer.points.iter().map(|point| point.count).sum();
        last = Some(all);
        (all >= cases).then_some(answer)
    });
    found
        .await
        .unwrap_or_else(|| panic!("{last:?} of {cases} cases"))
}

/// Twenty days in which a case of noise comes in district 01 every hour.
async fn quiet_history(rig: &Rig) {
    let today = Timestamp::now().as_second().div_euclid(86_400);
    for day in today - 20..today {
        let cells = (0..24).flat_map(|hour| [0, 0, hour, 1]).collect();
        let counts = wire::InsightCounts {
            categories: vec!["noise".into()],
            areas: vec!["01".into()],
            cells,
        };
        let (name, bytes) = (format!("hours:{day}"), counts.encode_to_vec());
        let document = InsightDocument {
            name: &name,
            bytes: &bytes,
            lifetime: None,
        };
        let revision = rig.store.insight_state().await.unwrap().revision;
        let cursor = format!(r#"{{"by":"test","turn":{day},"at":{{}}}}"#);
        let documents = [document];
        let put = rig
            .store
            .fold_insight(revision, cursor.as_bytes(), &documents);
        assert_eq!(put.await.unwrap(), Folded::Done);
    }
}

#[tokio::test]
async fn a_burst_is_one_alarm_with_its_evidence_even_over_a_crash() {
    let mut rig = Rig::without_service().await;
    rig.router.come().await;
    quiet_history(&rig).await;
    rig.serve(&[FAST]).await;
    let mut numbers = BTreeSet::new();
    for _ in 0..15 {
        numbers.insert(
            told(&rig, "noise", "01001", None)
                .await
                .number()
                .to_string(),
        );
    }
    let surges = async |client: &InsightClient<Channel>| {
        let request = wire::ListSurgesRequest {
            open: true,
            ..Default::default()
        };
        let answer = client.clone().list_surges(request).await.ok()?;
        let surges = answer.into_inner().surges;
        (!surges.is_empty()).then_some(surges)
    };
    let client = rig.insight();
    let found = wait_until(PATIENCE, async || surges(&client).await)
        .await
        .expect("an alarm");
    rig.crash().await;
    for _ in 0..15 {
        numbers.insert(
            told(&rig, "noise", "01001", None)
                .await
                .number()
                .to_string(),
        );
    }
    rig.serve(&[FAST, "consumer.reclaim_after_ms=100"]).await;
    let client = rig.insight();
    counted(&client, 30).await;
    let grown = wait_until(PATIENCE, async || {
        let surges = surges(&client).await?;
        (surges[0].observed >= 25).then_some(surges)
    });
    let grown = grown.await.expect("the alarm grows");
    assert_eq!(grown.len(), 1, "one alarm a surge: {grown:#?}");
    let surge = &grown[0];
    assert_eq!(surge.id, found[0].id);
    assert_eq!(
        (surge.category.as_str(), surge.district.as_str()),
        ("noise", "01")
    );
    assert!(surge.observed as f64 > surge.expected * 3.0 && surge.expected_high < surge.observed);
    assert!(surge.chance < 1e-6 && surge.hours >= 1 && !surge.short_history);
    assert_eq!(surge.areas[0].area, "01001");
    assert!(!surge.case_numbers.is_empty() && surge.case_numbers.len() <= 20);
    assert!(
        surge
            .case_numbers
            .iter()
            .all(|number| numbers.contains(number))
    );
    rig.settled().await;
    let points = counted(&client, 30).await.points;
    assert_eq!(
        points.iter().map(|point| point.count).sum::<u64>(),
        30,
        "each once"
    );
    let metrics = rig.metrics();
    assert!(metrics.contains("swiftline_surges_open 1"), "{metrics}");
}

#[tokio::test]
async fn cases_that_are_alike_are_an_issue_and_themes_are_pain_points() {
    let rig = rig().await;
    let first = told(&rig, "housing.heating", "01001", None).await;
    let mut last = first.number();
    for place in ["01001", "01002", "01001"] {
        last = told(&rig, "housing.heating", place, Some(last))
            .await
            .number();
    }
    told(&rig, "noise", "02001", None).await;
    let mut client = rig.insight();
    let counted = counted(&client, 5).await;
    let top = &counted.points[0];
    assert_eq!(
        (top.theme.as_str(), top.district.as_str(), top.count),
        ("housing", "01", 4)
    );
    assert!((top.share - 0.8).abs() < 1e-9 && top.change.is_none());

    let issues = client.list_hot_issues(wire::ListHotIssuesRequest::default());
    let issues = issues.await.unwrap().into_inner();
    assert_eq!((issues.issues.len(), issues.total), (1, 1));
    let issue = &issues.issues[0];
    assert_eq!(
        (issue.id.clone(), issue.count),
        (first.number().to_string(), 4)
    );
    assert_eq!(
        (issue.category.as_str(), issue.area.as_str(), issue.areas),
        ("housing.heating", "01001", 2)
    );
    assert_eq!(
        (issue.last_week, issue.week_before, issue.urgent),
        (4, 0, 4)
    );
    assert!(
        issue.heat > 4.0 && issue.title.contains("河口"),
        "{issue:?}"
    );
    let request = wire::ShowHotIssueRequest {
        case_number: last.to_string(),
    };
    let shown = client.show_hot_issue(request).await.unwrap().into_inner();
    assert_eq!(shown.case_numbers.len(), 4);
    assert_eq!(shown.case_numbers[0], last.to_string(), "the newest first");
    let elsewhere = wire::ListHotIssuesRequest {
        area: "02".into(),
        ..Default::default()
    };
    assert_eq!(
        client
            .list_hot_issues(elsewhere)
            .await
            .unwrap()
            .into_inner()
            .issues,
        []
    );
}

#[tokio::test]
async fn who_calls_again_counts_less_in_the_heat_and_is_in_no_document() {
    let rig = rig().await;
    let callers = [0xfeed_f00d_u64, 7, 0, 0];
    let repeats = [0xfeed_f00d_u64; 4];
    let mut heats = Vec::new();
    for (category, callers) in [("housing.heating", callers), ("utilities.gas", repeats)] {
        let mut last = None;
        for caller in callers {
            let story = told_by(&rig, caller, category, "01001", last).await;
            last = Some(story.number());
        }
    }
    let mut client = rig.insight();
    counted(&client, 8).await;
    let request = wire::ListHotIssuesRequest::default();
    let answer = client.list_hot_issues(request).await.unwrap().into_inner();
    for issue in &answer.issues {
        heats.push((issue.category.as_str(), issue.count, issue.callers));
    }
    assert_eq!(
        heats,
        [("housing.heating", 4, 4), ("utilities.gas", 4, 1)],
        "the one of many callers is hotter"
    );
    assert!(answer.issues[0].heat > answer.issues[1].heat);
    let partition = swiftline_domain::number::Partition(3);
    let notes = rig.store.notes(partition, "", 100).await.unwrap();
    let documents = rig
        .store
        .insight_documents(&["issues:p03".to_owned()])
        .await
        .unwrap();
    let kept = notes.iter().map(|note| note.bytes.as_slice());
    let kept: Vec<&[u8]> = kept
        .chain(documents.iter().flatten().map(AsRef::as_ref))
        .collect();
    assert_eq!(kept.len(), 9, "eight notes and the issues");
    let pseudonym = 0xfeed_f00d_u64;
    let forms = [
        pseudonym.to_le_bytes().to_vec(),
        pseudonym.to_string().into_bytes(),
        format!("{pseudonym:x}").into_bytes(),
    ];
    for form in &forms {
        let has = |bytes: &[u8]| bytes.windows(form.len()).any(|part| part == form);
        assert!(!kept.iter().any(|bytes| has(bytes)));
    }
}

#[tokio::test]
async fn what_citizens_say_is_in_the_pain_points_and_the_map() {
    let rig = rig().await;
    let mut story = told(&rig, "utilities.gas", "01", None).await;
    story.offer().await;
    story.sign().await;
    story.resolve().await;
    rig.call_back(story.number(), answers(Some(true), Some(true)))
        .await
        .unwrap();
    told(&rig, "noise", "02001", None).await;
    let client = rig.insight();
    let found = wait_until(PATIENCE, async || {
        let answer = points(&mut client.clone()).await.ok()?;
        answer
            .points
            .iter()
            .find(|point| point.solved == 1)
            .cloned()
    });
    let point = found.await.expect("an answer is counted");
    assert_eq!((point.unsolved, point.unsolved_share), (0, Some(0.0)));
    counted(&client, 2).await;
    let request = wire::MapRequest {
        level: wire::MapLevel::Subdistrict.into(),
        category: "noise".into(),
        language: "en".into(),
        ..Default::default()
    };
    let map = client
        .clone()
        .map(request)
        .await
        .unwrap()
        .into_inner()
        .geo_json;
    let map: serde_json::Value = serde_json::from_str(&map).unwrap();
    let features = map["features"].as_array().unwrap();
    let shiqiao = features.iter().find(|one| one["id"] == "02001").unwrap();
    assert_eq!(shiqiao["properties"]["count"], 1);
    assert_eq!(shiqiao["properties"]["name"], "Shiqiao");
    assert_eq!(features.len(), 4);
}

fn campaign() -> wire::Campaign {
    wire::Campaign {
        id: "heating-2026".into(),
        title: "Warm before the frost".into(),
        categories: vec!["housing.heating".into()],
        areas: vec!["01".into()],
        measures: vec!["Try every boiler in October".into()],
        owner: "dongshan".into(),
        begins: "2026-10-01".into(),
        ends: "2027-03-31".into(),
        tasks: vec![wire::CampaignTask {
            title: "List the boilers".into(),
            due: "2026-10-15".into(),
            progress: 40,
            ..Default::default()
        }],
        stage: wire::CampaignStage::Running.into(),
    }
}

#[tokio::test]
async fn a_campaign_is_written_by_who_has_seen_its_newest_version() {
    let rig = rig().await;
    let mut client = rig.insight();
    let create = |campaign| wire::CreateCampaignRequest {
        campaign: Some(campaign),
        actor: "analyst-1".into(),
    };
    let made = client
        .create_campaign(create(campaign()))
        .await
        .unwrap()
        .into_inner();
    let again = client
        .create_campaign(create(campaign()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(made, again, "the same again changes nothing");
    assert_eq!(made.campaign.as_ref().unwrap().version, 1);
    let mut other = campaign();
    other.title = "Another".into();
    let taken = client
        .create_campaign(create(other.clone()))
        .await
        .unwrap_err();
    assert_eq!(violations_of(&taken)[0].field, "campaign.id");

    let update = |campaign, version| wire::UpdateCampaignRequest {
        campaign: Some(campaign),
        actor: "analyst-2".into(),
        version,
    };
    let updated = client
        .update_campaign(update(other, 1))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(updated.campaign.unwrap().version, 2);
    let late = client
        .update_campaign(update(campaign(), 1))
        .await
        .unwrap_err();
    assert_eq!(violations_of(&late)[0].field, "version");
    let request = wire::ShowCampaignRequest {
        id: "heating-2026".into(),
        days: 0,
    };
    let shown = client.show_campaign(request).await.unwrap().into_inner();
    assert_eq!(shown.versions.len(), 2);
    assert_eq!(shown.effect, None, "nothing was counted yet");
    let standing = shown.campaign.unwrap();
    assert_eq!(
        (standing.progress, standing.changed_by.as_str()),
        (40, "analyst-2")
    );
    let listed = client
        .list_campaigns(wire::ListCampaignsRequest {})
        .await
        .unwrap();
    assert_eq!(listed.into_inner().campaigns.len(), 1);
}

#[tokio::test]
async fn each_wrong_field_is_named() {
    let rig = rig().await;
    let mut client = rig.insight();
    let field = |status: Status| (status.code(), violations_of(&status)[0].field.clone());
    let wrong = |field: &str| (Code::InvalidArgument, field.to_owned());
    let unknown = |field: &str| (Code::NotFound, field.to_owned());

    let request = wire::ListHotIssuesRequest {
        limit: 201,
        ..Default::default()
    };
    assert_eq!(
        field(client.list_hot_issues(request).await.unwrap_err()),
        wrong("limit")
    );
    let request = wire::ListHotIssuesRequest {
        category: "no".into(),
        ..Default::default()
    };
    assert_eq!(
        field(client.list_hot_issues(request).await.unwrap_err()),
        unknown("category")
    );
    let request = wire::ListHotIssuesRequest {
        area: "no".into(),
        ..Default::default()
    };
    assert_eq!(
        field(client.list_hot_issues(request).await.unwrap_err()),
        unknown("area")
    );
    for (number, expected) in [
        ("1", wrong("case_number")),
        ("00-0000001-8", unknown("case_number")),
    ] {
        let request = wire::ShowHotIssueRequest {
            case_number: number.into(),
        };
        let found = field(client.show_hot_issue(request).await.unwrap_err());
        assert_eq!(found.1, expected.1);
    }
    let range = |from: &str, to: &str| {
        Some(wire::DayRange {
            from: from.into(),
            to: to.into(),
        })
    };
    let request = wire::PainPointsRequest {
        period: range("soon", ""),
        ..Default::default()
    };
    assert_eq!(
        field(client.pain_points(request).await.unwrap_err()),
        wrong("period.from")
    );
    let request = wire::PainPointsRequest {
        theme: "no".into(),
        ..Default::default()
    };
    assert_eq!(
        field(client.pain_points(request).await.unwrap_err()),
        unknown("theme")
    );
    let request = wire::PainPointsRequest {
        district: "no".into(),
        ..Default::default()
    };
    assert_eq!(
        field(client.pain_points(request).await.unwrap_err()),
        unknown("district")
    );
    let request = wire::ListSurgesRequest {
        district: "no".into(),
        ..Default::default()
    };
    assert_eq!(
        field(client.list_surges(request).await.unwrap_err()),
        unknown("district")
    );
    assert_eq!(
        field(client.map(wire::MapRequest::default()).await.unwrap_err()),
        wrong("level")
    );
    let level = wire::MapLevel::District.into();
    let request = wire::MapRequest {
        level,
        language: "ENG".into(),
        ..Default::default()
    };
    assert_eq!(
        field(client.map(request).await.unwrap_err()),
        wrong("language")
    );

    let create = |campaign: Option<wire::Campaign>, actor: &str| wire::CreateCampaignRequest {
        campaign,
        actor: actor.into(),
    };
    let none = client.create_campaign(create(None, "a")).await.unwrap_err();
    assert_eq!(field(none), wrong("campaign"));
    let none = client
        .create_campaign(create(Some(campaign()), ""))
        .await
        .unwrap_err();
    assert_eq!(field(none), wrong("actor"));
    let mut bad = campaign();
    bad.tasks[0].due = "2026-09-01".into();
    let bad = client
        .create_campaign(create(Some(bad), "a"))
        .await
        .unwrap_err();
    assert_eq!(field(bad), wrong("campaign.tasks[0].due"));
    let request = wire::UpdateCampaignRequest {
        campaign: Some(campaign()),
        actor: "a".into(),
        version: 1,
    };
    assert_eq!(
        field(client.update_campaign(request).await.unwrap_err()),
        unknown("id")
    );
    let request = wire::ShowCampaignRequest {
        id: "no".into(),
        days: 0,
    };
    assert_eq!(
        field(client.show_campaign(request).await.unwrap_err()),
        unknown("id")
    );
    let request = wire::ShowCampaignRequest {
        id: "no".into(),
        days: 6,
    };
    assert_eq!(
        field(client.show_campaign(request).await.unwrap_err()),
        wrong("days")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_usual_before_is_learned_and_a_surge_against_it_is_found_at_once() {
    let rig = rig().await;
    let now = Timestamp::now();
    let usual = |hours_ago: i64, category: &str, area: &str, count| wire::HourCount {
        hour: Some(prost_types::Timestamp {
            seconds: now.as_second() - hours_ago * 3_600,
            nanos: 0,
        }),
        category: category.to_owned(),
        area: area.to_owned(),
        count,
    };
    let category = "streets.light";
    let learn = async |counts: Vec<wire::HourCount>| {
        let request = wire::LearnHoursRequest { counts };
        rig.insight().learn_hours(request).await
    };
    // A fortnight; the second telling takes the place of the first.
    let fortnight = |count| {
        let hours = (1..=14 * 24).map(|ago| usual(ago, category, "01001", count));
        hours.collect::<Vec<_>>()
    };
    learn(fortnight(90)).await.unwrap();
    let taken = learn(fortnight(1)).await.unwrap().into_inner().taken;
    assert_eq!(taken, 14 * 24);
    for _ in 0..25 {
        told(&rig, category, "01001", None).await;
    }
    let found = wait_until(PATIENCE, async || {
        let request = wire::ListSurgesRequest::default();
        let surges = rig.insight().list_surges(request).await.ok()?.into_inner();
        let found = surges
            .surges
            .into_iter()
            .find(|one| one.category == category);
        found.filter(|one| one.district == "01")
    });
    let surge = found.await.expect("a surge");
    assert!(surge.expected < 10.0, "{surge:?}");

    let field = |status: Status| violations_of(&status)[0].field.clone();
    for (wrong, named) in [
        (usual(0, category, "01001", 1), "counts[0].hour"),
        (usual(36 * 24, category, "01001", 1), "counts[0].hour"),
        (usual(2, "nothing", "01001", 1), "counts[0].category"),
        (usual(2, category, "99", 1), "counts[0].area"),
        (
            wire::HourCount {
                hour: None,
                ..usual(2, category, "", 1)
            },
            "counts[0].hour",
        ),
    ] {
        assert_eq!(field(learn(vec![wrong]).await.unwrap_err()), named);
    }
    let too_many = vec![usual(2, category, "", 1); 20_001];
    assert_eq!(field(learn(too_many).await.unwrap_err()), "counts");
}
