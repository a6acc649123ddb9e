//! The hub's side: set-up, wards, devices, the sync endpoint, custody, and what must be looked at.

mod admission;
mod aside;
mod bundles;
mod codes;
mod custody;
pub(crate) mod endpoint;
pub(crate) mod enrol_file;
mod events;
pub(crate) mod late;
mod ledger;
mod moves;
mod purge;
mod rehome;
mod rules;
mod setup;
mod standing;
mod start;
mod wait;

use wardbook_base::{DeviceId, HubId, Timestamp, WardId};
use wardbook_record::Lang;
use wardbook_sync::message::{DeviceStatus, Digest};

pub use aside::{AsideView, ParkedView, refusal_text};
pub use bundles::BundleAnswered;
pub use custody::{CustodyLine, CustodyView, NamedWard, OpenView, act_label};
pub use events::{EventView, event_text};
pub use late::{LateCard, LateChoice, LateField};
pub use ledger::{LedgerReport, Named, TwoPlaces, WardLedger};
pub use moves::{FoundPerson, MoveAnswer, MoveBar, MoveQuestion};
pub use purge::{PurgePreview, PurgeView, Receipt, ReceiptState};
pub use rehome::{SplitBy, WardMoved, successors};
pub use start::FeedRenewed;

use crate::accounts::OneTimePassword;

/// An answer of the sync endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, `application/octet-stream`.
    pub body: Vec<u8>,
}

/// How wards reach this hub.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct HubAddress {
    /// The address wards call, such as `https://10.0.0.1:8443`.
    pub url: String,
    /// SHA-256 of the TLS `SubjectPublicKeyInfo`; `None` for plain HTTP on loopback.
    pub tls_pin: Option<[u8; 32]>,
}

/// What `init` is told.
#[derive(Debug, Clone)]
pub struct HubInit {
    /// The city's name, shown in titles.
    pub city_name: String,
    /// The day as of which units and posts are meant, `YYYY-MM-DD`; empty for today.
    pub units_as_of: String,
    /// The first administrator's user name.
    pub admin_login: String,
    /// The first administrator's name.
    pub admin_name: String,
    /// The address wards call, when it is known already.
    pub address: Option<HubAddress>,
}

/// What `init` made. The secrets are shown once and stored nowhere.
#[derive(Debug, Clone)]
pub struct HubInitialised {
    /// The hub's id.
    pub hub: HubId,
    /// The first administrator's sign-in.
    pub admin: OneTimePassword,
    /// The identity that opens backups: to be kept on paper.
    pub recovery_identity: String,
}

/// A code that lets one device join a ward. Shown once.
#[derive(Debug, Clone)]
pub struct EnrolCode {
    /// The ward.
    pub ward: WardId,
    /// The code, for people: eight characters.
    pub code: String,
    /// The whole enrolment text, for copying or a QR code.
    pub text: String,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// How a ward or a device stands, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WardState {
    /// Proven equal at the newest position.
    Equal,
    /// In contact within a day, something still on its way.
    Waiting,
    /// No contact for more than a day.
    Late,
    /// No contact for more than seven days.
    VeryLate,
    /// No device has joined yet.
    NoDevice,
    /// A device reports an error or refused changes, runs in two places, or has sent what waits for
    /// more than a day for what it builds on.
    Trouble,
}

impl WardState {
    /// The word for people.
    pub const fn label(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Equal, Lang::Vi) => "Đã đồng bộ",
            (Self::Equal, Lang::En) => "Synchronised",
            (Self::Waiting, Lang::Vi) => "Đang chờ gửi nhận",
            (Self::Waiting, Lang::En) => "Changes on their way",
            (Self::Late, Lang::Vi) => "Trễ hơn 1 ngày",
            (Self::Late, Lang::En) => "Late by more than a day",
            (Self::VeryLate, Lang::Vi) => "Trễ hơn 7 ngày",
            (Self::VeryLate, Lang::En) => "Late by more than 7 days",
            (Self::NoDevice, Lang::Vi) => "Chưa có máy nào tham gia",
            (Self::NoDevice, Lang::En) => "No device has joined",
            (Self::Trouble, Lang::Vi) => "Cần xử lý",
            (Self::Trouble, Lang::En) => "Needs attention",
        }
    }
}

/// One ward as the console shows it.
#[derive(Debug, Clone)]
pub struct WardStatus {
    /// The ward.
    pub ward: WardId,
    /// Its name.
    pub name: String,
    /// The five-digit official code.
    pub code: String,
    /// How it stands (of its worst device that is not revoked).
    pub state: WardState,
    /// When any of its devices last called.
    pub last_contact: Option<Timestamp>,
    /// When a device was last proven equal.
    pub proven_equal_at: Option<Timestamp>,
    /// Whether every device is proven equal at the newest position.
    pub equal_now: bool,
    /// Changes waiting at the devices, as they last reported.
    pub waiting_up: u64,
    /// Feed items the slowest device has not taken.
    pub waiting_down: u64,
    /// People of the ward (documents in its custody).
    pub people: u64,
    /// People with open conflicts.
    pub conflicts: u64,
    /// Late edits of former wards that wait for a decision.
    pub late_edits: u64,
    /// Where the ward's feed stands.
    pub feed_seq: u64,
    /// The digest of the ward's documents there.
    pub digest: Digest,
    /// The devices, those that were revoked too.
    pub devices: Vec<DeviceView>,
}

/// One device as the console shows it.
#[derive(Debug, Clone)]
pub struct DeviceView {
    /// Its id.
    pub device: DeviceId,
    /// Its ward.
    pub ward: WardId,
    /// Its ward's name.
    pub ward_name: String,
    /// What people call it.
    pub name: String,
    /// How it stands.
    pub state: WardState,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it last called.
    pub last_contact: Option<Timestamp>,
    /// When it was last proven equal.
    pub proven_equal_at: Option<Timestamp>,
    /// Whether that was at the newest position, with nothing reported as waiting.
    pub equal_now: bool,
    /// Feed items it has not taken.
    pub waiting_down: u64,
    /// What it last said of itself.
    pub reported: DeviceStatus,
    /// Its clock minus the hub's at the last call, in milliseconds.
    pub clock_skew_ms: Option<i64>,
    /// Digests that did not match, counted.
    pub mismatches: u64,
    /// Its changes that wait here for what they build on.
    pub parked: u64,
    /// Since when the first of them waits.
    pub parked_since: Option<Timestamp>,
    /// Since when two databases are known to use its key.
    pub two_places_since: Option<Timestamp>,
    /// It compares all it holds with the hub, since the feeds were renewed.
    pub reconciling: bool,
    /// How many incarnations of its database have called: more than one after a restore or a copy.
    pub incarnations: u64,
    /// The program's version.
    pub app: String,
}
