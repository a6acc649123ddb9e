//! `wardbook-sim --seeds N --from S`: lives through a range of histories on all cores.
#![expect(clippy::print_stdout, reason = "a command for people at a terminal")]
#![expect(clippy::disallowed_methods, reason = "prints how fast it runs")]

use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use wardbook_sim::{Fault, News, Report, Totals, run_seed, run_watched};

/// A line of progress is printed this often, in seconds.
const PROGRESS_S: u64 = 30;

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
    /// Begin nothing new after so many minutes.
    #[arg(long)]
    minutes: Option<u64>,
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
    // A panic is a violation of its seed, and is reported as one.
    std::panic::set_hook(Box::new(|_| {}));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = words.threads.unwrap_or(cores);
    let begin = Instant::now();
    let next_line = AtomicU64::new(PROGRESS_S);
    let watch = |news: News<'_>| {
        let seconds = begin.elapsed().as_secs();
        match news {
            News::Failed(report) => {
                println!("{}", line_of(report));
                if !words.keep_going {
                    return ControlFlow::Break(());
                }
            }
            News::Progress(totals) => {
                if next_line.load(Ordering::Relaxed) <= seconds {
                    next_line.store(seconds + PROGRESS_S, Ordering::Relaxed);
                    println!("{}", progress(totals, words.seeds, begin));
                }
            }
        }
        match words.minutes {
            Some(minutes) if seconds >= minutes * 60 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    };
    let totals = run_watched(words.from, words.seeds, threads, fault, &watch);
    summary(&words, &totals, threads, begin);
    match totals.failed.first() {
        None => ExitCode::SUCCESS,
        Some(first) => {
            if !words.keep_going {
                println!("the steps of seed {}:", first.seed);
                print!("{}", run_seed(first.seed, fault, true).trace);
            }
            ExitCode::FAILURE
        }
    }
}

/// A failed seed in one line.
fn line_of(report: &Report) -> String {
    let first = report.violations.first().map(ToString::to_string).unwrap_or_default();
    format!("FAILED seed {}: {}", report.seed, first.replace('\n', " "))
}

fn progress(totals: &Totals, of: u64, begin: Instant) -> String {
    let seconds = begin.elapsed().as_secs_f64();
    format!(
        "{:>9} of {of} seeds after {:.1} min, {:.0} a second, {} failed",
        totals.seeds,
        seconds / 60.0,
        rate(totals.seeds, seconds),
        totals.failures,
    )
}

fn rate(seeds: u64, seconds: f64) -> f64 {
    f64::from(u32::try_from(seeds).unwrap_or(u32::MAX)) / seconds
}

fn summary(words: &Words, totals: &Totals, threads: usize, begin: Instant) {
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "seeds {}..{}: {} run, {} steps, {seconds:.1} s, {:.0} seeds/s on {threads} threads",
        words.from,
        words.from + words.seeds,
        totals.seeds,
        totals.steps,
        rate(totals.seeds, seconds),
    );
    for (what, count) in &totals.seen {
        println!("{count:>12}  {what}");
    }
    for (oracle, count) in &totals.broken {
        println!("{count:>12}  seeds broke {oracle}");
    }
    match totals.failures {
        0 => println!("every seed kept every promise"),
        failures => println!("{failures} seeds FAILED"),
    }
}
