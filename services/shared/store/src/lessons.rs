//! What people's decisions teach the classifier's models: labelled examples, the newest of each partition.
//!
//! An example lies with its case: one a case and model, of the newest decision. So whoever stores one may do it again: a
//! decision that is known, or older than the one that is kept, changes and counts nothing. What a record means is not
//! known here.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use jiff::Timestamp;
use jiff::civil::Date;
use redis::{Pipeline, cmd};
use swiftline_domain::id::CategoryId;
use swiftline_domain::number::{CaseNumber, Partition};

use crate::keys::partition_home;
use crate::reply::read;
use crate::script::{Call, LESSON};
use crate::{Store, StoreError};

/// How long it is known how many examples a day brought, in days.
pub const TAUGHT_DAYS: u32 = 90;

const DAY_SECONDS: u32 = 24 * 60 * 60;

/// What a decision teaches a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// The case.
    pub number: CaseNumber,
    /// The model's name; empty when no model can learn it.
    pub model: String,
    /// When it was decided.
    pub at: Timestamp,
    /// The day that it is counted for.
    pub day: Date,
    /// The model had said the same.
    pub agreed: bool,
    /// The category, when somebody told it as a correction.
    pub correction: Option<CategoryId>,
    /// The correction counts for its category: true for one of the models that it teaches.
    pub counts: bool,
    /// What is kept.
    pub record: Vec<u8>,
}

/// A lesson that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The case.
    pub number: CaseNumber,
    /// The model's name; empty when no model can learn it.
    pub model: String,
    /// When it was decided.
    pub at: Timestamp,
    /// What is kept.
    pub record: Vec<u8>,
}

/// Where a reader of lessons stands: at this time, of which it has seen so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LessonCursor {
    at: Timestamp,
    seen: usize,
}

impl LessonCursor {
    /// Before the first of those decided at this time or later.
    #[must_use]
    pub const fn from(at: Timestamp) -> Self {
        Self { at, seen: 0 }
    }

    fn pass(&mut self, at: Timestamp) {
        self.seen = if at == self.at { self.seen + 1 } else { 1 };
        self.at = at;
    }
}

/// How many examples some days brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taught {
    /// All of them.
    pub examples: u64,
    /// Those where the model had said the same.
    pub agreed: u64,
}

impl Store {
    /// Keeps lessons, the newest `keep` of each partition. May be repeated.
    ///
    /// # Errors
    /// When Redis is unavailable; some may be kept.
    pub async fn teach(&self, lessons: &[Lesson], keep: u32) -> Result<(), StoreError> {
        for lesson in lessons {
            let partition = lesson.number.partition();
            self.known(partition)?;
            let call = self.lesson_call(partition, lesson, keep);
            LESSON
                .run(self.conn(), partition_home(partition), &call)
                .await?;
        }
        Ok(())
    }

    fn lesson_call(&self, partition: Partition, lesson: &Lesson, keep: u32) -> Call {
        let keys = self.keys();
        let mut call = Call::default();
        call.key(keys.lessons(partition))
            .key(keys.lesson_records(partition))
            .key(keys.corrections(partition))
            .key(keys.taught(partition, lesson.day));
        let category = lesson.correction.as_ref().map_or("", CategoryId::as_str);
        let counts = lesson.counts && lesson.correction.is_some();
        let field = |what| format!("{}|{what}", lesson.model);
        let agreed = if lesson.agreed {
            field(AGREED)
        } else {
            String::new()
        };
        call.arg(member(lesson))
            .num(lesson.at.as_millisecond())
            .arg(lesson.record.as_slice())
            .num(keep.max(1))
            .arg(category)
            .arg(if counts { "1" } else { "" })
            .arg(field(EXAMPLES))
            .arg(agreed)
            .num(TAUGHT_DAYS * DAY_SECONDS);
        call
    }

    /// How many corrections there were to this category.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn corrections(&self, category: &CategoryId) -> Result<u64, StoreError> {
        let reads = self.partitions().map(|partition| {
            let mut get = cmd("HGET");
            get.arg(self.keys().corrections(partition))
                .arg(category.as_str());
            self.conn().run(partition_home(partition), get)
        });
        let mut sum = 0;
        for answer in try_join_all(reads).await? {
            sum += read::<Option<u64>>(answer)?.unwrap_or_default();
        }
        Ok(sum)
    }

    /// The next lessons of a partition, at most `limit`, the oldest first; moves the cursor past them.
    ///
    /// # Errors
    /// When Redis is unavailable or a record is not one.
    pub async fn lessons(
        &self,
        partition: Partition,
        cursor: &mut LessonCursor,
        limit: usize,
    ) -> Result<Vec<Kept>, StoreError> {
        self.known(partition)?;
        let keys = self.keys();
        let mut range = cmd("ZRANGEBYSCORE");
        range
            .arg(keys.lessons(partition))
            .arg(cursor.at.as_millisecond())
            .arg("+inf")
            .arg("WITHSCORES")
            .arg("LIMIT")
            .arg(cursor.seen)
            .arg(limit);
        let found = self.conn().run(partition_home(partition), range).await?;
        let found: Vec<(String, f64)> = read(found)?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let mut get = cmd("HMGET");
        get.arg(keys.lesson_records(partition));
        for (member, _) in &found {
            get.arg(member);
        }
        let records = self.conn().run(partition_home(partition), get).await?;
        let records: Vec<Option<Vec<u8>>> = read(records)?;
        let mut kept = Vec::with_capacity(found.len());
        for ((member, at), record) in found.into_iter().zip(records) {
            let corrupt = || StoreError::corrupt("a partition's lessons", format!("{member:?}"));
            let at = Timestamp::from_millisecond(at as i64).map_err(|_| corrupt())?;
            cursor.pass(at);
            // One that was forgotten between the two questions is none.
            let Some(record) = record else { continue };
            let (model, number) = member.rsplit_once('|').ok_or_else(corrupt)?;
            let head = record.iter().position(|byte| *byte == b'\n');
            kept.push(Kept {
                number: number.parse().map_err(|_| corrupt())?,
                model: model.to_owned(),
                at,
                record: record[head.ok_or_else(corrupt)? + 1..].to_vec(),
            });
        }
        Ok(kept)
    }

    /// How many examples these days brought, by model.
    ///
    /// # Errors
    /// When Redis is unavailable or a counter is not one.
    pub async fn taught(&self, days: &[Date]) -> Result<BTreeMap<String, Taught>, StoreError> {
        let mut taught = BTreeMap::<String, Taught>::new();
        if days.is_empty() {
            return Ok(taught);
        }
        let reads = self.partitions().map(|partition| {
            let mut pipeline = Pipeline::with_capacity(days.len());
            for day in days {
                let key = self.keys().taught(partition, *day);
                pipeline.cmd("HGETALL").arg(key);
            }
            self.conn().pipe(partition_home(partition), pipeline)
        });
        for answer in try_join_all(reads).await?.into_iter().flatten() {
            for (field, n) in read::<Vec<(String, u64)>>(answer)? {
                let (model, what) = field.rsplit_once('|').unwrap_or_default();
                let sum = taught.entry(model.to_owned()).or_default();
                match what {
                    EXAMPLES => sum.examples += n,
                    AGREED => sum.agreed += n,
                    _ => return Err(StoreError::corrupt("a day's lessons", format!("{field:?}"))),
                }
            }
        }
        Ok(taught)
    }
}

const EXAMPLES: &str = "examples";
const AGREED: &str = "agreed";

fn member(lesson: &Lesson) -> String {
    format!("{}|{}", lesson.model, lesson.number)
}
