//! How cases count: a line in each case's record, and running sums of the lines by unit, team and day.
//!
//! A case's line and the sums change in one step, and only if the line is what the caller saw; so a case is in the sums once,
//! by its newest line, however often and by how many it is put there. Sums are forgotten after a time; lines go with their case.

use futures::future::try_join_all;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use redis::{Pipeline, Value, cmd};
use swiftline_domain::id::{ExclusionId, TeamId, UnitId};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::scores::{COUNTS, Counts, Line};
use swiftline_proto::types::v1::Commit;

use crate::cases::Stored;
use crate::keys::{key_home, partition_home};
use crate::reply::read;
use crate::script::{Call, SCORE};
use crate::{MAX_BATCH, Store, StoreError};

/// How a case counts, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreLine {
    /// The first 16 digits of the formula's digest.
    pub formula: String,
    /// The day that it counts on.
    pub day: Date,
    /// The unit that it counts for.
    pub unit: UnitId,
    /// The team of the unit.
    pub team: Option<TeamId>,
    /// What takes it out; its counts are then 0.
    pub excluded: Option<ExclusionId>,
    /// What it adds, in the order of a tally's fields.
    pub counts: Counts,
}

impl ScoreLine {
    /// The line of a case; `None` when an id in it is none, which no city pack has.
    #[must_use]
    pub fn of(line: &Line<'_>) -> Option<Self> {
        let (counts, excluded) = line.counts();
        Some(Self {
            formula: line.formula.digest().prefix().to_owned(),
            day: line.day,
            unit: UnitId::new(line.unit).ok()?,
            team: line.team.and_then(|team| TeamId::new(team).ok()),
            excluded: excluded.cloned(),
            counts,
        })
    }

    /// The month of the day, `2026-11`.
    fn month(&self) -> String {
        month(self.day)
    }

    fn team(&self) -> &str {
        self.team.as_ref().map_or("", TeamId::as_str)
    }

    fn excluded(&self) -> &str {
        self.excluded.as_ref().map_or("", ExclusionId::as_str)
    }

    /// The field of the sums.
    fn field(&self) -> String {
        let (unit, team, excluded) = (&self.unit, self.team(), self.excluded());
        format!("{unit}|{team}|{:02}|{excluded}", self.day.day())
    }

    /// The counts as in the sums; of a case that is taken out there is one: itself.
    fn added(&self) -> String {
        if self.excluded.is_some() {
            return "1".to_owned();
        }
        let counts: Vec<String> = self.counts.iter().map(ToString::to_string).collect();
        counts.join(",")
    }

    fn text(&self) -> String {
        let (formula, day, unit) = (&self.formula, self.day, &self.unit);
        let (team, excluded, added) = (self.team(), self.excluded(), self.added());
        format!("{formula}|{day}|{unit}|{team}|{excluded}|{added}")
    }

    fn read(text: &str) -> Option<Self> {
        let mut words = text.split('|');
        let mut next = || words.next();
        let (formula, day, unit) = (next()?, next()?, next()?);
        let (team, excluded, added) = (next()?, next()?, next()?);
        let excluded = optional(excluded)?;
        let counts = counts(added)?;
        Some(Self {
            formula: formula.to_owned(),
            day: day.parse().ok()?,
            unit: unit.parse().ok()?,
            team: optional(team)?,
            counts: if excluded.is_some() {
                Counts::default()
            } else {
                counts
            },
            excluded,
        })
    }
}

/// `None` for what is none of these ids, `Some(None)` for no id.
fn optional<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
    if text.is_empty() {
        return Some(None);
    }
    text.parse().ok().map(Some)
}

/// One count, or all.
fn counts(text: &str) -> Option<Counts> {
    let mut counts = Counts::default();
    let mut given = 0;
    for (at, count) in text.split(',').enumerate() {
        *counts.get_mut(at)? = count.parse().ok()?;
        given += 1;
    }
    (given == 1 || given == COUNTS).then_some(counts)
}

fn month(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// A day as a number that sorts as days do: 20261105.
fn ordinal(day: Date) -> i32 {
    (i32::from(day.year()) * 100 + i32::from(day.month())) * 100 + i32::from(day.day())
}

/// All that is stored of a case, seen at one moment.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// The case.
    pub stored: Stored,
    /// Its commits, the oldest first.
    pub journey: Vec<Commit>,
    /// How it counts; `None`: not.
    pub line: Option<ScoreLine>,
}

/// How a case is to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreChange {
    /// The case.
    pub number: CaseNumber,
    /// How it counted when it was looked at.
    pub saw: Option<ScoreLine>,
    /// How it counts now.
    pub now: Option<ScoreLine>,
}

/// What came of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// It counts so, now or by an earlier try.
    Done,
    /// It counts otherwise than was seen: look again.
    Stale,
    /// There is no such case any more.
    Gone,
}

/// A running sum: cases of a team that count, or that one exclusion takes out, on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreSum {
    /// The unit.
    pub unit: UnitId,
    /// Its team; `None`: cases that count for none.
    pub team: Option<TeamId>,
    /// The day.
    pub day: Date,
    /// What takes them out; the first count is then how many.
    pub excluded: Option<ExclusionId>,
    /// What they come to.
    pub counts: Counts,
}

impl Store {
    /// The cases of these numbers of one partition with all that is stored of them, in order.
    ///
    /// # Errors
    /// As [`Store::load_many`].
    pub async fn dossiers(
        &self,
        partition: Partition,
        numbers: &[CaseNumber],
    ) -> Result<Vec<Option<Dossier>>, StoreError> {
        let records = self.records(partition, numbers).await?;
        let dossiers = numbers.iter().zip(records);
        dossiers
            .map(|(number, record)| self.dossier(*number, record))
            .collect()
    }

    fn dossier(&self, number: CaseNumber, value: Value) -> Result<Option<Dossier>, StoreError> {
        let record = read::<Vec<(String, Value)>>(value)?;
        let field = |name: &str| {
            let found = record.iter().find(|(field, _)| field == name);
            found.map_or(Value::Nil, |(_, value)| value.clone())
        };
        let fields = crate::cases::FIELDS.map(field).to_vec();
        let Some(stored) = self.stored(number, Value::Array(fields))? else {
            return Ok(None);
        };
        let line = match read::<Option<String>>(field("q"))? {
            None => None,
            Some(text) => Some(ScoreLine::read(&text).ok_or_else(|| {
                StoreError::corrupt(self.keys().case(number), format!("it counts as {text:?}"))
            })?),
        };
        Ok(Some(Dossier {
            journey: self.commits(number, record)?,
            stored,
            line,
        }))
    }

    /// Which of these cases of one partition count, in order.
    ///
    /// # Errors
    /// As [`Store::load_many`].
    pub async fn count_already(
        &self,
        partition: Partition,
        numbers: &[CaseNumber],
    ) -> Result<Vec<bool>, StoreError> {
        let mut counting = Vec::with_capacity(numbers.len());
        for batch in numbers.chunks(MAX_BATCH) {
            let mut pipeline = Pipeline::with_capacity(batch.len());
            for number in batch {
                self.in_partition(*number, partition)?;
                let case = self.keys().case(*number);
                pipeline.cmd("HEXISTS").arg(case).arg("q");
            }
            let home = partition_home(partition);
            for answer in self.conn().pipe(home, pipeline).await? {
                counting.push(read::<bool>(answer)?);
            }
        }
        Ok(counting)
    }

    /// Changes how cases of one partition count; each case at most once. Sums are forgotten `kept` after their month.
    ///
    /// # Errors
    /// When Redis is unavailable or a number is of another partition; may be repeated.
    pub async fn count_scores(
        &self,
        partition: Partition,
        changes: &[ScoreChange],
        kept: SignedDuration,
    ) -> Result<Vec<Counted>, StoreError> {
        let home = partition_home(partition);
        let mut done = Vec::with_capacity(changes.len());
        for batch in changes.chunks(MAX_BATCH) {
            let mut call = Call::default();
            call.key(self.keys().scored(partition));
            for change in batch {
                self.in_partition(change.number, partition)?;
                self.score_call(&mut call, partition, change, kept);
            }
            let answers = SCORE.run_durable(self, home, &call).await?;
            done.extend(
                read::<Vec<String>>(answers)?
                    .iter()
                    .map(|answer| match answer.as_str() {
                        "" => Counted::Done,
                        "?" => Counted::Gone,
                        _ => Counted::Stale,
                    }),
            );
        }
        Ok(done)
    }

    fn score_call(
        &self,
        call: &mut Call,
        partition: Partition,
        change: &ScoreChange,
        kept: SignedDuration,
    ) {
        let case = self.keys().case(change.number);
        let sums = |line: Option<&ScoreLine>| {
            line.map_or_else(
                || case.clone(),
                |line| self.keys().scores(partition, &line.formula, &line.month()),
            )
        };
        let (saw, now) = (change.saw.as_ref(), change.now.as_ref());
        call.key(case.clone()).key(sums(saw)).key(sums(now));
        call.num(change.number);
        for line in [saw, now] {
            call.arg(line.map(ScoreLine::text).unwrap_or_default());
            call.arg(line.map(ScoreLine::field).unwrap_or_default());
            call.arg(line.map(ScoreLine::added).unwrap_or_default());
        }
        let day = now.map(|line| line.day).unwrap_or_default();
        call.num(ordinal(day)).num(forgotten_at(day, kept));
    }

    /// The running sums of one formula in the month of this day.
    ///
    /// # Errors
    /// When Redis is unavailable or a sum cannot be read.
    pub async fn score_sums(
        &self,
        formula: &str,
        in_month_of: Date,
    ) -> Result<Vec<ScoreSum>, StoreError> {
        let reads = self.partitions().map(async |partition| {
            let key = self.keys().scores(partition, formula, &month(in_month_of));
            let mut get = cmd("HGETALL");
            get.arg(&key);
            let answer = self.conn().run(partition_home(partition), get).await?;
            let fields: Vec<(String, String)> = read(answer)?;
            let sums = fields.into_iter().map(|(field, added)| {
                sum(&field, &added, in_month_of).ok_or_else(|| {
                    StoreError::corrupt(key.clone(), format!("{field:?} is {added:?}"))
                })
            });
            sums.collect::<Result<Vec<_>, _>>()
        });
        Ok(try_join_all(reads).await?.into_iter().flatten().collect())
    }

    /// The cases in the store that count on one of these days, both included.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn scored(
        &self,
        partition: Partition,
        from: Date,
        to: Date,
    ) -> Result<Vec<CaseNumber>, StoreError> {
        self.known(partition)?;
        let key = self.keys().scored(partition);
        let mut range = cmd("ZRANGE");
        range.arg(&key).arg(ordinal(from)).arg(ordinal(to));
        range.arg("BYSCORE");
        let answer = self.conn().run(partition_home(partition), range).await?;
        crate::waiting::numbers(&key, read(answer)?)
    }

    /// The cases of a partition that may count: those that do, and all that have ended.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn may_count(&self, partition: Partition) -> Result<Vec<CaseNumber>, StoreError> {
        self.known(partition)?;
        let keys = [self.keys().scored(partition), self.keys().ended(partition)];
        let mut pipeline = Pipeline::with_capacity(keys.len());
        for key in &keys {
            pipeline.cmd("ZRANGE").arg(key).arg(0).arg(-1);
        }
        let answers = self
            .conn()
            .pipe(partition_home(partition), pipeline)
            .await?;
        let mut cases = std::collections::BTreeSet::new();
        for (key, answer) in keys.iter().zip(answers) {
            cases.extend(crate::waiting::numbers(key, read(answer)?)?);
        }
        Ok(cases.into_iter().collect())
    }

    /// Since when cases are counted by this formula; the first to ask for it begins it. The unix epoch when it is the first
    /// formula of a store that had no case before.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn scored_since(
        &self,
        formula: &str,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let key = self.keys().scored_since();
        let home = key_home(&key);
        let mut known = cmd("HGETALL");
        known.arg(&key);
        let known: Vec<(String, i64)> = read(self.conn().run(home, known).await?)?;
        let since = match known.iter().find(|(of, _)| of == formula) {
            Some((_, since)) => *since,
            None => {
                let fresh = known.is_empty() && !self.ever_minted().await?;
                let since = if fresh { 0 } else { now.as_millisecond() };
                let mut begin = Pipeline::with_capacity(2);
                begin.cmd("HSETNX").arg(&key).arg(formula).arg(since);
                begin.cmd("HGET").arg(&key).arg(formula);
                let mut answers = self.conn().pipe(home, begin).await?;
                read::<i64>(answers.pop().unwrap_or_default())?
            }
        };
        Ok(Timestamp::from_millisecond(since).unwrap_or(now))
    }

    /// Whether any case number was ever handed out.
    async fn ever_minted(&self) -> Result<bool, StoreError> {
        let exists = self.partitions().map(async |partition| {
            let mut exists = cmd("EXISTS");
            exists.arg(self.keys().seq(partition));
            read::<bool>(self.conn().run(partition_home(partition), exists).await?)
        });
        Ok(try_join_all(exists).await?.contains(&true))
    }
}

fn sum(field: &str, added: &str, in_month_of: Date) -> Option<ScoreSum> {
    let mut words = field.split('|');
    let mut next = || words.next();
    let (unit, team, day, excluded) = (next()?, next()?, next()?, next()?);
    Some(ScoreSum {
        unit: unit.parse().ok()?,
        team: optional(team)?,
        day: in_month_of.with().day(day.parse().ok()?).build().ok()?,
        excluded: optional(excluded)?,
        counts: counts(added)?,
    })
}

/// When the sums of this day's month may be forgotten, unix seconds.
fn forgotten_at(day: Date, kept: SignedDuration) -> i64 {
    let month_over = day.last_of_month().to_zoned(jiff::tz::TimeZone::UTC);
    let over = month_over.map_or(0, |over| over.timestamp().as_second());
    // A day for the time zone, a day because the last one is begun.
    over.saturating_add(2 * 86_400)
        .saturating_add(kept.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(excluded: Option<&str>) -> ScoreLine {
        ScoreLine {
            formula: "0123456789abcdef".to_owned(),
            day: Date::constant(2026, 11, 5),
            unit: "st-hekou".parse().unwrap(),
            team: Some("hekou-a".parse().unwrap()),
            excluded: excluded.map(|id| id.parse().unwrap()),
            counts: match excluded {
                Some(_) => Counts::default(),
                None => [1, 1, 1, 0, 1, 0, 0, 0],
            },
        }
    }

    #[test]
    fn lines_read_back() {
        let text = "0123456789abcdef|2026-11-05|st-hekou|hekou-a||1,1,1,0,1,0,0,0";
        assert_eq!(line(None).text(), text);
        let without_team = ScoreLine {
            team: None,
            ..line(None)
        };
        for line in [line(None), line(Some("inquiry")), without_team] {
            assert_eq!(ScoreLine::read(&line.text()), Some(line));
        }
        for bad in [
            "",
            "a|b|c|d|e|f",
            &text[1..].replace('-', " "),
            "x|2026-11-05|u|||1,1",
        ] {
            assert_eq!(ScoreLine::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn sums_read_back() {
        let one = line(Some("inquiry"));
        let read = sum(&one.field(), &one.added(), one.day).unwrap();
        assert_eq!(
            (read.unit, read.team, read.day),
            (one.unit, one.team, one.day)
        );
        assert_eq!((read.excluded, read.counts[0]), (one.excluded, 1));
        for bad in ["", "u|t|32|", "u|t|5", "a b||5|"] {
            assert_eq!(sum(bad, "1", one.day), None, "{bad}");
        }
    }

    #[test]
    fn sums_stay_until_after_their_month() {
        let day = Date::constant(2026, 11, 5);
        let at = forgotten_at(day, SignedDuration::from_hours(24));
        let at = Timestamp::from_second(at).unwrap().to_string();
        assert_eq!(at, "2026-12-03T00:00:00Z");
        assert_eq!(ordinal(day), 20_261_105);
    }
}
