//! The complaints of the benchmark: about 200 Chinese characters each, made of the city pack's own words, the same every time.

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use swiftline_domain::city::CityPack;
use swiftline_domain::vocabulary::{Channel, Language};
use swiftline_proto::convert::to_wire;
use swiftline_proto::intake::v1::Submission;
use swiftline_proto::types::v1::{Complaint, Contact};

/// Neutral sentences around the words that matter; a real complaint has many words that say nothing about whose it is.
const FILLER: [&str; 6] = [
    "您好，我是附近的居民，想反映一个情况，希望有关部门能够尽快处理。",
    "这个情况已经持续了一段时间，周围的邻居都受到了影响，大家都希望早日得到解决。",
    "我们之前也向有关方面反映过，但是一直没有得到明确的答复，也没有人到现场来看过。",
    "请相关单位派人到现场核实一下，并且把处理的结果告诉我们，谢谢你们的辛苦工作。",
    "白天和晚上都是这样，家里有老人和孩子，生活确实很不方便。",
    "如果需要进一步的信息，可以随时和我联系，我愿意配合你们的工作。",
];

/// Different complaints; they are sent round and round, each time under a new key.
const DIFFERENT: usize = 2_000;

/// A stock of complaints.
pub(crate) struct Complaints(Vec<Complaint>);

impl Complaints {
    /// Makes them from the pack's keywords and places.
    pub(crate) fn of(pack: &CityPack) -> Self {
        let mut rng = SmallRng::seed_from_u64(1);
        let words: Vec<&str> = pack
            .taxonomy
            .iter()
            .flat_map(|category| category.keywords.in_language(Language::CHINESE))
            .map(AsRef::as_ref)
            .collect();
        let places: Vec<&str> = pack.areas.iter().map(|area| area.name.text()).collect();
        let complaint = |_| {
            let word = words.choose(&mut rng).copied().unwrap_or("路灯");
            let place = places.choose(&mut rng).copied().unwrap_or_default();
            let mut text = format!("{}{place}{word}。", FILLER[0]);
            while text.chars().count() < 190 {
                text.push_str(FILLER.choose(&mut rng).copied().unwrap_or_default());
            }
            Complaint {
                text,
                channel: to_wire(Channel::Phone),
                ..Complaint::default()
            }
        };
        Self((0..DIFFERENT).map(complaint).collect())
    }

    /// The `nth` submission of a run. Every one has its own key and a contact to seal.
    pub(crate) fn submission(&self, run: &str, nth: usize) -> Submission {
        Submission {
            idempotency_key: format!("{run}-{nth}"),
            complaint: Some(self.0[nth % self.0.len()].clone()),
            contact: Some(Contact {
                phone: "13800000000".to_owned(),
                ..Contact::default()
            }),
            ..Submission::default()
        }
    }

    /// The `nth` complaint.
    pub(crate) fn complaint(&self, nth: usize) -> Complaint {
        self.0[nth % self.0.len()].clone()
    }
}
