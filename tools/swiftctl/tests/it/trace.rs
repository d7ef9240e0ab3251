//! The same case out of the demo's receiver, Jaeger and Tempo.

use crate::stores::{Kind, Store, tracebook};
use crate::swiftctl::{NUMBER, Ran, at};

fn trace(url: &str, more: &[&str]) -> Ran {
    at(url, &[&["trace", NUMBER], more].concat(), "")
}

#[test]
fn the_picture_is_the_same_wherever_the_spans_are_kept() {
    let (book, _runtime) = tracebook();
    let [table, json] = [&[][..], &["--output", "json"]].map(|more| trace(&book, more));
    let lines: Vec<&str> = table.table().lines().collect();
    assert_eq!(lines[0], "trace 4ba7a7a7a7a7a7a7a7a7a7a7a7a7a7a7  31.0 ms");
    assert_eq!(
        lines[7],
        "trace 00a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7  2.5 ms  linked from 4ba7a7a7"
    );
    assert_eq!(json.json().len(), 6);
    for kind in [
        Kind::Jaeger,
        Kind::JaegerWithVersion3Only,
        Kind::Tempo,
        Kind::OldTempo,
    ] {
        let store = Store::start(kind);
        assert_eq!(trace(&store.url(), &[]).table(), table.stdout, "{kind:?}");
        let told = trace(&store.url(), &["--output", "json"]);
        assert_eq!(told.json(), json.json(), "{kind:?}");
    }
}

#[test]
fn where_jaeger_has_no_version_3_the_picture_is_rounded_to_microseconds() {
    let store = Store::start(Kind::JaegerWithPageOnly);
    let (book, _runtime) = tracebook();
    let names = |ran: &Ran| -> Vec<String> {
        let spans = ran.json();
        let name = |span: &serde_json::Value| {
            format!(
                "{} {} {} {}",
                span["span_id"], span["parent_span_id"], span["kind"], span["error"]
            )
        };
        spans.iter().map(name).collect()
    };
    let json = ["--output", "json"];
    let (here, there) = (trace(&store.url(), &json), trace(&book, &json));
    assert_eq!(names(&here), names(&there));
    assert_eq!(here.json()[0]["end"], "2026-01-01T00:00:00.009123Z");
}

#[test]
fn a_store_is_asked_for_the_case_and_the_time_and_no_more_than_can_be_shown() {
    let jaeger = Store::start(Kind::Jaeger);
    trace(&jaeger.url(), &["--backend", "jaeger", "--since", "2h"]).table();
    let asked = jaeger.asked();
    let tags = "tags=%7B%22swiftline.case.number%22%3A%2207-0001234-8%22%7D";
    assert!(
        asked[0].starts_with("/api/traces?service=intake&"),
        "{asked:?}"
    );
    assert!(
        asked[0].contains(tags) && asked[0].ends_with("&limit=101"),
        "{asked:?}"
    );
    let value = |name: &str| {
        let (_, rest) = asked[0].split_once(&format!("&{name}=")).unwrap();
        rest.split('&').next().unwrap().parse::<i64>().unwrap()
    };
    // Two hours, and a minute for clocks that differ.
    assert_eq!(value("end") - value("start"), 7_260_000_000);
    let fetched = asked
        .iter()
        .filter(|one| one.starts_with("/api/v3/traces/"));
    assert_eq!(fetched.count(), 2, "each trace once: {asked:?}");

    let tempo = Store::start(Kind::Tempo);
    trace(&tempo.url(), &["--backend", "tempo"]).table();
    let search = &tempo.asked()[0];
    let query = "/api/search?q=%7B%20span.swiftline.case.number%20%3D%20%2207-0001234-8%22%20%7D&";
    assert!(search.starts_with(query), "{search}");
}

#[test]
fn who_answers_is_found_out_and_can_be_said() {
    let tempo = Store::start(Kind::Tempo);
    trace(&tempo.url(), &[]).table();
    assert_eq!(tempo.asked()[0], "/api/echo");
    let jaeger = Store::start(Kind::Jaeger);
    trace(&jaeger.url(), &[]).table();
    assert_eq!(jaeger.asked()[..2], ["/api/echo", "/api/services"]);
    let ran = trace(&jaeger.url(), &["--backend", "tempo"]);
    assert_eq!(ran.code, 1);
    let wrong = format!("{}/api/search did not answer as Tempo does", jaeger.url());
    assert!(ran.stderr.contains(&wrong), "{ran:?}");
    assert!(
        ran.stderr.ends_with(": <!doctype html> <html>\n"),
        "{ran:?}"
    );
}

#[test]
fn what_goes_wrong_is_told() {
    let wrong = |kind: Kind, backend: &str, code: i32, said: &str| {
        let store = Store::start(kind);
        let ran = trace(&store.url(), &["--backend", backend]);
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{ran:?}");
        assert!(ran.stderr.contains(said), "{said} not in {ran:?}");
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
    };
    for backend in ["tempo", "jaeger"] {
        wrong(
            Kind::Nothing,
            backend,
            1,
            "404 Not Found; say what is there with --backend",
        );
        wrong(Kind::Page, backend, 1, "did not answer as");
        wrong(
            Kind::Endless,
            backend,
            1,
            "larger than 64 MiB; narrow them with --since",
        );
        wrong(
            Kind::Refusing,
            backend,
            1,
            "refused: 400 Bad Request range specified",
        );
    }
    wrong(Kind::Page, "tracebook", 1, "the receiver of traces refused");
    // Nobody listens on port 1 of the loopback.
    for backend in ["tempo", "jaeger", "tracebook"] {
        let ran = trace("http://127.0.0.1:1", &["--backend", backend]);
        assert_eq!(ran.code, 69, "{ran:?}");
        assert!(ran.stderr.contains("onnection refused"), "{ran:?}");
    }
}

#[test]
fn a_case_that_a_store_does_not_have_is_said_to_be_missing() {
    let jaeger = Store::start(Kind::Jaeger);
    let ran = at(
        &jaeger.url(),
        &["trace", "00-0000000-0", "--since", "3d"],
        "",
    );
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    let told = format!(
        "error: Jaeger at {} has no span of 00-0000000-0 of the last 3",
        jaeger.url()
    );
    assert!(ran.stderr.starts_with(&told), "{ran:?}");
}

#[test]
fn a_store_that_says_nothing_is_not_waited_for() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let ran = trace(&url, &["--backend", "tempo", "--timeout", "50ms"]);
    assert_eq!(ran.code, 69, "{ran:?}");
    assert!(ran.stderr.contains("nothing within 50 ms"), "{ran:?}");
}
