//! The one door from handlers to data: commands, queries, import, sync glue and accounts.
//!
//! Node and hub hold the same [`Replica`]. A command goes record -> document -> store in one
//! transaction; a query never writes anything but the view log. All methods block unless they are
//! `async`: call them through [`Replica::run`].

mod accounts;
mod audit;
pub mod bundle;
mod commit;
mod conflicts;
pub mod deep;
mod edit;
mod error;
mod export;
mod guard;
mod history;
mod hub;
mod import;
mod merge;
mod nightly;
mod node;
mod passwords;
mod people;
mod projector;
mod replica;
mod sessions;
mod settings;
mod status;
mod upkeep;
mod viewer;
mod who;

pub use accounts::{NewUser, OneTimePassword, UserView};
pub use bundle::BundleError;
pub use conflicts::{
    Choice, ConflictCard, ConflictField, ConflictFilter, ConflictOption, ResolveCommand,
};
pub use edit::{EditCommand, Saved};
pub use error::sync_code_sentence;
pub use error::{
    AccountError, EditError, EnrolError, HubError, ImportError, LoginError, ReplicaError,
    SyncError, TransportError,
};
pub use export::{ExportColumns, ExportFile};
pub use history::{HistoryEdit, HistoryView};
pub use hub::{
    AsideView, BundleAnswered, CustodyLine, CustodyView, DeviceView, EnrolCode, EventView,
    FeedRenewed, HttpAnswer, HubAddress, HubInit, HubInitialised, LateCard, LateChoice, LateField,
    LedgerReport, Named, NamedWard, OpenView, ParkedView, PurgePreview, PurgeView, Receipt,
    ReceiptState, SplitBy, TwoPlaces, WardLedger, WardMoved, WardState, WardStatus, act_label,
    event_text, refusal_text, successors,
};
pub use import::{
    BatchId, BatchView, DuplicateChoice, ImportChoices, ImportDone, ImportPreview, ImportProgress,
    ImportToken, KeptRecord, UndoResult,
};
pub use merge::{MergeField, MergeView};
pub use nightly::NightlyCheck;
pub use node::{
    BundleMade, BundleTaken, EventCode, HubTarget, KeptChange, KeptValue, SyncEvent, SyncRound,
    Transport, WitnessPlace,
};
pub use people::{DuplicateView, Keeper, PersonView};
pub use projector::Lag;
pub use replica::{Replica, ReplicaConfig};
pub use sessions::{LoginAttempt, SignedIn};
pub use status::{SyncFacts, SyncNote, SyncState, SyncStatus, Tone, sync_status};
pub use upkeep::ScrubAll;
pub use viewer::{Role, SessionToken, Viewer};
pub use who::{Author, unit_name};

/// Which end this is: a ward's node or the city's hub.
pub use wardbook_store::Role as End;
