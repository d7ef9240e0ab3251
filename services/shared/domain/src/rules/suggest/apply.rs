//! Puts an edit into the text of a rule file; everything else in the text, comments included, stays as it is.

use super::Suggestion;
use super::edit::{Edit, EditChange};
use crate::id::RuleId;

/// Why an edit does not fit into a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The rule is not there.
    #[error("the text has no rule {0} that begins on a line of its own; format the file first")]
    NoRule(RuleId),
    /// The file has no backstop.
    #[error("the text has no `backstop:` at the beginning of a line; format the file first")]
    NoBackstop,
    /// The lead is not where it is looked for.
    #[error(
        "the lead of rule {0} is not written as `lead: {{…}}` on one line; format the file first"
    )]
    NoLead(RuleId),
}

impl Suggestion {
    /// The text with all edits of the suggestion.
    ///
    /// # Errors
    /// When an edit does not fit.
    pub fn apply(&self, text: &str) -> Result<String, ApplyError> {
        let mut edits = self.edits.iter();
        edits.try_fold(text.to_owned(), |text, edit| edit.apply(&text))
    }
}

impl Edit {
    /// The text with this edit. The rule is found by its id, so that edits can be applied one after the other.
    ///
    /// # Errors
    /// When the text has no such rule, or is not written in lines as the canonical form is.
    pub fn apply(&self, text: &str) -> Result<String, ApplyError> {
        match &self.change {
            EditChange::Insert { yaml, before, .. } => insert(text, yaml, before.as_ref()),
            EditChange::Lead { rule } => replace_lead(text, rule, self.unit.as_str()),
        }
    }
}

fn insert(text: &str, yaml: &str, before: Option<&RuleId>) -> Result<String, ApplyError> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let at = match before {
        Some(rule) => line_of(&lines, rule).ok_or_else(|| ApplyError::NoRule(rule.clone()))?,
        None => {
            let mut starts = lines.iter().map(|line| line.starts_with("backstop:"));
            starts.position(|is| is).ok_or(ApplyError::NoBackstop)?
        }
    };
    let indent = match before {
        Some(_) => indent_of(lines[at]),
        None => items_indent(&lines[..at]),
    };
    let own = above_its_comments(&lines, at);
    let mut edited = lines[..own].concat();
    for line in yaml.lines() {
        // The canonical form indents items by two.
        edited.extend(std::iter::repeat_n(' ', indent));
        edited.push_str(line.get(2..).unwrap_or_default());
        edited.push('\n');
    }
    edited.push_str(&lines[own..].concat());
    Ok(edited)
}

fn replace_lead(text: &str, rule: &RuleId, unit: &str) -> Result<String, ApplyError> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let at = line_of(&lines, rule).ok_or_else(|| ApplyError::NoRule(rule.clone()))?;
    let indent = indent_of(lines[at]);
    let inside = |line: &&&str| line.trim().is_empty() || indent_of(line) > indent;
    let rest = lines[at + 1..].iter().take_while(inside).count();
    let mut edited: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
    for line in &mut edited[at..=at + rest] {
        if let Some(changed) = with_lead(line, unit) {
            *line = changed;
            return Ok(edited.concat());
        }
    }
    Err(ApplyError::NoLead(rule.clone()))
}

/// The line with another unit in its `lead: {…}`.
fn with_lead(line: &str, unit: &str) -> Option<String> {
    let trimmed = line.trim_start();
    let key = ["lead: {", "then: {lead: {"]
        .into_iter()
        .find(|key| trimmed.starts_with(key));
    let key = key.or_else(|| trimmed.starts_with("- {").then_some("then: {lead: {"))?;
    let begin = line.find(key)? + key.len();
    let end = begin + line[begin..].find('}')?;
    Some(format!("{}unit: {unit}{}", &line[..begin], &line[end..]))
}

/// The line on which this rule begins.
fn line_of(lines: &[&str], rule: &RuleId) -> Option<usize> {
    lines
        .iter()
        .position(|line| id_of(line) == Some(rule.as_str()))
}

/// The id of the rule that begins on this line.
fn id_of(line: &str) -> Option<&str> {
    let item = line.trim_start().strip_prefix("- ")?.trim_start();
    let item = item.strip_prefix('{').unwrap_or(item).trim_start();
    let value = item.strip_prefix("id:")?;
    let value = value.split([',', '}']).next()?;
    let value = value.split(" #").next()?.trim();
    Some(value.trim_matches(['"', '\'']))
}

/// The comments right above a line belong to it.
fn above_its_comments(lines: &[&str], at: usize) -> usize {
    let indent = indent_of(lines[at]);
    let own = |line: &&&str| line.trim_start().starts_with('#') && indent_of(line) == indent;
    at - lines[..at].iter().rev().take_while(own).count()
}

fn items_indent(lines: &[&str]) -> usize {
    let last = lines.iter().rev().find(|line| id_of(line).is_some());
    last.map_or(2, |line| indent_of(line))
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}
