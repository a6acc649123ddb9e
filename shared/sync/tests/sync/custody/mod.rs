//! The custody ledger end to end: hub operations, feed items, notices, late edits, purges.

mod chaos;
pub(crate) mod city;
mod history;
mod late;
mod learnt;
mod loans;
mod moves;
mod purge;
mod unlucky;
