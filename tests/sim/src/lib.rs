//! The simulator of the sync engine: cities of one hub and its wards' nodes, each from one seed.
//!
//! The engine is sans-IO, so a whole city lives in one thread with its stores in memory: lines that
//! lose, double and reorder, programs that die, disks that are put back or copied, custody that
//! moves. When the line is whole again everything must hold that the sync design promises in its
//! section 10; each promise is an oracle, and each oracle is shown able to fail by a fault that is
//! planted. See docs/SIMULATION.md.

mod anew;
mod compact;
mod dice;
mod edits;
mod ends;
mod faults;
mod ledger;
mod line;
mod moves;
mod oracles;
mod plan;
mod run;
mod settle;
mod shelf;
mod trouble;
mod views;
mod violation;
mod wire;
mod world;

pub use dice::SimDice;
pub use faults::Fault;
pub use plan::Plan;
pub use run::{News, Report, Totals, run_range, run_seed, run_watched};
pub use violation::{Oracle, Sim, Violation};
