//! The canonical form: what it looks like, that it loses nothing, and that it is the only one.

mod random;

use proptest::prelude::*;

use super::format;
use crate::city::testing::{small_pack, small_pack_files};
use crate::rules::RuleSet;

const SCATTERED: &str = r##"# yaml-language-server: $schema=x
backstop: {otherwise: {unit: "dept-hotline"}, lead: {by_place: district}}   # the end


# Who gets what.

rules:


  # Danger.

  - then: # whose it is
      clock: emergency
      skills: [ 'gas',   # one
        # two
        lights
        # three
      ]
      lead: {unit: util-gas} # the company
    id: "gas" # never changes
    # what for
    description: >-
      Gas leaks,
      wherever.
    when:
    # about the category
      category: {any_of: [utilities.gas]}
      guard: |- # in CEL
        hour > 6
          && text != "#"
    # - at the end of gas
  # The rest.
  -
    # inner
    id: rest
    description: "Everything: else"
    then: {lead: {by_place: district}, inform: [{unit: dept-hotline}]}
  # - id: former
"##;

#[test]
fn a_scattered_text_comes_out_canonical() {
    let expected = r##"# yaml-language-server: $schema=x

# Who gets what.

rules:
  # Danger.

  - id: gas # never changes
    # what for
    description: Gas leaks, wherever.
    when:
      # about the category
      category: {any_of: [utilities.gas]}
      # in CEL
      guard: |-
        hour > 6
          && text != "#"
    then: # whose it is
      lead: {unit: util-gas} # the company
      clock: emergency
      skills:
        - gas # one
        # two
        - lights
        # three
    # - at the end of gas
  # The rest.
  # inner
  - id: rest
    description: "Everything: else"
    then: {lead: {by_place: district}, inform: [{unit: dept-hotline}]}
  # - id: former
backstop: # the end
  lead: {by_place: district}
  otherwise: {unit: dept-hotline}
"##;
    let formatted = format("rules.yaml", SCATTERED).unwrap();
    assert_eq!(formatted, expected);
    assert_eq!(format("rules.yaml", &formatted).unwrap(), formatted);
}

/// The rules that a text stands for in the small city.
fn read(text: &str) -> RuleSet {
    RuleSet::read(&small_pack(), "rules.yaml", text)
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn layout_alone_does_not_change_the_digest() {
    let text = small_pack_files()["rules.yaml"].clone();
    let rules = read(&text);
    assert_eq!(small_pack().rules.digest(), rules.digest());
    assert_eq!(rules.text(), format("rules.yaml", &text).unwrap());
    let quoted = text
        .replace("id: gas-leak", "id:   \"gas-leak\"")
        .replace('\n', "\r\n");
    let longer = quoted.replacen(
        "{any_of: [utilities.gas]}",
        "\n        any_of:\n        - utilities.gas",
        1,
    );
    let again = read(&format!("{longer}\n\n"));
    assert_ne!(longer, text);
    assert_eq!(
        (again.digest(), again.text()),
        (rules.digest(), rules.text())
    );
    assert_eq!(
        again.line(1),
        rules.line(1) + 2,
        "lines are those of the text as given"
    );
    let other = read(&text.replace("# Gas", "# gas").replace("at once", "soon"));
    assert_ne!(other.digest(), rules.digest());
    let commented = read(&format!("# who asked for this\n{text}"));
    assert_ne!(
        commented.digest(),
        rules.digest(),
        "a comment is part of the text"
    );
}

#[test]
fn what_does_not_fit_a_line_is_written_one_entry_a_line() {
    let words: Vec<String> = (0..30).map(|number| format!("word {number}")).collect();
    let text = format!(
        "rules: [{{id: x, when: {{hours: \"22:00-06:00\", keywords: {{any_of: [{}]}}}}, then: {{}}}}]",
        words.join(", ")
    );
    let formatted = format("rules.yaml", &text).unwrap();
    let start = "rules:\n  - id: x\n    when:\n      hours: \"22:00-06:00\"\n      keywords:\n        any_of:\n          - word 0\n          - word 1\n";
    assert!(formatted.starts_with(start), "{formatted}");
    assert!(
        formatted.ends_with("          - word 29\n    then: {}\n"),
        "{formatted}"
    );
}

#[test]
fn comments_keep_even_to_odd_places() {
    for text in [
        "# a\n{rules: []} # b\n# c\n",
        "# a\n{} # b\n# c\n",
        "--- # a\nrules: [ # b\n# c\n]\n...\n",
        "rules:\n  - # a\n    # b\n    then: {lead: {unit: x}} # c\n",
        "rules: # a\n  # b\n- id: x\n      # c",
        "rules:\n  - id: x\n    when:\n      guard: | # a\n        b\n        c\n      # b\n   # c\n",
        "rules:\n  - id: x\n    when: {hours: # a\n # b\n 08:00-09:00 # c\n }\n",
    ] {
        let formatted = format("rules.yaml", text).unwrap();
        for comment in ["# a\n", "# b\n", "# c\n"] {
            assert_eq!(
                formatted.matches(comment).count(),
                1,
                "{comment}\n{text}\n{formatted}"
            );
        }
        assert_eq!(
            format("rules.yaml", &formatted).unwrap(),
            formatted,
            "{text}"
        );
    }
    let many = "# a comment\n".repeat(300);
    let text = format!("rules:\n  - id: x\n{many}    then: {{lead: {{unit: x}}}}\n");
    let formatted = format("rules.yaml", &text).unwrap();
    assert_eq!(formatted.matches("# a comment\n").count(), 300);
}

#[test]
fn what_has_no_canonical_form_is_refused_where_it_stands() {
    let anchors =
        "rules have no anchors, aliases and merge keys; write the values out in each rule";
    for (text, expected, kind) in [
        ("rules: [", "is not valid YAML", "yaml"),
        (
            "rulez: []",
            "r.yaml:1:1: unknown key \"rulez\"; did you mean \"rules\"?",
            "unknown_key",
        ),
        (
            "rules:\n  - idd: x",
            "r.yaml:2:5: unknown key \"idd\"; did you mean \"id\"?",
            "unknown_key",
        ),
        (
            "rules:\n  - when: all",
            "r.yaml:2:11: the text \"all\" stands here; write a map with category,",
            "wrong_type",
        ),
        (
            "rules:\n  - then: {skills: gas}",
            "r.yaml:2:20: the text \"gas\" stands here; write a list",
            "wrong_type",
        ),
        (
            "rules:\n  - id: [x]",
            "r.yaml:2:9: a list stands here; write a text",
            "wrong_type",
        ),
        (
            "rules:\n  - then: {skills: &s [gas]}",
            &format!("r.yaml:2:23: {anchors}"),
            "yaml",
        ),
    ] {
        let error = format("r.yaml", text).unwrap_err();
        assert!(
            error.to_string().starts_with(expected) || error.to_string().contains(expected),
            "{error}"
        );
        assert_eq!(error.errors()[0].kind, kind, "{error}");
    }
    let aliased = small_pack_files()["rules.yaml"]
        .replacen("skills: [gas]", "skills: &s [gas]", 1)
        .replacen("skills: [lights]", "skills: *s", 1);
    let error = RuleSet::read(&small_pack(), "r.yaml", &aliased).unwrap_err();
    assert!(error.to_string().ends_with(anchors), "{error}");
}

proptest! {
    #[test]
    fn every_way_to_write_rules_has_one_canonical_form(seed in any::<u64>()) {
        let (text, comments) = random::rules_text(seed);
        let formatted = format("rules.yaml", &text).unwrap();
        prop_assert_eq!(format("rules.yaml", &formatted).unwrap(), formatted.clone());
        for number in 0..comments {
            let comment = format!("#<{number}>");
            prop_assert_eq!(formatted.matches(&comment).count(), 1, "{} in\n{}\nmade of\n{}", comment, formatted, text);
        }
        let (before, after) = (read(&text), read(&formatted));
        prop_assert_eq!(before.rules(), after.rules());
        prop_assert_eq!(before.backstop(), after.backstop());
        prop_assert_eq!(before.digest(), after.digest());
        prop_assert!(formatted.lines().all(|line| line.trim_end() == line), "{}", formatted);
    }
}
