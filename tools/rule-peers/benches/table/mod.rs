//! The table at the end: engine by size, from what criterion has stored.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// The engine that the others are compared with.
const OURS: &str = "ours";
/// What is shown beside the engines and is no engine.
const NO_PEERS: [&str; 3] = [OURS, "ours, keywords", "plain scan"];

/// Decisions per second on one core, by engine in order of appearance and by number of rules.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<(&'static str, BTreeMap<usize, f64>)>,
    failures: Vec<String>,
}

impl Table {
    /// Notes that an engine cannot take so many rules.
    pub(crate) fn fails(&mut self, name: &'static str, rules: usize, reason: &impl fmt::Display) {
        let reason = reason.to_string();
        let line = reason.lines().find(|line| !line.trim().is_empty());
        let line = line.unwrap_or("no reason given").trim();
        let failure = format!("{name} fails at {rules} rules: {line}");
        println!("{failure}");
        self.failures.push(failure);
    }

    /// Takes the median from the folder in which criterion has stored a benchmark of `inputs` decisions a round. Nothing
    /// is stored when a filter on the command line left it out.
    pub(crate) fn measured(
        &mut self,
        name: &'static str,
        rules: usize,
        inputs: usize,
        folder: &Path,
    ) {
        if let Some(nanoseconds) = median(folder) {
            let per_second = inputs as f64 * 1e9 / nanoseconds;
            match self.rows.iter_mut().find(|(row, _)| *row == name) {
                Some((_, row)) => drop(row.insert(rules, per_second)),
                None => self
                    .rows
                    .push((name, BTreeMap::from([(rules, per_second)]))),
            }
        }
    }

    fn of(&self, name: &str, rules: usize) -> Option<f64> {
        let (_, row) = self.rows.iter().find(|(row, _)| *row == name)?;
        row.get(&rules).copied()
    }

    fn sizes(&self) -> Vec<usize> {
        let mut sizes: Vec<usize> = self
            .rows
            .iter()
            .flat_map(|(_, row)| row.keys().copied())
            .collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// The fastest of the peers at this size.
    fn fastest_peer(&self, rules: usize) -> Option<(&'static str, f64)> {
        let peers = self
            .rows
            .iter()
            .filter(|(name, _)| !NO_PEERS.contains(name));
        let speeds = peers.filter_map(|(name, row)| Some((*name, *row.get(&rules)?)));
        speeds.max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

fn median(folder: &Path) -> Option<f64> {
    let text = std::fs::read_to_string(folder.join("new/estimates.json")).ok()?;
    let estimates: serde_json::Value = serde_json::from_str(&text).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        writeln!(
            f,
            "\ndecisions/s, median, one of {cores} cores (ours is so many times as fast)\n"
        )?;
        write!(f, "{:<16}", "rules")?;
        let sizes = self.sizes();
        for size in &sizes {
            write!(f, "{size:>22}")?;
        }
        for (name, _) in &self.rows {
            write!(f, "\n{name:<16}")?;
            for size in &sizes {
                let cell = self.of(name, *size).map_or("fails".to_owned(), |speed| {
                    let times = self.of(OURS, *size).map(|ours| ours / speed);
                    let times = times.map_or(String::new(), |times| format!(" ({times:.1}x)"));
                    format!("{speed:.0}{times}")
                });
                write!(f, "{cell:>22}")?;
            }
        }
        writeln!(f, "\n")?;
        for size in sizes {
            if let (Some((peer, speed)), Some(ours)) =
                (self.fastest_peer(size), self.of(OURS, size))
            {
                writeln!(
                    f,
                    "{size} rules: {:.0} times the fastest peer, {peer}",
                    ours / speed
                )?;
            }
        }
        self.failures
            .iter()
            .try_for_each(|failure| writeln!(f, "{failure}"))
    }
}
