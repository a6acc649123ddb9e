//! What the program says to programs: each answer of the JSON interface and each line that the
//! command line prints with `--json` is one of these.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::failure::Failure;
use crate::sync_task::SyncSummary;

/// One event. The field `event` names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// `serve` answers under this address.
    Listening {
        /// IP address and port.
        address: String,
        /// The same as an address for a browser.
        url: String,
    },
    /// There is no account yet: whoever opens this address makes the first one.
    Setup {
        /// The address with the code, for a browser.
        url: String,
        /// The one-time code.
        code: String,
    },
    /// The first account exists.
    Initialised {
        /// Whether it was made just now.
        created: bool,
        /// Its user name.
        login: String,
        /// Its one-time password, shown once.
        password: Option<String>,
        /// The identity that opens backups, shown once: to be kept on paper.
        recovery_identity: Option<String>,
    },
    /// This machine joined a city.
    Enrolled(Enrolled),
    /// One problem of one cell of a file.
    Problem(CellProblem),
    /// A remark about a file as a whole.
    Note {
        /// The remark.
        text: String,
    },
    /// What a file would do.
    Preview(Preview),
    /// How far the work is.
    Progress {
        /// Rows done.
        done: u64,
        /// Rows in all.
        total: u64,
    },
    /// Nothing was written, as asked.
    DryRun,
    /// A file was taken in.
    Imported {
        /// The batch, for undoing it.
        batch: String,
        /// New records.
        created: u64,
        /// Changed records.
        updated: u64,
        /// Rows whose record said the same already.
        unchanged: u64,
        /// Rows left out.
        skipped: u64,
    },
    /// A batch was put back.
    Undone {
        /// Records put back.
        undone: u64,
        /// Records left alone, because somebody edited them since.
        kept: u64,
    },
    /// The city's rows of the table of rules were taken in.
    Rules {
        /// Their version.
        version: u64,
        /// How many.
        rows: usize,
    },
    /// The personnel actions that can be entered.
    Actions {
        /// Each with its boxes.
        actions: Vec<ActionBody>,
    },
    /// A personnel action was written into a record, or was only checked.
    Action {
        /// The record.
        document: String,
        /// Whether it was written, or only checked.
        #[serde(default)]
        written: bool,
        /// The change, to undo it by; absent when it was only checked, and for a slip.
        change: Option<String>,
        /// What it writes, line by line.
        lines: Vec<String>,
        /// What the rules say.
        findings: Vec<String>,
    },
    /// The table of rules, every row with its title.
    RuleTable {
        /// The version of the city's rows; 0 when there are none.
        version: u64,
        /// The rows.
        #[schema(value_type = Vec<Object>)]
        rows: Vec<serde_json::Value>,
    },
    /// A list was written to a file.
    Exported {
        /// How many people it holds.
        people: u64,
        /// Where it is.
        file: String,
    },
    /// The empty template was written to a file.
    Template {
        /// Where it is.
        file: String,
    },
    /// One round trip was done; the sums since the session began.
    Step(SyncSummary),
    /// The session is over; its sums.
    Synced(SyncSummary),
    /// How this machine stands.
    Status(Box<Status>),
    /// A backup was written: two files that belong together.
    Backup {
        /// Where it is.
        file: String,
        /// Its size.
        bytes: u64,
        /// The file with the keys of the records: without it the backup opens nothing.
        #[serde(default)]
        keys: String,
    },
    /// A backup was put back. The next start goes on under a new author epoch by itself.
    Restored {
        /// Which.
        file: String,
        /// The data folder it went to.
        data: String,
        /// Records in it.
        documents: u64,
    },
    /// All that is stored was checked.
    Scrubbed {
        /// Records that were looked at.
        documents: u64,
        /// Places that are damaged.
        findings: u64,
    },
    /// One place that is damaged.
    Finding {
        /// The record, or `feed` for this machine's copy of it.
        subject: String,
        /// A stable code.
        code: String,
        /// What is wrong and what to do, for people.
        text: String,
    },
    /// Old rows were dropped.
    Compacted {
        /// The database's size before, in bytes.
        bytes_before: u64,
        /// And after. Free pages stay in the file and are used again.
        bytes_after: u64,
    },
    /// The conflicts were compared with a full scan.
    ConflictsChecked {
        /// Records that were looked at.
        checked: u64,
        /// Records whose conflicts were listed wrongly, and were put right.
        differing: u64,
        /// Records that could not be read.
        unreadable: u64,
    },
    /// A bundle for the city was written.
    BundleExported {
        /// Where it is.
        file: String,
        /// Its size.
        bytes: u64,
        /// Changes in it.
        changes: u64,
        /// Changes that did not fit: they go with the next.
        left: u64,
        /// Files in it.
        #[serde(default)]
        files: u64,
        /// Files that wait for the next.
        #[serde(default)]
        files_left: u64,
    },
    /// The city's reply was taken in.
    BundleImported(BundleImported),
    /// An account has a new one-time password.
    PasswordReset {
        /// The account.
        login: String,
        /// The password, shown once.
        password: String,
    },
    /// The work stopped.
    Failed {
        /// Why.
        error: Failure,
    },
}

/// A personnel action that can be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActionBody {
    /// Its key, such as `transfer_out`.
    pub key: String,
    /// What it is called.
    pub label: String,
    /// The city decides.
    pub request: bool,
    /// Its boxes.
    pub inputs: Vec<ActionInput>,
}

/// One box of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActionInput {
    /// Its key, for `--set`.
    pub key: String,
    /// What it is called.
    pub label: String,
    /// Whether it must be given.
    pub required: bool,
}

/// The membership of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Enrolled {
    /// The ward.
    pub ward: String,
    /// Its name.
    pub ward_name: String,
    /// The hub's id.
    pub hub: String,
    /// This device's id.
    pub device: String,
    /// The hub's address.
    pub hub_url: String,
}

/// What the city's reply brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BundleImported {
    /// Changes the city acknowledged.
    pub pushed: u64,
    /// Changes that came.
    pub pulled: u64,
    /// Changes the city refused; they are kept aside.
    pub refused: u64,
    /// Files of which the city has all bytes now.
    #[serde(default)]
    pub files_sent: u64,
    /// Files of which all bytes are here now.
    #[serde(default)]
    pub files_fetched: u64,
    /// Whether both ends were equal when the city wrote it.
    pub proven_equal: bool,
    /// All of it had been taken in before: nothing was changed.
    pub already: bool,
    /// The code of the city's refusal of the call; empty when there is none.
    pub refusal: String,
    /// The same in one sentence.
    pub words: String,
}

/// Something that happened to this machine's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Happened {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What: a stable code.
    pub code: String,
    /// How many; 0 where nothing is counted.
    pub count: u64,
    /// What it means, for people.
    pub words: String,
}

/// What is wrong with one cell of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CellProblem {
    /// The row in the file.
    pub row: u32,
    /// The cell, such as `D17`.
    pub cell: String,
    /// The key of the field.
    pub column: String,
    /// The field's name for people.
    pub label: String,
    /// What stands in the cell.
    pub value: String,
    /// `error` or `warning`.
    pub level: String,
    /// Why it is wrong.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

/// What a file would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preview {
    /// Names it when confirming.
    pub token: String,
    /// Rows with something in them.
    pub rows: u64,
    /// Rows without errors.
    pub ready: u64,
    /// Rows with errors.
    pub errors: u64,
    /// Rows with warnings only.
    pub warnings: u64,
    /// Rows whose person is here already.
    pub duplicates: u64,
    /// Columns that nothing is known about.
    pub unmapped: Vec<String>,
    /// Remarks about the file as a whole.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Every problem; empty in the lines of the command line, which print them one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<CellProblem>,
}

/// How this machine stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// Whether it joined a city.
    pub enrolled: bool,
    /// The ward's id; empty before enrolment.
    pub ward: String,
    /// The ward's name.
    pub ward_name: String,
    /// This device's id.
    pub device: String,
    /// The hub's address.
    pub hub_url: String,
    /// People in the list.
    pub people: u64,
    /// Records that were taken out of use.
    pub retired: u64,
    /// People with open conflicts.
    pub conflicts: u64,
    /// Local changes that the hub has not acknowledged.
    pub waiting: u64,
    /// Files of records that the hub has not got whole, or that are not whole here.
    pub files_waiting: u64,
    /// Of those, the files that are here and that the hub has not got whole.
    #[serde(default)]
    pub files_to_send: u64,
    /// Documents that wait to be brought into lists.
    pub projection_lag: u64,
    /// The state: `not_enrolled`, `syncing`, `equal`, `files_waiting`, `waiting`, `offline`,
    /// `attention`, `error`.
    pub state: String,
    /// Proven equal at the newest position this machine knows, nothing waits: true beside
    /// `attention` too, because what was refused is kept apart.
    #[serde(default)]
    pub equal: bool,
    /// Refused changes that nobody has looked at yet.
    #[serde(default)]
    pub refused: u64,
    /// The state for people, with its shape.
    pub words: String,
    /// Cause and remedy, when there is one.
    pub detail: String,
    /// When both ends were last proven equal, in milliseconds since 1970.
    pub last_proven: Option<i64>,
    /// The feed position of that proof.
    pub proven_seq: Option<u64>,
    /// The set digest at the feed position.
    pub digest: Digest,
    /// Where this machine's copy of the feed stands.
    pub feed: Feed,
    /// Documents put together since the store was opened.
    pub documents_loaded: u64,
    /// The database's size in bytes.
    pub database_bytes: u64,
    /// Whether a `serve` is running.
    pub running: bool,
    /// The program's version.
    pub app: String,
}

/// A set digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Digest {
    /// Documents.
    pub count: u64,
    /// The sum, in hexadecimal.
    pub sum: String,
}

/// A feed position.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Feed {
    /// The incarnation of the feed.
    pub epoch: String,
    /// The last item taken in.
    pub seq: u64,
    /// The chain there.
    pub chain: String,
}
