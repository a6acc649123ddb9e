//! The program `wardbook-hub`.

use std::process::ExitCode;

fn main() -> ExitCode {
    wardbook_hub::run_program()
}
