//! Answers from the documents: any replica can give them.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use swiftline_domain::city::CityPack;
use swiftline_domain::insight::campaign::Campaign;
use swiftline_domain::insight::counts::{Cells, Day};
use swiftline_domain::insight::effect::{Effect, Inflow, effect};
use swiftline_domain::insight::issues::{Issue, Issues};
use swiftline_store::{Store, StoreError};

use super::board::day_number;
use super::documents::{day_name, read_day};
use super::wire::{Period, moved};

/// Days read at once.
const CHUNK: usize = 32;

/// What answers.
pub(super) struct Queries {
    pub(super) store: Store,
    pub(super) pack: Arc<CityPack>,
}

/// The counts of a period, together.
pub(super) struct Sum {
    pub(super) day: Day,
    /// Days of which there are counts.
    pub(super) days: u32,
}

impl Queries {
    /// Today in the city.
    pub(super) fn today(&self) -> Date {
        self.pack.calendar.local(Timestamp::now()).date()
    }

    pub(super) fn today_number(&self) -> i32 {
        day_number(self.today())
    }

    pub(super) async fn issues(&self) -> Result<Issues, StoreError> {
        super::load_issues(&self.store).await
    }

    /// What an issue is called: place and category, in the pack's words.
    pub(super) fn title(&self, issue: &Issue) -> String {
        let category = issue
            .category()
            .and_then(|id| self.pack.taxonomy.get(id.as_str()));
        let category = category.map(|category| category.name.text());
        let area = issue.area().and_then(|id| self.pack.areas.get(id.as_str()));
        match (area.map(|area| area.name.text()), category) {
            (Some(area), Some(category)) => format!("{area}: {category}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => issue.id.to_string(),
        }
    }

    /// The counts of a period, added up.
    pub(super) async fn sum(&self, period: Period) -> Result<Sum, StoreError> {
        let mut sum = Sum {
            day: Day {
                date: period.to,
                cells: Cells::new(),
            },
            days: 0,
        };
        self.each_day(period, |_, cells| {
            sum.days += 1;
            for (key, cell) in cells {
                sum.day.cells.entry(key).or_default().add(cell);
            }
        })
        .await?;
        Ok(sum)
    }

    /// The inflow of a campaign's days on each side of its beginning, at most so many, and what it comes to.
    pub(super) async fn effect(
        &self,
        campaign: &Campaign,
        days: i32,
    ) -> Result<Option<(Effect, usize, usize)>, StoreError> {
        // Today is not over, and what came after its end is not its.
        let yesterday = moved(self.today(), -1);
        let last = moved(campaign.begins, days - 1)
            .min(yesterday)
            .min(campaign.ends);
        let before = Period {
            from: moved(campaign.begins, -days),
            to: moved(campaign.begins, -1).min(yesterday),
        };
        let after = Period {
            from: campaign.begins,
            to: last,
        };
        let before = self.inflow(campaign, before).await?;
        let after = self.inflow(campaign, after).await?;
        let found = effect(&before, &after);
        Ok(found.map(|found| (found, before.len(), after.len())))
    }

    async fn inflow(&self, campaign: &Campaign, period: Period) -> Result<Vec<Inflow>, StoreError> {
        let mut days = Vec::new();
        if period.to < period.from {
            return Ok(days);
        }
        let everywhere = campaign.areas.is_empty();
        self.each_day(period, |_, cells| {
            let mut inflow = Inflow::default();
            for ((category, area), cell) in cells {
                let about = campaign.is_about(&category);
                match (about, campaign.is_where(&self.pack, &area)) {
                    (true, true) => inflow.inside += cell.told,
                    (true, false) => inflow.outside += cell.told,
                    (false, _) if everywhere => inflow.outside += cell.told,
                    (false, _) => {}
                }
            }
            days.push(inflow);
        })
        .await?;
        Ok(days)
    }

    /// Each day of a period of which there are counts.
    async fn each_day(
        &self,
        period: Period,
        mut take: impl FnMut(Date, Cells),
    ) -> Result<(), StoreError> {
        let dates: Vec<Date> = period.dates().collect();
        for dates in dates.chunks(CHUNK) {
            let names: Vec<String> = dates.iter().map(|date| day_name(*date)).collect();
            let documents = self.store.insight_documents(&names).await?;
            for ((date, name), document) in dates.iter().zip(&names).zip(documents) {
                if let Some(document) = document {
                    let cells = read_day(&document)
                        .ok_or_else(|| super::corrupt(name, "it is no list of counts"))?;
                    take(*date, cells);
                }
            }
        }
        Ok(())
    }
}
