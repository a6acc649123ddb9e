//! Reading a file and saying what it would do; nothing is written.

use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use wardbook_base::{DocumentId, Timestamp, UserId, to_hex};
use wardbook_record::RowIds;
use wardbook_sheet::{Preview, ReadOptions, check, match_columns, read_table};
use wardbook_store::{StoreError, Tx};

use super::{ImportPreview, ImportToken};
use crate::commit::elsewhere;
use crate::error::ImportError;
use crate::replica::Replica;
use crate::viewer::{Role, Viewer};

/// A preview is forgotten after so long, in milliseconds.
const KEPT_MS: i64 = 4 * 3600 * 1000;
/// At most so many previews wait at once; the oldest goes first. Each may take some megabytes.
const KEPT_MAX: usize = 8;

/// The previews that wait to be confirmed.
#[derive(Debug, Default)]
pub(crate) struct Previews(BTreeMap<ImportToken, Waiting>);

#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) user: UserId,
    pub(super) at: Timestamp,
    pub(super) file_name: String,
    pub(super) preview: Arc<Preview>,
}

impl Replica {
    /// Reads a file and says what it would do. Nothing is written.
    pub fn preview_import(
        &self,
        viewer: &Viewer,
        file_name: &str,
        bytes: &[u8],
        options: &ReadOptions,
    ) -> Result<ImportPreview, ImportError> {
        viewer.must_edit()?;
        let table = read_table(bytes, file_name, options)?;
        let mapping = match_columns(&table);
        let as_of = self.as_of()?;
        let mut row_ids = RowIds::new(self.now(), self.dice());
        let preview = self.inner.store.read(|tx| {
            let mut failed = std::cell::RefCell::new(None);
            let existing = |number: &str| match holder(tx, number) {
                Ok(found) => found,
                Err(error) => {
                    failed.replace(Some(error));
                    None
                }
            };
            let preview = check(&table, &mapping, as_of, &existing, &mut row_ids);
            match failed.get_mut().take() {
                Some(error) => Err(ImportError::from(error)),
                None => Ok(Arc::new(preview)),
            }
        })?;
        let token = ImportToken(to_hex(&self.dice().bytes::<16>()));
        let waiting = Waiting {
            user: viewer.user,
            at: self.now(),
            file_name: file_name.to_owned(),
            preview: preview.clone(),
        };
        self.previews().keep(token.clone(), waiting);
        Ok(ImportPreview { token, file_name: file_name.to_owned(), preview })
    }

    /// A preview that waits.
    pub fn import_preview(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
    ) -> Result<ImportPreview, ImportError> {
        let Waiting { file_name, preview, .. } = self.waiting(viewer, token)?;
        Ok(ImportPreview { token: token.clone(), file_name, preview })
    }

    /// Forgets a preview.
    pub fn cancel_import(&self, token: &ImportToken) {
        self.previews().0.remove(token);
    }

    pub(super) fn waiting(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
    ) -> Result<Waiting, ImportError> {
        viewer.must_edit()?;
        let found = self.previews().0.get(token).cloned();
        let may = |waiting: &Waiting| waiting.user == viewer.user || viewer.role == Role::Admin;
        found.filter(may).ok_or(ImportError::UnknownToken)
    }

    fn previews(&self) -> MutexGuard<'_, Previews> {
        self.inner.previews.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Previews {
    fn keep(&mut self, token: ImportToken, waiting: Waiting) {
        let now = waiting.at;
        self.0.retain(|_, waiting| (now.0 - waiting.at.0).abs() < KEPT_MS);
        while self.0.len() >= KEPT_MAX {
            let oldest = self.0.iter().min_by_key(|(_, waiting)| waiting.at);
            let Some(oldest) = oldest.map(|(token, _)| token.clone()) else { break };
            self.0.remove(&oldest);
        }
        self.0.insert(token, waiting);
    }
}

/// The record in use that holds a person id number; a retired one is no duplicate, and one that
/// another ward keeps cannot be written here.
fn holder(tx: &dyn Tx, number: &str) -> Result<Option<DocumentId>, StoreError> {
    for row in tx.people_with_id_no(number)? {
        let is_here = elsewhere(tx, &row.document)?.is_none();
        if row.facts.retired.is_none() && is_here {
            return Ok(Some(row.document));
        }
    }
    Ok(None)
}
