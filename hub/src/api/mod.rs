//! The JSON API: what programs and the command line of this machine ask.

pub mod admin;
pub mod caller;
pub mod conflicts;
pub mod edits;
pub mod openapi;
pub mod people;
pub mod report;
pub mod status;
pub mod tell;
