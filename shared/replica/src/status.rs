//! What the header says about synchronising: a pure function from facts to words.

use wardbook_base::{FeedSeq, Timestamp};
use wardbook_record::Lang;

use crate::error::code_sentence;

/// How long a change may wait before the header turns amber, in milliseconds (3 days).
const AMBER_AFTER_MS: i64 = 3 * DAY_MS;
/// ... and red (7 days).
const RED_AFTER_MS: i64 = 7 * DAY_MS;
const DAY_MS: i64 = 24 * 3600 * 1000;
/// Below this much free space the disk is called almost full, in bytes (200 MB).
const LOW_SPACE_BYTES: u64 = 200 * MB;
const MB: u64 = 1_000_000;
/// So long may the cause of an error be in the header.
const WORDS_MAX: usize = 60;

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
    /// Proven equal at the newest position this node knows, nothing waits. What was refused is kept
    /// aside at both ends and is no part of this.
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
    let note = low_space(facts.free_bytes, lang);
    let detail = detail(facts, state, lang, clock);
    SyncStatus {
        state,
        tone: tone(facts, state),
        shape: shape(state),
        text: text(facts, state, lang, clock),
        detail: with_note(detail, note.as_ref()),
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
        SyncState::NotEnrolled | SyncState::Syncing | SyncState::Waiting | SyncState::Offline => {
            Tone::Neutral
        }
        SyncState::Attention => Tone::Amber,
        SyncState::Error => Tone::Red,
    };
    // Before enrolment nothing can be late: there is nobody to send to.
    if facts.enrolled { by_state.max(by_age) } else { by_state }
}

const fn shape(state: SyncState) -> char {
    match state {
        SyncState::Equal => '●',
        SyncState::Syncing => '◐',
        SyncState::NotEnrolled | SyncState::Waiting | SyncState::Offline => '○',
        SyncState::Attention => '▲',
        SyncState::Error => '✖',
    }
}

fn text(
    facts: &SyncFacts,
    state: SyncState,
    lang: Lang,
    clock: &dyn Fn(Timestamp) -> String,
) -> String {
    let vi = lang == Lang::Vi;
    let n = facts.waiting;
    match state {
        SyncState::NotEnrolled if vi => {
            "Chưa ghi danh với thành phố (vẫn làm việc bình thường)".to_owned()
        }
        SyncState::NotEnrolled => "Not enrolled (work goes on as usual)".to_owned(),
        SyncState::Syncing => match facts.running {
            Some((done, total @ 1..)) if vi => format!("Đang gửi {done}/{total}"),
            Some((done, total @ 1..)) => format!("Sending {done}/{total}"),
            _ if vi => "Đang đối chiếu với thành phố".to_owned(),
            _ => "Comparing with the city".to_owned(),
        },
        SyncState::Equal => {
            let at = facts.proven.map(|(at, _)| clock(at)).unwrap_or_default();
            if vi { format!("Đã đồng bộ {at}") } else { format!("Synchronised {at}") }
        }
        SyncState::Waiting if n == 0 && facts.repairing && vi => {
            "Đang đối chiếu lại toàn bộ với thành phố (vẫn làm việc bình thường)".to_owned()
        }
        SyncState::Waiting if n == 0 && facts.repairing => {
            "Comparing everything with the city again (work goes on as usual)".to_owned()
        }
        SyncState::Waiting if n == 0 && vi => "Chưa đối chiếu với thành phố".to_owned(),
        SyncState::Waiting if n == 0 => "Not yet compared with the city".to_owned(),
        SyncState::Waiting if vi => format!("{n} thay đổi chờ gửi"),
        SyncState::Waiting => format!("{n} changes waiting"),
        SyncState::Offline if vi => {
            format!("Ngoại tuyến – {n} thay đổi chờ gửi (vẫn làm việc bình thường)")
        }
        SyncState::Offline => format!("Offline – {n} changes waiting (work goes on as usual)"),
        SyncState::Attention => attention(facts, vi, clock),
        SyncState::Error => error(facts, lang),
    }
}

/// What failed; what to do stands in the detail.
fn error(facts: &SyncFacts, lang: Lang) -> String {
    let sentence = facts.error.as_ref().map(|code| code_sentence(code, lang)).unwrap_or_default();
    let what = sentence.split(';').next().unwrap_or_default().trim_end_matches('.');
    // The header has one line: a long cause stands on the page behind it.
    let short = what.chars().count() <= WORDS_MAX;
    match (lang, short && !what.is_empty()) {
        (Lang::Vi, true) => format!("Lỗi: {what}"),
        (Lang::Vi, false) => "Lỗi đồng bộ: bấm để xem cách xử lý".to_owned(),
        (Lang::En, true) => format!("Error: {what}"),
        (Lang::En, false) => "Synchronising fails: press to see what to do".to_owned(),
    }
}

/// Conflicts are to be settled; what was refused is to be looked at, and keeps nothing else waiting.
fn attention(facts: &SyncFacts, vi: bool, clock: &dyn Fn(Timestamp) -> String) -> String {
    let mut parts = Vec::new();
    if facts.conflicts > 0 {
        let n = facts.conflicts;
        parts.push(if vi { format!("{n} xung đột") } else { format!("{n} conflicts") });
    }
    if facts.refused > 0 {
        let n = facts.refused;
        parts.push(if vi {
            format!("{n} thay đổi bị từ chối")
        } else {
            format!("{n} refused changes")
        });
    }
    let todo = match (facts.conflicts, vi) {
        (0, true) => "Cần xem",
        (_, true) => "Cần xử lý",
        (0, false) => "To be looked at",
        (_, false) => "Needs attention",
    };
    let text = format!("{todo}: {}", parts.join(", "));
    if let (true, 1.., Some((at, _))) = (is_equal(facts), facts.refused, facts.proven) {
        let at = clock(at);
        return if vi {
            format!("{text} – phần còn lại đã đồng bộ {at}")
        } else {
            format!("{text} – all else synchronised {at}")
        };
    }
    text
}

/// The warning that the disk is almost full. An unknown size is no reason to warn.
fn low_space(free_bytes: Option<u64>, lang: Lang) -> Option<SyncNote> {
    let free = free_bytes.filter(|free| *free < LOW_SPACE_BYTES)? / MB;
    let (text, remedy) = match lang {
        Lang::Vi => (
            format!("Ổ đĩa sắp đầy: chỉ còn {free} MB."),
            "Hãy xóa bớt tệp không cần trên ổ đĩa này; khi ổ đĩa đầy, thay đổi mới không lưu được.",
        ),
        Lang::En => (
            format!("The disk is almost full: {free} MB are left."),
            "Delete files this disk does not need; once it is full, changes cannot be saved.",
        ),
    };
    Some(SyncNote { tone: Tone::Amber, text, remedy: remedy.to_owned() })
}

/// Pages that show only the detail tell the note too.
fn with_note(detail: String, note: Option<&SyncNote>) -> String {
    let Some(SyncNote { text, remedy, .. }) = note else { return detail };
    format!("{detail} {text} {remedy}").trim_start().to_owned()
}

/// The sentence behind the words: cause and remedy, or what the proof says.
fn detail(
    facts: &SyncFacts,
    state: SyncState,
    lang: Lang,
    clock: &dyn Fn(Timestamp) -> String,
) -> String {
    match (&facts.error, facts.proven) {
        (Some(code), _) if state == SyncState::Error => code_sentence(code, lang),
        (_, Some((at, seq))) if state == SyncState::Equal => match lang {
            Lang::Vi => format!(
                "Dữ liệu ở đây và ở thành phố khớp nhau lúc {}, tại vị trí {seq}.",
                clock(at)
            ),
            Lang::En => format!(
                "This machine and the city held equal data at {}, at position {seq}.",
                clock(at)
            ),
        },
        (_, Some((at, seq))) if is_equal(facts) && facts.refused > 0 => match lang {
            Lang::Vi => format!(
                "Dữ liệu chung ở đây và ở thành phố khớp nhau lúc {}, tại vị trí {seq}. Thay đổi bị từ chối được giữ riêng, không nằm trong dữ liệu chung.",
                clock(at)
            ),
            Lang::En => format!(
                "The data that this machine and the city share was equal at {}, at position {seq}. What was refused is kept apart and is no part of it.",
                clock(at)
            ),
        },
        (_, Some((at, _))) => match lang {
            Lang::Vi => format!("Lần khớp dữ liệu gần nhất: {}.", clock(at)),
            Lang::En => format!("Last proven equal: {}.", clock(at)),
        },
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> SyncFacts {
        SyncFacts {
            enrolled: true,
            proven: Some((Timestamp(1000), FeedSeq(7))),
            position: Some(FeedSeq(7)),
            now: Timestamp(10 * DAY_MS),
            ..SyncFacts::default()
        }
    }

    fn days_ago(days: i64) -> Timestamp {
        Timestamp((10 - days) * DAY_MS - 1)
    }

    #[test]
    fn the_header_says_what_is_true() {
        let table: Vec<(SyncFacts, SyncState, Tone, &str)> = vec![
            (
                SyncFacts::default(),
                SyncState::NotEnrolled,
                Tone::Neutral,
                "○ Chưa ghi danh với thành phố (vẫn làm việc bình thường)",
            ),
            (
                SyncFacts {
                    enrolled: false,
                    waiting: 5,
                    oldest_waiting: Some(days_ago(9)),
                    now: Timestamp(10 * DAY_MS),
                    ..SyncFacts::default()
                },
                SyncState::NotEnrolled,
                Tone::Neutral,
                "○ Chưa ghi danh với thành phố (vẫn làm việc bình thường)",
            ),
            (facts(), SyncState::Equal, Tone::Good, "● Đã đồng bộ <1000>"),
            (
                SyncFacts { running: Some((0, 0)), ..facts() },
                SyncState::Equal,
                Tone::Good,
                "● Đã đồng bộ <1000>",
            ),
            (
                SyncFacts { position: Some(FeedSeq(8)), ..facts() },
                SyncState::Waiting,
                Tone::Neutral,
                "○ Chưa đối chiếu với thành phố",
            ),
            (
                SyncFacts { position: Some(FeedSeq(8)), running: Some((0, 0)), ..facts() },
                SyncState::Syncing,
                Tone::Neutral,
                "◐ Đang đối chiếu với thành phố",
            ),
            (
                SyncFacts { waiting: 2, ..facts() },
                SyncState::Waiting,
                Tone::Neutral,
                "○ 2 thay đổi chờ gửi",
            ),
            (
                SyncFacts { waiting: 2, oldest_waiting: Some(days_ago(3)), ..facts() },
                SyncState::Waiting,
                Tone::Amber,
                "○ 2 thay đổi chờ gửi",
            ),
            (
                SyncFacts { waiting: 12, running: Some((3, 12)), ..facts() },
                SyncState::Syncing,
                Tone::Neutral,
                "◐ Đang gửi 3/12",
            ),
            (
                SyncFacts { waiting: 12, offline: true, ..facts() },
                SyncState::Offline,
                Tone::Neutral,
                "○ Ngoại tuyến – 12 thay đổi chờ gửi (vẫn làm việc bình thường)",
            ),
            (
                SyncFacts {
                    waiting: 12,
                    offline: true,
                    oldest_waiting: Some(days_ago(7)),
                    ..facts()
                },
                SyncState::Offline,
                Tone::Red,
                "○ Ngoại tuyến – 12 thay đổi chờ gửi (vẫn làm việc bình thường)",
            ),
            (
                SyncFacts { conflicts: 2, offline: true, ..facts() },
                SyncState::Attention,
                Tone::Amber,
                "▲ Cần xử lý: 2 xung đột",
            ),
            (
                SyncFacts { conflicts: 2, refused: 1, ..facts() },
                SyncState::Attention,
                Tone::Amber,
                "▲ Cần xử lý: 2 xung đột, 1 thay đổi bị từ chối – phần còn lại đã đồng bộ <1000>",
            ),
            (
                SyncFacts { conflicts: 2, error: Some("device_revoked".to_owned()), ..facts() },
                SyncState::Error,
                Tone::Red,
                "✖ Lỗi: Thành phố đã thu hồi quyền đồng bộ của máy này",
            ),
        ];
        says(table);
    }

    fn says(table: Vec<(SyncFacts, SyncState, Tone, &str)>) {
        for (facts, state, tone, words) in table {
            let status = sync_status(&facts, Lang::Vi, &|at| format!("<{}>", at.0));
            assert_eq!((status.state, status.tone), (state, tone), "{facts:?}");
            assert_eq!(format!("{} {}", status.shape, status.text), words, "{facts:?}");
        }
    }

    #[test]
    fn what_was_refused_is_told_beside_the_proof_of_the_rest() {
        says(vec![
            (
                SyncFacts { refused: 1, ..facts() },
                SyncState::Attention,
                Tone::Amber,
                "▲ Cần xem: 1 thay đổi bị từ chối – phần còn lại đã đồng bộ <1000>",
            ),
            (
                SyncFacts { refused: 1, waiting: 2, ..facts() },
                SyncState::Attention,
                Tone::Amber,
                "▲ Cần xem: 1 thay đổi bị từ chối",
            ),
            (
                SyncFacts { repairing: true, ..facts() },
                SyncState::Waiting,
                Tone::Neutral,
                "○ Đang đối chiếu lại toàn bộ với thành phố (vẫn làm việc bình thường)",
            ),
        ]);
        let refused = SyncFacts { refused: 1, ..facts() };
        let shown = sync_status(&refused, Lang::Vi, &|_| "14:02".to_owned());
        assert!(shown.equal && shown.detail.contains("không nằm trong dữ liệu chung"), "{shown:?}");
        let repairing = SyncFacts { repairing: true, ..refused };
        assert!(!sync_status(&repairing, Lang::Vi, &|_| String::new()).equal);
    }

    #[test]
    fn a_disk_that_is_almost_full_is_a_note_and_changes_no_state() {
        let table = [
            (None, None),
            (Some(u64::MAX), None),
            (Some(LOW_SPACE_BYTES), None),
            (Some(LOW_SPACE_BYTES - 1), Some("Ổ đĩa sắp đầy: chỉ còn 199 MB.")),
            (Some(50 * MB), Some("Ổ đĩa sắp đầy: chỉ còn 50 MB.")),
            (Some(0), Some("Ổ đĩa sắp đầy: chỉ còn 0 MB.")),
        ];
        let states = [
            SyncFacts::default(),
            facts(),
            SyncFacts { offline: true, waiting: 3, ..facts() },
            SyncFacts { error: Some("device_revoked".to_owned()), ..facts() },
        ];
        for before in states {
            let plain = sync_status(&before, Lang::Vi, &|_| String::new());
            assert_eq!(plain.note, None);
            for (free_bytes, words) in table {
                let facts = SyncFacts { free_bytes, ..before.clone() };
                let shown = sync_status(&facts, Lang::Vi, &|_| String::new());
                assert_eq!(shown.note.as_ref().map(|note| note.text.as_str()), words, "{facts:?}");
                assert_eq!((shown.state, shown.tone), (plain.state, plain.tone), "{facts:?}");
                assert_eq!((shown.shape, &shown.text), (plain.shape, &plain.text), "{facts:?}");
                let Some(note) = shown.note else {
                    assert_eq!(shown.detail, plain.detail);
                    continue;
                };
                assert_eq!(note.tone, Tone::Amber);
                assert!(note.remedy.starts_with("Hãy "), "{}", note.remedy);
                assert!(shown.detail.starts_with(&plain.detail), "{}", shown.detail);
                assert!(shown.detail.ends_with(&format!("{} {}", note.text, note.remedy)));
            }
        }
        let full = SyncFacts { free_bytes: Some(0), ..facts() };
        let english = sync_status(&full, Lang::En, &|_| String::new()).note.unwrap();
        assert!(english.text.starts_with("The disk is almost full"), "{english:?}");
    }

    #[test]
    fn an_error_has_a_cause_and_a_remedy_and_equality_a_position() {
        let error = SyncFacts { error: Some("device_revoked".to_owned()), ..facts() };
        let shown = sync_status(&error, Lang::Vi, &|_| String::new());
        assert!(
            shown.detail.contains("thu hồi") && shown.detail.contains("hãy"),
            "{}",
            shown.detail
        );
        let shown = sync_status(&facts(), Lang::En, &|_| "14:02".to_owned());
        assert_eq!(
            shown.detail,
            "This machine and the city held equal data at 14:02, at position 7."
        );
    }
}
