//! Running the built program.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::fake::Fake;

/// A case number whose check digit is right.
pub(crate) const NUMBER: &str = "07-0001234-8";

/// What a run has left.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Ran {
    /// The JSON lines of standard output.
    pub(crate) fn json(&self) -> Vec<Value> {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The only JSON line of standard output.
    pub(crate) fn json_line(&self) -> Value {
        let mut lines = self.json();
        assert_eq!(lines.len(), 1, "{self:?}");
        lines.remove(0)
    }

    /// Standard output of a run that went well.
    pub(crate) fn table(&self) -> &str {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{self:?}");
        &self.stdout
    }
}

/// The program with a clean environment, where every service is at `url`.
pub(crate) fn command(url: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_swiftctl"));
    command.env_clear().env("TZ", "UTC").args(args);
    for service in ["INTAKE", "CLASSIFIER", "ROUTER", "FEEDBACK", "TRACES"] {
        command.env(format!("SWIFTCTL_{service}"), url);
    }
    command
}

/// Runs the program against a fake mesh.
pub(crate) fn swiftctl(fake: &Fake, args: &[&str]) -> Ran {
    at(&fake.url(), args, "")
}

/// Runs the program against whatever is at `url`, with this standard input.
pub(crate) fn at(url: &str, args: &[&str], input: impl AsRef<[u8]>) -> Ran {
    let mut command = command(url, args);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The program may have ended without reading it.
    let _ = child.stdin.take().unwrap().write_all(input.as_ref());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
