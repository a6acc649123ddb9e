//! Who is here already: told by number, by old number, or by name and date of birth (A.2, step 4).

use std::cell::RefCell;
use std::collections::BTreeMap;

use wardbook_base::DocumentId;
use wardbook_record::{PartialDate, names};
use wardbook_sheet::{PreviewRow, SameBy};
use wardbook_store::{PeopleFilter, PeopleQuery, StoreError, Tx};

use crate::End;
use crate::commit::elsewhere;
use crate::error::ReplicaError;
use crate::replica::Replica;

/// The people in use whose records can be written here. A retired one is no duplicate.
#[derive(Default)]
pub(super) struct Known {
    /// The hub holds too many to read them all: it asks for each number.
    asks: bool,
    by_number: BTreeMap<String, DocumentId>,
    by_old_number: BTreeMap<String, Somebody>,
    by_name: BTreeMap<String, Vec<Somebody>>,
    failed: RefCell<Option<StoreError>>,
}

#[derive(Clone)]
struct Somebody {
    document: DocumentId,
    number: Option<String>,
    born: Option<PartialDate>,
}

impl Known {
    pub(super) fn read(replica: &Replica, tx: &dyn Tx) -> Result<Self, ReplicaError> {
        let mut known = Self { asks: replica.end() == End::Hub, ..Self::default() };
        if known.asks {
            return Ok(known);
        }
        let own = replica.own_ward_only(tx, &PeopleQuery::default())?;
        let filter = PeopleFilter { wards: own.filter.wards, ..PeopleFilter::default() };
        tx.scan_people(&filter, &mut |row| {
            let (document, facts) = (row.document, row.facts);
            let number = facts.person_id_no;
            let somebody = Somebody { document, number: number.clone(), born: facts.birth_date };
            if let Some(number) = number {
                known.by_number.entry(number).or_insert(document);
            }
            if let Some(old) = facts.old_id_no {
                known.by_old_number.entry(old).or_insert_with(|| somebody.clone());
            }
            known.by_name.entry(names::fold(&facts.full_name)).or_default().push(somebody);
        })?;
        Ok(known)
    }

    /// The record of a row's person, and by what it was told. Two different numbers are two people,
    /// whatever else is the same.
    pub(super) fn find(&self, tx: &dyn Tx, row: &PreviewRow) -> Option<(DocumentId, SameBy)> {
        let number = row.person_id_no.as_ref();
        if self.asks {
            let found = number.map(|number| holder(tx, number)).transpose();
            let found = found.unwrap_or_else(|error| {
                self.failed.replace(Some(error));
                None
            });
            return found.flatten().map(|document| (document, SameBy::IdNumber));
        }
        if let Some(document) = number.and_then(|number| self.by_number.get(number)) {
            return Some((*document, SameBy::IdNumber));
        }
        let may_be = |somebody: &&Somebody| match (&somebody.number, number) {
            (Some(theirs), Some(own)) => theirs == own,
            _ => true,
        };
        let old = row.old_id_no.as_ref().and_then(|old| self.by_old_number.get(old));
        if let Some(somebody) = old.filter(may_be) {
            return Some((somebody.document, SameBy::OldIdNumber));
        }
        let born = row.born?;
        let same = |somebody: &&Somebody| somebody.born.is_some_and(|date| overlap(date, born));
        let named = self.by_name.get(&names::fold(&row.full_name))?;
        let found = named.iter().find(|somebody| may_be(somebody) && same(somebody))?;
        Some((found.document, SameBy::NameAndBirth))
    }

    /// Why a question could not be answered.
    pub(super) fn failed(&self) -> Option<StoreError> {
        self.failed.take()
    }
}

/// Whether two dates can mean the same day: `1990` and `28/02/1990` can.
fn overlap(a: PartialDate, b: PartialDate) -> bool {
    a.earliest() <= b.latest() && b.earliest() <= a.latest()
}

/// The record in use that holds a person id number; one that another ward keeps cannot be written
/// here.
fn holder(tx: &dyn Tx, number: &str) -> Result<Option<DocumentId>, StoreError> {
    for row in tx.people_with_id_no(number)? {
        let is_here = elsewhere(tx, &row.document)?.is_none();
        if row.facts.retired.is_none() && is_here {
            return Ok(Some(row.document));
        }
    }
    Ok(None)
}
