//! The custody ledger over SQL, and whose people are counted where.

use wardbook_base::{DocumentId, Timestamp, WardId};
use wardbook_record::Facts;
use wardbook_sync::hub::custody::{self, Rehomed};
use wardbook_sync::ports::{CustodyAct, CustodyEntry, HubPort};

use super::{Author, document_id, fixture, state, ward};
use crate::{CountQuery, Dimension, PersonRow, Role, StoreError, Tx};

const NOW: Timestamp = Timestamp(2_000);

fn other() -> WardId {
    "25900.1".parse().unwrap()
}

/// A projected person of the first ward, as the hub holds it.
fn person(tx: &mut dyn Tx, n: u8) -> DocumentId {
    let id = document_id(n);
    let change = Author::new(id).set("phone", "0900");
    tx.put_document(&state(id, &[change.meta.hash])).unwrap();
    tx.put_change(&change).unwrap();
    tx.put_custody(&CustodyEntry {
        document: id,
        version: 1,
        act: CustodyAct::Born,
        ward: ward(),
        heads: Vec::new(),
        decision: String::new(),
        at: NOW,
    })
    .unwrap();
    let facts = Facts { full_name: format!("Người thứ {n}"), ..Facts::default() };
    let heads = vec![change.meta.hash];
    tx.put_person(&PersonRow { document: id, ward: ward(), facts, heads, updated_at: NOW })
        .unwrap();
    id
}

/// People by ward, as the report counts them.
fn counted(tx: &dyn Tx) -> Vec<(String, u64)> {
    let query = CountQuery { group_by: vec![Dimension::Ward], ..CountQuery::default() };
    let rows = tx.count_people(&query).unwrap().into_iter();
    rows.map(|row| (row.keys[0].clone().unwrap_or_default(), row.n)).collect()
}

#[test]
fn a_person_is_counted_once_where_the_record_is_kept() {
    let f = fixture(Role::Hub);
    f.store
        .write(|tx| {
            let (one, two) = (person(tx, 1), person(tx, 2));
            let (a, b) = (ward().to_string(), other().to_string());
            custody::open_ward(tx, &ward())?;
            custody::open_ward(tx, &other())?;
            custody::lend(tx, &one, &other(), "biệt phái", NOW).unwrap();
            assert_eq!(counted(tx), [(a.clone(), 2)], "a loan counts nobody twice");
            custody::transfer(tx, &two, &other(), "điều động", NOW).unwrap();
            assert_eq!(counted(tx), [(a.clone(), 1), (b.clone(), 1)], "at once, not later");
            let moved = custody::rehome(tx, &ward(), &other(), "sáp nhập", NOW).unwrap();
            assert_eq!(moved, Rehomed { moved: 1, lent: 0 });
            assert_eq!(counted(tx), [(b, 2)]);
            assert!(tx.readers(&one)?.is_empty());
            // Nobody sits in the first ward to be waited for.
            assert!(tx.open_releases(&ward())?.is_empty());
            custody::purge(tx, &one, "xóa", NOW).unwrap();
            assert_eq!(counted(tx), [(other().to_string(), 1)]);
            assert!(tx.document(&one)?.is_none());
            let acts: Vec<_> = HubPort::custody(tx, &one)?.iter().map(|entry| entry.act).collect();
            let expected =
                [CustodyAct::Born, CustodyAct::Lend, CustodyAct::Transfer, CustodyAct::Purge];
            assert_eq!(acts, expected);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}
