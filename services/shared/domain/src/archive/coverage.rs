//! What a file covers, and which of several files to read when some cover the same.
//!
//! Each batch that is archived has a *span* of a *source*: of a partition's log, or of its count of batches. The file's name
//! says it. A file merged from several covers all their spans and says so in its metadata. So whatever a crash leaves, a
//! reader can tell: a file that another one covers as well is not read.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A place in a source: an entry id of a log, or a number with nothing after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Milliseconds of an entry id, or the number.
    pub major: u64,
    /// Number within the millisecond, or zero.
    pub minor: u64,
}

/// What comes after one place, up to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The place that it begins after.
    pub after: Position,
    /// The last place in it.
    pub to: Position,
}

/// Spans of sources: for each source sorted, none touching the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<String, Vec<Span>>);

/// A text that is no coverage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} does not say what a file covers, such as p07:41-42")]
pub struct CoverageError(String);

impl Coverage {
    /// One span of one source.
    #[must_use]
    pub fn of(source: &str, span: Span) -> Self {
        Self(BTreeMap::from([(source.to_owned(), vec![span])]))
    }

    /// Takes another's spans in.
    pub fn add(&mut self, other: &Self) {
        for (source, spans) in &other.0 {
            let all = self.0.entry(source.clone()).or_default();
            all.extend(spans);
            all.sort_by_key(|span| (span.after, span.to));
            let mut joined: Vec<Span> = Vec::with_capacity(all.len());
            for span in all.drain(..) {
                match joined.last_mut() {
                    Some(last) if span.after <= last.to => last.to = last.to.max(span.to),
                    _ => joined.push(span),
                }
            }
            *all = joined;
        }
    }

    /// Closes the gaps between the spans of each source. Right when all that a source will ever have there is taken in: a
    /// source is archived in order, so what lies before a span that is there was nothing for this month.
    pub fn close_gaps(&mut self) {
        for spans in self.0.values_mut() {
            if let (Some(first), Some(last)) = (spans.first(), spans.last()) {
                *spans = vec![Span {
                    after: first.after,
                    to: last.to,
                }];
            }
        }
    }

    /// Whether everything that this covers is covered by the other.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let within = |source: &String, span: &Span| {
            let spans = other.0.get(source).map_or(&[][..], Vec::as_slice);
            spans
                .iter()
                .any(|by| by.after <= span.after && span.to <= by.to)
        };
        self.0
            .iter()
            .all(|(source, spans)| spans.iter().all(|span| within(source, span)))
    }

    /// Whether it covers nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Which of these files to read: those that no other one covers. Of two that cover the same, the later generation; of two
/// of one generation, the later name.
#[must_use]
pub fn newest(files: &[(String, Coverage, u32)]) -> Vec<bool> {
    let replaced = |(name, covers, generation): &(String, Coverage, u32)| {
        files.iter().any(|(by_name, by, by_generation)| {
            let later = (by_generation, by_name) > (generation, name);
            by_name != name && covers.is_within(by) && (later || !by.is_within(covers))
        })
    };
    files.iter().map(|file| !replaced(file)).collect()
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.minor {
            0 => write!(f, "{}", self.major),
            minor => write!(f, "{}.{minor}", self.major),
        }
    }
}

impl FromStr for Position {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        Ok(Self {
            major: major.parse()?,
            minor: minor.parse()?,
        })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.after, self.to)
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parted = "";
        for (source, spans) in &self.0 {
            for span in spans {
                write!(f, "{parted}{source}:{span}")?;
                parted = " ";
            }
        }
        Ok(())
    }
}

impl FromStr for Coverage {
    type Err = CoverageError;

    fn from_str(text: &str) -> Result<Self, CoverageError> {
        let mut coverage = Self::default();
        for word in text.split_ascii_whitespace() {
            let parse = || {
                let (source, span) = word.split_once(':')?;
                let (after, to) = span.split_once('-')?;
                let (after, to) = (after.parse().ok()?, to.parse().ok()?);
                Some(Self::of(source, Span { after, to }))
            };
            coverage.add(&parse().ok_or_else(|| CoverageError(word.to_owned()))?);
        }
        Ok(coverage)
    }
}
