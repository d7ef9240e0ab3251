//! The intake service.

use std::process::ExitCode;

use swiftline_intake::{DEFAULTS, build};
use swiftline_runtime::{Program, run_main};

fn main() -> ExitCode {
    let program = Program {
        name: "intake",
        version: env!("CARGO_PKG_VERSION"),
        about: "Takes complaints in and tells where they stand",
        defaults: DEFAULTS,
    };
    run_main(program, build)
}
