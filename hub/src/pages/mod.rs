//! The console of the city's staff.

pub mod accounts;
pub mod conflicts;
mod corrected;
pub mod devices;
pub mod files;
pub mod history;
pub mod late;
pub mod people;
pub mod record;
pub mod record_forms;
pub mod report;
pub mod requests;
pub mod searches;
pub mod session;
pub mod sign_in;
pub mod tell;
pub mod ward;
mod ward_watch;
pub mod wards;
