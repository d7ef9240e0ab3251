//! SQL over the archive, with a script in place of the program that has the database engine.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::swiftctl::{Ran, command};

/// Prints its arguments, one a line, and ends with 7 for a question that asks for it.
const SCRIPT: &str = "#!/bin/sh\nfor arg in \"$@\"; do echo \"$arg\"; last=$arg; done\n[ \"$last\" != fail ] || { echo no such column >&2; exit 7; }\n";

fn script(folder: &Path) -> PathBuf {
    let path = folder.join("swift-sql");
    fs::write(&path, SCRIPT).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn query(env: &[(&str, &Path)], args: &[&str]) -> Ran {
    let mut command = command("http://127.0.0.1:1", args);
    for (name, value) in env {
        command.env(name, value);
    }
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn the_question_goes_to_the_program_as_it_is_and_its_end_is_ours() {
    let folder = tempfile::tempdir().unwrap();
    let program = script(folder.path());
    let named = [("SWIFT_SQL", program.as_path())];
    let ran = query(
        &named,
        &[
            "query",
            "--archive",
            "/a b",
            "--output",
            "csv",
            "--city",
            "nyc",
            "SELECT 'x'",
        ],
    );
    assert_eq!(
        ran.table(),
        "--archive\n/a b\n--output\ncsv\n--city\nnyc\n--\nSELECT 'x'\n"
    );
    let failed = query(&named, &["query", "--archive", "/a", "fail"]);
    assert_eq!(
        (failed.code, failed.stderr.as_str()),
        (7, "no such column\n")
    );
}

#[test]
fn the_program_is_found_in_the_path_and_the_archive_in_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    script(folder.path());
    let place = [
        ("PATH", folder.path()),
        ("SWIFTLINE_ARCHIVE__URL", Path::new("/kept")),
    ];
    let ran = query(&place, &["query", "SELECT 1"]);
    assert_eq!(
        ran.table(),
        "--archive\n/kept\n--output\ntable\n--\nSELECT 1\n"
    );
}

#[test]
fn without_the_program_it_is_said_how_to_build_it() {
    let nowhere = [("SWIFT_SQL", Path::new("/nowhere/swift-sql"))];
    let ran = query(&nowhere, &["query", "--archive", "/a", "SELECT 1"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (
            1,
            "error: /nowhere/swift-sql is not there: build it with `make sql`, or say where it is with SWIFT_SQL\n"
        )
    );
    let ran = query(&[], &["query", "SELECT 1"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--archive <URL>"), "{ran:?}");
}

#[test]
fn csv_is_for_questions_only() {
    let ran = query(&[], &["units", "--output", "csv"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (2, "error: --output csv is for `query` only\n")
    );
}
