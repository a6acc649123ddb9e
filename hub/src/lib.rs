//! The city's end of Wardbook: the wards' sync endpoint, the console for the city's staff, reports,
//! a JSON API and the command line.
//!
//! Read [`router`] first: it is the table of contents. Commands of the command line are requests to
//! the same API, over loopback to a running server or inside the process when there is none.

#[expect(unused_qualifications, reason = "utoipa's attribute qualifies the parameters' types")]
pub mod api;
pub mod app;
pub mod cli;
pub mod commands;
pub mod config;
pub mod control;
pub mod error;
pub mod failure;
pub mod jobs;
pub mod pages;
pub mod router;
pub mod serve;
pub mod sync_endpoint;
pub mod tls;
pub mod units;
pub mod waits;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::commands::say_failure;

/// Runs the program with the arguments of the process.
pub fn run_program() -> ExitCode {
    if let Some(code) = wardbook_replica::deep::serve_if_asked() {
        return code;
    }
    let cli = Cli::parse();
    log_to_stderr();
    // Only fails when a provider was installed before, which is just as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return say_failure(&error.into(), &cli),
    };
    let done = runtime.block_on(commands::run(&cli));
    let flushed = std::io::stdout().flush();
    match done.and_then(|()| flushed.map_err(Into::into)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => say_failure(&failure, &cli),
    }
}

/// Logs go to standard error: standard output is for results. `RUST_LOG` chooses what is logged.
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .try_init();
}
