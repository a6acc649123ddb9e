//! The desk: each person sees their own and the office's.

use wardbook_base::UserId;
use wardbook_replica::{DeskOwner, Role, Viewer};

use crate::common::Place;

#[test]
fn a_desk_is_its_owners_and_the_offices_is_everybodys() {
    let node = Place::node(1);
    let other = Viewer { user: UserId([7; 8]), role: Role::Leader, ..node.viewer.clone() };
    let (replica, place) = (&node.replica, ("filter", "a"));
    let document = node.person("Nguyễn Thị Hòa");
    replica.desk_put(&node.viewer, DeskOwner::Mine, place, Some(document), &vec![1, 2]).unwrap();
    replica.desk_put(&node.viewer, DeskOwner::Office, place, None, &"chung").unwrap();

    let mine = replica.desk_get::<Vec<u8>>(&node.viewer, DeskOwner::Mine, place).unwrap().unwrap();
    assert_eq!(
        (mine.value, mine.document, mine.at),
        (vec![1, 2], Some(document), node.replica.now())
    );
    assert_eq!(replica.desk_get::<Vec<u8>>(&other, DeskOwner::Mine, place).unwrap(), None);
    let shared = replica.desk_list::<String>(&other, DeskOwner::Office, "filter").unwrap();
    assert_eq!(shared[0].value, "chung");
    let refused = replica.desk_put(&other, DeskOwner::Office, place, None, &"khác").unwrap_err();
    assert_eq!(refused.code(), "not_allowed");

    assert!(replica.desk_list::<u64>(&other, DeskOwner::Office, "filter").unwrap().is_empty());
    replica.desk_remove(&node.viewer, DeskOwner::Mine, place).unwrap();
    assert_eq!(replica.desk_get::<Vec<u8>>(&node.viewer, DeskOwner::Mine, place).unwrap(), None);
}
