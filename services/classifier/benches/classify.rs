//! Messages a second on one core, with the packs that ship: `cargo bench -p swiftline-classifier`.
//!
//! The messages are made up, about 200 characters each, of the length and manner of what people write.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use swiftline_classifier::engine::{Classify as _, Engine};
use swiftline_domain::city::CityPack;
use swiftline_domain::complaint::{Complaint, Location};
use swiftline_domain::vocabulary::{Channel, Line, ReporterType};

const CHINESE: [&str; 4] = [
    "您好，我住在朝阳区望京街道的一个老旧小区，从上周三开始家里的暖气一直不热，室温只有十五度左右，家里有老人和孩子，\
     物业说是热力公司的问题，热力公司又说是小区管道的问题，打了几次电话都没有人来，希望有关部门尽快协调解决，谢谢。",
    "海淀区中关村大街路边有一个井盖缺失，晚上路灯又不亮，已经有骑车的人在这里摔倒了，非常危险，旁边只放了一个三角牌，\
     反映过两次没有人处理，请尽快安排人员维修井盖和路灯，避免再次发生事故，也希望能够给出一个明确的答复时间。",
    "请问在丰台区办理居住证需要什么材料？我在网上预约了三次都没有成功，系统一直提示稍后再试，打电话咨询也没有人接听，\
     孩子今年九月要上小学，需要提前准备好居住证明和社保缴费证明，不知道能不能在街道的服务大厅直接办理，请告知办理流程。",
    "我们楼下的烧烤店每天营业到凌晨两点，油烟直接排到居民楼里，客人喝酒大声喧哗，严重影响周边居民休息，老人和孩子都睡不好觉，\
     之前投诉过一次，城管来了之后好了两天，现在又恢复原样了，希望相关部门能够认真查处，给居民一个安静的生活环境。",
];

const ENGLISH: [&str; 4] = [
    "There has been no heat and no hot water in our building in Washington Heights since last Friday. The landlord does not \
     answer the phone, and my neighbour on the third floor has a newborn baby. Please send an inspector.",
    "A car has been parked across my driveway near Flushing since this morning and I cannot get out to work. The plate is from \
     out of state. I called the precinct twice and nobody came. This happens almost every week here.",
    "The people upstairs play loud music every night until three or four, and there is banging on the floor. We have asked them \
     to stop many times. It is an apartment house in Park Slope, Brooklyn, and several families complain.",
    "Huge potholes opened on the corner after the snow; two cars have already broken a wheel, and the street light above is out, \
     so at night nobody can see them. It is right next to the school crossing in Astoria.",
];

/// Central enough to lie in an outline of the city.
const BEIJING: Location = Location {
    latitude: 39.93,
    longitude: 116.45,
};
const NEW_YORK: Location = Location {
    latitude: 40.71,
    longitude: -73.88,
};

fn pack(city: &str) -> CityPack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../k8s/cities")
        .join(city);
    let files: BTreeMap<String, String> = std::fs::read_dir(folder)
        .expect("the pack is in the checkout")
        .map(|entry| {
            let path = entry.expect("a readable folder").path();
            let name = path
                .file_name()
                .expect("a file")
                .to_string_lossy()
                .into_owned();
            (
                name,
                std::fs::read_to_string(path).expect("a readable file"),
            )
        })
        .collect();
    CityPack::parse(&files).expect("the pack is valid")
}

fn complaints(texts: &[&str], location: Option<Location>) -> Vec<Complaint> {
    let complaint = |text: &&str| Complaint {
        text: (*text).to_owned(),
        channel: Channel::Phone,
        line: Line::General,
        reporter: ReporterType::Resident,
        kind: None,
        language: None,
        location,
        address: None,
        source: None,
        reported_at: None,
        confidential: false,
        attachments: Vec::new(),
        answer: None,
    };
    texts.iter().map(complaint).collect()
}

fn classify(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("classify");
    for (city, texts, at) in [("beijing", CHINESE, BEIJING), ("nyc", ENGLISH, NEW_YORK)] {
        let engine = Engine::new(&pack(city));
        for (how, location) in [("by_words", None), ("by_point", Some(at))] {
            let batch = complaints(&texts, location);
            group.throughput(Throughput::Elements(batch.len() as u64));
            group.bench_function(format!("{city}/{how}"), |bencher| {
                bencher.iter(|| black_box(engine.classify(black_box(&batch))));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, classify);
criterion_main!(benches);
