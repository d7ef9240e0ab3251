//! A small city pack in a temporary folder.

use std::path::PathBuf;

use swiftline_domain::city::testing::small_pack_files;
use tempfile::TempDir;

use crate::swiftctl::{Ran, at};

/// Nothing is there: what runs here asks no mesh.
const NOWHERE: &str = "http://127.0.0.1:1";

const TESTS: &str = "\
tests:
  - name: gas at night on a holiday
    facts: {category: utilities.gas, place: \"01001\", at: 2026-10-01T02:00}
    expect: {rule: gas-leak, unit: util-gas, lane: emergency}
  - name: a street light
    facts: {category: streets.light, place: \"01001\"}
    expect: {unit: dept-streets}
";

/// The pack, which goes when dropped.
pub(crate) struct Pack {
    dir: TempDir,
}

impl Pack {
    /// Writes the pack with its expected routes.
    pub(crate) fn new() -> Self {
        let pack = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        for (name, text) in small_pack_files() {
            pack.write(&name, &text);
        }
        pack.write("rules.test.yaml", TESTS);
        pack
    }

    /// The path of a file of it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The path of a file of it, as text.
    pub(crate) fn file(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Writes a file of it.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Reads a file of it.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Writes a file with one piece of the pack's rules replaced.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) -> String {
        let rules = self.read("rules.yaml");
        assert!(rules.contains(from), "{from}");
        self.write(name, &rules.replace(from, to));
        self.file(name)
    }

    /// Runs the program for this city, without a mesh.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "")
    }

    /// As [`Pack::run`], with this standard input.
    pub(crate) fn run_with(&self, args: &[&str], input: &str) -> Ran {
        let city = self.dir.path().display().to_string();
        at(NOWHERE, &[args, &["--city", &city]].concat(), input)
    }
}
