//! Where the time of a classification goes: `cargo bench -p swiftline-classifier --bench parts`.
//!
//! Each part is timed within the work on the whole message, with what the parts before have left in the caches. Reading the
//! clock costs a few hundredths of a microsecond a part.

#[path = "common/city.rs"]
mod city;
#[path = "common/texts.rs"]
mod texts;

use std::hint::black_box;
use std::time::{Duration, Instant};

use swiftline_classifier::engine::{Engine, Part, Watch};
use swiftline_domain::complaint::Complaint;

use self::city::{complaints, engine};
use self::texts::{CHINESE, ENGLISH};

/// As in the service.
#[global_allocator]
static ALLOCATOR: swiftline_runtime::Allocator = swiftline_runtime::Allocator;

/// Batches of a run, about a millisecond; the quickest of so many runs is shown. Others on the machine only make one slower, and
/// so short a run is mostly left alone.
const BATCHES: u32 = 5;
const RUNS: usize = 1_500;

/// What the parts have taken.
struct Stopwatch {
    last: Instant,
    parts: [Duration; Part::ALL.len()],
}

impl Watch for Stopwatch {
    fn done(&mut self, part: Part) {
        let now = Instant::now();
        self.parts[part as usize] += now - self.last;
        self.last = now;
    }
}

fn main() {
    for (city, texts) in [("beijing", CHINESE), ("nyc", ENGLISH)] {
        let engine = engine(city);
        let batch = complaints(&texts, None);
        let runs = (0..RUNS).map(|_| run(&engine, &batch));
        let best = runs.min_by_key(|parts| parts.iter().sum::<Duration>());
        let messages = f64::from(BATCHES) * batch.len() as f64;
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / messages;
        let parts = best.unwrap_or_default();
        println!("{city}, microseconds a message");
        for (part, time) in Part::ALL.iter().zip(parts) {
            println!("  {:<10}{:>7.2}", format!("{part:?}"), micros(time));
        }
        println!("  {:<10}{:>7.2}", "all", micros(parts.iter().sum()));
    }
}

fn run(engine: &Engine, batch: &[Complaint]) -> [Duration; Part::ALL.len()] {
    let mut watch = Stopwatch {
        last: Instant::now(),
        parts: [Duration::ZERO; Part::ALL.len()],
    };
    for _ in 0..BATCHES {
        watch.last = Instant::now();
        black_box(engine.classify_watched(black_box(batch), &mut watch));
    }
    watch.parts
}
