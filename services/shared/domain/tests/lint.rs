//! The rules of the city packs that ship with Swiftline can be proved, and quickly.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use swiftline_domain::city::CityPack;
use swiftline_domain::rules::{FindingKind, LintReport, lint};

fn pack(city: &str) -> CityPack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../k8s/cities")
        .join(city);
    let read = |folder: &Path, names: &[&str]| {
        let files = names.iter().filter_map(|name| {
            let text = std::fs::read_to_string(folder.join(name)).ok()?;
            Some(((*name).to_owned(), text))
        });
        Ok::<BTreeMap<_, _>, String>(files.collect())
    };
    CityPack::load(&folder, read).unwrap_or_else(|error| panic!("{error}"))
}

fn told(report: &LintReport) -> String {
    let lines = report.findings.iter().map(|finding| format!("{finding}\n"));
    format!("{}{:?}", lines.collect::<String>(), report.proofs)
}

#[test]
fn lint_of_the_packs_is_exact_and_quick() {
    for city in ["beijing", "nyc"] {
        let pack = pack(city);
        let began = Instant::now();
        let report = lint(&pack, &pack.rules);
        let took = began.elapsed();
        println!("{city}: {took:?}\n{}", told(&report));
        let undecided = report
            .findings
            .iter()
            .filter(|finding| finding.kind == FindingKind::Undecided);
        assert_eq!(undecided.count(), 0, "{city}:\n{}", told(&report));
        let proofs = &report.proofs;
        assert_eq!(
            proofs.cells,
            proofs.covered + proofs.without_rule + proofs.without_unit
        );
        // A release build takes well under a second; this one is not optimised and shares its machine.
        assert!(took < Duration::from_secs(30), "{city} took {took:?}");
    }
}
