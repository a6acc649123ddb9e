//! One ward office: local server, pages, background synchronising and the command line.
//!
//! Everything a person or a test can ask goes through [`router`]: the pages, the JSON interface
//! under `/api/v1`, and the commands of the command line, which are clients of that interface,
//! over loopback when a `serve` is running and inside their own process otherwise.

mod action_lines;
pub mod api;
pub mod app;
mod backoff;
mod check_answer;
pub mod cli;
mod commands;
pub mod config;
mod door;
pub mod failure;
mod import_jobs;
mod lines;
mod news;
mod night;
mod office;
mod os;
mod output;
mod pages;
mod percent;
mod pictures;
mod pin;
mod print_jobs;
mod refusal;
mod restore;
pub mod router;
mod rule_lines;
mod search_keys;
mod serve;
mod session;
pub mod sync_task;
pub mod transport;

pub use cli::run_program;

#[cfg(test)]
mod stories;
