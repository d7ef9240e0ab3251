//! The classifier service.

use std::process::ExitCode;

use swiftline_classifier::{DEFAULTS, build};
use swiftline_runtime::{Program, run_main};

fn main() -> ExitCode {
    let program = Program {
        name: "classifier",
        version: env!("CARGO_PKG_VERSION"),
        about: "Says what complaints are about and hands them to the router",
        defaults: DEFAULTS,
    };
    run_main(program, build)
}
