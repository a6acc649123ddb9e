//! Bytes that mean harm, made from honest ones, and the trials that they go through.
//!
//! Test-only. [`mutate`] and [`mutate_raw`] make mutants of changes of real records; [`trial`] puts
//! them through the checks of the hub and then, when they pass, through what a record does with a
//! change. [`decoders`] lists everything that reads foreign bytes: the ordinary tests run it over
//! a few thousand inputs, `cargo xtask fuzz` (in `tests/fuzz`) over millions.

#![expect(clippy::unwrap_used, reason = "a trial that cannot go on has failed")]

pub mod decoders;
pub mod histories;
pub mod mutate;
pub mod mutate_raw;
pub mod raw;
pub mod trial;
