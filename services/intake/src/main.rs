//! The intake service.

use std::process::ExitCode;

use swiftline_intake::{DEFAULTS, build};
use swiftline_runtime::{Allocator, Program, run_main};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> ExitCode {
    let program = Program {
        name: "intake",
        version: env!("CARGO_PKG_VERSION"),
        about: "Takes complaints in and tells where they stand",
        defaults: DEFAULTS,
    };
    run_main(program, build)
}
