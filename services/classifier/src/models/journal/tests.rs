use super::*;

fn digest(digit: char) -> String {
    std::iter::repeat_n(digit, DIGITS).collect()
}

fn step(action: Action, name: &str, digest: &str) -> Step {
    let facts = Facts {
        version: format!("{name}-1"),
        bytes: 7,
        labels: 2,
        examples: 9,
        macro_f1: 0.5,
    };
    Step {
        at_ms: 1,
        actor: "li".into(),
        reason: "r".into(),
        action,
        name: name.into(),
        digest: digest.into(),
        facts: (action == Action::Push).then_some(facts),
    }
}

fn journal(steps: &[Step]) -> Journal {
    let mut journal = Journal::default();
    for step in steps {
        journal.follow(step.line().as_bytes()).unwrap();
    }
    journal
}

#[test]
fn a_rollback_goes_back_step_by_step_to_what_is_built_in() {
    let (a, b) = (digest('a'), digest('b'));
    let mut all = vec![
        step(Action::Push, "zh", &a),
        step(Action::Push, "zh", &b),
        step(Action::Activate, "zh", &a),
        step(Action::Activate, "zh", &b),
    ];
    let active = |all: &[Step]| journal(all).place("zh").active;
    assert_eq!(active(&all), Some(b));
    all.push(step(Action::Rollback, "zh", &a));
    assert_eq!(active(&all), Some(a));
    assert_eq!(journal(&all).place("zh").previous(), Some(None));
    all.push(step(Action::Rollback, "zh", ""));
    assert_eq!(active(&all), None);
    let again = journal(&all).check(&step(Action::Rollback, "zh", ""));
    assert_eq!(again, Err(Refusal::NothingBefore("zh".into())));
    assert_eq!(journal(&all).entries(), 6);
}

#[test]
fn what_comes_into_force_is_compared_no_more() {
    let (a, b) = (digest('a'), digest('b'));
    let mut all = vec![
        step(Action::Push, "zh", &a),
        step(Action::Push, "zh", &b),
        step(Action::Shadow, "zh", &b),
    ];
    let shadow = |all: &[Step]| journal(all).place("zh").shadow;
    let run = Run {
        digest: b.clone(),
        began: 2,
    };
    assert_eq!(shadow(&all), Some(run.clone()));
    all.push(step(Action::Activate, "zh", &a));
    assert_eq!(shadow(&all), Some(run));
    all.push(step(Action::Activate, "zh", &b));
    assert_eq!(shadow(&all), None);
    all.push(step(Action::Shadow, "zh", &a));
    all.push(step(Action::Rollback, "zh", &a));
    assert_eq!(shadow(&all), None);
    let by = journal(&all).place("zh").changed;
    assert_eq!(by, Some((6, "li".to_owned())));
}

#[test]
fn what_is_not_possible_is_refused() {
    let (a, b) = (digest('a'), digest('b'));
    let journal = journal(&[
        step(Action::Push, "zh", &a),
        step(Action::Activate, "zh", &a),
    ]);
    let refused = |action, name, digest: &str| {
        let step = step(action, name, digest);
        journal.check(&step).unwrap_err()
    };
    use Action::{Activate, EndShadow, Rollback, Shadow};
    for action in [Activate, Shadow] {
        assert_eq!(refused(action, "zh", &a), Refusal::AlreadyActive(a.clone()));
        assert_eq!(refused(action, "zh", &b), Refusal::Unknown(b.clone()));
        let other = refused(action, "en", &a).to_string();
        assert!(other.contains("of the name zh"), "{other}");
    }
    let none = Refusal::NoShadow("zh".into());
    assert_eq!(refused(EndShadow, "zh", ""), none);
    let none = Refusal::NothingBefore("en".into());
    assert_eq!(refused(Rollback, "en", ""), none);
}

#[test]
fn digits_mean_one_model_or_are_refused() {
    let (a, b) = (digest('a'), format!("{}b", &digest('a')[1..]));
    let journal = journal(&[step(Action::Push, "zh", &a), step(Action::Push, "zh", &b)]);
    assert_eq!(journal.resolve(&a), Ok(a.clone()));
    let eight = &a[..8];
    let several = Refusal::Ambiguous(eight.to_owned());
    assert_eq!(journal.resolve(eight), Err(several));
    let unknown = Refusal::Unknown("bbbbbbbb".into());
    assert_eq!(journal.resolve("bbbbbbbb"), Err(unknown));
    for bad in ["", "aaaaaaa", "AAAAAAAA", &format!("{a}a")] {
        assert_eq!(journal.resolve(bad), Err(Refusal::NoDigest), "{bad}");
    }
}

#[test]
fn what_cannot_be_followed_changes_nothing_and_is_said() {
    let a = digest('a');
    let mut journal = journal(&[step(Action::Push, "zh", &a)]);
    let mut hollow = step(Action::Push, "zh", &digest('b'));
    hollow.facts = None;
    let newer = r#"{"action":"merge"}"#.to_owned();
    let forged = step(Action::Activate, "zh", &digest('c')).line();
    for line in [newer, forged, hollow.line()] {
        let reason = journal.follow(line.as_bytes()).unwrap_err();
        let words = "entry 1 of the log cannot be followed: ";
        assert!(reason.starts_with(words), "{reason}");
        assert_eq!(journal.entries(), 1);
    }
}

#[test]
fn the_words_of_the_log_are_those_of_the_wire() {
    use Action::{Activate, EndShadow, Push, Rollback, Shadow};
    for action in [Push, Shadow, EndShadow, Activate, Rollback] {
        let word = serde_json::to_value(action).unwrap();
        assert_eq!(word, action.as_str());
    }
}
