//! What one choice of a team costs, by the number of teams that the unit has.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use swiftline_domain::city::CityPack;
use swiftline_domain::city::testing::small_pack_files;
use swiftline_domain::id::TeamId;
use swiftline_domain::vocabulary::{Lane, Language};
use swiftline_router::balance::{Loads, Wish, pick};

const UNIT: &str = "dept-streets";

struct Known(HashMap<TeamId, u32>);

impl Loads for Known {
    fn load(&self, team: &TeamId) -> u32 {
        self.0.get(team).copied().unwrap_or_default()
    }
}

/// A city whose streets department has this many teams more, unequally large.
fn city_with(teams: usize) -> CityPack {
    let mut files = small_pack_files();
    let text = files.entry("teams.yaml".to_owned()).or_default();
    *text = text.replace("unit: dept-streets,", "unit: dept-hotline,");
    for n in 0..teams {
        let capacity = 10 + 10 * (n % 8);
        let _ = writeln!(
            text,
            "  - {{id: t{n}, unit: {UNIT}, name: {{zh: 组}}, capacity: {capacity}, skills: [lights, roads], hours: always}}"
        );
    }
    CityPack::parse(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

fn one_pick(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pick");
    for teams in [1, 8, 64] {
        let pack = city_with(teams);
        let unit = pack.units.get(UNIT).expect("the small city has it");
        let half_full = pack
            .teams
            .iter()
            .map(|team| (team.id.clone(), team.capacity / 2));
        let loads = Known(half_full.collect());
        let wish = Wish {
            place: None,
            skills: &[],
            languages: &[Language::CHINESE],
            lane: Lane::Normal,
            asked: &[],
            now: Timestamp::UNIX_EPOCH,
        };
        let mut rng = SmallRng::seed_from_u64(17);
        group.bench_function(BenchmarkId::from_parameter(teams), |bencher| {
            bencher.iter(|| pick(&pack, &[unit], black_box(&wish), &loads, &mut rng));
        });
    }
    group.finish();
}

criterion_group!(benches, one_pick);
criterion_main!(benches);
