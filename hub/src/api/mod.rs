//! The JSON API: what programs and the command line of this machine ask.

pub mod admin;
pub mod caller;
pub mod conflicts;
pub mod custody;
pub mod edits;
pub mod late;
pub mod openapi;
pub mod people;
pub mod purge;
pub mod report;
pub mod requests;
pub mod rules;
pub mod status;
pub mod tell;
pub mod upkeep;
pub mod watch;
