//! `rules diff`: what is different between two rule sets, rule by rule and line by line.

use std::fmt::Write as _;
use std::path::Path;

use clap::Args;
use owo_colors::OwoColorize as _;
use serde::Serialize;
use similar::{Algorithm, DiffTag, TextDiff, capture_diff_slices};
use swiftline_domain::rules::{self, RulesDigest};

use super::digest::is_digest;
use super::history::show;
use super::pack::{lines, text_of};
use crate::connect::Mesh;
use crate::failure::Failure;
use crate::output::{Out, Screen, clean};
use crate::words::short;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;

/// Arguments of `rules diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
Both are compared in their canonical form, so how a file is laid out makes no difference. Two files are compared without the \
mesh.

Examples:
  swiftctl rules diff active draft.yaml
  swiftctl rules diff 3f2a5b6c 9d8e7f6a")]
pub(super) struct DiffArgs {
    /// A digest, its first 8 digits or more, `active`, or a file
    a: String,
    /// The other
    b: String,
}

/// What is compared.
struct Side {
    name: String,
    text: String,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Summary {
    added: Vec<String>,
    removed: Vec<String>,
    changed: Vec<String>,
    /// In both, but in another place among those that stayed.
    moved: Vec<String>,
}

#[derive(Debug, Serialize)]
struct DiffView {
    a: String,
    b: String,
    a_digest: String,
    b_digest: String,
    #[serde(flatten)]
    summary: Summary,
    diff: String,
}

/// Prints the differences.
///
/// # Errors
/// When one of the two is neither a file nor a version.
pub(super) async fn run(args: DiffArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let (a, b) = (side(args.a, mesh).await?, side(args.b, mesh).await?);
    let view = DiffView {
        a_digest: RulesDigest::of(&a.text).to_string(),
        b_digest: RulesDigest::of(&b.text).to_string(),
        summary: summary(&a.text, &b.text),
        diff: plain(&a.name, &b.name, &a.text, &b.text),
        a: a.name,
        b: b.name,
    };
    out.one(&view, |screen| draw(&view, screen))
}

async fn side(name: String, mesh: &Mesh) -> Result<Side, Failure> {
    let is_file = Path::new(&name).exists() || name == "-";
    let version = match name.as_str() {
        _ if is_file => None,
        "active" => Some(String::new()),
        digest if is_digest(digest) => Some(digest.to_owned()),
        _ => {
            return Err(Failure::Given(clean(&format!(
                "{name:?} is no file, and no digest: say 8 digits or more, or `active`"
            ))));
        }
    };
    let Some(version) = version else {
        let text = text_of(Path::new(&name))?;
        let text = rules::format(&name, &text).map_err(|errors| {
            Failure::Given(format!(
                "{} is not a rule set:\n{}",
                clean(&name),
                lines(&errors)
            ))
        })?;
        return Ok(Side { name, text });
    };
    let shown = show(&version, mesh).await?;
    Ok(Side {
        name,
        text: shown.text,
    })
}

fn draw(view: &DiffView, screen: &Screen) -> String {
    let Summary {
        added,
        removed,
        changed,
        moved,
    } = &view.summary;
    if view.a_digest == view.b_digest {
        return format!("both are {}", short(&view.a_digest));
    }
    let list = |ids: &[String]| (!ids.is_empty()).then(|| ids.join(", "));
    let rules = screen.pairs(&[
        ("added", list(added)),
        ("removed", list(removed)),
        ("changed", list(changed)),
        ("moved", list(moved)),
    ]);
    let rules = if rules.is_empty() {
        "no rule is different".to_owned()
    } else {
        rules
    };
    format!("{rules}\n\n{}", coloured(&view.diff))
}

/// The rules of a canonical text with their comments, by id.
fn rules_of(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    // Comments, which belong to what follows.
    let mut above = String::new();
    let mut within = false;
    for line in text.lines() {
        if let Some(id) = line.strip_prefix("  - id: ") {
            let id = id
                .split(" #")
                .next()
                .unwrap_or(id)
                .trim()
                .trim_matches(['"', '\'']);
            found.push((id.to_owned(), std::mem::take(&mut above)));
            within = true;
        } else if line.starts_with("  #") || line.is_empty() {
            above.push_str(line);
            above.push('\n');
            continue;
        } else if !line.starts_with(' ') {
            within = false;
        }
        // Within a rule only a block of text has empty lines.
        let above = std::mem::take(&mut above);
        if let Some((_, text)) = found.last_mut().filter(|_| within) {
            text.push_str(&above);
            text.push_str(line);
            text.push('\n');
        }
    }
    found
}

fn summary(a: &str, b: &str) -> Summary {
    let (a, b) = (rules_of(a), rules_of(b));
    let ids = |rules: &[(String, String)]| -> Vec<String> {
        rules.iter().map(|(id, _)| id.clone()).collect()
    };
    let (ids_a, ids_b) = (ids(&a), ids(&b));
    let mut summary = Summary {
        added: ids_b
            .iter()
            .filter(|id| !ids_a.contains(id))
            .cloned()
            .collect(),
        removed: ids_a
            .iter()
            .filter(|id| !ids_b.contains(id))
            .cloned()
            .collect(),
        ..Summary::default()
    };
    for (id, text) in &b {
        let before = a.iter().find(|(other, _)| other == id);
        if before.is_some_and(|(_, before)| before != text) {
            summary.changed.push(id.clone());
        }
    }
    for op in capture_diff_slices(Algorithm::Myers, &ids_a, &ids_b) {
        let (tag, _, new) = op.as_tag_tuple();
        if tag != DiffTag::Equal {
            let moved = ids_b[new].iter().filter(|id| ids_a.contains(id));
            summary.moved.extend(moved.cloned());
        }
    }
    summary
}

/// A unified diff as `patch` takes it.
fn plain(a: &str, b: &str, old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(CONTEXT)
        .header(a, b)
        .to_string()
}

/// A unified diff for people.
pub(super) fn unified(a: &str, b: &str, old: &str, new: &str) -> String {
    coloured(&plain(a, b, old, new))
}

fn coloured(diff: &str) -> String {
    let mut text = String::new();
    for line in diff.lines() {
        let line = clean(line);
        let _ = match line.as_bytes().first() {
            Some(b'+') => writeln!(text, "{}", line.green()),
            Some(b'-') => writeln!(text, "{}", line.red()),
            Some(b'@') => writeln!(text, "{}", line.cyan()),
            _ => writeln!(text, "{line}"),
        };
    }
    text
}

/// The lines of the old text that the new one has otherwise, such as `3` or `7-9`. Where lines are only put in, the line
/// before which they come.
pub(super) fn changed_lines(old: &str, new: &str) -> Vec<String> {
    let diff = TextDiff::from_lines(old, new);
    let changed = diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal);
    let lines = changed.map(|op| {
        let lines = op.old_range();
        match lines.len() {
            0 | 1 => format!("{}", lines.start + 1),
            _ => format!("{}-{}", lines.start + 1, lines.end),
        }
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "rules:\n  # on a\n  - id: a\n    x: 1\n  - id: b\n    x: 1\n  - id: c # here\n    x: 1\n  - id: d\nbackstop: 1\n";

    fn sum(new: &str) -> [Vec<String>; 4] {
        let Summary {
            added,
            removed,
            changed,
            moved,
        } = summary(OLD, new);
        [added, removed, changed, moved]
    }

    #[test]
    fn rules_are_told_apart_by_their_ids() {
        let ids: Vec<String> = rules_of(OLD).into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, ["a", "b", "c", "d"]);
        let new = OLD
            .replace("id: b\n    x: 1", "id: b\n    x: 2")
            .replace("  - id: d", "  - id: e");
        let none: [&str; 0] = [];
        let [added, removed, changed, moved] = sum(&new);
        assert_eq!(
            (added, removed),
            (vec!["e".to_owned()], vec!["d".to_owned()])
        );
        assert_eq!((changed, moved), (vec!["b".to_owned()], vec![]));
        assert_eq!(sum(OLD), [none, none, none, none]);
    }

    #[test]
    fn a_rule_that_is_moved_is_said_to_be() {
        let moved = "rules:\n  - id: d\n  # on a\n  - id: a\n    x: 1\n  - id: b\n    x: 1\n  - id: c # here\n    x: 1\nbackstop: 1\n";
        assert_eq!(sum(moved)[3], ["d"]);
        assert_eq!(sum(moved)[2], [""; 0]);
    }

    #[test]
    fn lines_that_differ_are_counted_in_the_old_text() {
        assert_eq!(changed_lines("a\nb\nc\nd\n", "a\nx\nd\n"), ["2-3"]);
        assert_eq!(changed_lines("a\nb\n", "a\nb\nc\n"), ["3"]);
    }
}
