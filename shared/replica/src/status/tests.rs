//! Every state with its colour, shape and words.

use super::words::{LOW_SPACE_BYTES, MB};
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
            SyncFacts { waiting: 12, offline: true, oldest_waiting: Some(days_ago(7)), ..facts() },
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
fn files_to_send_stand_beside_what_is_true() {
    says(vec![
        (
            SyncFacts { files_to_send: 3, ..facts() },
            SyncState::FilesWaiting,
            Tone::Neutral,
            "◐ Đã đồng bộ <1000> · còn 3 tệp chờ gửi",
        ),
        (
            SyncFacts { files_to_send: 3, running: Some((0, 0)), ..facts() },
            SyncState::FilesWaiting,
            Tone::Neutral,
            "◐ Đã đồng bộ <1000> · còn 3 tệp chờ gửi",
        ),
        (
            SyncFacts { files_to_send: 3, waiting: 2, ..facts() },
            SyncState::Waiting,
            Tone::Neutral,
            "○ 2 thay đổi, 3 tệp chờ gửi",
        ),
        (
            SyncFacts { files_to_send: 3, offline: true, ..facts() },
            SyncState::Offline,
            Tone::Neutral,
            "○ Ngoại tuyến – 3 tệp chờ gửi (vẫn làm việc bình thường)",
        ),
        (
            SyncFacts { files_to_send: 3, waiting: 12, offline: true, ..facts() },
            SyncState::Offline,
            Tone::Neutral,
            "○ Ngoại tuyến – 12 thay đổi chờ gửi (vẫn làm việc bình thường)",
        ),
        (
            SyncFacts { files_to_send: 3, refused: 1, ..facts() },
            SyncState::Attention,
            Tone::Amber,
            "▲ Cần xem: 1 thay đổi bị từ chối – phần còn lại đã đồng bộ <1000> · còn 3 tệp chờ gửi",
        ),
    ]);
}

#[test]
fn no_facts_make_the_header_say_synchronised_alone_while_files_wait() {
    for bits in 0..64_u64 {
        let one = |bit: u32| bits >> bit & 1;
        let facts = SyncFacts {
            files_to_send: 3,
            waiting: one(0),
            conflicts: one(1),
            refused: one(2),
            repairing: one(3) == 1,
            offline: one(4) == 1,
            running: (one(5) == 1).then_some((0, 0)),
            ..facts()
        };
        let said = |lang, word: &str, files: &str| {
            let shown = sync_status(&facts, lang, &|_| "14:02".to_owned());
            let text = shown.text.to_lowercase();
            assert!(!text.contains(word) || text.contains(files), "{text} {facts:?}");
            assert_ne!((shown.state, shown.shape), (SyncState::Equal, '●'), "{facts:?}");
        };
        said(Lang::Vi, "đã đồng bộ", "còn 3 tệp chờ gửi");
        said(Lang::En, "synchronised", "3 files still to be sent");
    }
    let waits = SyncFacts { files_to_send: 3, ..facts() };
    let shown = sync_status(&waits, Lang::Vi, &|_| "14:02".to_owned());
    assert!(shown.equal, "the records are equal");
    assert!(shown.detail.contains("Không cần làm gì"), "{}", shown.detail);
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
fn an_error_has_a_cause_and_a_remedy_and_equality_a_time() {
    let error = SyncFacts { error: Some("device_revoked".to_owned()), ..facts() };
    let shown = sync_status(&error, Lang::Vi, &|_| String::new());
    assert!(shown.detail.contains("thu hồi") && shown.detail.contains("hãy"), "{}", shown.detail);
    let shown = sync_status(&facts(), Lang::En, &|_| "14:02".to_owned());
    assert_eq!(shown.detail, "This machine and the city held equal data at 14:02.");
}
