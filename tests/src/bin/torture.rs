//! `wardbook-torture`: the long form of the torture run, by command.
//!
//! `cargo xtask torture --rounds 2000` builds and starts it. It prints what it did to whom, what the
//! lines did, and what does not hold at the end; it ends with 1 when anything does not.
#![expect(clippy::print_stdout, reason = "a command for people at a terminal")]

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use wardbook_tests::harness::Quality;
use wardbook_tests::torture::{Plan, Torture};

/// Kills, stops, fills up, sets back and copies a hub and its nodes while people edit.
#[derive(Debug, Parser)]
struct Options {
    /// The seed of the run.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Strikes.
    #[arg(long, default_value_t = 200)]
    rounds: u64,
    /// Nodes.
    #[arg(long, default_value_t = 20)]
    nodes: usize,
    /// Wards.
    #[arg(long, default_value_t = 10)]
    wards: usize,
    /// People of each ward.
    #[arg(long, default_value_t = 12)]
    people: usize,
    /// No kills at system calls (they need strace).
    #[arg(long)]
    no_trace: bool,
    /// Where the data goes; a temporary folder, removed at the end, when not given.
    #[arg(long)]
    folder: Option<std::path::PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = options.folder.clone().unwrap_or_else(|| temporary.path().to_path_buf());
    let plan = Plan {
        seed: options.seed,
        rounds: options.rounds,
        nodes: options.nodes,
        wards: options.wards.min(options.nodes),
        people: options.people,
        quality: Quality {
            round_trip: Duration::from_millis(4),
            lost_per_mille: 5,
            cut_per_mille: 5,
            doubled_percent: 10,
            replayed_percent: 10,
            ..Quality::GOOD
        },
        traced: !options.no_trace,
    };
    let torture = Torture::begin(&folder, plan).await;
    let report = torture
        .run(|round, so_far| {
            if round % 50 == 0 {
                println!(
                    "round {round}: {} kill points, {} edits acknowledged, {} unknown",
                    so_far.kill_points, so_far.acknowledged, so_far.unknown
                );
            }
        })
        .await;
    println!("seed {}: strikes {:?}", options.seed, report.strikes);
    println!(
        "kill points {}, edits acknowledged {}, without an answer {}, lost {}",
        report.kill_points,
        report.acknowledged,
        report.unknown,
        report.lost.len()
    );
    println!("lines {:?}", report.lines);
    println!("events at the hub {:?}", report.events);
    for promise in &report.lost {
        println!("LOST {promise:?}");
    }
    for violation in &report.violations {
        println!("VIOLATION {violation}");
    }
    ExitCode::from(u8::from(!report.lost.is_empty() || !report.violations.is_empty()))
}
