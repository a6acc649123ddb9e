//! What the header says about synchronising: a pure function from facts to words.

#[cfg(test)]
mod tests;
mod words;

use wardbook_base::{FeedSeq, Timestamp};
use wardbook_record::Lang;

/// How long a change may wait before the header turns amber, in milliseconds (3 days).
const AMBER_AFTER_MS: i64 = 3 * DAY_MS;
/// ... and red (7 days).
const RED_AFTER_MS: i64 = 7 * DAY_MS;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// What is known when the header is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SyncFacts {
    /// Whether this node joined a city.
    pub enrolled: bool,
    /// A round is running: changes sent and changes to send in all.
    pub running: Option<(u64, u64)>,
    /// Local changes not acknowledged by the hub.
    pub waiting: u64,
    /// When the oldest of them was written.
    pub oldest_waiting: Option<Timestamp>,
    /// Files of records that the hub has not got whole; 0 before enrolment.
    pub files_to_send: u64,
    /// When and where both ends were last proven equal, on the feed this node stands on now.
    pub proven: Option<(Timestamp, FeedSeq)>,
    /// The feed position this node stands at.
    pub position: Option<FeedSeq>,
    /// People with open conflicts.
    pub conflicts: u64,
    /// Changes that were refused, kept aside here, and not yet looked at by anybody.
    pub refused: u64,
    /// The node is putting its data right: after a restore, a copied disk, or a hub that was put
    /// back. An older proof says nothing then.
    pub repairing: bool,
    /// Whether the last call failed only for want of a line.
    pub offline: bool,
    /// The code of the last failure that is not mere absence of a line.
    pub error: Option<String>,
    /// Free space where the database lies, in bytes; `None` when unknown.
    pub free_bytes: Option<u64>,
    /// The present moment.
    pub now: Timestamp,
}

/// The state, named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// Never joined a city: everything works, nothing is sent.
    NotEnrolled,
    /// A round is running.
    Syncing,
    /// Proven equal at the newest position this node knows, nothing waits.
    Equal,
    /// As [`SyncState::Equal`], but files of records are still to be sent.
    FilesWaiting,
    /// Changes wait, or equality is not proven yet; the line is not known to be cut.
    Waiting,
    /// The hub cannot be reached. Normal.
    Offline,
    /// Conflicts or refused changes wait for a person. All else may be equal nevertheless: see
    /// [`SyncStatus::equal`].
    Attention,
    /// Something must be repaired.
    Error,
}

/// The colour, always beside a word and a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Nothing to do.
    Good,
    /// For information.
    Neutral,
    /// Soon to be looked at.
    Amber,
    /// To be looked at now.
    Red,
}

/// What the header shows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SyncStatus {
    /// The state.
    pub state: SyncState,
    /// The colour.
    pub tone: Tone,
    /// The shape: `●`, `◐`, `○`, `▲` or `✖`.
    pub shape: char,
    /// The words.
    pub text: String,
    /// Cause and remedy, when there is one, and the sentences of `note`; empty otherwise.
    pub detail: String,
    /// A warning beside the state, which it leaves as it is.
    pub note: Option<SyncNote>,
    /// Records proven equal at the newest position this node knows, none waits. What was refused is
    /// kept aside at both ends and is no part of this; nor are the bytes of files.
    pub equal: bool,
    /// Local changes not acknowledged.
    pub waiting: u64,
    /// When both ends were last proven equal.
    pub proven_at: Option<Timestamp>,
    /// The feed position of that proof.
    pub proven_seq: Option<FeedSeq>,
}

/// Something a person should know besides the state of synchronising.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SyncNote {
    /// The colour of the note alone.
    pub tone: Tone,
    /// What is the matter, one sentence.
    pub text: String,
    /// What to do, one sentence.
    pub remedy: String,
}

/// The words for the facts. `clock` turns a moment into local time for people, such as `14:02`
/// (with the day when it is not today).
pub fn sync_status(
    facts: &SyncFacts,
    lang: Lang,
    clock: &dyn Fn(Timestamp) -> String,
) -> SyncStatus {
    let state = state(facts);
    let note = words::low_space(facts.free_bytes, lang);
    let detail = words::detail(facts, state, lang, clock);
    SyncStatus {
        state,
        tone: tone(facts, state),
        shape: shape(state),
        text: words::text(facts, state, lang, clock),
        detail: words::with_note(detail, note.as_ref()),
        note,
        equal: is_equal(facts),
        waiting: facts.waiting,
        proven_at: facts.proven.map(|(at, _)| at),
        proven_seq: facts.proven.map(|(_, seq)| seq),
    }
}

fn is_equal(facts: &SyncFacts) -> bool {
    facts.waiting == 0
        && !facts.repairing
        && facts.proven.is_some_and(|(_, seq)| facts.position == Some(seq))
}

/// The worst that is true, except that a running round which sends something is always shown.
fn state(facts: &SyncFacts) -> SyncState {
    match facts {
        SyncFacts { enrolled: false, .. } => SyncState::NotEnrolled,
        SyncFacts { running: Some((_, 1..)), .. } => SyncState::Syncing,
        SyncFacts { error: Some(_), .. } => SyncState::Error,
        SyncFacts { conflicts: 1.., .. } | SyncFacts { refused: 1.., .. } => SyncState::Attention,
        SyncFacts { offline: true, .. } => SyncState::Offline,
        _ if is_equal(facts) && facts.files_to_send > 0 => SyncState::FilesWaiting,
        _ if is_equal(facts) => SyncState::Equal,
        SyncFacts { running: Some(_), .. } => SyncState::Syncing,
        _ => SyncState::Waiting,
    }
}

fn tone(facts: &SyncFacts, state: SyncState) -> Tone {
    let waited_ms = facts.oldest_waiting.map_or(0, |oldest| facts.now.0 - oldest.0);
    let by_age = match waited_ms {
        ms if ms > RED_AFTER_MS => Tone::Red,
        ms if ms > AMBER_AFTER_MS => Tone::Amber,
        _ => Tone::Good,
    };
    let by_state = match state {
        SyncState::Equal => Tone::Good,
        SyncState::NotEnrolled
        | SyncState::Syncing
        | SyncState::FilesWaiting
        | SyncState::Waiting
        | SyncState::Offline => Tone::Neutral,
        SyncState::Attention => Tone::Amber,
        SyncState::Error => Tone::Red,
    };
    // Before enrolment nothing can be late: there is nobody to send to.
    if facts.enrolled { by_state.max(by_age) } else { by_state }
}

const fn shape(state: SyncState) -> char {
    match state {
        SyncState::Equal => '●',
        SyncState::Syncing | SyncState::FilesWaiting => '◐',
        SyncState::NotEnrolled | SyncState::Waiting | SyncState::Offline => '○',
        SyncState::Attention => '▲',
        SyncState::Error => '✖',
    }
}
