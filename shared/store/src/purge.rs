//! Purging at rest, where it meets the opening of a store: what a crash or an older copy left over.

use rusqlite::params;
use wardbook_base::DocumentId;
use wardbook_sync::ports::Tombstone;

use crate::config::Role;
use crate::error::StoreError;
use crate::identity::{Identity as _, SEALED};
use crate::keys::KeyId;
use crate::seal::key_of;
use crate::store::Store;
use crate::tx::SqlTx;

impl Store {
    /// Seals what a version without keys wrote.
    pub(crate) fn seal_what_is_open(&self) -> Result<(), StoreError> {
        if self.read(|tx| tx.get_setting(SEALED))?.is_some() {
            return Ok(());
        }
        let sealed = self.inner.writer.write_sql(&self.inner.shared, |tx| {
            let sealed = tx.seal_everything()?;
            tx.put_setting(SEALED, "yes")?;
            Ok::<_, StoreError>(sealed)
        })?;
        tracing::info!(sealed, "rows were sealed with a key for each document");
        Ok(())
    }

    /// Forgets documents whose key was destroyed: the database was not told (a crash came between),
    /// or it is an older copy. Returns how many. At a hub they stand in the wards' feeds, so that
    /// forgetting them is its owner's business (see [`Store::keyless`]).
    pub(crate) fn finish_purges(&self) -> Result<u64, StoreError> {
        if self.role() == Role::Hub {
            return Ok(0);
        }
        let keyless = self.keyless()?;
        for grave in &keyless {
            let job = |tx: &mut SqlTx<'_>| tx.bury(grave);
            self.inner.writer.write_sql(&self.inner.shared, job)?;
        }
        if !keyless.is_empty() {
            tracing::info!(finished = keyless.len(), "documents without a key were forgotten");
        }
        Ok(keyless.len() as u64)
    }

    /// The documents that still stand here although their key was destroyed: nobody can read them
    /// any more. Each with the grave that its key was destroyed for.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn keyless(&self) -> Result<Vec<Tombstone>, StoreError> {
        let mut keyless = Vec::new();
        for gone in self.inner.shared.keys.destroyed()? {
            let lost = |tx: &SqlTx<'_>| tx.is_sealed_with(&gone.grave.document, gone.key);
            if self.inner.readers.read_sql(&self.inner.shared, lost)? {
                keyless.push(gone.grave);
            }
        }
        Ok(keyless)
    }
}

impl SqlTx<'_> {
    /// Whether anything is here that a key sealed. Each key sealed everything while it was in force,
    /// so one row of a kind tells for all of them.
    fn is_sealed_with(&self, document: &DocumentId, key: KeyId) -> Result<bool, StoreError> {
        let small = self.key(document)?;
        let head = "substr(bytes, 1, 64)";
        for table in ["change", "snapshot", "archive"] {
            let sql = format!("SELECT {head} FROM {table} WHERE document = ?1 LIMIT 1");
            let found = self.first(&sql, [small], |row| row.get::<_, Vec<u8>>(0))?;
            if found.is_some_and(|sealed| key_of(&sealed) == Some(key)) {
                return Ok(true);
            }
        }
        for table in ["quarantine", "parked"] {
            let sql = format!(
                "SELECT {head} FROM {table} WHERE document = ?1 AND length(bytes) > 0 LIMIT 1"
            );
            let found =
                self.first(&sql, params![document.as_bytes()], |row| row.get::<_, Vec<u8>>(0))?;
            if found.is_some_and(|sealed| key_of(&sealed) == Some(key)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
