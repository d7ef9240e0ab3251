//! Tables, columns and cells.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::number::CaseNumber;

/// A table of the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// One row a case that has ended.
    Cases,
    /// One row an event.
    Events,
    /// Sums that stay when months of the other two are dropped.
    Rollups,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 3] = [Self::Cases, Self::Events, Self::Rollups];

    /// The table's name: its folder, and its name in SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cases => "cases",
            Self::Events => "events",
            Self::Rollups => "rollups",
        }
    }

    /// Its columns, in the order of the file.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Cases => super::CaseRow::COLUMNS,
            Self::Events => super::EventRow::COLUMNS,
            Self::Rollups => super::RollupRow::COLUMNS,
        }
    }

    /// The columns that its rows are sorted by, the first first.
    #[must_use]
    pub const fn sorted_by(self) -> &'static [&'static str] {
        match self {
            Self::Cases => &["case_number"],
            Self::Events => &["case_number", "version", "step"],
            Self::Rollups => &["unit", "district", "category", "team"],
        }
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a column holds, and so how it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A case number as people write it: UTF-8 text, different in nearly every row.
    Number,
    /// An id of the city pack or a word of a vocabulary: UTF-8 text with few values.
    Word,
    /// A moment: milliseconds since 1970, UTC.
    Time,
    /// A day of the city's own calendar.
    Day,
    /// True or false.
    Flag,
    /// 0 to 255.
    U8,
    /// 0 to 65,535.
    U16,
    /// 0 to 4,294,967,295.
    U32,
    /// 64 bits that mean nothing by themselves.
    Opaque,
}

impl Kind {
    /// The type's name in the documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number | Self::Word => "text",
            Self::Time => "timestamp",
            Self::Day => "date",
            Self::Flag => "boolean",
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::Opaque => "int64",
        }
    }
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be empty.
    pub nullable: bool,
    /// What it means.
    pub meaning: &'static str,
}

/// What one cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// See [`Kind::Number`].
    Number(CaseNumber),
    /// See [`Kind::Word`].
    Word(&'a str),
    /// See [`Kind::Time`].
    Time(i64),
    /// See [`Kind::Day`]: days since 1970-01-01.
    Day(i32),
    /// See [`Kind::Flag`].
    Flag(bool),
    /// See [`Kind::U8`], [`Kind::U16`] and [`Kind::U32`].
    Count(u32),
    /// See [`Kind::Opaque`].
    Opaque(i64),
}

/// A type that a cell may have.
pub trait Cell<'a>: Sized {
    /// How it is stored.
    const KIND: Kind;
    /// Whether it may be empty.
    const NULLABLE: bool = false;
    /// Into the cell.
    fn value(&self) -> Value<'a>;
    /// Out of the cell; `None` when it holds something else.
    fn of(value: Value<'a>) -> Option<Self>;
}

/// A row of a table.
pub trait Row<'a>: Sized {
    /// The table.
    const TABLE: Table;
    /// Its cells, in the order of [`Table::columns`].
    fn each_cell(&self, take: impl FnMut(usize, Value<'a>));
    /// From its cells, in the same order; `None` when one does not fit its column.
    fn of_cells(cell: impl FnMut(usize) -> Value<'a>) -> Option<Self>;
}

impl<'a, T: Cell<'a>> Cell<'a> for Option<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = true;
    fn value(&self) -> Value<'a> {
        self.as_ref().map_or(Value::Null, Cell::value)
    }
    fn of(value: Value<'a>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::of(other).map(Some),
        }
    }
}

impl<'a> Cell<'a> for CaseNumber {
    const KIND: Kind = Kind::Number;
    fn value(&self) -> Value<'a> {
        Value::Number(*self)
    }
    fn of(value: Value<'a>) -> Option<Self> {
        match value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }
}

impl<'a> Cell<'a> for &'a str {
    const KIND: Kind = Kind::Word;
    fn value(&self) -> Value<'a> {
        Value::Word(self)
    }
    fn of(value: Value<'a>) -> Option<Self> {
        match value {
            Value::Word(word) => Some(word),
            _ => None,
        }
    }
}

impl<'a> Cell<'a> for Timestamp {
    const KIND: Kind = Kind::Time;
    fn value(&self) -> Value<'a> {
        Value::Time(self.as_millisecond())
    }
    fn of(value: Value<'a>) -> Option<Self> {
        match value {
            Value::Time(ms) => Timestamp::from_millisecond(ms).ok(),
            _ => None,
        }
    }
}

/// The day that `Value::Day` counts from.
const FIRST_DAY: Date = Date::constant(1970, 1, 1);

impl<'a> Cell<'a> for Date {
    const KIND: Kind = Kind::Day;
    fn value(&self) -> Value<'a> {
        let days = self.duration_since(FIRST_DAY).as_hours() / 24;
        Value::Day(i32::try_from(days).unwrap_or_default())
    }
    fn of(value: Value<'a>) -> Option<Self> {
        match value {
            Value::Day(days) => FIRST_DAY
                .checked_add(SignedDuration::from_hours(i64::from(days) * 24))
                .ok(),
            _ => None,
        }
    }
}

impl<'a> Cell<'a> for bool {
    const KIND: Kind = Kind::Flag;
    fn value(&self) -> Value<'a> {
        Value::Flag(*self)
    }
    fn of(value: Value<'a>) -> Option<Self> {
        match value {
            Value::Flag(flag) => Some(flag),
            _ => None,
        }
    }
}

macro_rules! counts {
    ($($type:ty = $kind:ident,)+) => {$(
        impl<'a> Cell<'a> for $type {
            const KIND: Kind = Kind::$kind;
            fn value(&self) -> Value<'a> {
                Value::Count(u32::from(*self))
            }
            fn of(value: Value<'a>) -> Option<Self> {
                match value {
                    Value::Count(count) => Self::try_from(count).ok(),
                    _ => None,
                }
            }
        }
    )+};
}

counts! { u8 = U8, u16 = U16, u32 = U32, }

impl<'a> Cell<'a> for i64 {
    const KIND: Kind = Kind::Opaque;
    fn value(&self) -> Value<'a> {
        Value::Opaque(*self)
    }
    fn of(value: Value<'a>) -> Option<Self> {
        match value {
            Value::Opaque(bits) => Some(bits),
            _ => None,
        }
    }
}
