//! The balance of all changes: what a ward ever sent was merged, kept aside, waits, or was purged.

use std::collections::{BTreeMap, HashSet};

use wardbook_base::{ChangeHash, DocumentId, WardId};
use wardbook_sync::message::ForgetReason;

use crate::error::StoreError;
use crate::rows::{id, ward};
use crate::tx::SqlTx;

/// What became of every change of a ward, each counted once. `missing` and `unfed` are empty in a
/// hub that is whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conservation {
    /// Changes that are named in the push logs of the ward's devices, or in the ward's feed by one
    /// of its devices or the hub, or were kept aside of its devices.
    pub authored: u64,
    /// Of these: in the log of their document.
    pub merged: u64,
    /// Kept aside.
    pub quarantined: u64,
    /// Waiting for what they build on.
    pub parked: u64,
    /// Of documents that were erased for good.
    pub purged: u64,
    /// None of these: lost.
    pub missing: Vec<(DocumentId, ChangeHash)>,
    /// Changes of documents in the ward's custody that stand in no feed, so that no ward hears of
    /// them.
    pub unfed: Vec<(DocumentId, ChangeHash)>,
}

impl Conservation {
    /// Whether every change is accounted for.
    pub fn holds(&self) -> bool {
        self.missing.is_empty() && self.unfed.is_empty()
    }
}

type Changes = HashSet<(DocumentId, ChangeHash)>;

impl SqlTx<'_> {
    pub(crate) fn balance(&self, of: &WardId) -> Result<Conservation, StoreError> {
        let mut found = Conservation { unfed: self.unfed(of)?, ..Conservation::default() };
        let (mut at, mut merged, mut purged) = (None, HashSet::new(), false);
        for (document, hash) in self.authored_by(of)? {
            if at != Some(document) {
                at = Some(document);
                merged = self.hashes_of(&document)?;
                let grave = self.grave(&document)?;
                purged = grave.is_some_and(|grave| grave.reason == ForgetReason::Purged);
            }
            found.authored += 1;
            if merged.contains(&hash) {
                found.merged += 1;
            } else if purged {
                found.purged += 1;
            } else if self.is_kept_aside(&document, &hash)? {
                found.quarantined += 1;
            } else if self.is_parked(&document, &hash)? {
                found.parked += 1;
            } else {
                found.missing.push((document, hash));
            }
        }
        Ok(found)
    }

    /// By document and hash, each once.
    fn authored_by(&self, of: &WardId) -> Result<Vec<(DocumentId, ChangeHash)>, StoreError> {
        let sql = "SELECT document, hash FROM device_push
                   WHERE device IN (SELECT id FROM device WHERE ward = ?1) AND notice IS NULL
                   UNION
                   SELECT document, hash FROM feed WHERE ward = ?1 AND kind = 0
                       AND author NOT IN (SELECT id FROM device WHERE ward <> ?1)
                   UNION
                   SELECT document, hash FROM quarantine
                   WHERE device IN (SELECT id FROM device WHERE ward = ?1)
                   ORDER BY 1, 2";
        self.all(sql, [of.as_str()], |row| Ok((id(row, 0)?, id(row, 1)?)))
    }

    fn hashes_of(&self, document: &DocumentId) -> Result<HashSet<ChangeHash>, StoreError> {
        Ok(self.list_metas(document)?.into_iter().map(|meta| meta.hash).collect())
    }

    fn is_parked(&self, document: &DocumentId, hash: &ChangeHash) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM parked WHERE document = ?1 AND hash = ?2";
        let ids = [document.as_bytes(), hash.as_bytes()];
        Ok(self.first(sql, ids, |_| Ok(()))?.is_some())
    }

    fn unfed(&self, of: &WardId) -> Result<Vec<(DocumentId, ChangeHash)>, StoreError> {
        let mut fed = BTreeMap::from([(of.clone(), self.fed(of)?)]);
        let sql = "SELECT id FROM document WHERE ward = ?1 ORDER BY id";
        let documents = self.all(sql, [of.as_str()], |row| id(row, 0))?;
        let mut found = Vec::new();
        for document in documents {
            for meta in self.list_metas(&document)? {
                let change = (document, meta.hash);
                if !fed.get(of).is_some_and(|fed| fed.contains(&change))
                    && !self.is_fed_elsewhere(&change, &mut fed)?
                {
                    found.push(change);
                }
            }
        }
        Ok(found)
    }

    /// What came with a document from another ward stands in that ward's feed.
    fn is_fed_elsewhere(
        &self,
        change: &(DocumentId, ChangeHash),
        fed: &mut BTreeMap<WardId, Changes>,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT DISTINCT ward FROM custody WHERE document = ?1";
        for former in self.all(sql, [change.0.as_bytes()], |row| ward(row, 0))? {
            if !fed.contains_key(&former) {
                let changes = self.fed(&former)?;
                fed.insert(former.clone(), changes);
            }
            if fed.get(&former).is_some_and(|fed| fed.contains(change)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn fed(&self, ward: &WardId) -> Result<Changes, StoreError> {
        let sql = "SELECT document, hash FROM feed WHERE ward = ?1 AND kind = 0";
        let rows = self.all(sql, [ward.as_str()], |row| Ok((id(row, 0)?, id(row, 1)?)))?;
        Ok(rows.into_iter().collect())
    }
}
