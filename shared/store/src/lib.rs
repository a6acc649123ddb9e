//! The store of a node or a hub: one encrypted SQLite database, and the only crate with SQL.
//!
//! It stores bytes, heads, projections and accounts, and applies no rule of its own. Everything
//! happens inside [`Store::read`] or [`Store::write`], which hand out one transaction as `&dyn Tx`:
//! the groups of [`Tx`] are object safe, so that another engine can join without touching callers.
//! What `write` returned as done is on the disk.

mod accounts;
mod archive;
mod audit;
mod backup;
mod changes;
mod compact;
mod config;
mod connection;
mod conservation;
mod container;
mod count;
mod counters;
mod custody;
mod desk;
mod devices;
mod dictionary;
mod documents;
mod dues;
mod error;
mod facets;
mod feeds;
mod files;
mod filter;
mod healing;
mod hub_admin;
mod hub_port;
mod identity;
mod imports;
mod jobs;
mod key;
mod keys;
mod ledger;
mod log;
mod node_port;
mod people;
mod purge;
mod quarantine;
mod readers;
mod removal;
mod restore;
mod review;
mod rows;
mod scrub;
mod seal;
mod search;
mod settled;
mod snapshot;
mod store;
#[cfg(test)]
mod tests;
mod tx;
mod writer;

pub use accounts::{Account, Accounts, LoginFailures, Session};
pub use audit::{Audit, AuditEntry, AuditRow};
pub use backup::{BackupReport, KEY_BACKUPS_KEPT_MS, backup_made_at, keys_file_of};
pub use compact::{CompactReport, RAW_CHANGES_KEPT_MS, served_to_all};
pub use config::{Role, StoreConfig};
pub use conservation::Conservation;
pub use count::{CountQuery, CountRow, Dimension};
pub use counters::{Counters, Sizes};
pub use desk::{Desk, DeskItem};
pub use documents::{Dirty, DocumentParts, Documents};
pub use dues::{DueRow, Dues};
pub use error::StoreError;
pub use facets::{ByCode, Facets};
pub use files::{FileState, Files, FilesWaiting};
pub use filter::PeopleFilter;
pub use hub_admin::{EnrolCode, HubAdmin, SyncLogRow, Ward};
pub use identity::Identity;
pub use imports::{ImportBatch, ImportItem, Imports, NewImport};
pub use ledger::{Ledger, Lent, QuarantineFilter};
pub use people::{PeoplePage, PeopleQuery, PersonRow, Projections, Sort};
pub use restore::{open_backup, open_backup_with};
pub use review::{ConflictFilter, ConflictRow, Duplicate, KeptAside, ProblemRow, Review};
pub use scrub::{Finding, ScrubReport, ScrubStatus};
pub use settled::Settled;
pub use store::Store;
pub use tx::Tx;
