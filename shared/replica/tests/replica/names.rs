//! Who wrote what, by name, at every end that holds the record.

use wardbook_base::DocumentId;
use wardbook_record::{Edit, Lang};
use wardbook_replica::{
    Author, ConflictFilter, EditCommand, LoginAttempt, NewUser, Role, Scope, Viewer,
};

use crate::common::{Line, Place, enrolled_node, node_in, other_ward, settle, ward};

const DECISION: &str = "QĐ 45/QĐ-UBND ngày 01/07/2025";

/// Somebody with an account at this end, signed in.
pub(crate) fn signed_in(place: &Place, name: &str, role: Role) -> Viewer {
    let login = format!("u{}", name.len());
    let user = NewUser { login: login.clone(), name: name.to_owned(), role };
    let password =
        place.replica.create_user(&place.viewer, &user, &Scope::default()).unwrap().password;
    let attempt = LoginAttempt { login, password, address: "127.0.0.1".to_owned(), lang: Lang::Vi };
    let mut viewer = place.replica.login(&attempt).unwrap().viewer;
    viewer.must_change_password = false;
    viewer
}

pub(crate) fn set(place: &Place, by: &Viewer, document: &DocumentId, key: &str, value: &str) {
    let edits = vec![Edit::set_field(key, value)];
    let command = EditCommand { base_heads: Vec::new(), edits };
    place.replica.edit_person(by, document, command).unwrap();
}

/// Who put this value there, as an end tells it.
fn who(place: &Place, document: &DocumentId, value: &str) -> String {
    let history = place.replica.history(&place.viewer, document).unwrap();
    let wrote = |edit: &wardbook_replica::HistoryEdit| edit.new_shown == value;
    let found = history.iter().find(|entry| entry.edits.iter().any(wrote));
    found.unwrap_or_else(|| panic!("nobody wrote {value}")).author.line()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_machines_of_a_ward_and_the_city_see_each_other_by_name() {
    let hub = Place::hub(501);
    let first = enrolled_node(&hub, 502, "Máy 1").await;
    let second = enrolled_node(&hub, 503, "Máy 2").await;
    let minh = signed_in(&first, "anh Minh", Role::Clerk);
    let hoa = signed_in(&second, "chị Hoa", Role::Clerk);
    let nam = signed_in(&hub, "anh Nam (Sở Nội vụ)", Role::Officer);
    let person = first.person("Lê Văn Bình");
    settle(&hub, &[&first, &second]).await;
    set(&first, &minh, &person, "phone", "0901");
    set(&second, &hoa, &person, "phone", "0902");
    set(&hub, &nam, &person, "phone", "0903");
    settle(&hub, &[&first, &second]).await;

    let ward = "Phường Uyên Hưng";
    let said = [
        ("0901", format!("anh Minh – Máy 1 – {ward}")),
        ("0902", format!("chị Hoa – Máy 2 – {ward}")),
        ("0903", "anh Nam (Sở Nội vụ) – Thành phố".to_owned()),
    ];
    for place in [&first, &second, &hub] {
        let cards = place.replica.conflicts(&place.viewer, &ConflictFilter::default()).unwrap();
        assert_eq!((cards.len(), cards[0].fields.len()), (1, 1), "names are in no card");
        for (value, line) in &said {
            let of = cards[0].fields[0].options.iter().find(|option| option.shown == *value);
            assert_eq!(of.map(|option| option.author.line()).as_ref(), Some(line));
            assert_eq!(&who(place, &person, value), line);
        }
    }
    // The values of the person hold nothing of it, and neither does what was edited.
    let (values, _) = second.replica.person_values(&second.viewer, &person).unwrap().unwrap();
    assert_eq!(values.values.keys().collect::<Vec<_>>(), ["full_name", "phone"]);
    let history = second.replica.history(&second.viewer, &person).unwrap();
    assert_eq!(history.iter().map(|entry| entry.edits.len()).sum::<usize>(), 5);
    let view = first.replica.person(&first.viewer, &person).unwrap().unwrap();
    assert!(view.last_change.as_ref().map(Author::line).unwrap().contains(" – "));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_new_ward_sees_who_of_the_old_one_wrote_and_the_old_one_keeps_nothing() {
    let hub = Place::hub_of_two(511);
    let new = node_in(&hub, &other_ward(), 512, "Máy văn thư").await;
    let old = enrolled_node(&hub, 513, "Máy 2").await;
    let hoa = signed_in(&old, "chị Hoa", Role::Clerk);
    let person = old.person("Lê Văn Bình");
    set(&old, &hoa, &person, "phone", "0901");
    settle(&hub, &[&old, &new]).await;
    hub.replica.transfer(&hub.viewer, &person, &other_ward(), DECISION).unwrap();
    for _ in 0..2 {
        settle(&hub, &[&old, &new]).await;
    }
    let line = "chị Hoa – Máy 2 – Phường Uyên Hưng";
    assert_eq!(who(&new, &person, "0901"), line);
    assert_eq!(who(&hub, &person, "0901"), line);
    assert!(old.replica.history(&old.viewer, &person).is_err(), "gone with the record");
    // What the city calls a machine stands before what the machine calls itself.
    let lan = signed_in(&new, "cô Lan", Role::Clerk);
    set(&new, &lan, &person, "phone", "0902");
    settle(&hub, &[&old, &new]).await;
    assert_eq!(who(&hub, &person, "0902"), "cô Lan – Máy văn thư – Phường Tân Phước Khánh");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_disk_and_its_copies_keep_the_names() {
    let hub = Place::hub(521);
    let node = enrolled_node(&hub, 522, "Máy 2").await;
    let reader = enrolled_node(&hub, 523, "Máy 1").await;
    let person = node.person("Lê Văn Bình");
    settle(&hub, &[&node, &reader]).await;
    let hoa = signed_in(&node, "chị Hoa", Role::Clerk);
    // Not sent before the backup, so it is written anew under another epoch.
    set(&node, &hoa, &person, "phone", "0901");
    let backup = node.backup();
    set(&node, &hoa, &person, "email", "a@example.vn");
    settle(&hub, &[&node, &reader]).await;
    let restored = node.restored_from(&backup);
    restored.replica.begin_node(None).unwrap();
    set(&restored, &hoa, &person, "birth_place.text", "Huế");
    // What was written before the first call goes with the same sync.
    let synced = restored.replica.sync_all(&Line::to(&hub), 50).await.unwrap();
    assert!(synced.proven_equal, "{synced:?}");
    settle(&hub, &[&restored, &reader]).await;
    for value in ["0901", "a@example.vn", "Huế"] {
        for place in [&hub, &reader, &restored] {
            assert_eq!(who(place, &person, value), "chị Hoa – Máy 2 – Phường Uyên Hưng", "{value}");
        }
    }
    let open = reader.replica.conflicts_open(&reader.viewer, None).unwrap();
    assert_eq!(open, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_account_is_called_then_and_now_by_its_name_of_the_time() {
    let hub = Place::hub(531);
    let first = enrolled_node(&hub, 532, "Máy 1").await;
    let second = enrolled_node(&hub, 533, "Máy 2").await;
    let mut hoa = signed_in(&first, "chị Hoa", Role::Clerk);
    let person = first.person("Lê Văn Bình");
    set(&first, &hoa, &person, "phone", "0901");
    hoa.name = "chị Hoa (kế toán)".to_owned();
    set(&first, &hoa, &person, "phone", "0902");
    settle(&hub, &[&first, &second]).await;
    for place in [&second, &hub] {
        assert!(who(place, &person, "0901").starts_with("chị Hoa – Máy 1"));
        assert!(who(place, &person, "0902").starts_with("chị Hoa (kế toán) – Máy 1"));
    }
    assert!(who(&first, &person, "0901").starts_with("chị Hoa – Máy 1"), "its own account");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_on_two_copies_of_a_disk_makes_no_card_of_names() {
    let hub = Place::hub(541);
    let node = enrolled_node(&hub, 542, "Máy 1").await;
    let person = node.person("Lê Văn Bình");
    let mut hoa = signed_in(&node, "chị Hoa", Role::Clerk);
    settle(&hub, &[&node]).await;
    let (one, copy) = node.copied();
    set(&one, &hoa, &person, "phone", "0901");
    hoa.name = "chị Hoa (máy cũ)".to_owned();
    set(&copy, &hoa, &person, "email", "a@example.vn");
    for _ in 0..3 {
        for place in [&one, &copy] {
            place.replica.begin_node(None).unwrap();
            place.replica.sync_all(&Line::to(&hub), 50).await.unwrap();
        }
    }
    hub.replica.project_all().unwrap();
    assert_eq!(hub.value(&person, "phone").as_deref(), Some("0901"));
    assert_eq!(hub.value(&person, "email").as_deref(), Some("a@example.vn"));
    assert_eq!(hub.replica.conflicts_open(&hub.viewer, None).unwrap(), 0);
    assert!(hub.replica.conflicts(&hub.viewer, &ConflictFilter::default()).unwrap().is_empty());
    hub.replica.nightly_check().unwrap();
    assert_eq!(hub.replica.conflicts_open(&hub.viewer, None).unwrap(), 0, "nor by the full scan");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_come_with_a_file_by_hand() {
    let hub = Place::hub(551);
    let node = enrolled_node(&hub, 552, "Máy 2").await;
    let hoa = signed_in(&node, "chị Hoa", Role::Clerk);
    let person = node.person("Lê Văn Bình");
    set(&node, &hoa, &person, "phone", "0901");
    let wish = wardbook_replica::BundleWish::default();
    let made = node.replica.export_bundle(&node.viewer, wish).unwrap();
    hub.replica.import_bundle(&hub.viewer, &made.bytes).unwrap();
    hub.replica.project_all().unwrap();
    assert_eq!(who(&hub, &person, "0901"), "chị Hoa – Máy 2 – Phường Uyên Hưng");
    assert_eq!(hub.replica.person(&hub.viewer, &person).unwrap().unwrap().ward, ward());
}

/// What the names cost: once for a user and machine in a record, and nothing after that.
#[test]
fn the_bytes_of_names_are_few_and_paid_once() {
    let place = Place::node(561);
    let hoa = signed_in(&place, "Nguyễn Thị Hoa", Role::Clerk);
    let person = place.person("Lê Văn Bình");
    let size = |nth: usize| {
        let store = place.replica.store();
        store.read(|tx| {
            Ok::<_, wardbook_store::StoreError>(tx.changes_of(&person)?[nth].bytes.len())
        })
    };
    set(&place, &hoa, &person, "phone", "0901");
    set(&place, &hoa, &person, "phone", "0902");
    set(&place, &hoa, &person, "phone", "0903");
    let (first, later, last) = (size(1).unwrap(), size(2).unwrap(), size(3).unwrap());
    assert!(first > later && first <= later + 60, "{first} {later}");
    assert!(later.abs_diff(last) <= 2, "{later} {last}");
}
