//! One story of the engine's storage, told to the memory stores and to SQLite.

mod hub;
mod log;
mod node;
mod random;

use wardbook_base::{AuthorEpoch, ChangeHash, DeviceId, FeedEpoch, HubId, Timestamp};
use wardbook_sync::memory::{MemoryHub, MemoryNode};
use wardbook_sync::ports::Quarantined;

use super::{document_id, fixture, opaque, state, ward};
use crate::{Role, StoreError};

#[test]
fn both_hubs_tell_the_same_story() {
    let mut memory = MemoryHub::new(HubId([1; 16]), AuthorEpoch([2; 16]), FeedEpoch([3; 16]));
    log::story(&mut memory);
    hub::story(&mut memory);
    let f = fixture(Role::Hub);
    f.store
        .write(|tx| {
            log::story(tx);
            hub::story(tx);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(f.store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn both_nodes_tell_the_same_story() {
    let mut memory = MemoryNode::new(AuthorEpoch([2; 16]));
    log::story(&mut memory);
    node::story(&mut memory);
    let f = fixture(Role::Node);
    f.store
        .write(|tx| {
            log::story(tx);
            node::story(tx);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(f.store.check().unwrap(), Vec::<String>::new());
}

/// A change kept aside, of a document that does not exist.
fn quarantined() -> Quarantined {
    Quarantined {
        document: document_id(8),
        hash: ChangeHash([8; 32]),
        device: DeviceId([4; 16]),
        code: "too_many_ops".to_owned(),
        because_of: Some(ChangeHash([7; 32])),
        bytes: vec![1, 2],
        at: Timestamp(9),
        replaced_by: None,
    }
}
