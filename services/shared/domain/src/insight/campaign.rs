//! *One issue a month*: a campaign against a pain point, with measures, an owner, tasks and due dates.
//!
//! A campaign is what its newest version says; every version is kept with who wrote it and when. Planned → Running → Done,
//! from each of the first two also → Dropped; what is done or dropped can be read and no longer changed.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::city::CityPack;
use crate::id::{ActorId, AreaId, CategoryId, RuleId, UnitId};

/// The longest title, measure or task, characters.
pub const MAX_TEXT: usize = 400;
/// The most categories, areas, measures or tasks.
pub const MAX_PARTS: usize = 64;

/// Where a campaign is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Not begun.
    Planned,
    /// Under way.
    Running,
    /// Finished.
    Done,
    /// Given up.
    Dropped,
}

impl Stage {
    /// The word on the wire and in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }

    /// The stage of this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Planned, Self::Running, Self::Done, Self::Dropped]
            .into_iter()
            .find(|stage| stage.as_str() == word)
    }

    const fn may_become(self, next: Self) -> bool {
        match self {
            // Planned => (Planned | Running | Dropped)
            Self::Planned => !matches!(next, Self::Done),
            // Running => (Running | Done | Dropped)
            Self::Running => !matches!(next, Self::Planned),
            Self::Done | Self::Dropped => false,
        }
    }
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What.
    pub title: String,
    /// By whom; the campaign's owner without.
    pub unit: Option<UnitId>,
    /// Until when.
    pub due: Date,
    /// How far it is, 0 to 100 per cent.
    pub progress: u8,
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Its id.
    pub id: RuleId,
    /// What it is called.
    pub title: String,
    /// What it is about: these categories and those under them; at least one.
    pub categories: Vec<CategoryId>,
    /// Where; everywhere when empty.
    pub areas: Vec<AreaId>,
    /// What is done about it.
    pub measures: Vec<String>,
    /// Who answers for it.
    pub owner: UnitId,
    /// When it begins: the effect compares what came before and after.
    pub begins: Date,
    /// When it is to be done.
    pub ends: Date,
    /// Its tasks.
    pub tasks: Vec<Task>,
    /// Where it is.
    pub stage: Stage,
}

/// A version of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// 1 for the first.
    pub version: u32,
    /// Who wrote it.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// The campaign.
    pub campaign: Campaign,
}

/// Why a campaign is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct CampaignError {
    /// The field, such as `tasks[1].due`.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

fn wrong<T>(field: impl Into<String>, reason: impl Into<String>) -> Result<T, CampaignError> {
    Err(CampaignError {
        field: field.into(),
        reason: reason.into(),
    })
}

impl Campaign {
    /// Checks it against the pack, and against the version before it.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn check(&self, pack: &CityPack, before: Option<&Self>) -> Result<(), CampaignError> {
        text(&self.title, "title")?;
        if self.categories.is_empty() {
            return wrong("categories", "must name at least one");
        }
        bound(self.categories.len(), "categories")?;
        bound(self.areas.len(), "areas")?;
        bound(self.measures.len(), "measures")?;
        bound(self.tasks.len(), "tasks")?;
        for (at, category) in self.categories.iter().enumerate() {
            if pack.taxonomy.get(category.as_str()).is_none() {
                return wrong(
                    format!("categories[{at}]"),
                    format!("there is no category {category}"),
                );
            }
        }
        for (at, area) in self.areas.iter().enumerate() {
            if pack.areas.get(area.as_str()).is_none() {
                return wrong(format!("areas[{at}]"), format!("there is no area {area}"));
            }
        }
        for (at, measure) in self.measures.iter().enumerate() {
            text(measure, &format!("measures[{at}]"))?;
        }
        known(pack, &self.owner, "owner")?;
        if self.ends < self.begins {
            return wrong("ends", "is before it begins");
        }
        for (at, task) in self.tasks.iter().enumerate() {
            self.check_task(pack, task, &format!("tasks[{at}]"))?;
        }
        self.check_stage(before)
    }

    fn check_task(&self, pack: &CityPack, task: &Task, field: &str) -> Result<(), CampaignError> {
        text(&task.title, &format!("{field}.title"))?;
        if let Some(unit) = &task.unit {
            known(pack, unit, &format!("{field}.unit"))?;
        }
        if task.progress > 100 {
            return wrong(format!("{field}.progress"), "is more than 100 per cent");
        }
        if task.due < self.begins {
            return wrong(format!("{field}.due"), "is before the campaign begins");
        }
        Ok(())
    }

    fn check_stage(&self, before: Option<&Self>) -> Result<(), CampaignError> {
        let Some(before) = before else {
            return match self.stage {
                Stage::Planned | Stage::Running => Ok(()),
                Stage::Done | Stage::Dropped => {
                    wrong("stage", "a new campaign is planned or running")
                }
            };
        };
        if before.stage.may_become(self.stage) {
            return Ok(());
        }
        let (from, to) = (before.stage.as_str(), self.stage.as_str());
        wrong(
            "stage",
            format!("a campaign that is {from} cannot become {to}"),
        )
    }

    /// Mean progress of its tasks, 0 to 100; of none, 0, and 100 when it is done.
    #[must_use]
    pub fn progress(&self) -> u8 {
        if self.tasks.is_empty() {
            return if self.stage == Stage::Done { 100 } else { 0 };
        }
        let sum: usize = self
            .tasks
            .iter()
            .map(|task| usize::from(task.progress))
            .sum();
        u8::try_from(sum / self.tasks.len()).unwrap_or(100)
    }

    /// Tasks that are late on this day.
    #[must_use]
    pub fn late(&self, today: Date) -> usize {
        let open = self.tasks.iter().filter(|task| task.progress < 100);
        open.filter(|task| task.due < today).count()
    }

    /// Whether a case of this category is what it is about.
    #[must_use]
    pub fn is_about(&self, category: &str) -> bool {
        CategoryId::new(category)
            .is_ok_and(|category| self.categories.iter().any(|ours| category.is_within(ours)))
    }

    /// Whether a case at this place is where it is.
    #[must_use]
    pub fn is_where(&self, pack: &CityPack, area: &str) -> bool {
        self.areas.is_empty()
            || self
                .areas
                .iter()
                .any(|ours| pack.areas.is_within(area, ours.as_str()))
    }
}

fn text(text: &str, field: &str) -> Result<(), CampaignError> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        return wrong(field, "is empty");
    }
    if length > MAX_TEXT {
        return wrong(
            field,
            format!("is {length} characters long, at most {MAX_TEXT} are taken"),
        );
    }
    Ok(())
}

fn bound(count: usize, field: &str) -> Result<(), CampaignError> {
    if count > MAX_PARTS {
        return wrong(field, format!("has {count}, at most {MAX_PARTS} are taken"));
    }
    Ok(())
}

fn known(pack: &CityPack, unit: &UnitId, field: &str) -> Result<(), CampaignError> {
    if pack.units.get(unit.as_str()).is_none() {
        return wrong(field, format!("there is no unit {unit}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::city::testing::small_pack;

    fn campaign() -> Campaign {
        Campaign {
            id: "heating-2026".parse().unwrap(),
            title: "Warm before the frost".to_owned(),
            categories: vec!["housing.heating".parse().unwrap()],
            areas: vec!["01".parse().unwrap()],
            measures: vec!["Try every boiler in October".to_owned()],
            owner: "dongshan".parse().unwrap(),
            begins: date(2026, 10, 1),
            ends: date(2027, 3, 31),
            tasks: vec![
                Task {
                    title: "List the boilers".to_owned(),
                    unit: None,
                    due: date(2026, 10, 15),
                    progress: 100,
                },
                Task {
                    title: "Try them".to_owned(),
                    unit: Some("st-hekou".parse().unwrap()),
                    due: date(2026, 10, 31),
                    progress: 50,
                },
            ],
            stage: Stage::Planned,
        }
    }

    #[test]
    fn a_sound_campaign_is_taken_and_tells_how_far_it_is() {
        let campaign = campaign();
        assert_eq!(campaign.check(&small_pack(), None), Ok(()));
        assert_eq!(
            (campaign.progress(), campaign.late(date(2026, 11, 22))),
            (75, 1)
        );
        assert!(campaign.is_about("housing.heating.boiler") && !campaign.is_about("housing"));
        assert!(
            campaign.is_where(&small_pack(), "01002") && !campaign.is_where(&small_pack(), "02")
        );
    }

    /// What makes a campaign wrong.
    type Spoil = fn(&mut Campaign);

    #[test]
    fn each_wrong_field_is_named() {
        let changes: [(&str, Spoil); 14] = [
            ("title", |one| one.title = "  ".to_owned()),
            ("title", |one| one.title = "x".repeat(MAX_TEXT + 1)),
            ("categories", |one| one.categories.clear()),
            ("categories", |one| {
                one.categories = vec!["noise".parse().unwrap(); MAX_PARTS + 1];
            }),
            ("categories[0]", |one| {
                one.categories = vec!["no".parse().unwrap()];
            }),
            ("areas[0]", |one| one.areas = vec!["no".parse().unwrap()]),
            ("measures[0]", |one| one.measures = vec![String::new()]),
            ("owner", |one| one.owner = "no".parse().unwrap()),
            ("ends", |one| one.ends = date(2026, 9, 30)),
            ("tasks[1].title", |one| one.tasks[1].title.clear()),
            ("tasks[1].unit", |one| {
                one.tasks[1].unit = Some("no".parse().unwrap());
            }),
            ("tasks[0].progress", |one| one.tasks[0].progress = 101),
            ("tasks[0].due", |one| one.tasks[0].due = date(2026, 9, 30)),
            ("stage", |one| one.stage = Stage::Done),
        ];
        for (field, change) in changes {
            let mut wrong = campaign();
            change(&mut wrong);
            let error = wrong.check(&small_pack(), None).unwrap_err();
            assert_eq!(error.field, field, "{error}");
        }
    }

    #[test]
    fn what_is_done_stays_done() {
        use Stage::{Done, Dropped, Planned, Running};
        let of = |stage| Campaign {
            stage,
            ..campaign()
        };
        let taken = |from, to| of(to).check(&small_pack(), Some(&of(from))).is_ok();
        for (from, to, may) in [
            (Planned, Running, true),
            (Planned, Dropped, true),
            (Planned, Done, false),
            (Running, Done, true),
            (Running, Planned, false),
            (Done, Running, false),
            (Dropped, Dropped, false),
        ] {
            assert_eq!(taken(from, to), may, "{from:?} {to:?}");
        }
        for stage in [Planned, Running, Done, Dropped] {
            assert_eq!(Stage::named(stage.as_str()), Some(stage));
        }
        assert_eq!(Stage::named("begun"), None);
    }
}
