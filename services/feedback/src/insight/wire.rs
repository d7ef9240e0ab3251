//! Conversions: requests in, answers out.

use jiff::Timestamp;
use jiff::civil::Date;
use swiftline_domain::insight::campaign::{Campaign, Stage, Task, Version};
use swiftline_domain::insight::effect::Effect;
use swiftline_domain::insight::hour::Hour;
use swiftline_domain::insight::pain::PainPoint;
use swiftline_proto::convert::{self, ConvertError};
use swiftline_proto::feedback::v1 as wire;

use super::documents::Alarm;
pub(super) use crate::days::{Period, date, limit, moved, period};

fn seconds(seconds: i64) -> Option<prost_types::Timestamp> {
    Timestamp::from_second(seconds).ok().map(convert::timestamp)
}

pub(super) fn surge(alarm: &Alarm) -> wire::Surge {
    wire::Surge {
        id: alarm.id.clone(),
        category: alarm.category.clone(),
        district: alarm.district.clone(),
        opened_at: seconds(alarm.opened_at),
        over_at: alarm.over_at.and_then(seconds),
        from: Some(convert::timestamp(Hour(alarm.from).start())),
        hours: u32::try_from(alarm.hours).unwrap_or_default(),
        observed: alarm.observed,
        expected: alarm.expected,
        expected_low: alarm.interval.0,
        expected_high: alarm.interval.1,
        chance: alarm.chance,
        history_days: alarm.history_days,
        short_history: alarm.short_history,
        areas: alarm
            .areas
            .iter()
            .map(|(area, count)| area_count(area, *count))
            .collect(),
        case_numbers: alarm.cases.clone(),
        updated_at: seconds(alarm.updated_at),
    }
}

pub(super) fn area_count(area: &str, count: u64) -> wire::AreaCount {
    wire::AreaCount {
        area: area.to_owned(),
        count,
    }
}

pub(super) fn pain_point(point: &PainPoint) -> wire::PainPoint {
    wire::PainPoint {
        theme: point.theme.to_string(),
        district: point
            .district
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        count: point.now.told,
        share: point.share,
        before: point.before.told,
        change: point.change,
        solved: point.now.solved,
        unsolved: point.now.unsolved,
        unsolved_share: point.now.unsolved_share(),
    }
}

const STAGES: [(wire::CampaignStage, Stage); 4] = [
    (wire::CampaignStage::Planned, Stage::Planned),
    (wire::CampaignStage::Running, Stage::Running),
    (wire::CampaignStage::Done, Stage::Done),
    (wire::CampaignStage::Dropped, Stage::Dropped),
];

/// Reads a campaign; what it names is checked against the pack afterwards.
pub(super) fn campaign(given: wire::Campaign) -> Result<Campaign, ConvertError> {
    let stage = STAGES.iter().find(|(wire, _)| *wire as i32 == given.stage);
    let stage = stage
        .ok_or_else(|| ConvertError::new("stage", "is missing or unknown"))?
        .1;
    let ids = |ids: &[String], field: &str| -> Result<Vec<_>, ConvertError> {
        let ids = ids.iter().enumerate();
        ids.map(|(at, id)| convert::id(id, &format!("{field}[{at}]")))
            .collect()
    };
    let tasks = given.tasks.into_iter().enumerate().map(|(at, task)| {
        let field = |name: &str| format!("tasks[{at}].{name}");
        Ok(Task {
            title: task.title,
            unit: convert::optional_id(&task.unit, &field("unit"))?,
            due: date(&task.due, &field("due"))?,
            progress: u8::try_from(task.progress)
                .map_err(|_| ConvertError::new(field("progress"), "is more than 100 per cent"))?,
        })
    });
    let areas = given.areas.iter().enumerate();
    let areas = areas.map(|(at, id)| convert::id(id, &format!("areas[{at}]")));
    Ok(Campaign {
        id: convert::id(&given.id, "id")?,
        title: given.title,
        categories: ids(&given.categories, "categories")?,
        areas: areas.collect::<Result<_, _>>()?,
        measures: given.measures,
        owner: convert::id(&given.owner, "owner")?,
        begins: date(&given.begins, "begins")?,
        ends: date(&given.ends, "ends")?,
        tasks: tasks.collect::<Result<_, ConvertError>>()?,
        stage,
    })
}

pub(super) fn standing(version: &Version, today: Date) -> wire::CampaignStanding {
    let campaign = &version.campaign;
    wire::CampaignStanding {
        version: version.version,
        progress: campaign.progress().into(),
        late_tasks: u32::try_from(campaign.late(today)).unwrap_or(u32::MAX),
        changed_at: Some(convert::timestamp(version.at)),
        changed_by: version.by.to_string(),
        campaign: Some(out(campaign)),
    }
}

fn out(campaign: &Campaign) -> wire::Campaign {
    let stage = STAGES.iter().find(|(_, stage)| *stage == campaign.stage);
    wire::Campaign {
        id: campaign.id.to_string(),
        title: campaign.title.clone(),
        categories: campaign
            .categories
            .iter()
            .map(ToString::to_string)
            .collect(),
        areas: campaign.areas.iter().map(ToString::to_string).collect(),
        measures: campaign.measures.clone(),
        owner: campaign.owner.to_string(),
        begins: campaign.begins.to_string(),
        ends: campaign.ends.to_string(),
        tasks: campaign
            .tasks
            .iter()
            .map(|task| wire::CampaignTask {
                title: task.title.clone(),
                unit: task
                    .unit
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                due: task.due.to_string(),
                progress: task.progress.into(),
            })
            .collect(),
        stage: stage.map_or(0, |(wire, _)| *wire as i32),
    }
}

pub(super) fn effect(effect: &Effect, before: usize, after: usize) -> wire::CampaignEffect {
    let days = |days: usize| u32::try_from(days).unwrap_or(u32::MAX);
    wire::CampaignEffect {
        inside_before: effect.inside.0,
        inside_after: effect.inside.1,
        outside_before: effect.outside.0,
        outside_after: effect.outside.1,
        ratio: effect.ratio,
        ratio_low: effect.interval.0,
        ratio_high: effect.interval.1,
        scatter: effect.scatter,
        days_before: days(before),
        days_after: days(after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What makes a campaign wrong.
    type Spoil = fn(&mut wire::Campaign);

    #[test]
    fn campaigns_go_both_ways_and_wrong_fields_are_named() {
        let good = wire::Campaign {
            id: "heating".into(),
            title: "Warm".into(),
            categories: vec!["housing.heating".into()],
            areas: vec!["01".into()],
            measures: vec!["Try".into()],
            owner: "dongshan".into(),
            begins: "2026-10-01".into(),
            ends: "2027-03-31".into(),
            tasks: vec![wire::CampaignTask {
                title: "List".into(),
                unit: String::new(),
                due: "2026-10-15".into(),
                progress: 40,
            }],
            stage: wire::CampaignStage::Planned.into(),
        };
        assert_eq!(out(&campaign(good.clone()).unwrap()), good);
        let changes: [(&str, Spoil); 9] = [
            ("id", |one| one.id = "a b".into()),
            ("categories[0]", |one| one.categories[0].clear()),
            ("areas[0]", |one| one.areas[0] = "{".into()),
            ("owner", |one| one.owner.clear()),
            ("begins", |one| one.begins = "soon".into()),
            ("ends", |one| one.ends.clear()),
            ("tasks[0].due", |one| one.tasks[0].due.clear()),
            ("tasks[0].progress", |one| one.tasks[0].progress = 256),
            ("stage", |one| one.stage = 0),
        ];
        for (field, change) in changes {
            let mut wrong = good.clone();
            change(&mut wrong);
            assert_eq!(campaign(wrong).unwrap_err().field, field);
        }
    }
}
