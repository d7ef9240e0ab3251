//! The feedback service.

use std::process::ExitCode;

use swiftline_feedback::{DEFAULTS, build};
use swiftline_runtime::{Allocator, Program, run_main};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> ExitCode {
    let program = Program {
        name: "feedback",
        version: env!("CARGO_PKG_VERSION"),
        about: "Takes results and callbacks, and counts what came of the cases",
        defaults: DEFAULTS,
    };
    run_main(program, build)
}
