//! Random records with real histories: several hands write one record, and meet now and then.

use std::collections::{BTreeMap, HashMap};

use wardbook_base::{ChangeHash, DeviceId, Dice, DocumentId, RowId, SeededDice, Timestamp, UserId};
use wardbook_record::{Document, Edit, Message, Purpose, Scalar, Stamp};
use wardbook_sync::check::read_change;
use wardbook_sync::ports::{ChangeMeta, StoredChange};

use super::state;
use crate::{Store, StoreError};

/// Single values of a record, about as many as the official form has.
const FIELDS: usize = 45;
const TABLES: [&str; 6] =
    ["degrees", "trainings", "work_history", "salary_history", "awards", "family_self"];
const NAMES: [&str; 8] = ["Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Hoàng", "Võ", "Đặng"];

/// One record that several hands write.
pub(super) struct Record {
    pub(super) id: DocumentId,
    pub(super) changes: Vec<StoredChange>,
    hands: Vec<Document>,
    dice: SeededDice,
}

impl Record {
    /// The record as it was typed in by the first of `hands`.
    pub(super) fn new(id: DocumentId, hands: usize, seed: u64) -> Self {
        let dice = SeededDice::new(seed);
        let hands = (0..hands).map(|_| Document::new(id)).collect();
        let mut record = Self { id, changes: Vec::new(), hands, dice };
        let mut edits: Vec<Edit> =
            (0..FIELDS).map(|n| Edit::set_field(&field(n), record.value())).collect();
        edits.extend(TABLES.iter().map(|table| record.row(table)));
        record.write(0, &edits);
        for hand in 1..record.hands.len() {
            record.meet(hand);
        }
        record
    }

    /// One more edit by a random hand, which met the others before or did not.
    pub(super) fn edit(&mut self) {
        let hand = self.below(self.hands.len() as u64);
        if self.below(3) == 0 {
            self.meet(hand);
        }
        let edit = match self.below(8) {
            0 => self.row("awards"),
            n => Edit::set_field(&field(n * 5), self.value()),
        };
        self.write(hand, &[edit]);
    }

    /// Stores the changes that are not stored yet, the n-th taken in at `time(n)`.
    pub(super) fn store(&self, store: &Store, from: usize, time: impl Fn(usize) -> i64) {
        store
            .write(|tx| {
                let mut heads: Vec<ChangeHash> =
                    tx.document(&self.id)?.map_or_else(Vec::new, |state| state.heads);
                for (n, change) in self.changes.iter().enumerate().skip(from) {
                    heads = wardbook_sync::digest::advance(
                        &heads,
                        &change.meta.deps,
                        &change.meta.hash,
                    );
                    tx.put_document(&state(self.id, &heads))?;
                    let received_at = Timestamp(time(n));
                    tx.put_change(&StoredChange { received_at, ..change.clone() })?;
                }
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }

    fn write(&mut self, hand: usize, edits: &[Edit]) {
        let by = u8::try_from(hand).unwrap();
        let stamp = Stamp {
            actor: vec![by + 1; 16],
            time: Timestamp(
                1_700_000_000_000 + i64::try_from(self.changes.len()).unwrap() * 60_000,
            ),
            message: Message { purpose: Purpose::Edit, user: UserId([by; 8]) },
        };
        let Some(change) = self.hands[hand].edit(edits, &stamp).unwrap() else { return };
        let meta = read_change(&self.id, &change.bytes).unwrap().meta;
        self.changes.push(StoredChange {
            meta,
            bytes: change.bytes,
            author: DeviceId([by; 16]),
            received_at: Timestamp(0),
        });
    }

    fn meet(&mut self, hand: usize) {
        for change in &self.changes {
            self.hands[hand].apply(&change.bytes).unwrap();
        }
    }

    fn row(&self, table: &str) -> Edit {
        let cells: BTreeMap<String, Scalar> =
            (0..6).map(|n| (format!("{table}_column_{n}"), Scalar::Text(self.value()))).collect();
        let row = RowId((&self.dice as &dyn Dice).bytes());
        Edit::AddRow { table: table.to_owned(), row, cells }
    }

    fn value(&self) -> String {
        match self.below(4) {
            0 => format!("{} Văn {}", NAMES[self.below(8)], NAMES[self.below(8)]),
            1 => format!(
                "{:04}-{:02}-{:02}",
                1960 + self.below(60),
                1 + self.below(12),
                1 + self.below(28)
            ),
            2 => format!("07{:010}", self.dice.below(10_000_000_000)),
            _ => format!("Phường Uyên Hưng, thành phố Tân Uyên, số {}", self.below(400)),
        }
    }

    fn below(&self, n: u64) -> usize {
        usize::try_from(self.dice.below(n)).unwrap()
    }
}

fn field(n: usize) -> String {
    format!("personal_field_{n:02}")
}

/// What is known of one change.
type Found = (Option<ChangeMeta>, Option<Vec<u8>>, Option<StoredChange>);

/// Everything that a store answers about the changes of a record.
#[derive(Debug, PartialEq)]
pub(super) struct Answers {
    metas: Vec<ChangeMeta>,
    found: HashMap<ChangeHash, Found>,
    at: Vec<Option<ChangeHash>>,
    with_op: Vec<Option<ChangeHash>>,
    changes: Vec<StoredChange>,
    after: Vec<Vec<StoredChange>>,
    loaded: Vec<Option<(Vec<ChangeHash>, wardbook_record::Person)>>,
    parts: Vec<ChangeHash>,
    counted: (u64, u64, u64),
}

/// Asks a store everything. `known`: all changes of the record, stored or not; `marks`: up to where.
pub(super) fn ask(store: &Store, record: &Record, marks: u64) -> Answers {
    let id = record.id;
    let actors: Vec<Vec<u8>> = (0..5).map(|hand| vec![hand; 16]).collect();
    let last_op = record.changes.iter().map(|change| change.meta.max_op).max().unwrap();
    store
        .read(|tx| {
            let mut found = HashMap::new();
            let unknown = ChangeHash([9; 32]);
            for hash in record.changes.iter().map(|c| c.meta.hash).chain([unknown]) {
                let meta = tx.change_meta(&id, &hash)?;
                found.insert(
                    hash,
                    (meta, tx.change_bytes(&id, &hash)?, tx.stored_change(&id, &hash)?),
                );
            }
            let (mut at, mut with_op) = (Vec::new(), Vec::new());
            for actor in &actors {
                for seq in 0..record.changes.len() as u64 + 2 {
                    at.push(tx.change_at(&id, actor, seq)?);
                }
                for counter in 0..last_op + 2 {
                    with_op.push(tx.change_with_op(&id, actor, counter)?);
                }
            }
            let (mut after, mut loaded) = (Vec::new(), Vec::new());
            for mark in (0..=marks).step_by(3) {
                after.push(tx.changes_after(&id, mark)?);
                let document = tx.load_document_at(&id, mark)?;
                loaded.push(document.map(|document| (document.heads(), document.read())));
            }
            let document = tx.load_document(&id)?;
            loaded.push(document.map(|document| (document.heads(), document.read())));
            let (saved, tail) = tx.document_parts(&id)?.unwrap();
            let mut parts =
                saved.map_or_else(|| Document::new(id), |saved| Document::load(&saved).unwrap());
            for change in tail {
                parts.apply(&change).unwrap();
            }
            Ok::<_, StoreError>(Answers {
                metas: tx.change_metas(&id)?,
                found,
                at,
                with_op,
                changes: tx.changes_of(&id)?,
                after,
                loaded,
                parts: parts.heads(),
                counted: tx.row_counts()?,
            })
        })
        .unwrap()
}

impl Answers {
    /// Which answers differ, in a few words.
    pub(super) fn differ(&self, other: &Self) -> Vec<&'static str> {
        let parts = [
            ("metas", self.metas == other.metas),
            ("by hash", self.found == other.found),
            ("by number", self.at == other.at),
            ("by operation", self.with_op == other.with_op),
            ("changes", self.changes == other.changes),
            ("changes after a mark", self.after == other.after),
            ("loaded", self.loaded == other.loaded),
            ("parts", self.parts == other.parts),
            ("counts", self.counted == other.counted),
        ];
        parts.iter().filter(|(_, same)| !same).map(|(name, _)| *name).collect()
    }

    pub(super) fn set_counted(&mut self, counted: (u64, u64, u64)) {
        self.counted = counted;
    }
}
