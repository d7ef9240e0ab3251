//! Rules for tests, written in short.

use crate::city::CityPack;
use crate::city::testing::small_pack;
use crate::rules::RuleSet;

/// A pack whose rules are `rules`, one a line such as `- {when: {kind: {any_of: [praise]}}, then: {lead: …}}`: the first is `r0`
/// on line 2. A rule without `then` goes to the hotline.
pub(super) fn pack_with(rules: &str, change: impl Fn(&str, &str) -> String) -> CityPack {
    let mut files = crate::city::testing::small_pack_files();
    for (name, text) in &mut files {
        *text = change(name, text);
    }
    files.insert("rules.yaml".to_owned(), text_of(rules));
    CityPack::parse(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Rules of the small pack.
pub(super) fn read(rules: &str) -> RuleSet {
    let read = RuleSet::read(&small_pack(), "rules.yaml", &text_of(rules));
    read.unwrap_or_else(|errors| panic!("{errors}"))
}

fn text_of(rules: &str) -> String {
    let rule = |(number, line): (usize, &str)| {
        let line = line.trim().strip_prefix("- {").unwrap();
        let then = if line.contains("then:") {
            ""
        } else {
            "then: {lead: {unit: dept-hotline}}, "
        };
        format!("  - {{id: r{number}, description: x, {then}{line}\n")
    };
    let rules: String = rules.lines().enumerate().map(rule).collect();
    format!(
        "rules:\n{rules}backstop: {{lead: {{by_place: district}}, otherwise: {{unit: dept-hotline}}}}\n"
    )
}
