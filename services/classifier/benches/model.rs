//! The linear models that ship, each alone and all that a city has together: messages and bytes a second on one core, and how
//! long a file takes to load: `cargo bench -p swiftline-classifier --bench model`.

#[path = "common/cpu.rs"]
mod cpu;
#[path = "common/texts.rs"]
mod texts;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use swiftline_classifier::engine::opinion;
use swiftline_classifier::model::{Fields, Model, Scratch};

use self::cpu::CpuTime;
use self::texts::{CHINESE, ENGLISH};

const GROUPS: &[u8] = include_bytes!("../models/zh-groups.model");
const UNITS: &[u8] = include_bytes!("../models/beijing-units.model");
const CHINESE_URGENCY: &[u8] = include_bytes!("../models/zh-urgency.model");
const CATEGORIES: &[u8] = include_bytes!("../models/nyc-categories.model");
const ENGLISH_URGENCY: &[u8] = include_bytes!("../models/en-urgency.model");

fn read(bytes: &[u8]) -> Model {
    Model::read(bytes).expect("the models that ship are sound")
}

fn throughput(texts: &[&str]) -> Throughput {
    Throughput::ElementsAndBytes {
        elements: texts.len() as u64,
        bytes: texts.iter().map(|text| text.len() as u64).sum(),
    }
}

/// One model: a batch of messages, and the file.
fn one(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("model");
    for (name, bytes, texts) in [
        ("zh-groups", GROUPS, CHINESE),
        ("nyc-categories", CATEGORIES, ENGLISH),
    ] {
        let model = read(bytes);
        let mut scratch = Scratch::new();
        group.throughput(throughput(&texts));
        group.bench_function(format!("{name}/predict"), |bencher| {
            bencher.iter(|| {
                let messages = black_box(texts).map(Fields::from);
                black_box(model.predict_all(messages, &mut scratch))
            });
        });
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("{name}/load"), |bencher| {
            bencher.iter(|| read(black_box(bytes)));
        });
    }
    group.finish();
}

/// All that the models of a city say of each message: they share one reading of it.
fn all(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("models");
    let beijing = (vec![GROUPS, UNITS], CHINESE_URGENCY, CHINESE);
    let nyc = (vec![CATEGORIES], ENGLISH_URGENCY, ENGLISH);
    for (city, (judges, urgency, texts)) in [("beijing", beijing), ("nyc", nyc)] {
        let judges: Vec<Model> = judges.into_iter().map(read).collect();
        let urgency = read(urgency);
        let mut scratch = Scratch::new();
        group.throughput(throughput(&texts));
        group.bench_function(city, |bencher| {
            bencher.iter(|| {
                for text in black_box(texts) {
                    for judge in &judges {
                        black_box(judge.predict(Fields::from(text), &mut scratch));
                    }
                    black_box(opinion(&urgency, text, &mut scratch).map(|said| said.emergency));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(
    name = benches;
    config = cpu::criterion();
    targets = one, all
);
criterion_main!(benches);
