//! The router.

use std::process::ExitCode;

use swiftline_router::{DEFAULTS, build};
use swiftline_runtime::{Allocator, Program, run_main};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> ExitCode {
    let program = Program {
        name: "router",
        version: env!("CARGO_PKG_VERSION"),
        about: "Decides whose a complaint is, and serves the desks of the teams",
        defaults: DEFAULTS,
    };
    run_main(program, build)
}
