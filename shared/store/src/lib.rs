//! The store of a node or a hub: one encrypted SQLite database, and the only crate with SQL.
//!
//! It stores bytes, heads, projections and accounts, and applies no rule of its own. Everything
//! happens inside [`Store::read`] or [`Store::write`], which hand out one transaction as `&dyn Tx`:
//! the groups of [`Tx`] are object safe, so that another engine can join without touching callers.
//! What `write` returned as done is on the disk.

mod accounts;
mod audit;
mod backup;
mod config;
mod connection;
mod count;
mod counters;
mod documents;
mod error;
mod filter;
mod hub_admin;
mod hub_port;
mod identity;
mod imports;
mod key;
mod log;
mod node_port;
mod people;
mod readers;
mod review;
mod rows;
mod search;
mod store;
#[cfg(test)]
mod tests;
mod tx;
mod writer;

pub use accounts::{Account, Accounts, LoginFailures, Session};
pub use audit::{Audit, AuditEntry, AuditRow};
pub use backup::{BackupReport, open_backup};
pub use config::{Role, StoreConfig};
pub use count::{CountQuery, CountRow, Dimension};
pub use counters::{Counters, Sizes};
pub use documents::{Dirty, Documents};
pub use error::StoreError;
pub use filter::PeopleFilter;
pub use hub_admin::{EnrolCode, HubAdmin, SyncLogRow, Ward};
pub use identity::Identity;
pub use imports::{ImportBatch, ImportItem, Imports, NewImport};
pub use people::{PeoplePage, PeopleQuery, PersonRow, Projections, Sort};
pub use review::{ConflictFilter, ConflictRow, Duplicate, ProblemRow, Review};
pub use store::Store;
pub use tx::Tx;
