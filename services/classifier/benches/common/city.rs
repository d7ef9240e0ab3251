//! The packs and models that ship, and complaints about a city.

use std::collections::BTreeMap;
use std::path::Path;

use swiftline_classifier::engine::Engine;
use swiftline_classifier::models::BuiltIn;
use swiftline_domain::city::CityPack;
use swiftline_domain::complaint::{Complaint, Location};
use swiftline_domain::vocabulary::{Channel, Line, ReporterType};

/// The engine of a city with all models that ship.
pub(crate) fn engine(city: &str) -> Engine {
    let built_in = BuiltIn::all().expect("the models that ship are sound");
    let models: Vec<_> = built_in.into_iter().map(|one| one.model).collect();
    Engine::with_models(&pack(city), &models)
}

/// The pack of a city.
pub(crate) fn pack(city: &str) -> CityPack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../k8s/cities")
        .join(city);
    let files: BTreeMap<String, String> = std::fs::read_dir(folder)
        .expect("the pack is in the checkout")
        .map(|entry| {
            let path = entry.expect("a readable folder").path();
            let name = path.file_name().expect("a file").to_string_lossy();
            let text = std::fs::read_to_string(&path).expect("a readable file");
            (name.into_owned(), text)
        })
        .collect();
    CityPack::parse(&files).expect("the pack is valid")
}

/// A complaint of each text.
pub(crate) fn complaints(texts: &[&str], location: Option<Location>) -> Vec<Complaint> {
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
