//! Sync as a sans-IO engine: messages, feed, digest, checks, enrolment and signatures.
//!
//! Nothing here reads a clock, rolls dice or does I/O: what the engine needs comes in through
//! [`ports`], and what it says goes out as bytes. `docs/PROTOCOL.md` describes the wire format.

pub mod bundle;
pub mod chain;
pub mod check;
pub mod digest;
pub mod enrol;
pub mod envelope;
pub mod frame;
mod graph;
pub mod hub;
pub mod memory;
pub mod message;
pub mod node;
pub mod ports;
mod reject;
mod schema;
pub mod sign;
pub mod token;

pub use check::{Refusal, RefusalCode};
pub use reject::RejectCode;
pub use schema::SyncSchema;

/// The path of a sync call; part of what is signed.
pub const SYNC_PATH: &str = "/sync/v1";
/// The path of an enrolment; part of what is signed.
pub const ENROL_PATH: &str = "/sync/v1/enrol";
/// The path of a wait for news; part of what is signed.
pub const WAIT_PATH: &str = "/sync/v1/wait";
/// The path of a piece of a file; part of what is signed.
pub const FILE_PATH: &str = "/sync/v1/file";
/// The path of a question for the city's rows of the table of rules; part of what is signed.
pub const RULES_PATH: &str = "/sync/v1/rules";
/// A wait is held at most so long, in seconds: many lines drop what is silent for a minute.
pub const WAIT_SECONDS_MAX: u32 = 50;
/// The body of a wait has at most so many bytes; an honest one has about 180.
pub const WAIT_BYTES_MAX: usize = 1_024;
