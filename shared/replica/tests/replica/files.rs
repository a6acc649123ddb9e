//! Files of records: taken whole or not at all, sent piece by piece after the record, resumed after
//! a cut, shown only to who may read them, gone with the record.

use std::sync::atomic::Ordering;

use wardbook_record::{Edit, Lang, Media, Path, RowIds};
use wardbook_replica::{
    AttachError, BundleWish, Crop, EditCommand, FilesMoved, Role, SyncState, Viewer,
};

use crate::common::{Line, Place, enrolled_node, settle};

/// A PDF of so many bytes that does not compress.
pub(crate) fn pdf(bytes: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let noise = std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_le_bytes()[3]
    });
    let end = b"\nstartxref\n9\n%%EOF\n";
    let body = b"%PDF-1.7\n".iter().copied().chain(noise).take(bytes - end.len());
    body.chain(end.iter().copied()).collect()
}

pub(crate) fn file_cell(place: &Place, document: &wardbook_base::DocumentId) -> Path {
    let row = RowIds::new(place.replica.now(), &wardbook_base::SeededDice::new(3)).next_id();
    let cells = [("kind".to_owned(), "qd".into())].into();
    let edits = vec![Edit::AddRow { table: "documents".to_owned(), row, cells }];
    let command = EditCommand { base_heads: Vec::new(), edits };
    place.replica.edit_person(&place.viewer, document, command).unwrap();
    Path::Cell { table: "documents".to_owned(), row, column: "file".to_owned() }
}

pub(crate) fn hash_of(place: &Place, document: &wardbook_base::DocumentId, path: &Path) -> String {
    let (person, _) = place.replica.person_values(&place.viewer, document).unwrap().unwrap();
    let text = person.at(path).unwrap().to_string();
    text.parse::<wardbook_record::Attachment>().unwrap().hex()
}

#[tokio::test]
async fn a_scan_travels_after_its_record_and_goes_on_where_it_was_cut() {
    let hub = Place::hub(1);
    let one = enrolled_node(&hub, 2, "máy 1").await;
    let two = enrolled_node(&hub, 3, "máy 2").await;
    let document = one.person("Nguyễn Thị Minh Anh");
    let path = file_cell(&one, &document);
    let scan = pdf(300_000);
    one.replica.attach(&one.viewer, &document, path.clone(), &scan).unwrap();
    let hash = hash_of(&one, &document, &path);

    settle(&hub, &[&one, &two]).await;
    let there = two.replica.attached_file(&two.viewer, &document, &hash, true).unwrap().unwrap();
    assert_eq!((there.have, there.bytes), (0, None), "the record came, its file not yet");
    assert_eq!(one.replica.files_waiting().unwrap().to_send, 1);

    // Two pieces, then the line is cut; the rest follows without sending those again.
    let line = Line::to(&hub);
    let moved = one.replica.move_files(&line, 2).await.unwrap();
    assert_eq!((moved.pieces, moved.sent), (2, 0));
    line.cut.store(true, Ordering::Relaxed);
    one.replica.move_files(&line, 9).await.unwrap_err();
    line.cut.store(false, Ordering::Relaxed);
    let early = two.replica.move_files(&line, 9).await.unwrap();
    assert_eq!((early.pieces, early.fetched), (2, 0), "what the hub has so far");
    let moved = one.replica.move_files(&line, 9).await.unwrap();
    assert_eq!((moved.pieces, moved.sent), (3, 1), "300,000 bytes are five pieces");
    let moved = two.replica.move_files(&line, 9).await.unwrap();
    assert_eq!((moved.pieces, moved.fetched), (3, 1));
    for place in [&hub, &two] {
        let found = place.replica.attached_file(&place.viewer, &document, &hash, true).unwrap();
        assert!(found.unwrap().bytes.unwrap() == scan);
    }
    let nothing = one.replica.move_files(&line, 9).await.unwrap();
    assert_eq!(nothing, FilesMoved::default(), "nothing left to say");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_line_files_go_in_bundles_both_ways_and_over_several_of_them() {
    let hub = Place::hub(1);
    let far = enrolled_node(&hub, 2, "máy 1").await;
    let near = enrolled_node(&hub, 3, "máy 2").await;
    let walk = async |bundle: wardbook_replica::BundleMade| {
        let answered = hub.replica.import_bundle(&hub.viewer, &bundle.bytes).unwrap();
        let taken = far.replica.import_reply(&far.viewer, answered.reply).await.unwrap();
        (answered.files, taken.files)
    };
    // More than one bundle holds, the oldest file first.
    let wish = |go_on| BundleWish { go_on, bytes_max: 700_000 };
    let scan = |seed: u8| [pdf(100_000), vec![seed; 99]].concat();
    let mut written = Vec::new();
    for seed in 0..8 {
        let document = far.person(&format!("Nguyễn Văn {}", char::from(b'A' + seed)));
        let path = file_cell(&far, &document);
        far.replica.attach(&far.viewer, &document, path.clone(), &scan(seed)).unwrap();
        written.push((document, hash_of(&far, &document, &path)));
    }
    let first = far.replica.export_bundle(&far.viewer, wish(false)).unwrap();
    assert_eq!((first.files, first.files_left), (6, 2), "of 800 KB 700 KB fit, records among them");
    assert!(first.bytes.len() <= 750_000, "{}", first.bytes.len());
    let second = far.replica.export_bundle(&far.viewer, wish(true)).unwrap();
    assert_eq!((second.files, second.files_left), (2, 0), "it goes on within the seventh");
    assert!(second.bytes.len() <= 250_000, "{}", second.bytes.len());

    // The second bundle handed in alone: the seventh file waits for its beginning.
    let (there, known) = walk(second.clone()).await;
    assert_eq!((there, known.sent), (1, 1), "only the eighth is whole");
    let (there, known) = walk(first.clone()).await;
    assert_eq!((there, known.sent), (6, 6));
    let (there, known) = walk(second).await;
    assert_eq!((there, known.sent), (2, 1), "told twice, counted once");
    assert_eq!(far.replica.files_waiting().unwrap().to_send, 0);
    for (at, (document, hash)) in written.iter().enumerate() {
        let found = hub.replica.attached_file(&hub.viewer, document, hash, true).unwrap().unwrap();
        assert!(found.bytes.is_some_and(|bytes| bytes == scan(u8::try_from(at).unwrap())));
    }
    // Twice is harmless, and what is there is not carried again.
    assert_eq!(walk(first).await.1.sent, 0);
    let third = far.replica.export_bundle(&far.viewer, wish(false)).unwrap();
    assert_eq!((third.files, third.files_left), (0, 0));
    assert!(third.bytes.len() < 20_000, "{}", third.bytes.len());

    // Another machine's file: one reply brings the record, the next one its file.
    let document = near.person("Trần Thị Bé");
    let path = file_cell(&near, &document);
    near.replica.attach(&near.viewer, &document, path.clone(), &pdf(200_000)).unwrap();
    settle(&hub, &[&near]).await;
    near.replica.move_files(&Line::to(&hub), 9).await.unwrap();
    for fetched in [0, 1] {
        let bundle = far.replica.export_bundle(&far.viewer, wish(false)).unwrap();
        assert_eq!(walk(bundle).await.1.fetched, fetched);
    }
    let hash = hash_of(&near, &document, &path);
    let found = far.replica.attached_file(&far.viewer, &document, &hash, true).unwrap().unwrap();
    assert!(found.bytes.is_some_and(|bytes| bytes == pdf(200_000)));
}

#[tokio::test]
async fn a_scan_that_was_undone_waits_for_nobody_and_travels_once_it_is_brought_back() {
    let hub = Place::hub(1);
    let one = enrolled_node(&hub, 2, "máy 1").await;
    let two = enrolled_node(&hub, 3, "máy 2").await;
    let (document, line) = (one.person("Nguyễn Thị Minh Anh"), Line::to(&hub));
    let path = file_cell(&one, &document);
    settle(&hub, &[&one, &two]).await;
    let edit = |edit: Edit| {
        let command = EditCommand { base_heads: Vec::new(), edits: vec![edit] };
        one.replica.edit_person(&one.viewer, &document, command).unwrap();
    };
    let stands = |place: &Place| {
        let status = place.replica.sync_status(Lang::Vi).unwrap();
        let record = place.replica.person(&place.viewer, &document).unwrap().unwrap();
        let files = place.replica.files_waiting().unwrap();
        assert_eq!(record.unsent_files, files.to_send, "the record's page says the same");
        assert!(status.equal, "{status:?}");
        (files.to_send, files.to_fetch, status.state)
    };

    // Chosen by mistake and put aside before anybody heard of it.
    one.replica.attach(&one.viewer, &document, path.clone(), &pdf(150_000)).unwrap();
    let value = one.replica.person_values(&one.viewer, &document).unwrap().unwrap().0;
    let value = value.at(&path).unwrap().to_string();
    edit(Edit::Clear { path: path.clone() });
    settle(&hub, &[&one, &two]).await;
    assert_eq!(stands(&one), (0, 0, SyncState::Equal));
    assert_eq!(one.replica.move_files(&line, 9).await.unwrap(), FilesMoved::default());
    let bundle = one.replica.export_bundle(&one.viewer, BundleWish::default()).unwrap();
    assert_eq!((bundle.files, bundle.files_left), (0, 0), "nor does it go by hand");

    // History gives the value back; the bytes were kept.
    edit(Edit::set(path.clone(), value.as_str()));
    settle(&hub, &[&one, &two]).await;
    assert_eq!(stands(&one), (1, 0, SyncState::FilesWaiting));
    assert_eq!(stands(&two), (0, 1, SyncState::Equal), "what is to come changes no header");
    assert_eq!(one.replica.move_files(&line, 9).await.unwrap().sent, 1);
    assert_eq!(stands(&one), (0, 0, SyncState::Equal));
    // What is put aside meanwhile is not asked for either.
    edit(Edit::Clear { path: path.clone() });
    settle(&hub, &[&one, &two]).await;
    assert_eq!(stands(&two), (0, 0, SyncState::Equal));
    edit(Edit::set(path.clone(), value.as_str()));
    settle(&hub, &[&one, &two]).await;
    assert_eq!(two.replica.move_files(&line, 9).await.unwrap().fetched, 1);
    let hash = hash_of(&two, &document, &path);
    let found = two.replica.attached_file(&two.viewer, &document, &hash, true).unwrap().unwrap();
    assert!(found.bytes.is_some_and(|bytes| bytes == pdf(150_000)));
}

#[tokio::test]
async fn a_hub_that_was_put_back_gets_the_files_again() {
    let hub = Place::hub(1);
    let node = enrolled_node(&hub, 2, "máy 1").await;
    let document = node.person("Trần Văn Bình");
    let path = file_cell(&node, &document);
    settle(&hub, &[&node]).await;
    let (hub, older) = hub.copied();
    let scan = pdf(100_000);
    node.replica.attach(&node.viewer, &document, path.clone(), &scan).unwrap();
    settle(&hub, &[&node]).await;
    node.replica.move_files(&Line::to(&hub), 9).await.unwrap();
    drop(hub);

    let line = Line::to(&older);
    for _ in 0..6 {
        node.replica.sync_all(&line, 50).await.unwrap();
    }
    older.replica.project_all().unwrap();
    let moved = node.replica.move_files(&line, 9).await.unwrap();
    assert_eq!(moved.sent, 1, "{moved:?}");
    let hash = hash_of(&node, &document, &path);
    let found = older.replica.attached_file(&older.viewer, &document, &hash, true).unwrap();
    assert!(found.unwrap().bytes.unwrap() == scan);
}

#[test]
fn what_is_no_file_of_a_record_is_refused_and_nothing_is_written() {
    let node = Place::node(1);
    let document = node.person("Lê Thị Hoa");
    let path = file_cell(&node, &document);
    let attach = |path: &Path, bytes: &[u8]| {
        node.replica.attach(&node.viewer, &document, path.clone(), bytes).unwrap_err()
    };
    assert!(matches!(attach(&path, b""), AttachError::Empty));
    assert!(matches!(attach(&path, b"MZ\x90 a program"), AttachError::OtherKind));
    assert!(matches!(attach(&path, &pdf(10 * 1024 * 1024 + 1)), AttachError::TooLarge));
    let cut = &pdf(9_000)[..6_000];
    assert!(matches!(attach(&path, cut), AttachError::Cut(Media::Pdf)));
    assert!(matches!(attach(&Path::field("full_name"), &pdf(99)), AttachError::NoPlace));
    let photo = node.replica.put_photo(&node.viewer, &document, &pdf(99), Crop::default());
    assert!(matches!(photo.unwrap_err(), AttachError::NoPicture));
    let clerk = |role| Viewer { role, ..node.viewer.clone() };
    let denied = node.replica.attach(&clerk(Role::Accountant), &document, path.clone(), &pdf(99));
    assert!(denied.is_err());
    let (person, _) = node.replica.person_values(&node.viewer, &document).unwrap().unwrap();
    assert_eq!(person.at(&path), None);
    node.replica.attach(&node.viewer, &document, path.clone(), &pdf(99)).unwrap();
    let hash = hash_of(&node, &document, &path);
    let seen =
        |role| node.replica.attached_file(&clerk(role), &document, &hash, true).unwrap().is_some();
    assert!(seen(Role::Leader) && !seen(Role::Accountant) && !seen(Role::Technician));
}
