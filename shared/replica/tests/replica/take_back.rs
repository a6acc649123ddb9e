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

/// The values of the only card at a place, each with its author's name, and what stood before.
fn card_of(place: &Place, id: &DocumentId) -> (Vec<(String, String)>, String) {
    let view = place.replica.person(&place.viewer, id).unwrap().unwrap();
    let Some(card) = view.conflicts else { return (Vec::new(), String::new()) };
    let [field] = card.fields.as_slice() else { panic!("{:?}", card.fields) };
    let values = field.options.iter();
    let mut values: Vec<_> =
        values.map(|o| (o.shown.clone(), o.author.device_name.clone())).collect();
    values.sort();
    (values, field.before.clone())
}

#[tokio::test]
async fn a_choice_that_is_taken_back_opens_the_conflict_again_at_every_place() {
    let hub = Place::hub(14);
    let (a, b) = (enrolled_node(&hub, 15, "Máy 1").await, enrolled_node(&hub, 16, "Máy 2").await);
    let id = a.person("Nguyễn Văn Bình");
    settle(&hub, &[&a, &b]).await;
    a.set(&id, "phone", "0901111111");
    b.set(&id, "phone", "0902222222");
    settle(&hub, &[&a, &b]).await;
    let (open, at_hub, at_b) = (card_of(&a, &id), card_of(&hub, &id), card_of(&b, &id));
    let pair = |value: &str, device: &str| (value.to_owned(), device.to_owned());
    let both = vec![pair("0901111111", "Máy 1"), pair("0902222222", "Máy 2")];
    assert_eq!(at_hub, (both, "0900000001".to_owned()));

    // Each choice there is: of either value, and of a third one.
    let hoa = clerk(&a, 1);
    let path = Path::field("phone");
    for wanted in ["0901111111", "0902222222", "0903333333"] {
        let card = a.replica.person(&hoa, &id).unwrap().unwrap().conflicts.unwrap();
        let of = card.fields[0].options.iter().find(|option| option.shown == wanted);
        let choice =
            of.map_or(Choice::Other(Scalar::from(wanted)), |option| Choice::Of(option.hash));
        let choices = vec![(path.clone(), choice)];
        let command = ResolveCommand { base_heads: card.heads.clone(), choices };
        a.replica.resolve(&hoa, &id, command).unwrap();
        assert_eq!(card_of(&a, &id).0, []);
        assert_eq!(a.value(&id, "phone").as_deref(), Some(wanted));
        let last = undo_of(&a, &hoa, &id).expect("the choice can be taken back");
        a.replica.undo_save(&hoa, &id, &last).unwrap();
        assert_eq!(card_of(&a, &id), open, "after {wanted}");
        assert_eq!(a.replica.conflicts_open(&hoa, None).unwrap(), 1);
        let view = a.replica.person(&hoa, &id).unwrap().unwrap();
        assert!(view.not_taken.is_empty(), "nothing is put aside: {:?}", view.not_taken);
    }

    // The city takes the changes, and it is open there and at the other machine too.
    settle(&hub, &[&a, &b]).await;
    for (place, before) in [(&hub, &at_hub), (&b, &at_b)] {
        assert_eq!(card_of(place, &id), *before);
        assert_eq!(place.replica.conflicts_open(&place.viewer, None).unwrap(), 1);
    }
    // It can be settled for good, and edits go on.
    let card = b.replica.person(&b.viewer, &id).unwrap().unwrap().conflicts.unwrap();
    let choices = vec![(path, Choice::Other(Scalar::from("0904444444")))];
    let command = ResolveCommand { base_heads: card.heads, choices };
    b.replica.resolve(&b.viewer, &id, command).unwrap();
    settle(&hub, &[&a, &b]).await;
    a.set(&id, "email", "binh@example.vn");
    settle(&hub, &[&a, &b]).await;
    for place in [&hub, &a, &b] {
        assert_eq!(card_of(place, &id).0, []);
        assert_eq!(place.value(&id, "phone").as_deref(), Some("0904444444"));
        assert_eq!(place.value(&id, "email").as_deref(), Some("binh@example.vn"));
    }
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
