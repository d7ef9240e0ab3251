//! The linear models that ship: messages and bytes a second on one core, and how long a file takes to load:
//! `cargo bench -p swiftline-classifier --bench model`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use swiftline_classifier::model::{Fields, Model, Scratch};

const GROUPS: &[u8] = include_bytes!("../models/zh-groups.model");
const CATEGORIES: &[u8] = include_bytes!("../models/nyc-categories.model");

/// About 200 characters.
const CHINESE: &str = "您好，我住在城西的一个老旧小区，从上周三开始家里的暖气一直不热，室温只有十五度左右，家里有老人和孩子，物业说是热力公司的问题，\
    热力公司又说是小区管道的问题，打了几次电话都没有人来。小区门口的路灯也坏了一个多月，晚上孩子放学回家要摸黑走一段路，旁边又在施工，\
    渣土车来来往往，灰尘和噪音都很大，希望有关部门尽快协调解决供暖和路灯的问题，也请城管部门到工地现场看一看，给居民一个答复，谢谢。";

/// About 200 characters.
const ENGLISH: &str = "There has been no heat and no hot water in our building since last Friday. The landlord does not \
    answer the phone, and my neighbour on the third floor has a newborn baby. Please send an inspector soon.";

fn predict(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("model");
    for (name, bytes, text) in [
        ("zh-groups", GROUPS, CHINESE),
        ("nyc-categories", CATEGORIES, ENGLISH),
    ] {
        let model = Model::read(bytes).expect("the model that ships is sound");
        let mut scratch = Scratch::new();
        for (unit, throughput) in [
            ("messages", Throughput::Elements(1)),
            ("bytes", Throughput::Bytes(text.len() as u64)),
        ] {
            group.throughput(throughput);
            group.bench_function(format!("{name}/predict/{unit}"), |bencher| {
                bencher.iter(|| model.predict(Fields::from(black_box(text)), &mut scratch));
            });
        }
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("{name}/load"), |bencher| {
            bencher.iter(|| Model::read(black_box(bytes)).expect("sound"));
        });
    }
    group.finish();
}

criterion_group!(benches, predict);
criterion_main!(benches);
