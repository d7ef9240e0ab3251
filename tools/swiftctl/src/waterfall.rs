//! A case's traces as a waterfall in the terminal: one block a trace, one line a span, bars to scale within the trace.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;

use owo_colors::OwoColorize;
use swiftline_proto::trace::v1::Span;

/// Columns of the bars.
const BAR: usize = 28;
/// The deepest nesting that is drawn; deeper spans are drawn at this depth.
const MAX_DEPTH: usize = 12;

/// Draws the spans. The text has ANSI colours; print it through `anstream` so that they stay on a terminal only.
#[must_use]
pub fn render(spans: &[Span]) -> String {
    let mut text = String::new();
    for (nth, trace) in traces(spans).iter().enumerate() {
        if nth > 0 {
            text.push('\n');
        }
        render_trace(&mut text, trace, spans);
    }
    text
}

/// The order of spans within a trace, the same wherever they come from.
pub(crate) fn order(span: &Span) -> (u64, u64, &str) {
    (span.start_unix_ns, span.end_unix_ns, &span.span_id)
}

/// The spans of each trace, the traces in order of their first span.
fn traces(spans: &[Span]) -> Vec<Vec<&Span>> {
    let mut by_id: HashMap<&str, Vec<&Span>> = HashMap::new();
    for span in spans {
        by_id.entry(&span.trace_id).or_default().push(span);
    }
    let mut traces: Vec<_> = by_id.into_values().collect();
    for trace in &mut traces {
        trace.sort_by(|a, b| order(a).cmp(&order(b)));
    }
    traces.sort_by(|a, b| {
        let first = |trace: &[&Span]| (trace[0].start_unix_ns, trace[0].trace_id.clone());
        first(a).cmp(&first(b))
    });
    traces
}

fn render_trace(text: &mut String, trace: &[&Span], all: &[Span]) {
    let start = trace[0].start_unix_ns;
    let end = trace
        .iter()
        .map(|span| span.end_unix_ns)
        .max()
        .unwrap_or(start);
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "{} {}  {}",
        "trace".bold(),
        trace[0].trace_id.dimmed(),
        duration(end - start)
    );
    if let Some(other) = linked(trace, all) {
        let _ = write!(
            text,
            "  {} {}",
            "linked from".dimmed(),
            &other[..other.len().min(8)]
        );
    }
    text.push('\n');
    let lines = tree(trace);
    let name_width = lines
        .iter()
        .map(|(depth, span)| depth * 2 + span.name.chars().count())
        .max()
        .unwrap_or(0);
    let service_width = trace
        .iter()
        .map(|span| span.service.len())
        .max()
        .unwrap_or(0);
    for (depth, span) in lines {
        let name = format!("{}{}", "  ".repeat(depth), span.name);
        let bar = bar(span, start, end);
        let _ = write!(text, "  {:service_width$}  ", span.service.cyan());
        // Padded by hand: colour codes would count as width.
        let pad = " ".repeat(name_width - name.chars().count());
        if span.error.is_empty() {
            let _ = writeln!(
                text,
                "{name}{pad}  {} {:>9}",
                bar.green(),
                duration(length(span))
            );
        } else {
            let _ = writeln!(
                text,
                "{name}{pad}  {} {:>9}  {}",
                bar.red(),
                duration(length(span)),
                span.error.red()
            );
        }
    }
}

/// The other trace that this one says it follows, if that one is at hand.
fn linked<'a>(trace: &[&'a Span], all: &[Span]) -> Option<&'a str> {
    let known: HashSet<&str> = all.iter().map(|span| span.trace_id.as_str()).collect();
    trace
        .iter()
        .flat_map(|span| &span.links)
        .map(|link| link.trace_id.as_str())
        .find(|id| *id != trace[0].trace_id && known.contains(id))
}

/// The spans in tree order with their depth. A span whose parent is not at hand counts as a root.
fn tree<'a>(trace: &[&'a Span]) -> Vec<(usize, &'a Span)> {
    let here: HashSet<&str> = trace.iter().map(|span| span.span_id.as_str()).collect();
    let mut children: BTreeMap<&str, Vec<&Span>> = BTreeMap::new();
    for span in trace {
        let parent = span.parent_span_id.as_str();
        children
            .entry(if here.contains(parent) { parent } else { "" })
            .or_default()
            .push(span);
    }
    let mut lines = Vec::new();
    let mut seen = HashSet::new();
    // A stack and not recursion, and each span once: spans come from outside and may form a ring.
    let mut stack: Vec<(usize, &Span)> = children
        .get("")
        .into_iter()
        .flatten()
        .rev()
        .map(|span| (0, *span))
        .collect();
    while let Some((depth, span)) = stack.pop() {
        if seen.insert(span.span_id.as_str()) {
            lines.push((depth.min(MAX_DEPTH), span));
            let below = children
                .get(span.span_id.as_str())
                .into_iter()
                .flatten()
                .rev();
            stack.extend(below.map(|child| (depth + 1, *child)));
        }
    }
    lines
}

fn length(span: &Span) -> u64 {
    span.end_unix_ns.saturating_sub(span.start_unix_ns)
}

/// The span's part of its trace, drawn to scale; at least one block.
fn bar(span: &Span, start: u64, end: u64) -> String {
    let total = end.saturating_sub(start).max(1);
    let column = |at: u64| {
        let share = u128::from(at.saturating_sub(start)) * BAR as u128 / u128::from(total);
        usize::try_from(share).unwrap_or(BAR).min(BAR)
    };
    let from = column(span.start_unix_ns).min(BAR - 1);
    let to = column(span.end_unix_ns).clamp(from + 1, BAR);
    format!(
        "{}{}{}",
        "·".repeat(from),
        "█".repeat(to - from),
        "·".repeat(BAR - to)
    )
}

#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
fn duration(nanoseconds: u64) -> String {
    let milliseconds = nanoseconds as f64 / 1e6;
    match milliseconds {
        ms if ms < 1.0 => format!("{:.0} µs", ms * 1e3),
        ms if ms < 1_000.0 => format!("{ms:.1} ms"),
        ms => format!("{:.2} s", ms / 1e3),
    }
}

#[cfg(test)]
mod tests {
    use swiftline_proto::trace::v1::Link;

    use super::*;

    fn span(trace: &str, id: &str, parent: &str, from: u64, to: u64) -> Span {
        Span {
            trace_id: trace.into(),
            span_id: id.into(),
            parent_span_id: parent.into(),
            service: "intake".into(),
            name: format!("span {id}"),
            start_unix_ns: from,
            end_unix_ns: to,
            ..Span::default()
        }
    }

    fn plain(spans: &[Span]) -> Vec<String> {
        let text = anstream::adapter::strip_str(&render(spans)).to_string();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn children_stand_under_their_parents_with_bars_to_scale() {
        let lines = plain(&[
            span("t", "a", "", 0, 4_000_000),
            span("t", "c", "b", 2_000_000, 4_000_000),
            span("t", "b", "a", 1_000_000, 4_000_000),
        ]);
        assert_eq!(lines[0], "trace t  4.0 ms");
        assert!(
            lines[1].starts_with("  intake  span a      ████"),
            "{}",
            lines[1]
        );
        assert!(
            lines[2].starts_with("  intake    span b    ·······█"),
            "{}",
            lines[2]
        );
        assert!(
            lines[3].starts_with("  intake      span c  ··············█"),
            "{}",
            lines[3]
        );
        assert!(lines[3].ends_with("2.0 ms"));
    }

    #[test]
    fn a_later_trace_names_the_one_it_follows() {
        let mut later = span("later", "x", "", 10, 20);
        later.links.push(Link {
            trace_id: "first".into(),
            span_id: "a".into(),
        });
        let lines = plain(&[later, span("first", "a", "", 0, 5)]);
        assert!(lines[0].starts_with("trace first"));
        assert!(
            lines.iter().any(|line| line.ends_with("linked from first")),
            "{lines:?}"
        );
    }

    #[test]
    fn rings_orphans_and_clock_skew_are_drawn_without_harm() {
        let mut ring = [
            span("t", "a", "b", 5, 1),
            span("t", "b", "a", 0, 9),
            span("t", "c", "gone", 3, 3),
        ];
        ring[2].error = "DEADLINE_EXCEEDED".into();
        let lines = plain(&ring);
        assert!(
            lines
                .iter()
                .any(|line| line.contains("span c") && line.ends_with("DEADLINE_EXCEEDED"))
        );
        assert_eq!(render(&[]), "");
    }
}
