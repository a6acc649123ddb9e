//! What waits to be sent, for people: whose records, how many changes of each, since when.

use std::collections::BTreeMap;

use wardbook_base::{DocumentId, Timestamp};

use crate::error::ReplicaError;
use crate::replica::Replica;
use crate::viewer::Viewer;

/// Changes that are looked at; the number of those that wait is told apart.
const ROWS_MAX: usize = 20_000;

/// One record with changes that the hub has not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRecord {
    /// The record.
    pub document: DocumentId,
    /// The person's name; empty when there is none, or when the viewer may not see the record.
    pub full_name: String,
    /// Changes that wait.
    pub changes: u64,
    /// When the first of them was written.
    pub since: Timestamp,
}

impl Replica {
    /// The records with changes that wait, the longest waiting first.
    ///
    /// # Errors
    /// When the viewer may not ask, or the store fails.
    pub fn waiting(&self, viewer: &Viewer) -> Result<Vec<WaitingRecord>, ReplicaError> {
        viewer.must_read()?;
        self.inner.store.read(|tx| {
            let (acked, _) = tx.acked()?;
            let mut found: BTreeMap<DocumentId, WaitingRecord> = BTreeMap::new();
            for row in tx.local_rows(acked, ROWS_MAX)? {
                if row.notice.is_some() {
                    continue;
                }
                let record = found.entry(row.document).or_insert(WaitingRecord {
                    document: row.document,
                    full_name: String::new(),
                    changes: 0,
                    since: row.at,
                });
                record.changes += 1;
                record.since = record.since.min(row.at);
            }
            let mut records: Vec<WaitingRecord> = found.into_values().collect();
            for record in &mut records {
                if self.reaches(tx, viewer, &record.document)? {
                    let row = tx.person_row(&record.document)?;
                    record.full_name = row.map(|row| row.facts.full_name).unwrap_or_default();
                }
            }
            records.sort_by_key(|record| record.since);
            Ok(records)
        })
    }
}
