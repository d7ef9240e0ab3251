//! Messages and bytes a second on one core, with the packs and models that ship: `cargo bench -p swiftline-classifier --bench
//! classify`. Where the time goes: `--bench parts`.

#[path = "common/city.rs"]
mod city;
#[path = "common/cpu.rs"]
mod cpu;
#[path = "common/texts.rs"]
mod texts;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use swiftline_classifier::engine::Classify as _;
use swiftline_classifier::knowledge::{BEST, Knowledge};
use swiftline_classifier::likeness::{Sketcher, Told};
use swiftline_domain::complaint::{Complaint, Location};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::Language;

use self::city::{complaints, engine, pack};
use self::cpu::CpuTime;
use self::texts::{CHINESE, ENGLISH};

/// As in the service.
#[global_allocator]
static ALLOCATOR: swiftline_runtime::Allocator = swiftline_runtime::Allocator;

/// Central enough to lie in an outline of the city.
const BEIJING: Location = Location {
    latitude: 39.93,
    longitude: 116.45,
};
const NEW_YORK: Location = Location {
    latitude: 40.71,
    longitude: -73.88,
};

fn throughput(complaints: &[Complaint]) -> Throughput {
    Throughput::ElementsAndBytes {
        elements: complaints.len() as u64,
        bytes: complaints.iter().map(|one| one.text.len() as u64).sum(),
    }
}

/// A batch, as the worker classifies.
fn classify(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("classify");
    for (city, texts, at) in [("beijing", CHINESE, BEIJING), ("nyc", ENGLISH, NEW_YORK)] {
        let engine = engine(city);
        for (how, location) in [("by_words", None), ("by_point", Some(at))] {
            let batch = complaints(&texts, location);
            group.throughput(throughput(&batch));
            group.bench_function(format!("{city}/{how}"), |bencher| {
                bencher.iter(|| black_box(engine.classify(black_box(&batch))));
            });
        }
    }
    group.finish();
}

/// One message alone, as `Classify` is called while somebody waits: with all that is made anew for it.
fn one(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("one");
    for (city, text) in [("beijing", CHINESE[0]), ("nyc", ENGLISH[0])] {
        let engine = engine(city);
        let complaint = complaints(&[text], None);
        group.throughput(throughput(&complaint));
        group.bench_function(city, |bencher| {
            bencher.iter(|| black_box(engine.classify(black_box(&complaint))));
        });
    }
    group.finish();
}

/// What may answer an inquiry.
fn answers(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("answers");
    let inquiries = [
        ("beijing", CHINESE[2], Language::CHINESE),
        ("nyc", ENGLISH[5], Language::ENGLISH),
    ];
    for (city, text, language) in inquiries {
        let knowledge = Knowledge::new(&pack(city)).expect("an index");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(city, |bencher| {
            bencher.iter(|| knowledge.search(black_box(text), language, BEST));
        });
    }
    group.finish();
}

/// What likeness needs of messages.
fn sketch(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("sketch");
    let partition = Partition(3);
    let case = CaseNumber::new(partition, 1).expect("a number");
    for (language, texts, at) in [("zh", CHINESE, BEIJING), ("en", ENGLISH, NEW_YORK)] {
        let batch = complaints(&texts, Some(at));
        let mut sketcher = Sketcher::new();
        group.throughput(throughput(&batch));
        group.bench_function(language, |bencher| {
            bencher.iter(|| {
                for complaint in &batch {
                    let told = Told {
                        text: black_box(&complaint.text),
                        address: None,
                        location: complaint.location,
                        category: None,
                        area: None,
                    };
                    black_box(sketcher.sketch(case, Timestamp::UNIX_EPOCH, &told));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(
    name = benches;
    config = cpu::criterion();
    targets = classify, one, answers, sketch
);
criterion_main!(benches);
