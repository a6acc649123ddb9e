//! The last save taken back, values brought back from the history, and what was not taken.

use std::collections::BTreeMap;

use wardbook_base::{DocumentId, RowId, UserId};
use wardbook_record::{Edit, Path, Scalar};
use wardbook_replica::{Choice, EditCommand, EditError, ResolveCommand, Side, Viewer};

use crate::common::{Place, enrolled_node, settle};

/// Somebody with an account: what the machine itself writes has no undo button.
fn clerk(place: &Place, number: u8) -> Viewer {
    Viewer { user: UserId([number; 8]), name: "Hoa".to_owned(), ..place.viewer.clone() }
}

fn save(place: &Place, viewer: &Viewer, id: &DocumentId, edits: Vec<Edit>) {
    let command = EditCommand { base_heads: Vec::new(), edits };
    place.replica.edit_person(viewer, id, command).unwrap();
}

fn undo_of(place: &Place, viewer: &Viewer, id: &DocumentId) -> Option<wardbook_base::ChangeHash> {
    place.replica.person(viewer, id).unwrap().unwrap().undo
}

#[test]
fn the_last_save_goes_back_with_fields_codes_and_new_rows() {
    let node = Place::node(1);
    let (hoa, id) = (clerk(&node, 1), node.person("Trần Thị Mận"));
    assert_eq!(undo_of(&node, &hoa, &id), None, "a new record is not taken back by this button");
    let row = RowId([4; 16]);
    let cells = BTreeMap::from([("school".to_owned(), Scalar::from("Đại học Luật"))]);
    let edits = vec![
        Edit::set_field("phone", "0912345678"),
        Edit::set_field("email", "hoa@example.vn"),
        Edit::set(Path::code("policy_category", "khong"), true),
        Edit::AddRow { table: "degrees".to_owned(), row, cells },
    ];
    save(&node, &hoa, &id, edits);
    let last = undo_of(&node, &hoa, &id).expect("the save can be taken back");
    assert_eq!(undo_of(&node, &clerk(&node, 2), &id), None, "by nobody else");
    node.replica.undo_save(&hoa, &id, &last).unwrap();
    let (person, _) = node.replica.person_values(&hoa, &id).unwrap().unwrap();
    assert_eq!(person.text("phone"), Some("0900000001"));
    assert_eq!(person.text("email"), None);
    assert_eq!(person.codes("policy_category").count(), 0);
    assert_eq!(person.rows("degrees").count(), 0);
    assert!(person.row("degrees", &row).is_some(), "the row stays readable");
    // Undoing the undoing: it is an ordinary change.
    let again = undo_of(&node, &hoa, &id).expect("the undoing is a change too");
    node.replica.undo_save(&hoa, &id, &again).unwrap();
    assert_eq!(node.value(&id, "phone").as_deref(), Some("0912345678"));
    let (person, _) = node.replica.person_values(&hoa, &id).unwrap().unwrap();
    assert_eq!(person.rows("degrees").count(), 1);
}

#[test]
fn nothing_is_taken_back_once_somebody_edited_since() {
    let node = Place::node(2);
    let (hoa, lan, id) = (clerk(&node, 1), clerk(&node, 2), node.person("Lê Văn An"));
    save(&node, &hoa, &id, vec![Edit::set_field("email", "a@example.vn")]);
    let mine = undo_of(&node, &hoa, &id).unwrap();
    save(&node, &lan, &id, vec![Edit::set_field("phone", "0909999999")]);
    assert_eq!(undo_of(&node, &hoa, &id), None);
    let refused = node.replica.undo_save(&hoa, &id, &mine).unwrap_err();
    assert!(matches!(refused, EditError::EditedSince { .. }), "{refused:?}");
    assert_eq!(node.value(&id, "email").as_deref(), Some("a@example.vn"), "nothing was touched");
    assert_eq!(node.value(&id, "phone").as_deref(), Some("0909999999"));
}

#[test]
fn any_value_of_the_history_can_be_restored() {
    let node = Place::node(3);
    let (hoa, id) = (clerk(&node, 1), node.person("Phạm Mỹ Ánh"));
    for phone in ["0901111111", "0902222222", "0903333333"] {
        save(&node, &hoa, &id, vec![Edit::set_field("phone", phone)]);
    }
    let history = node.replica.history(&hoa, &id).unwrap();
    let path = Path::field("phone");
    let second = history.iter().find(|entry| entry.edits[0].new_shown == "0902222222").unwrap();
    let from = (&second.hash, &path, Side::New);
    node.replica.restore_value(&hoa, &id, from).unwrap();
    assert_eq!(node.value(&id, "phone").as_deref(), Some("0902222222"));
    node.replica.restore_value(&hoa, &id, (&second.hash, &path, Side::Old)).unwrap();
    assert_eq!(node.value(&id, "phone").as_deref(), Some("0901111111"));
    let other = Path::field("email");
    let missing = node.replica.restore_value(&hoa, &id, (&second.hash, &other, Side::Old));
    assert!(matches!(missing, Err(EditError::NotFound)), "{missing:?}");
}

#[tokio::test]
async fn a_clerk_is_told_that_a_value_was_not_taken_and_by_whom() {
    let hub = Place::hub(4);
    let (a, b) = (enrolled_node(&hub, 5, "Máy 1").await, enrolled_node(&hub, 6, "Máy 2").await);
    let id = a.person("Nguyễn Văn Bình");
    settle(&hub, &[&a, &b]).await;
    let hoa = clerk(&a, 1);
    save(&a, &hoa, &id, vec![Edit::set_field("phone", "0901111111")]);
    b.set(&id, "phone", "0902222222");
    settle(&hub, &[&a, &b]).await;
    let card = hub.replica.person(&hub.viewer, &id).unwrap().unwrap().conflicts.unwrap();
    assert_eq!(card.fields[0].before, "0900000001", "what stood there before both");
    let theirs = card.fields[0].options.iter().find(|o| o.shown == "0902222222").unwrap();
    let command = ResolveCommand {
        base_heads: card.heads.clone(),
        choices: vec![(Path::field("phone"), Choice::Of(theirs.hash))],
    };
    hub.replica.resolve(&hub.viewer, &id, command).unwrap();
    settle(&hub, &[&a, &b]).await;
    let view = a.replica.person(&hoa, &id).unwrap().unwrap();
    let [lost] = view.not_taken.as_slice() else { panic!("{:?}", view.not_taken) };
    assert_eq!((lost.lost.as_str(), lost.chosen.as_str()), ("0901111111", "0902222222"));
    assert_eq!(lost.lost_by.user, Some(hoa.user));
    assert!(lost.chosen_by.line().contains("Thành phố"), "{}", lost.chosen_by.line());
    // The lost value is one press away.
    let from = (&lost.from, &lost.path, Side::New);
    a.replica.restore_value(&hoa, &id, from).unwrap();
    assert_eq!(a.value(&id, "phone").as_deref(), Some("0901111111"));
}

#[test]
fn a_record_page_loads_its_document_once_and_scans_nothing() {
    let node = Place::node(7);
    let people: Vec<DocumentId> = (0..30).map(|n| node.person(&format!("Người {n}"))).collect();
    node.replica.person(&node.viewer, &people[0]).unwrap();
    let before = node.replica.store().counters();
    node.replica.person(&node.viewer, &people[17]).unwrap();
    let after = node.replica.store().counters();
    assert_eq!(after.documents_loaded - before.documents_loaded, 1);
    assert_eq!(after.rows_scanned - before.rows_scanned, 0);
}
