//! Files that the other end cannot take or give: they wait, and no other file waits behind them.

use wardbook_base::DocumentId;
use wardbook_record::{Edit, Path, RowIds};
use wardbook_replica::{BundleWish, Crop, EditCommand};

use crate::common::{Line, Place, enrolled_node, settle};

fn write(place: &Place, document: &DocumentId, edit: Edit) {
    let command = EditCommand { base_heads: Vec::new(), edits: vec![edit] };
    place.replica.edit_person(&place.viewer, document, command).unwrap();
}

/// A new record with a scan in it.
fn with_scan(place: &Place, n: u64, bytes: usize) -> (DocumentId, Path) {
    let document = place.person(&format!("Nguyễn Văn {n}"));
    let dice = wardbook_base::SeededDice::new(1000 + n);
    let row = RowIds::new(place.replica.now(), &dice).next_id();
    let cells = [("kind".to_owned(), "qd".into())].into();
    write(place, &document, Edit::AddRow { table: "documents".to_owned(), row, cells });
    let path = Path::Cell { table: "documents".to_owned(), row, column: "file".to_owned() };
    let body = format!("{n} ").repeat(bytes / 4);
    let scan = format!("%PDF-1.7\n{body}\nstartxref\n9\n%%EOF\n");
    place.replica.attach(&place.viewer, &document, path.clone(), scan.as_bytes()).unwrap();
    (document, path)
}

fn is_there(place: &Place, document: &DocumentId, path: &Path) -> bool {
    let (person, _) = place.replica.person_values(&place.viewer, document).unwrap().unwrap();
    let file: wardbook_record::Attachment = person.at(path).unwrap().to_string().parse().unwrap();
    let hex = file.hex();
    let found = place.replica.attached_file(&place.viewer, document, &hex, true).unwrap();
    found.is_some_and(|found| found.bytes.is_some())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_never_come_to_the_city_hold_up_none_that_did() {
    let hub = Place::hub(51);
    let lost = enrolled_node(&hub, 52, "máy hỏng").await;
    let good = enrolled_node(&hub, 53, "máy 2").await;
    let reader = enrolled_node(&hub, 54, "máy 3").await;
    let line = Line::to(&hub);
    // The first machine breaks down before its scans are sent.
    for n in 0..5 {
        with_scan(&lost, n, 300_000);
    }
    settle(&hub, &[&lost, &reader]).await;
    let (document, path) = with_scan(&good, 9, 400);
    settle(&hub, &[&good, &reader]).await;
    assert_eq!(good.replica.move_files(&line, 9).await.unwrap().sent, 1);
    // Nor do its own scans, of which the city knows nothing yet.
    for n in 20..25 {
        with_scan(&reader, n, 400);
    }
    for _ in 0..3 {
        reader.replica.move_files(&line, 99).await.unwrap();
    }
    assert!(is_there(&reader, &document, &path), "behind five that wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_were_put_aside_hold_up_none_and_are_not_offered() {
    let hub = Place::hub(61);
    let node = enrolled_node(&hub, 62, "máy 1").await;
    for n in 0..70 {
        let (document, path) = with_scan(&node, n, 40);
        write(&node, &document, Edit::Clear { path });
    }
    let (document, path) = with_scan(&node, 99, 400);
    settle(&hub, &[&node]).await;
    let moved = node.replica.move_files(&Line::to(&hub), 99).await.unwrap();
    assert_eq!((moved.sent, moved.waiting), (1, 0), "behind seventy that no record names now");
    assert!(is_there(&hub, &document, &path));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_the_city_does_not_know_hold_up_none_that_it_knows() {
    let hub = Place::hub(65);
    let node = enrolled_node(&hub, 66, "máy 1").await;
    let document = node.person("Trần Văn Bình");
    settle(&hub, &[&node]).await;
    // The city has not heard of seventy records; of the last one it has.
    for n in 0..70 {
        with_scan(&node, n, 40);
    }
    let photo = node.replica.put_photo(&node.viewer, &document, &picture(), Crop::default());
    photo.unwrap();
    assert_eq!(node.replica.files_waiting().unwrap().to_send, 71);
    let (person, _) = node.replica.person_values(&node.viewer, &document).unwrap().unwrap();
    let file: wardbook_record::Attachment = person.text("photo").unwrap().parse().unwrap();
    let tell = |tx: &mut dyn wardbook_store::Tx| tx.note_file(&document, &file.sha256, file.bytes);
    hub.replica.store().write(tell).unwrap();
    let line = Line::to(&hub);
    let mut sent = 0;
    for _ in 0..20 {
        sent += node.replica.move_files(&line, 99).await.unwrap().sent;
    }
    assert_eq!(sent, 1, "behind seventy that the city has not heard of");
}

/// A small picture.
fn picture() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let image = image::RgbImage::from_pixel(40, 60, image::Rgb([20, 90, 160]));
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn by_hand_too_the_next_bundle_asks_for_others() {
    let hub = Place::hub(71);
    let lost = enrolled_node(&hub, 72, "máy hỏng").await;
    let good = enrolled_node(&hub, 73, "máy 2").await;
    let far = enrolled_node(&hub, 74, "máy 3").await;
    // 260 pieces that never come: a bundle asks for 256.
    for n in 0..4 {
        with_scan(&lost, n, 8_900_000);
    }
    settle(&hub, &[&lost, &far]).await;
    let (document, path) = with_scan(&good, 9, 400);
    settle(&hub, &[&good, &far]).await;
    good.replica.move_files(&Line::to(&hub), 9).await.unwrap();
    for _ in 0..2 {
        let bundle = far.replica.export_bundle(&far.viewer, BundleWish::default()).unwrap();
        let answered = hub.replica.import_bundle(&hub.viewer, &bundle.bytes).unwrap();
        far.replica.import_reply(&far.viewer, answered.reply).await.unwrap();
    }
    assert!(is_there(&far, &document, &path));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_half_fetched_is_kept_whole_when_it_is_chosen_here() {
    let hub = Place::hub(81);
    let one = enrolled_node(&hub, 82, "máy 1").await;
    let two = enrolled_node(&hub, 83, "máy 2").await;
    let (document, path) = with_scan(&one, 7, 400_000);
    settle(&hub, &[&one, &two]).await;
    let line = Line::to(&hub);
    one.replica.move_files(&line, 99).await.unwrap();
    two.replica.move_files(&line, 2).await.unwrap();
    assert!(!is_there(&two, &document, &path));
    let body = "7 ".repeat(400_000 / 4);
    let scan = format!("%PDF-1.7\n{body}\nstartxref\n9\n%%EOF\n");
    two.replica.attach(&two.viewer, &document, path.clone(), scan.as_bytes()).unwrap();
    assert!(is_there(&two, &document, &path));
    assert_eq!(two.replica.files_waiting().unwrap().to_fetch, 0);
}
