//! Every way to change a log is found.

use super::*;

/// A log of some length, with every sort of field in it.
fn office() -> Office {
    let mut office = Office::with_approved("a");
    office.does("amal", start_canary("a"));
    office.does("amal", activate("a", "pack"));
    office.does("amal", roll_back(None, "a"));
    office
}

#[track_caller]
fn found(lines: &[String]) -> Tampered {
    verify_lines(lines).unwrap_err()
}

#[test]
fn a_true_log_is_accepted() {
    let office = office();
    let head = verify_lines(&office.lines()).unwrap();
    assert_eq!(&head, office.workflow.head());
    assert_eq!(head.entries, 7);
    assert_eq!(verify_lines(&[]), Ok(Head::default()));
}

#[test]
fn every_byte_of_every_entry_counts() {
    let mut workflow = Workflow::default();
    for line in office().lines() {
        for byte in 0..line.len() {
            for new in *b"0a\" {}" {
                let mut changed = line.clone().into_bytes();
                if changed[byte] != new {
                    changed[byte] = new;
                    let tampered = workflow.clone().follow_line(&changed);
                    assert!(tampered.is_err(), "byte {byte} of {line}");
                }
            }
        }
        workflow.follow_line(line.as_bytes()).unwrap();
    }
}

#[test]
fn a_dropped_entry() {
    let lines = office().lines();
    for at in 0..lines.len() - 1 {
        let mut less = lines.clone();
        less.remove(at);
        let (seq, says) = (at as u64, at as u64 + 1);
        let why = Why::Renumbered { says };
        assert_eq!(found(&less), Tampered { seq, why });
    }
}

#[test]
fn entries_that_changed_places_or_stand_twice() {
    let lines = office().lines();
    for at in 1..lines.len() {
        let mut swapped = lines.clone();
        swapped.swap(at - 1, at);
        assert_eq!(found(&swapped).seq, at as u64 - 1);
        let mut twice = lines.clone();
        twice.insert(at, lines[at - 1].clone());
        assert_eq!(found(&twice).seq, at as u64);
    }
}

#[test]
fn an_entry_put_in_where_another_was() {
    let office = office();
    let mut lines = office.lines();
    let at = lines.len() - 2;
    let head = Head {
        entries: at as u64,
        hash: office.log[at - 1].hash.clone(),
    };
    let mallory = Entry::seal(&head, by("mallory"), office.log[at].action.clone());
    lines[at] = mallory.line();
    let tampered = found(&lines);
    assert_eq!(
        tampered,
        Tampered {
            seq: at as u64 + 1,
            why: Why::BrokenChain
        }
    );
}

#[test]
fn a_hash_that_is_not_its_entrys() {
    let mut office = office();
    office.log[2].reason.push('!');
    let tampered = found(&office.lines());
    assert_eq!(
        tampered,
        Tampered {
            seq: 2,
            why: Why::WrongHash
        }
    );
}

#[test]
fn a_log_written_anew_cannot_say_what_could_not_have_happened() {
    let mut office = Office::open();
    office.does("amal", propose("a"));
    office.does("amal", replay("a", "pack"));
    let head = office.workflow.head().clone();
    let approved = Action::Approved {
        digest: digest("a"),
        lint: digest("lint"),
        replay: digest("replay"),
    };
    let mut lines = office.lines();
    lines.push(Entry::seal(&head, by("amal"), approved).line());
    let own = Refusal::OwnProposal {
        by: by("amal").actor,
    };
    let tampered = found(&lines);
    assert_eq!(
        tampered,
        Tampered {
            seq: 3,
            why: Why::Unlawful(own)
        }
    );
}

#[test]
fn a_noted_hash_finds_what_was_cut_off_or_written_anew() {
    let office = office();
    let lines = office.lines();
    let noted = &office.log[5].hash;
    let check = |lines: &[String]| verify_against(lines.iter().map(String::as_bytes), noted);
    assert_eq!(check(&lines).as_ref(), Ok(office.workflow.head()));
    assert_eq!(check(&lines[..6]).unwrap().entries, 6);
    let cut = check(&lines[..5]).unwrap_err();
    let why = Why::HeadMissing {
        noted: noted.clone(),
    };
    assert_eq!(cut, Tampered { seq: 5, why });
    let mut anew = Office::default();
    for entry in &office.log {
        let by = By {
            actor: entry.actor.clone(),
            at: entry.at,
            reason: "another".to_owned(),
        };
        let entry = Entry::seal(anew.workflow.head(), by, entry.action.clone());
        anew.workflow.follow(&entry).unwrap();
        anew.log.push(entry);
    }
    assert!(verify_lines(&anew.lines()).is_ok());
    assert_eq!(check(&anew.lines()).unwrap_err().seq, 7);
    let none = EntryHash::none();
    assert_eq!(verify_against([], &none), Ok(Head::default()));
}

#[test]
fn lines_that_the_log_does_not_write() {
    let line = office().lines()[0].clone();
    let bad = [
        String::new(),
        "{}".to_owned(),
        format!(" {line}"),
        format!("{line}\n"),
        line.replacen("\"seq\":0", "\"seq\": 0", 1),
        line.replacen("08:00:00Z", "08:00:00.0Z", 1),
        line.replacen("{\"seq\"", "{\"more\":1,\"seq\"", 1),
        line.replacen("{\"digest\"", "{\"more\":1,\"digest\"", 1),
        line.replacen("{\"seq\"", "{\"seq\":0,\"seq\"", 1),
    ];
    for line in bad {
        let tampered = found(std::slice::from_ref(&line));
        assert!(matches!(tampered.why, Why::Unreadable(_)), "{line}");
    }
}

#[test]
fn an_entry_that_is_refused_changes_nothing() {
    let office = office();
    let mut workflow = office.workflow.clone();
    workflow.follow(&office.log[0]).unwrap_err();
    workflow.follow_line(b"?").unwrap_err();
    assert_eq!(workflow, office.workflow);
}
