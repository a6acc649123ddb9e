//! The one door from handlers to data: commands, queries, import, sync glue and accounts.
//!
//! Node and hub hold the same [`Replica`]. A command goes record -> document -> store in one
//! transaction; a query never writes anything but the view log. All methods block unless they are
//! `async`: call them through [`Replica::run`].

mod access;
mod account_wish;
mod accounts;
mod approve;
mod audit;
pub mod bundle;
mod commit;
mod conflicts;
pub mod deep;
mod desk;
mod edit;
mod error;
mod export;
mod export_one;
mod files;
mod guard;
mod history;
mod hub;
mod import;
mod merge;
mod moves;
mod nightly;
mod node;
mod office;
mod passwords;
mod people;
mod personnel_event;
mod projector;
mod proposals;
mod reopen;
mod replica;
mod rules;
mod sessions;
mod settings;
mod staff;
mod status;
mod take_back;
mod todo;
mod upkeep;
mod viewer;
mod who;

pub use access::{Access, Reach, Right, Scope};
pub use account_wish::{WishKind, WishView};
pub use accounts::{NewUser, OneTimePassword, UserView};
pub use bundle::BundleError;
pub use conflicts::{
    Choice, ConflictCard, ConflictField, ConflictFilter, ConflictOption, ResolveCommand,
};
pub use desk::{DeskOwner, DeskThing};
pub use edit::{EditCommand, Saved};
pub use error::sync_code_sentence;
pub use error::{
    AccountError, EditError, EnrolError, EnrolFileFault, HubError, ImportError, LoginError,
    ReplicaError, SyncError, TransportError,
};
pub use export::{ExportColumns, ExportFile};
pub use files::{
    AttachError, AttachedFile, Crop, FilesMoved, PHOTO_HEIGHT, PHOTO_WIDTH, for_screen,
    must_be_picture, photo,
};
pub use history::{HistoryEdit, HistoryView};
pub use hub::{
    AsideView, BundleAnswered, CustodyLine, CustodyView, DeviceView, EnrolCode, EventView,
    FeedRenewed, FoundPerson, HttpAnswer, HubAddress, HubInit, HubInitialised, LateCard,
    LateChoice, LateField, LedgerReport, MoveAnswer, MoveBar, MoveQuestion, Named, NamedWard,
    OpenView, ParkedView, PurgePreview, PurgeView, Receipt, ReceiptState, SplitBy, TwoPlaces,
    WardLedger, WardMoved, WardState, WardStatus, act_label, event_text, refusal_text, successors,
};
pub use import::{
    BatchId, BatchView, BulkChange, BulkCodes, BulkLine, BulkPreview, DuplicateChoice, ImportBegun,
    ImportChoices, ImportDone, ImportPreview, ImportProgress, ImportToken, KeptRecord, SideBySide,
    UndoResult, bulk_columns,
};
pub use merge::{MergeField, MergeView};
pub use moves::{MoveNote, RequestView, Way};
pub use nightly::NightlyCheck;
pub use node::{
    BUNDLE_CALLS_BYTES_MAX, BundleMade, BundleOut, BundleTaken, BundleWish,
    DEVICE_NAME_CHARACTERS_MAX, EventCode, HubTarget, KeptChange, KeptValue, SyncEvent, SyncRound,
    Transport, WaitingRecord, WitnessPlace,
};
pub use office::{BACKUP_DUE_MS, LanSettings, LastBackup, PaperSettings};
pub use people::{DuplicateView, Keeper, PersonView};
pub use personnel_event::EventDone;
pub use projector::Lag;
pub use proposals::{Correction, PROPOSAL_TEXT_MAX, ProposalState, ProposalView};
pub use replica::{Replica, ReplicaConfig};
pub use rules::CityRules;
pub use sessions::{LOCK_MINUTES, LoginAttempt, SessionState, SignedIn};
pub use status::{SyncFacts, SyncNote, SyncState, SyncStatus, Tone, sync_status};
pub use take_back::{NotTaken, Side};
pub use todo::{Mark, TodoItem, TodoPage, TodoQuery, TodoState, TodoWhen};
pub use upkeep::ScrubAll;
pub use viewer::{Role, SessionToken, Viewer};
pub use wardbook_store::FilesWaiting;
pub use who::{Author, unit_name};

/// Which end this is: a ward's node or the city's hub.
pub use wardbook_store::Role as End;
