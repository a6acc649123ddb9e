//! Two nodes and a hub: what one writes the others read, and nothing that differs is hidden.

use crate::common::{Line, Place, enrolled_node, settle, ward};
use std::sync::atomic::Ordering;
use wardbook_base::DocumentId;
use wardbook_record::{Edit, Lang, Path, Scalar};
use wardbook_replica::{
    Choice, ConflictFilter, EditCommand, EditError, EnrolError, ResolveCommand, SyncError,
    SyncState, WardState,
};
use wardbook_store::PeopleQuery;

fn names(place: &Place) -> Vec<String> {
    let query = PeopleQuery { limit: 100, ..PeopleQuery::default() };
    let page = place.replica.people(&place.viewer, &query).unwrap();
    page.rows.into_iter().map(|row| row.facts.full_name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_born_before_enrolment_reaches_the_city_and_edits_of_both_nodes_merge() {
    let hub = Place::hub(1);
    let first = Place::node(2);
    let born = first.person("Nguyễn Thị Hoa");
    assert_eq!(first.replica.sync_status(Lang::Vi).unwrap().state, SyncState::NotEnrolled);

    let line = Line::to(&hub);
    let member = first.replica.enrol(&line, &hub.enrol_text(), "Máy 1").await.unwrap();
    assert_eq!(member.ward, ward());
    let second = enrolled_node(&hub, 3, "Máy 2").await;
    settle(&hub, &[&first, &second]).await;

    first.set(&born, "phone", "0911111111");
    second.set(&born, "email", "hoa@example.vn");
    hub.set(&born, "birth_place.text", "Uyên Hưng");
    let other = second.person("Trần Văn An");
    settle(&hub, &[&first, &second]).await;

    for place in [&first, &second, &hub] {
        assert_eq!(names(place), ["Trần Văn An", "Nguyễn Thị Hoa"], "sorted by given name");
        assert_eq!(place.value(&born, "phone").as_deref(), Some("0911111111"));
        assert_eq!(place.value(&born, "email").as_deref(), Some("hoa@example.vn"));
        assert_eq!(place.value(&born, "birth_place.text").as_deref(), Some("Uyên Hưng"));
        let view = place.replica.person(&place.viewer, &other).unwrap().unwrap();
        assert_eq!((view.ward, view.ward_name.as_str()), (ward(), "Phường Uyên Hưng"));
        assert!(view.conflicts.is_none());
        assert_eq!(place.replica.lag().unwrap().documents, 0);
    }
    assert_eq!(first.replica.sync_status(Lang::Vi).unwrap().state, SyncState::Equal);

    // The hub cannot know that its last answer arrived before the device calls again.
    for node in [&first, &second] {
        node.replica.sync_round(&line).await.unwrap();
    }
    let ward = hub.replica.ward_status(&hub.viewer, &ward()).unwrap();
    assert_eq!((ward.people, ward.conflicts, ward.waiting_up), (2, 0, 0));
    assert_eq!(ward.devices.len(), 2);
    assert_eq!(ward.state, WardState::Equal, "{ward:?}");
    assert!(ward.equal_now && ward.waiting_down == 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_on_one_field_shows_at_all_ends_and_is_settled_once() {
    let hub = Place::hub(11);
    let first = enrolled_node(&hub, 12, "Máy 1").await;
    let second = enrolled_node(&hub, 13, "Máy 2").await;
    let person = first.person("Lê Văn Bình");
    settle(&hub, &[&first, &second]).await;

    first.set(&person, "phone", "0901");
    second.set(&person, "phone", "0902");
    hub.set(&person, "phone", "0903");
    // The same value on both sides is no conflict.
    first.set(&person, "email", "binh@example.vn");
    second.set(&person, "email", "binh@example.vn");
    settle(&hub, &[&first, &second]).await;

    for place in [&first, &second, &hub] {
        let cards = place.replica.conflicts(&place.viewer, &ConflictFilter::default()).unwrap();
        assert_eq!(cards.len(), 1);
        assert_eq!(cards[0].full_name, "Lê Văn Bình");
        assert_eq!(cards[0].fields.len(), 1, "{:?}", cards[0].fields);
        let field = &cards[0].fields[0];
        assert_eq!(field.path, Path::field("phone"));
        let mut values: Vec<_> = field.options.iter().map(|option| option.shown.clone()).collect();
        values.sort();
        assert_eq!(values, ["0901", "0902", "0903"]);
        assert_eq!(field.options.iter().filter(|option| option.winner).count(), 1);
        assert!(field.options[0].winner, "the one that is shown comes first");
    }
    // Each node says of its own value when the city acknowledged it.
    for (node, value) in [(&first, "0901"), (&second, "0902")] {
        let card = &node.replica.conflicts(&node.viewer, &ConflictFilter::default()).unwrap()[0];
        let own = card.fields[0].options.iter().find(|option| option.shown == value).unwrap();
        assert_eq!(own.author.received_at, Some(node.replica.now()));
    }
    let card = &hub.replica.conflicts(&hub.viewer, &ConflictFilter::default()).unwrap()[0];
    let by_first = card.fields[0].options.iter().find(|option| option.shown == "0901").unwrap();
    assert_eq!(by_first.author.device_name, "Máy 1");
    assert_eq!(by_first.author.ward_name, "Phường Uyên Hưng");
    assert!(by_first.author.received_at.is_some());
    let by_hub = card.fields[0].options.iter().find(|option| option.shown == "0903").unwrap();
    assert_eq!(by_hub.author.device_name, "Thành phố");
    assert_eq!(hub.replica.conflicts_open(&hub.viewer, Some(&ward())).unwrap(), 1);

    let command = |value: Choice| ResolveCommand {
        base_heads: card.heads.clone(),
        choices: vec![(Path::field("phone"), value)],
    };
    let choice = command(Choice::Of(by_first.hash));
    assert!(hub.replica.resolve(&hub.viewer, &person, choice.clone()).unwrap().changed);
    settle(&hub, &[&first, &second]).await;
    for place in [&first, &second, &hub] {
        assert_eq!(place.value(&person, "phone").as_deref(), Some("0901"));
        assert_eq!(place.replica.conflicts_open(&place.viewer, None).unwrap(), 0);
    }
    let late = first.replica.resolve(&first.viewer, &person, choice).unwrap_err();
    assert!(matches!(&late, EditError::Settled { by, .. } if by.contains("Thành phố")), "{late:?}");
    let history = first.replica.history(&first.viewer, &person).unwrap();
    assert_eq!(history[0].purpose_label, "Xử lý xung đột");
}

#[tokio::test(flavor = "multi_thread")]
async fn history_tells_when_the_city_got_what_this_machine_wrote() {
    let hub = Place::hub(111);
    let node = enrolled_node(&hub, 112, "Máy 1").await;
    let person = node.person("Lý Thị Kim");
    let received = || -> Vec<_> {
        let history = node.replica.history(&node.viewer, &person).unwrap();
        history.into_iter().map(|view| view.author.received_at).collect()
    };
    assert_eq!(received(), [None], "nobody else has it yet");
    node.clock.advance_ms(60_000);
    let first_ack = node.replica.now();
    settle(&hub, &[&node]).await;
    node.clock.advance_ms(60_000);
    node.set(&person, "phone", "0902");
    assert_eq!(received(), [None, Some(first_ack)]);
    settle(&hub, &[&node]).await;
    assert_eq!(received(), [Some(node.replica.now()), Some(first_ack)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_pins_the_key_to_seal_to_and_the_hub_hears_of_its_free_space() {
    let hub = Place::hub(121);
    let node = enrolled_node(&hub, 122, "Máy 1").await;
    let pinned = node.replica.membership().unwrap().unwrap().sealing_recipient;
    let own = hub.replica.store().read(|tx| tx.sealing_recipient()).unwrap();
    assert_eq!(own.as_ref(), Some(&pinned), "the recipient whose identity the hub keeps");
    assert!(pinned.starts_with("age1") && pinned.len() == 62, "{pinned}");

    settle(&hub, &[&node]).await;
    let ward = hub.replica.ward_status(&hub.viewer, &ward()).unwrap();
    assert!(ward.devices[0].reported.free_bytes > 0, "{:?}", ward.devices[0].reported);
    assert!(node.replica.sync_facts().unwrap().free_bytes.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_value_may_be_chosen_and_projecting_again_changes_nothing() {
    let hub = Place::hub(21);
    let first = enrolled_node(&hub, 22, "Máy 1").await;
    let person = hub.person("Phạm Thị Chi");
    settle(&hub, &[&first]).await;
    first.set(&person, "phone", "0901");
    hub.set(&person, "phone", "0902");
    settle(&hub, &[&first]).await;

    hub.replica.reproject_all().unwrap();
    assert_eq!(hub.replica.lag().unwrap().documents, 1);
    hub.replica.project_all().unwrap();
    assert_eq!(hub.replica.conflicts_open(&hub.viewer, None).unwrap(), 1, "still open");

    let command = ResolveCommand {
        base_heads: Vec::new(),
        choices: vec![(Path::field("phone"), Choice::Other(Scalar::from("0903")))],
    };
    first.replica.resolve(&first.viewer, &person, command).unwrap();
    settle(&hub, &[&first]).await;
    hub.replica.reproject_all().unwrap();
    hub.replica.project_all().unwrap();
    assert_eq!(hub.replica.conflicts_open(&hub.viewer, None).unwrap(), 0);
    assert_eq!(hub.value(&person, "phone").as_deref(), Some("0903"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_and_a_retirement_of_one_row_meet_on_a_card() {
    let hub = Place::hub(31);
    let first = enrolled_node(&hub, 32, "Máy 1").await;
    let second = enrolled_node(&hub, 33, "Máy 2").await;
    let person = first.person("Đỗ Văn Dũng");
    let row = wardbook_record::RowIds::new(first.replica.now(), first.replica.dice()).next_id();
    let add = Edit::AddRow {
        table: "degrees".to_owned(),
        row,
        cells: [("level".to_owned(), Scalar::from("dh"))].into(),
    };
    let edit = |place: &Place, edit: Edit| {
        let command = EditCommand { base_heads: Vec::new(), edits: vec![edit] };
        place.replica.edit_person(&place.viewer, &person, command).unwrap();
    };
    edit(&first, add);
    settle(&hub, &[&first, &second]).await;
    edit(&first, Edit::RetireRow { table: "degrees".into(), row, reason: "nhập nhầm".into() });
    edit(&second, Edit::set(Path::cell("degrees", row, "level"), "ths"));
    settle(&hub, &[&first, &second]).await;
    for place in [&first, &second, &hub] {
        assert_eq!(place.replica.conflicts_open(&place.viewer, None).unwrap(), 1);
    }
}

#[test]
fn a_stale_form_saves_what_nobody_touched_and_shows_the_rest() {
    let node = Place::node(41);
    let person = node.person("Võ Thị Em");
    let (_, heads) = node.replica.person_values(&node.viewer, &person).unwrap().unwrap();
    node.set(&person, "phone", "0902");

    let command = EditCommand {
        base_heads: heads.clone(),
        edits: vec![Edit::set_field("phone", "0903"), Edit::set_field("email", "em@example.vn")],
    };
    let error = node.replica.edit_person(&node.viewer, &person, command.clone()).unwrap_err();
    let EditError::Stale(view) = error else { panic!("{error:?}") };
    assert_eq!(view.fields.len(), 1);
    assert_eq!(view.fields[0].theirs, Some(Scalar::from("0902")));
    assert_eq!(view.fields[0].mine, Some(Scalar::from("0903")));
    assert_eq!(node.value(&person, "email").as_deref(), Some("em@example.vn"), "saved");
    assert_eq!(node.value(&person, "phone").as_deref(), Some("0902"), "not overwritten");

    let again = EditCommand { base_heads: view.heads, ..command };
    assert!(node.replica.edit_person(&node.viewer, &person, again.clone()).unwrap().changed);
    assert_eq!(node.value(&person, "phone").as_deref(), Some("0903"));
    let same = EditCommand { base_heads: heads, ..again };
    let saved = node.replica.edit_person(&node.viewer, &person, same).unwrap();
    assert!(!saved.changed, "the very same values are no conflict and no change");
}

#[test]
fn wrong_values_are_saved_and_flagged_and_impossible_ones_refused() {
    let node = Place::node(51);
    let person = node.person("Bùi Văn Giang");
    node.set(&person, "birth_date", "ngày rằm");
    let view = node.replica.person(&node.viewer, &person).unwrap().unwrap();
    assert_eq!(view.person.text("birth_date"), Some("ngày rằm"));
    assert!(view.problems.iter().any(|problem| problem.path == Path::field("birth_date")));
    let command = EditCommand {
        base_heads: Vec::new(),
        edits: vec![Edit::set_field("secrecy_level", "tuyet_mat")],
    };
    let error = node.replica.edit_person(&node.viewer, &person, command).unwrap_err();
    assert_eq!(error.code(), "invalid");
    assert!(!error.sentence(Lang::Vi).is_empty());
    let missing = DocumentId([9; 16]);
    let unknown = node.replica.retire_person(&node.viewer, &missing, "x").unwrap_err();
    assert_eq!(unknown.code(), "not_found");
    node.replica.retire_person(&node.viewer, &person, "trùng").unwrap();
    assert!(names(&node).is_empty(), "retired records leave the list");
    node.replica.retire_person(&node.viewer, &person, "").unwrap();
    assert_eq!(names(&node).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_works_once_for_one_device_and_not_for_ever() {
    let hub = Place::hub(61);
    let line = Line::to(&hub);
    let rejected = |result: Result<_, EnrolError>| result.map(|_| ()).unwrap_err().code();
    let node = Place::node(62);
    let garbage = node.replica.enrol(&line, "wardbook:nonsense", "Máy 1").await;
    assert_eq!(rejected(garbage), "bad_enrol_text");

    let text = hub.enrol_text();
    let (start, _) = text.rsplit_once('#').unwrap();
    let wrong = node.replica.enrol(&line, &format!("{start}#ZZZZZZZZ"), "Máy 1").await;
    assert_eq!(rejected(wrong), "bad_code");

    node.replica.enrol(&line, &text, "Máy 1").await.unwrap();
    assert_eq!(rejected(node.replica.enrol(&line, &text, "Máy 1").await), "already_enrolled");
    let other = Place::node(63);
    assert_eq!(rejected(other.replica.enrol(&line, &text, "Máy 2").await), "code_expired");

    let late = hub.enrol_text();
    hub.clock.advance_ms(8 * 24 * 3600 * 1000);
    assert_eq!(rejected(other.replica.enrol(&line, &late, "Máy 2").await), "code_expired");
    for _ in 0..4 {
        let _ = other.replica.enrol(&line, &format!("{start}#ZZZZZZZZ"), "Máy 2").await;
    }
    let now_good = hub.enrol_text();
    let locked = other.replica.enrol(&line, &now_good, "Máy 2").await;
    assert_eq!(rejected(locked), "too_many_tries", "a good code too, until the delay is over");

    // An answer signed by another hub's key is no answer.
    let false_hub = Place::hub(64);
    false_hub.replica.add_ward(&false_hub.viewer, &"25891.1".parse().unwrap()).unwrap();
    let stray = other.replica.enrol(&Line::to(&false_hub), &now_good, "Máy 2").await;
    assert_eq!(rejected(stray), "not_a_hub");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_told_so_and_keeps_its_data() {
    let hub = Place::hub(71);
    let node = enrolled_node(&hub, 72, "Máy 1").await;
    let person = node.person("Hồ Thị Lan");
    settle(&hub, &[&node]).await;
    let device = node.replica.membership().unwrap().unwrap().device;
    hub.replica.revoke_device(&hub.viewer, &device).unwrap();
    node.set(&person, "phone", "0905");
    let line = Line::to(&hub);
    let error = node.replica.sync_all(&line, 5).await.unwrap_err();
    assert!(matches!(&error, SyncError::Rejected { code, .. } if code == "device_revoked"));
    assert!(error.is_permanent() && error.sentence(Lang::Vi).contains("thu hồi"));
    let status = node.replica.sync_status(Lang::Vi).unwrap();
    assert_eq!((status.state, status.waiting), (SyncState::Error, 1));
    assert_eq!(hub.value(&person, "phone").as_deref(), Some("0900000001"), "nothing was taken");

    hub.replica.readmit_device(&hub.viewer, &device).unwrap();
    settle(&hub, &[&node]).await;
    assert_eq!(hub.value(&person, "phone").as_deref(), Some("0905"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_line_is_normal_and_shown_as_such() {
    let hub = Place::hub(81);
    let node = enrolled_node(&hub, 82, "Máy 1").await;
    settle(&hub, &[&node]).await;
    let line = Line::to(&hub);
    line.cut.store(true, Ordering::Relaxed);
    node.person("Mai Văn Hải");
    assert_eq!(node.replica.sync_all(&line, 5).await.unwrap_err().code(), "hub_unreachable");
    let status = node.replica.sync_status(Lang::Vi).unwrap();
    assert_eq!(status.text, "Ngoại tuyến – 1 thay đổi chờ gửi (vẫn làm việc bình thường)");
    line.cut.store(false, Ordering::Relaxed);
    let round = node.replica.sync_all(&line, 5).await.unwrap();
    assert_eq!((round.pushed, round.rounds, round.proven_equal), (1, 1, true));
    assert_eq!(node.replica.sync_status(Lang::Vi).unwrap().state, SyncState::Equal);
}

#[test]
fn garbage_from_strangers_is_refused_with_a_fitting_status() {
    let hub = Place::hub(91);
    assert_eq!(hub.replica.answer_sync("/sync/v1", b"").status, 400);
    assert_eq!(hub.replica.answer_sync("/sync/v1", &[0xff; 300]).status, 400);
    assert_eq!(hub.replica.answer_sync("/sync/v1", &vec![0; 600 * 1024]).status, 413);
    assert_eq!(hub.replica.answer_enrol("/sync/v1/enrol", b"zz", "10.0.0.9").status, 400);
}

#[test]
fn a_ward_must_be_a_unit_in_force_on_the_citys_day() {
    let hub = Place::hub(101);
    let code =
        |id: &str| hub.replica.add_ward(&hub.viewer, &id.parse().unwrap()).unwrap_err().code();
    assert_eq!(code("25888.1"), "ward_exists");
    assert_eq!(code("00004.2"), "unit_not_valid");
    assert_eq!(code("99999.9"), "unknown_unit");
    assert_eq!(hub.replica.add_district(&hub.viewer, "723").unwrap().len(), 11);
    assert_eq!(hub.replica.wards_status(&hub.viewer).unwrap().len(), 12);
}
