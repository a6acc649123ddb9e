//! The deep check's worker alone, as `wardbook-node deep-check` and `wardbook-hub deep-check` are.

fn main() -> std::process::ExitCode {
    wardbook_replica::deep::serve_if_asked().unwrap_or(std::process::ExitCode::from(2))
}
