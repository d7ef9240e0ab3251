//! Printing results: tables for people, one JSON object a line for programs.

use std::io::{IsTerminal as _, Write as _};

use clap::ValueEnum;
use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, presets,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use owo_colors::OwoColorize as _;
use serde::Serialize;

use crate::failure::Failure;
use crate::words;

/// Before the name of a column of numbers.
const NUMBERS: char = '>';
/// Before the name of a column that may wrap.
const WRAPS: char = '~';

/// How results are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    // Not doc comments: clap would give every value, and with it every option, lines of its own.
    // Tables and sentences.
    #[default]
    Table,
    // One object a line.
    Json,
    // With a header; `query` only.
    Csv,
}

impl Format {
    /// What it is called on the command line.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

/// Where results go.
#[derive(Debug)]
pub(crate) struct Out {
    format: Format,
    zone: TimeZone,
}

impl Out {
    /// Prints to standard output in this form.
    pub(crate) fn new(format: Format) -> Self {
        Self {
            format,
            zone: TimeZone::system(),
        }
    }

    /// Whether results are JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Prints each row as JSON, or all of them as `draw` draws them.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub(crate) fn rows<T: Serialize>(
        &self,
        rows: &[T],
        draw: impl FnOnce(&Screen) -> String,
    ) -> Result<(), Failure> {
        if !self.is_json() {
            return self.text(&draw(&self.screen()));
        }
        let mut lines = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut lines, row)
                .map_err(|error| Failure::Output(error.into()))?;
            lines.push(b'\n');
        }
        let mut stdout = std::io::stdout().lock();
        stdout
            .write_all(&lines)
            .and_then(|()| stdout.flush())
            .map_err(Failure::Output)
    }

    /// Prints one result.
    ///
    /// # Errors
    /// As [`Self::rows`].
    pub(crate) fn one<T: Serialize>(
        &self,
        row: &T,
        draw: impl FnOnce(&Screen) -> String,
    ) -> Result<(), Failure> {
        self.rows(std::slice::from_ref(row), draw)
    }

    /// Prints a line of JSON that somebody else has made, to the byte, or what `draw` draws of it.
    ///
    /// # Errors
    /// As [`Self::rows`].
    pub(crate) fn raw_or(
        &self,
        json: &str,
        draw: impl FnOnce(&Screen) -> String,
    ) -> Result<(), Failure> {
        self.lines_or(std::slice::from_ref(&json), draw)
    }

    /// Prints lines of JSON that somebody else has made, to the byte, or what `draw` draws of them.
    ///
    /// # Errors
    /// As [`Self::rows`].
    pub(crate) fn lines_or<S: AsRef<str>>(
        &self,
        lines: &[S],
        draw: impl FnOnce(&Screen) -> String,
    ) -> Result<(), Failure> {
        if !self.is_json() {
            return self.text(&draw(&self.screen()));
        }
        let mut stdout = std::io::stdout().lock();
        for line in lines {
            writeln!(stdout, "{}", line.as_ref()).map_err(Failure::Output)?;
        }
        stdout.flush().map_err(Failure::Output)
    }

    /// Prints text as it is, with a line's end. Colours stay on a terminal only.
    ///
    /// # Errors
    /// As [`Self::rows`].
    pub(crate) fn text(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = anstream::stdout().lock();
        writeln!(stdout, "{}", text.trim_end_matches('\n'))
            .and_then(|()| stdout.flush())
            .map_err(Failure::Output)
    }

    /// Empties the screen before something is drawn anew; nothing where there is no screen.
    pub(crate) fn clear(&self) -> Result<(), Failure> {
        if self.is_json() || !std::io::stdout().is_terminal() {
            return Ok(());
        }
        self.text("\u{1b}[2J\u{1b}[H")
    }

    fn screen(&self) -> Screen {
        Screen {
            zone: self.zone.clone(),
            now: Timestamp::now(),
            width: None,
        }
    }
}

/// What a drawing depends on besides what is drawn.
#[derive(Debug)]
pub(crate) struct Screen {
    zone: TimeZone,
    now: Timestamp,
    /// Columns; `None` asks the terminal, and lets lines be as long as they are where there is none.
    width: Option<u16>,
}

impl Screen {
    /// A screen whose drawings are always the same, for tests: UTC, this now, this wide.
    #[cfg(test)]
    pub(crate) fn fixed(now: &str, width: Option<u16>) -> Self {
        Self {
            zone: TimeZone::UTC,
            now: now.parse().unwrap(),
            width,
        }
    }

    /// A time on the wall.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone())
            .strftime("%Y-%m-%d %H:%M:%S")
            .to_string()
    }

    /// A time of these days, short.
    pub(crate) fn short_time(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone())
            .strftime("%m-%d %H:%M")
            .to_string()
    }

    /// A time on the wall, and how far from now it is.
    pub(crate) fn when(&self, at: Timestamp) -> String {
        let distance = at.duration_since(self.now);
        let length = words::span(distance.unsigned_abs());
        let distance = if distance.is_positive() {
            format!("in {length}")
        } else {
            format!("{length} ago")
        };
        format!("{} ({distance})", self.time(at))
    }

    /// A table without lines. A column named with a leading `>` has numbers, which stand to the right; one with a leading
    /// `~` has words, which wrap where the terminal is narrow. Whatever else there is stays whole: ids are copied.
    pub(crate) fn table(
        &self,
        header: &[&str],
        rows: impl IntoIterator<Item = Vec<Cell>>,
    ) -> String {
        let wraps = |name: &&str| name.starts_with(WRAPS);
        let whole = header
            .iter()
            .map(|name| (!wraps(name)).then_some(ColumnConstraint::ContentWidth));
        self.aligned_table(header, true, whole, rows)
    }

    /// A table whose columns keep to these widths, so that tables drawn after each other look like one.
    pub(crate) fn aligned_table(
        &self,
        header: &[&str],
        with_header: bool,
        widths: impl IntoIterator<Item = Option<ColumnConstraint>>,
        rows: impl IntoIterator<Item = Vec<Cell>>,
    ) -> String {
        let mut table = self.bare(rows);
        if with_header {
            let names = header
                .iter()
                .map(|name| name.trim_start_matches([NUMBERS, WRAPS]).to_uppercase());
            table.set_header(
                names
                    .map(|name| Cell::new(name).add_attribute(Attribute::Dim))
                    .collect::<Vec<_>>(),
            );
        }
        for ((column, name), width) in table.column_iter_mut().zip(header).zip(widths) {
            // Two columns apart, none before the first.
            column.set_padding((0, 2));
            if name.starts_with(NUMBERS) {
                column.set_cell_alignment(CellAlignment::Right);
            }
            if let Some(width) = width {
                column.set_constraint(width);
            }
        }
        table.trim_fmt()
    }

    /// Names and their values; those without a value are left out.
    pub(crate) fn pairs(&self, pairs: &[(&str, Option<String>)]) -> String {
        let rows = pairs.iter().filter_map(|(name, value)| {
            let value = value.as_deref().filter(|value| !value.is_empty())?;
            Some(vec![
                Cell::new(name).add_attribute(Attribute::Dim),
                cell(value),
            ])
        });
        let mut table = self.bare(rows);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table.trim_fmt()
    }

    fn bare(&self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Table {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic);
        if let Some(width) = self.width {
            table.set_width(width);
        }
        table.add_rows(rows);
        table
    }
}

/// A cell of text from outside.
pub(crate) fn cell(text: &str) -> Cell {
    Cell::new(clean(text))
}

/// A cell of text that may be absent.
pub(crate) fn maybe(text: Option<&str>) -> Cell {
    cell(text.unwrap_or("-"))
}

/// Open orders of those that a team can have: yellow from four fifths on, red when it is full.
pub(crate) fn load(open: u64, capacity: u32) -> Cell {
    let cell = Cell::new(format!(
        "{}/{}",
        words::count(open),
        words::count(capacity.into())
    ));
    let capacity = u64::from(capacity);
    match () {
        () if open >= capacity => cell.fg(Color::Red),
        () if open.saturating_mul(5) >= capacity * 4 => cell.fg(Color::Yellow),
        () => cell,
    }
}

/// A heading over a part of what is printed, with an empty line before it.
pub(crate) fn heading(text: &str) -> String {
    format!("\n\n{}\n", text.bold())
}

/// Text without control characters (line breaks stay): a citizen's text must not steer a terminal.
pub(crate) fn clean(text: &str) -> String {
    let keep = |c: char| {
        if steers(c) {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.replace("\r\n", "\n").chars().map(keep).collect()
}

/// Control characters, and those that turn the direction of writing.
fn steers(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_no_lines_and_count_wide_characters_right() {
        let screen = Screen::fixed("2026-11-21T00:00:00Z", Some(80));
        let rows = [
            vec![cell("东城区"), Cell::new(7)],
            vec![cell("ab"), Cell::new(1_234)],
        ];
        assert_eq!(
            screen.table(&["unit", ">load"], rows),
            "UNIT    LOAD\n东城区     7\nab      1234"
        );
    }

    #[test]
    fn a_narrow_screen_wraps_the_longest_column() {
        let screen = Screen::fixed("2026-11-21T00:00:00Z", Some(20));
        let text = screen.pairs(&[
            ("text", Some("one two three four five".into())),
            ("none", None),
        ]);
        assert_eq!(text, "text  one two\n      three four\n      five");
    }

    #[test]
    fn only_words_wrap_and_ids_stay_whole() {
        let screen = Screen::fixed("2026-11-21T00:00:00Z", Some(24));
        let rows = [vec![cell("st-110101001"), cell("one two three")]];
        assert_eq!(
            screen.table(&["id", "~name"], rows.clone()),
            "ID            NAME\nst-110101001  one two\n              three"
        );
        let whole = screen.table(&["id", "name"], rows);
        assert!(whole.ends_with("st-110101001  one two three"), "{whole}");
    }

    #[test]
    fn times_are_shown_with_their_distance() {
        let screen = Screen::fixed("2026-11-21T12:00:00Z", None);
        let at = |text: &str| screen.when(text.parse().unwrap());
        assert_eq!(
            at("2026-11-21T11:55:00Z"),
            "2026-11-21 11:55:00 (5 min ago)"
        );
        assert_eq!(
            at("2026-11-21T14:03:00Z"),
            "2026-11-21 14:03:00 (in 2 h 3 min)"
        );
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(
            clean("a\u{1b}[2Jb\r\nc\td\u{9b}\u{202e}\u{7}"),
            "a\u{fffd}[2Jb\nc\td\u{fffd}\u{fffd}\u{fffd}"
        );
        assert_eq!(clean("水管爆裂"), "水管爆裂");
    }
}
