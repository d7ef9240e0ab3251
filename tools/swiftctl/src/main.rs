//! `swiftctl`, the command line of Swiftline.

use std::process::ExitCode;

fn main() -> ExitCode {
    swiftline_swiftctl::main()
}
