//! Decisions per second of each engine at 100, 1,000 and 10,000 rules; a table at the end.
//!
//! Every round of an engine decides the same inputs, or an even sample of them where a round would take too long: the figures
//! are per decision. One thread throughout.

mod table;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use swiftline_rule_peers::engines::{Cel, Ours, Regorus, Scan, Zen};
use swiftline_rule_peers::generate::{World, world};
use swiftline_rule_peers::rules::Input;
use swiftline_rule_peers::{Engine, Unfit};

use table::Table;

/// The services' allocator; with glibc's the peers, which allocate more than we do, would look slower.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const SIZES: [usize; 3] = [100, 1_000, 10_000];
const KEYWORD_PERCENT: usize = 10;
const WARM_UP: Duration = Duration::from_millis(500);
const MEASUREMENT: Duration = Duration::from_secs(3);
const SAMPLES: usize = 20;
/// Decisions that a sample of a slow engine should not go far beyond.
const ROUND: Duration = Duration::from_millis(15);

fn main() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    let mut criterion = Criterion::default()
        .output_directory(&folder)
        .without_plots()
        .sample_size(SAMPLES)
        .warm_up_time(WARM_UP)
        .measurement_time(MEASUREMENT)
        .configure_from_args();
    let mut run = Run {
        criterion: &mut criterion,
        folder,
        table: Table::default(),
    };
    for size in SIZES {
        let plain = world(size, 0);
        run.engine("ours", &plain, || Ours::new(&plain));
        run.engine("ours, keywords", &world(size, KEYWORD_PERCENT), || {
            Ours::new(&world(size, KEYWORD_PERCENT))
        });
        run.engine("zen-engine", &plain, || Zen::new(&plain));
        run.engine("cel", &plain, || Cel::new(&plain));
        run.engine("regorus", &plain, || Regorus::new(&plain));
        run.engine("plain scan", &plain, || Ok(Scan(&plain)));
    }
    let table = run.table;
    criterion.final_summary();
    println!("{table}");
}

struct Run<'c> {
    criterion: &'c mut Criterion,
    folder: PathBuf,
    table: Table,
}

impl Run<'_> {
    /// Measures an engine on a world, or notes why it cannot take its rules.
    fn engine<E: Engine>(
        &mut self,
        name: &'static str,
        world: &World,
        build: impl FnOnce() -> Result<E, Unfit>,
    ) {
        let size = world.rules.len();
        let mut engine = match build() {
            Ok(engine) => engine,
            Err(reason) => return self.table.fails(name, size, &reason),
        };
        let inputs = sample(&mut engine, &world.inputs);
        let group_name = format!("{size} rules");
        let mut group = self.criterion.benchmark_group(&group_name);
        group.throughput(Throughput::Elements(inputs.len() as u64));
        measure(&mut group, name, &mut engine, &inputs);
        group.finish();
        self.table.measured(
            name,
            size,
            inputs.len(),
            &self.folder.join(group_name).join(name),
        );
    }
}

fn measure<E: Engine>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    engine: &mut E,
    inputs: &[&Input],
) {
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            for input in inputs {
                black_box(engine.decide(black_box(input)));
            }
        });
    });
}

/// All inputs, or every second, fourth .. of them until a round is short enough.
fn sample<'i, E: Engine>(engine: &mut E, inputs: &'i [Input]) -> Vec<&'i Input> {
    const TRIED: usize = 64;
    let step = inputs.len() / TRIED;
    let start = std::time::Instant::now();
    for input in inputs.iter().step_by(step) {
        black_box(engine.decide(input));
    }
    let each = start.elapsed() / TRIED as u32;
    let mut count = inputs.len();
    while count > TRIED && each * count as u32 > ROUND {
        count /= 2;
    }
    inputs.iter().step_by(inputs.len() / count).collect()
}
