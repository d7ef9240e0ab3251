//! How good the classifier is: one file a question, each printing its own part of the report.

mod confidence;
mod english;
mod groups;
mod kind;
mod knowledge;
mod language;
mod likeness;
pub(crate) mod place;
mod shipped;
mod surge;
mod units;
mod urgency;

use std::error::Error;
use std::io::Write;

use crate::data::Data;

/// Measures, and prints what it found.
type Run = fn(&Data, &mut dyn Write) -> Result<(), Box<dyn Error>>;

/// A part of the report.
struct Part {
    name: &'static str,
    run: Run,
}

/// In the order of the report.
const PARTS: &[Part] = &[
    Part {
        name: "groups",
        run: groups::run,
    },
    Part {
        name: "confidence",
        run: confidence::run,
    },
    Part {
        name: "english",
        run: english::run,
    },
    Part {
        name: "units",
        run: units::run,
    },
    Part {
        name: "urgency",
        run: urgency::run,
    },
    Part {
        name: "kind",
        run: kind::run,
    },
    Part {
        name: "knowledge",
        run: knowledge::run,
    },
    Part {
        name: "language",
        run: language::run,
    },
    Part {
        name: "likeness",
        run: likeness::run,
    },
    Part {
        name: "place",
        run: place::run,
    },
    Part {
        name: "surge",
        run: surge::run,
    },
];

/// The names of the parts.
pub fn names() -> impl Iterator<Item = &'static str> {
    PARTS.iter().map(|part| part.name)
}

/// Prints the whole report, or the parts named.
///
/// # Errors
/// When data that is there cannot be read, or the report cannot be written.
pub fn report(data: &Data, only: &[String], out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    for part in PARTS {
        if only.is_empty() || only.iter().any(|name| name == part.name) {
            writeln!(out, "\n## {}\n", part.name)?;
            (part.run)(data, out)?;
            out.flush()?;
        }
    }
    Ok(())
}
