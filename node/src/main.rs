//! The program `wardbook-node`: see `wardbook-node --help`.

fn main() -> std::process::ExitCode {
    wardbook_node::run_program()
}
