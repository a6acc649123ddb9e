//! `wardbook-sim --seeds N --from S`: lives through a range of histories on all cores.
#![expect(clippy::print_stdout, reason = "a command for people at a terminal")]
#![expect(clippy::disallowed_methods, reason = "prints how fast it runs")]

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use wardbook_sim::{Fault, run_range, run_seed};

/// Lives through simulated histories of a hub and its wards, and checks what must hold after each.
#[derive(Parser)]
struct Words {
    /// How many seeds.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Threads; all cores when not given.
    #[arg(long)]
    threads: Option<usize>,
    /// Go on after a seed that fails.
    #[arg(long)]
    keep_going: bool,
    /// Print the steps of the first seed, whether it fails or not.
    #[arg(long)]
    trace: bool,
    /// Plant a fault, by its name.
    #[arg(long)]
    fault: Option<String>,
}

fn main() -> ExitCode {
    let words = Words::parse();
    let fault = words.fault.as_deref().map(|name| {
        Fault::ALL.into_iter().find(|fault| format!("{fault:?}") == name).expect("a fault's name")
    });
    if words.trace {
        let report = run_seed(words.from, fault, true);
        print!("{}", report.trace);
        report.violations.iter().for_each(|violation| println!("{violation}"));
        return ExitCode::from(u8::from(!report.violations.is_empty()));
    }
    std::panic::set_hook(Box::new(|_| {}));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = words.threads.unwrap_or(cores);
    let begin = Instant::now();
    let last = std::sync::atomic::AtomicU64::new(0);
    let progress = |done: u64| {
        let minutes = begin.elapsed().as_secs() / 60;
        if last.swap(minutes, std::sync::atomic::Ordering::Relaxed) < minutes {
            println!("{done} seeds after {minutes} min");
        }
    };
    let totals = run_range(words.from, words.seeds, threads, fault, !words.keep_going, &progress);
    let seconds = begin.elapsed().as_secs_f64();
    let per_second = f64::from(u32::try_from(totals.seeds).unwrap_or(u32::MAX)) / seconds;
    println!(
        "seeds {}..{}: {} run, {} steps, {seconds:.1} s, {per_second:.0} seeds/s on {threads} threads",
        words.from,
        words.from + words.seeds,
        totals.seeds,
        totals.steps,
    );
    for (what, count) in &totals.seen {
        println!("{count:>12}  {what}");
    }
    for failed in &totals.failed {
        println!("seed {}:", failed.seed);
        failed.violations.iter().for_each(|violation| println!("    {violation}"));
    }
    if let Some(first) = totals.failed.first() {
        println!("the steps of seed {}:", first.seed);
        print!("{}", run_seed(first.seed, fault, true).trace);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
