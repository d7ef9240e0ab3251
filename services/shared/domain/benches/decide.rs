//! What a decision costs at 100, 1,000 and 10,000 rules: `decide`, `winner` alone, and a plain scan of the same rules in
//! order as a baseline.

mod world;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use swiftline_domain::city::{Areas, CityPack};
use swiftline_domain::rules::{Choice, Condition, Facts, Sample};
use swiftline_domain::vocabulary::DayTag;

fn decide(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("decide");
    for rules in [100, 1_000, 10_000] {
        let pack = world::pack(rules);
        let samples = world::samples(&pack);
        let facts: Vec<Facts<'_>> = samples.iter().map(Sample::facts).collect();
        check(&pack, &facts);
        group.throughput(Throughput::Elements(facts.len() as u64));
        let mut measure = |name: &str, decide: &dyn Fn(&Facts<'_>)| {
            let id = BenchmarkId::new(name, rules);
            group.bench_function(id, |bencher| bencher.iter(|| facts.iter().for_each(decide)));
        };
        measure("decide", &|facts| drop(black_box(pack.rules.decide(facts))));
        measure("winner", &|facts| _ = black_box(pack.rules.winner(facts)));
        measure("scan", &|facts| _ = black_box(scan(&pack, facts)));
    }
    group.finish();
}

/// The three must agree, or the figures mean nothing.
fn check(pack: &CityPack, facts: &[Facts<'_>]) {
    for facts in facts {
        let winner = pack.rules.winner(facts);
        assert_eq!(winner, scan(pack, facts));
        let decided = pack.rules.decide(facts).rule;
        let named = winner.map(|winner| &pack.rules.rules()[winner]);
        assert_eq!(decided.as_ref(), named.map(|rule| &rule.id));
    }
}

/// The first rule that holds, as the rules are written.
fn scan(pack: &CityPack, facts: &Facts<'_>) -> Option<usize> {
    let rules = pack.rules.rules();
    rules
        .iter()
        .position(|rule| holds(&rule.when, facts, &pack.areas))
}

/// Whether a condition of those that [`world`] makes holds.
fn holds(when: &Condition, facts: &Facts<'_>, areas: &Areas) -> bool {
    fits(&when.category, |id| {
        facts
            .category
            .is_some_and(|category| category.is_within(id))
    }) && fits(&when.place.areas, |id| {
        facts
            .area
            .is_some_and(|area| areas.is_within(area.as_str(), id.as_str()))
    }) && when.kind.allows(&facts.kind)
        && when.urgency.allows(&facts.urgency)
        && when.channel.allows(&facts.channel)
        && when.line.allows(&facts.line)
        && when.reporter.allows(&facts.reporter)
        && fits(&when.day, |tag: &DayTag| facts.moment.is(*tag))
        && when
            .hours
            .is_none_or(|hours| hours.contains(facts.moment.time))
}

fn fits<T>(choice: &Choice<T>, is: impl Fn(&T) -> bool) -> bool {
    (choice.any_of.is_empty() || choice.any_of.iter().any(&is)) && !choice.none_of.iter().any(&is)
}

criterion_group!(benches, decide);
criterion_main!(benches);
