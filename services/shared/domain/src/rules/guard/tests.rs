use super::*;
use crate::calendar::Moment;
use crate::id::{AreaId, CategoryId};
use crate::vocabulary::{Channel, DayClass, Kind, Language, Line, ReporterType, Urgency};

/// What a guard says of a tourist's English e-mail about gas, on a stormy holiday at 22:07.
fn holds(source: &str) -> Result<bool, String> {
    let (category, area) = (
        CategoryId::new("utilities.gas").ok(),
        AreaId::new("01001").ok(),
    );
    Guard::parse(source).unwrap().holds(&Facts {
        category: category.as_ref(),
        area: area.as_ref(),
        kind: Kind::Report,
        urgency: Urgency::Urgent,
        channel: Channel::Email,
        line: Line::Merged,
        reporter: ReporterType::Visitor,
        language: Language::ENGLISH,
        moment: Moment {
            day: DayClass::Holiday,
            extreme_weather: true,
            time: jiff::civil::time(22, 7, 0, 0),
        },
        text: "gas leak at number 7",
    })
}

fn refused(source: &str) -> String {
    Guard::parse(source).unwrap_err().to_string()
}

#[test]
fn every_variable_has_its_value() {
    let values = [
        ("category", "'utilities.gas'"),
        ("place", "'01001'"),
        ("kind", "'report'"),
        ("urgency", "'urgent'"),
        ("channel", "'email'"),
        ("line", "'merged'"),
        ("language", "'en'"),
        ("reporter", "'visitor'"),
        ("day", "['holiday', 'extreme_weather']"),
        ("hour", "22"),
        ("minute", "7"),
        ("text", "'gas leak at number 7'"),
    ];
    let named: Vec<&str> = GUARD_VARIABLES.iter().map(|(name, _)| *name).collect();
    assert_eq!(values.map(|(name, _)| name).as_slice(), named);
    for (name, value) in values {
        assert_eq!(holds(&format!("{name} == {value}")), Ok(true), "{name}");
        assert_eq!(holds(&format!("{name} != {value}")), Ok(false), "{name}");
        assert!(
            Guard::parse(&format!("{name} == {value}"))
                .unwrap()
                .uses(name)
        );
    }
}

#[test]
fn every_function_can_be_called() {
    let calls = [
        "text.contains('leak')",
        "category.startsWith('utilities')",
        "text.endsWith('7')",
        "size(text) < 40 && day.size() == 2",
        "int('22') == hour",
        "double(minute) == 7.0",
        "string(hour) == '22'",
        "has({'a': 1}.a)",
        "day.all(d, d.size() > 3)",
        "day.exists(d, d == 'holiday')",
        "['gas', 'heat'].exists_one(word, text.contains(word))",
        "day.map(d, d.size()) == [7, 15]",
        "day.filter(d, d != 'holiday') == ['extreme_weather']",
    ];
    for (call, function) in calls.iter().zip(GUARD_FUNCTIONS) {
        assert!(call.contains(&format!("{function}(")), "{function}");
        assert_eq!(holds(call), Ok(true), "{call}");
    }
    assert_eq!(calls.len(), GUARD_FUNCTIONS.len());
}

#[test]
fn what_is_not_known_is_an_empty_string() {
    let facts = Facts {
        category: None,
        area: None,
        ..crate::rules::tests::facts(None, None)
    };
    let guard = Guard::parse("category == '' && place == ''").unwrap();
    assert_eq!(guard.holds(&facts), Ok(true));
}

#[test]
fn a_guard_that_fails_at_run_time_says_why_without_the_text() {
    let key = "{'noise': 1}[text] == 1";
    assert_eq!(
        holds(key).unwrap_err(),
        "asks a map for a key that it does not have"
    );
    assert_eq!(
        holds("int(text) > 3").unwrap_err(),
        "calls int with what it cannot take"
    );
    assert_eq!(
        holds("day[7] == 'x'").unwrap_err(),
        "asks a list for an item beyond its end"
    );
    assert_eq!(
        holds("1 / (hour - 22) == 1").unwrap_err(),
        "divides by zero"
    );
    let too_big = "hour * 9223372036854775807 > 0";
    assert_eq!(holds(too_big).unwrap_err(), "has a number that is too big");
    for failing in [
        key,
        "int(text) > 3",
        "text == '' || text > 5",
        "text != '' ? hour : true",
    ] {
        let reason = holds(failing).unwrap_err();
        assert!(!reason.contains("leak"), "{reason}");
    }
}

#[test]
fn what_is_not_the_language_is_refused_with_where() {
    assert_eq!(
        refused("hour >"),
        "is not an expression of the Common Expression Language: mismatched input '<EOF>' at character 7 of the guard"
    );
    assert!(refused("hour > 3 &&\n  ) text").contains("at character 15 of the guard"));
    assert!(refused("噪音 > 3").contains("at character 1 of the guard"));
    assert!(refused("").contains("at character 1 of the guard"));
}

#[test]
fn a_deep_guard_is_refused_before_the_stack_ends() {
    // Half of what a thread has.
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    thread.spawn(try_deep_guards).unwrap().join().unwrap();
}

fn try_deep_guards() {
    let deep = |depth| "(".repeat(depth) + "true" + &")".repeat(depth);
    let chain = |terms: usize| vec!["1"; terms].join("+") + &format!(" == {terms}");
    assert_eq!(holds(&deep(MAX_GUARD_BRACKETS.into())), Ok(true));
    assert_eq!(holds(&chain(MAX_GUARD_LEVELS - 1)), Ok(true));
    let any = vec!["text == 'x'"; 60].join(" || ");
    assert_eq!(holds(&any), Ok(false));
    for too_deep in [deep(30), deep(490), "[".repeat(990), chain(70), chain(490)] {
        assert!(
            refused(&too_deep).starts_with("is nested too deep"),
            "{too_deep}"
        );
    }
    for nonsense in ["-".repeat(990), "true?".repeat(190)] {
        assert!(
            refused(&nonsense).starts_with("is not an expression"),
            "{nonsense}"
        );
    }
}

#[test]
fn a_guard_has_a_longest_length() {
    let longest = format!("text == '{}'", "气".repeat(MAX_GUARD_CHARS - 10));
    assert!(Guard::parse(&longest).is_ok());
    assert_eq!(
        refused(&format!("{longest} ")),
        "is 1001 characters long, at most 1000 are allowed"
    );
}

#[test]
fn names_that_are_not_there_are_refused() {
    let message = refused("colour == 'red'");
    assert!(
        message.starts_with("uses \"colour\", which a guard does not have; it has category, place")
    );
    let message = refused("day.exists(d, d == e)");
    assert!(message.starts_with("uses \"e\""), "{message}");
    let message = refused("day.exists(d, d == 'x') && d == 'x'");
    assert!(message.starts_with("uses \"d\""), "{message}");
    for (source, function) in [
        ("text.matches('a+')", "matches"),
        ("hour > 30 && text.lower() == 'x'", "lower"),
        ("now() > 3", "now"),
    ] {
        let message = refused(source);
        assert!(
            message.starts_with(&format!("uses \"{function}()\"")),
            "{message}"
        );
    }
}

#[test]
fn loops_are_not_put_into_each_other() {
    assert!(refused("[1, 2].all(a, [1, 2].all(b, a == b))").contains("a loop within a loop"));
    assert!(Guard::parse("[1, 2].map(a, a + 1).exists(b, b == hour)").is_ok());
    assert!(Guard::parse("day.exists(d, d == 'x') || day.all(d, d == 'y')").is_ok());
}

#[test]
fn a_guard_that_can_only_fail_is_refused() {
    assert!(refused("hour > 'late'").starts_with("can only fail: it found no matching overload"));
    assert_eq!(
        refused("hour + 1"),
        "can only fail: it gives a value of type int instead of true or false"
    );
    assert!(refused("text.contains(3)").starts_with("can only fail"));
    assert!(refused("day.exists('x')").starts_with("can only fail"));
    assert!(
        Guard::parse("category != '' && hour > 'late'").is_ok(),
        "fails for some only"
    );
}
