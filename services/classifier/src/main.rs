//! The classifier service.

use std::process::ExitCode;

use swiftline_classifier::{DEFAULTS, build};
use swiftline_runtime::{Allocator, Program, run_main};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> ExitCode {
    let program = Program {
        name: "classifier",
        version: env!("CARGO_PKG_VERSION"),
        about: "Says what complaints are about and hands them to the router",
        defaults: DEFAULTS,
    };
    run_main(program, build)
}
