//! The sentences of the header, in both languages.

use wardbook_base::Timestamp;
use wardbook_record::Lang;

use super::{SyncFacts, SyncNote, SyncState, Tone, is_equal};
use crate::error::code_sentence;

/// Below this much free space the disk is called almost full, in bytes (200 MB).
pub(super) const LOW_SPACE_BYTES: u64 = 200 * MB;
pub(super) const MB: u64 = 1_000_000;
/// So long may the cause of an error be in the header.
const WORDS_MAX: usize = 60;

/// The words beside the shape.
pub(super) fn text(
    facts: &SyncFacts,
    state: SyncState,
    lang: Lang,
    clock: &dyn Fn(Timestamp) -> String,
) -> String {
    let vi = lang == Lang::Vi;
    let n = facts.waiting;
    let waits = |files| to_send(n, files, vi);
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
        SyncState::Equal | SyncState::FilesWaiting => {
            let at = facts.proven.map(|(at, _)| clock(at)).unwrap_or_default();
            let left = files_left(facts.files_to_send, vi);
            if vi {
                format!("Đã đồng bộ {at}{left}")
            } else {
                format!("Synchronised {at}{left}")
            }
        }
        SyncState::Waiting if n == 0 && facts.repairing && vi => {
            "Đang đối chiếu lại toàn bộ với thành phố (vẫn làm việc bình thường)".to_owned()
        }
        SyncState::Waiting if n == 0 && facts.repairing => {
            "Comparing everything with the city again (work goes on as usual)".to_owned()
        }
        SyncState::Waiting if n == 0 && vi => "Chưa đối chiếu với thành phố".to_owned(),
        SyncState::Waiting if n == 0 => "Not yet compared with the city".to_owned(),
        SyncState::Waiting => waits(facts.files_to_send),
        SyncState::Offline => {
            // One line of the header has room for one of them; the page behind it tells both.
            let waits = waits(if n == 0 { facts.files_to_send } else { 0 });
            if vi {
                format!("Ngoại tuyến – {waits} (vẫn làm việc bình thường)")
            } else {
                format!("Offline – {waits} (work goes on as usual)")
            }
        }
        SyncState::Attention => attention(facts, vi, clock),
        SyncState::Error => error(facts, lang),
    }
}

/// What waits to be sent: changes, files, or both.
fn to_send(changes: u64, files: u64, vi: bool) -> String {
    match (changes, files, vi) {
        (n, 0, true) => format!("{n} thay đổi chờ gửi"),
        (0, files, true) => format!("{files} tệp chờ gửi"),
        (n, files, true) => format!("{n} thay đổi, {files} tệp chờ gửi"),
        (n, 0, false) => format!("{n} changes waiting"),
        (0, files, false) => format!("{files} files waiting"),
        (n, files, false) => format!("{n} changes and {files} files waiting"),
    }
}

/// What keeps "synchronised" from being the whole truth; empty when nothing does.
fn files_left(files: u64, vi: bool) -> String {
    match (files, vi) {
        (0, _) => String::new(),
        (_, true) => format!(" · còn {files} tệp chờ gửi"),
        (_, false) => format!(" · {files} files still to be sent"),
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
        let (at, left) = (clock(at), files_left(facts.files_to_send, vi));
        return if vi {
            format!("{text} – phần còn lại đã đồng bộ {at}{left}")
        } else {
            format!("{text} – all else synchronised {at}{left}")
        };
    }
    text
}

/// The warning that the disk is almost full. An unknown size is no reason to warn.
pub(super) fn low_space(free_bytes: Option<u64>, lang: Lang) -> Option<SyncNote> {
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
pub(super) fn with_note(detail: String, note: Option<&SyncNote>) -> String {
    let Some(SyncNote { text, remedy, .. }) = note else { return detail };
    format!("{detail} {text} {remedy}").trim_start().to_owned()
}

/// The sentence behind the words: cause and remedy, or what the proof says.
pub(super) fn detail(
    facts: &SyncFacts,
    state: SyncState,
    lang: Lang,
    clock: &dyn Fn(Timestamp) -> String,
) -> String {
    match (&facts.error, facts.proven) {
        (Some(code), _) if state == SyncState::Error => code_sentence(code, lang),
        (_, Some((at, _))) if state == SyncState::Equal => match lang {
            Lang::Vi => format!("Dữ liệu ở đây và ở thành phố khớp nhau lúc {}.", clock(at)),
            Lang::En => format!("This machine and the city held equal data at {}.", clock(at)),
        },
        (_, Some((at, _))) if state == SyncState::FilesWaiting => match lang {
            Lang::Vi => format!(
                "Phần chữ của hồ sơ ở đây và ở thành phố khớp nhau lúc {}. Còn {} tệp đính kèm chờ gửi: tệp tự đi sau phần chữ, từng phần một; mất mạng giữa chừng thì lần sau gửi tiếp phần còn lại. Không cần làm gì.",
                clock(at),
                facts.files_to_send
            ),
            Lang::En => format!(
                "The text of the records on this machine and at the city was equal at {}. Attached files still to be sent: {}. They go by themselves after the text, piece by piece; after a cut the rest goes with the next call. Nothing to do.",
                clock(at),
                facts.files_to_send
            ),
        },
        (_, Some((at, _))) if is_equal(facts) && facts.refused > 0 => match lang {
            Lang::Vi => format!(
                "Dữ liệu chung ở đây và ở thành phố khớp nhau lúc {}. Thay đổi bị từ chối được giữ riêng, không nằm trong dữ liệu chung.",
                clock(at)
            ),
            Lang::En => format!(
                "The data that this machine and the city share was equal at {}. What was refused is kept apart and is no part of it.",
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
