//! The one door from handlers to data: commands, queries, import, sync glue and accounts.
//!
//! Node and hub hold the same [`Replica`]. A command goes record -> document -> store in one
//! transaction; a query never writes anything but the view log. All methods block unless they are
//! `async`: call them through [`Replica::run`].

mod accounts;
mod audit;
mod commit;
mod conflicts;
mod edit;
mod error;
mod export;
mod guard;
mod history;
mod hub;
mod import;
mod merge;
mod node;
mod passwords;
mod people;
mod projector;
mod replica;
mod sessions;
mod settings;
mod status;
mod viewer;
mod who;

pub use accounts::{NewUser, OneTimePassword, UserView};
pub use conflicts::{
    Choice, ConflictCard, ConflictField, ConflictFilter, ConflictOption, ResolveCommand,
};
pub use edit::{EditCommand, Saved};
pub use error::{
    AccountError, EditError, EnrolError, HubError, ImportError, LoginError, ReplicaError,
    SyncError, TransportError,
};
pub use export::{ExportColumns, ExportFile};
pub use history::{HistoryEdit, HistoryView};
pub use hub::{
    DeviceView, EnrolCode, HttpAnswer, HubAddress, HubInit, HubInitialised, WardState, WardStatus,
};
pub use import::{
    BatchId, BatchView, DuplicateChoice, ImportChoices, ImportDone, ImportPreview, ImportProgress,
    ImportToken, KeptRecord, UndoResult,
};
pub use merge::{MergeField, MergeView};
pub use node::{HubTarget, SyncRound, Transport};
pub use people::{DuplicateView, PersonView};
pub use projector::Lag;
pub use replica::{Replica, ReplicaConfig};
pub use sessions::{LoginAttempt, SignedIn};
pub use status::{SyncFacts, SyncNote, SyncState, SyncStatus, Tone, sync_status};
pub use viewer::{Role, SessionToken, Viewer};
pub use who::Author;

/// Which end this is: a ward's node or the city's hub.
pub use wardbook_store::Role as End;
