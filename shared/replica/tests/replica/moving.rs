//! Records that move between wards, and calls that travel by hand.

use crate::common::{Place, enrolled_node, node_in, other_ward, settle, ward};
use wardbook_record::{Edit, Lang};
use wardbook_replica::{EditCommand, EditError, SyncState, Viewer};
use wardbook_store::PeopleQuery;

fn listed(place: &Place) -> u64 {
    let query = PeopleQuery { limit: 100, ..PeopleQuery::default() };
    place.replica.people(&place.viewer, &query).unwrap().total
}

fn listed_elsewhere(place: &Place) -> u64 {
    let query = PeopleQuery { limit: 100, ..PeopleQuery::default() };
    place.replica.people_elsewhere(&place.viewer, &query).unwrap().total
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lent_record_is_to_read_and_counted_once() {
    let hub = Place::hub_of_two(301);
    let home = enrolled_node(&hub, 302, "Máy 1").await;
    let guest = node_in(&hub, &other_ward(), 303, "Máy 1").await;
    let person = home.person("Nguyễn Thị Hoa");
    settle(&hub, &[&home, &guest]).await;
    assert_eq!((listed(&home), listed(&guest)), (1, 0));

    hub.replica.lend(&hub.viewer, &person, &other_ward(), "QĐ 12/2025").unwrap();
    settle(&hub, &[&home, &guest]).await;
    assert_eq!((listed(&home), listed(&guest), listed_elsewhere(&guest)), (1, 0, 1));
    let view = guest.replica.person(&guest.viewer, &person).unwrap().unwrap();
    let keeper = view.keeper.unwrap();
    assert_eq!((keeper.ward, keeper.decision.as_str()), (ward(), "QĐ 12/2025"));
    assert_eq!(keeper.ward_name, "Phường Uyên Hưng");
    assert!(!view.editable);
    let command =
        EditCommand { base_heads: Vec::new(), edits: vec![Edit::set_field("phone", "0902")] };
    let refused = guest.replica.edit_person(&guest.viewer, &person, command).unwrap_err();
    assert!(matches!(&refused, EditError::KeptElsewhere { .. }), "{refused:?}");
    assert_eq!(refused.code(), "not_custodian");
    assert!(refused.sentence(Lang::Vi).contains("Phường Uyên Hưng"));

    // What the home ward writes is read by the guest, and leaves it with the end of the loan.
    home.set(&person, "phone", "0903");
    settle(&hub, &[&home, &guest]).await;
    assert_eq!(guest.value(&person, "phone").as_deref(), Some("0903"));
    hub.replica.end_loan(&hub.viewer, &person, &other_ward(), "QĐ 13/2025").unwrap();
    settle(&hub, &[&home, &guest]).await;
    assert_eq!(listed_elsewhere(&guest), 0);
    assert!(guest.replica.person(&guest.viewer, &person).unwrap().is_none());
    assert_eq!(home.replica.sync_status(Lang::Vi).unwrap().state, SyncState::Equal);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transferred_record_leaves_the_old_ward_and_is_written_in_the_new_one() {
    let hub = Place::hub_of_two(311);
    let old = enrolled_node(&hub, 312, "Máy 1").await;
    let new = node_in(&hub, &other_ward(), 313, "Máy 1").await;
    let person = old.person("Trần Văn An");
    settle(&hub, &[&old, &new]).await;
    hub.replica.transfer(&hub.viewer, &person, &other_ward(), "QĐ 14/2025").unwrap();
    settle(&hub, &[&old, &new]).await;
    settle(&hub, &[&old, &new]).await;
    assert_eq!((listed(&old), listed_elsewhere(&old), listed(&new)), (0, 0, 1));
    assert!(old.replica.person(&old.viewer, &person).unwrap().is_none(), "forgotten");
    new.set(&person, "phone", "0902");
    settle(&hub, &[&old, &new]).await;
    assert_eq!(hub.value(&person, "phone").as_deref(), Some("0902"));
    let view = new.replica.person(&new.viewer, &person).unwrap().unwrap();
    assert_eq!((view.ward, view.keeper), (other_ward(), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ward_without_a_line_synchronises_by_two_files() {
    let hub = Place::hub(321);
    let node = enrolled_node(&hub, 322, "Máy 1").await;
    let person = node.person("Lê Văn Bình");
    let theirs = hub.person("Phạm Thị Chi");

    let made =
        node.replica.export_bundle(&node.viewer, wardbook_replica::BundleWish::default()).unwrap();
    assert_eq!((made.changes, made.left), (1, 0));
    assert!(made.file_name.ends_with(".wardbundle"));
    let answered = hub.replica.import_bundle(&hub.viewer, &made.bytes).unwrap();
    hub.replica.project_all().unwrap();
    assert_eq!((answered.pushed, answered.complete), (1, true));
    assert_eq!(hub.value(&person, "full_name").as_deref(), Some("Lê Văn Bình"));

    let reply = answered.reply.clone();
    let taken = node.replica.import_reply(&node.viewer, reply.clone()).await.unwrap();
    assert_eq!((taken.round.pushed, taken.round.pulled, taken.already), (1, 1, false));
    assert!(taken.round.proven_equal, "{taken:?}");
    assert_eq!(node.value(&theirs, "full_name").as_deref(), Some("Phạm Thị Chi"));
    assert_eq!(node.replica.sync_status(Lang::Vi).unwrap().state, SyncState::Equal);

    // Twice is harmless, at both ends.
    let again = hub.replica.import_bundle(&hub.viewer, &made.bytes).unwrap();
    for reply in [reply, again.reply] {
        let taken = node.replica.import_reply(&node.viewer, reply).await.unwrap();
        assert_eq!((taken.round.pushed, taken.round.pulled), (0, 0));
    }
    assert_eq!(node.replica.sync_status(Lang::Vi).unwrap().state, SyncState::Equal);
    settle(&hub, &[&node]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_for_one_reader_alone_and_says_why_it_is_not_taken() {
    let hub = Place::hub(331);
    let first = enrolled_node(&hub, 332, "Máy 1").await;
    let second = enrolled_node(&hub, 333, "Máy 2").await;
    let viewer = &Viewer::system(Lang::Vi);
    let up =
        first.replica.export_bundle(viewer, wardbook_replica::BundleWish::default()).unwrap().bytes;
    second.replica.export_bundle(viewer, wardbook_replica::BundleWish::default()).unwrap();
    let reply = hub.replica.import_bundle(&hub.viewer, &up).unwrap().reply;
    let code = |result: Result<_, wardbook_replica::BundleError>| {
        let error = result.map(|_: wardbook_replica::BundleTaken| ()).unwrap_err();
        assert!(!error.sentence(Lang::Vi).contains("lỗi lạ"), "{error:?}");
        error.code()
    };
    let foreign = second.replica.import_reply(viewer, reply.clone()).await;
    assert_eq!(code(foreign), "bundle_not_for_us");
    assert_eq!(code(first.replica.import_reply(viewer, up).await), "bundle_not_for_us");
    let mut cut = reply.clone();
    cut.truncate(reply.len() / 2);
    assert_eq!(code(first.replica.import_reply(viewer, cut).await), "not_a_bundle");
    let never_asked = enrolled_node(&hub, 334, "Máy 3").await;
    assert_eq!(code(never_asked.replica.import_reply(viewer, reply).await), "bundle_not_for_us");
    let alone = Place::node(335);
    assert_eq!(
        alone
            .replica
            .export_bundle(viewer, wardbook_replica::BundleWish::default())
            .unwrap_err()
            .code(),
        "not_enrolled"
    );
}
