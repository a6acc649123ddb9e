//! The harness of the tests and of the demo: generated cities, real processes, lines that can be
//! cut.

pub mod city;
pub mod harness;
pub mod torture;
