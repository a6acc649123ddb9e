//! Reading a file and saying what it would do; nothing is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};
use wardbook_base::{Timestamp, UserId, to_hex};
use wardbook_record::{Purpose, RowIds};
use wardbook_sheet::{
    Chosen, Preview, RawTable, ReadOptions, SheetError, SheetTop, check, header_key, map_columns,
    peek, read_table,
};

use super::known::Known;
use super::{DuplicateChoice, ImportBegun, ImportPreview, ImportToken};
use crate::desk::DeskOwner;
use crate::error::ImportError;
use crate::replica::Replica;
use crate::viewer::{Role, Viewer};

/// A preview is forgotten after so long, in milliseconds.
const KEPT_MS: i64 = 4 * 3600 * 1000;
/// At most so many previews wait at once; the oldest goes first. Each may take some megabytes.
const KEPT_MAX: usize = 6;
/// The things of the desk that remember what a person said of columns.
const MAPPING: &str = "mapping";

/// The previews that wait to be confirmed.
#[derive(Debug, Default)]
pub(crate) struct Previews(BTreeMap<ImportToken, Waiting>);

/// A file, or another list of changes, that waits.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) user: UserId,
    pub(super) at: Timestamp,
    pub(super) file_name: String,
    /// What the changes are for.
    pub(super) purpose: Purpose,
    /// The file, to look into it again.
    pub(super) bytes: Arc<Vec<u8>>,
    /// Its table, once it is known where that is.
    pub(super) table: Option<Arc<RawTable>>,
    /// What it would do.
    pub(super) preview: Option<Arc<Preview>>,
    /// What was chosen for single duplicates.
    pub(super) by_row: BTreeMap<u32, DuplicateChoice>,
    /// Once it was written: what was left out of it.
    pub(super) left: Option<Arc<LeftOut>>,
}

/// The rows of a file that were not taken in.
#[derive(Debug)]
pub(super) struct LeftOut {
    pub(super) table: Arc<RawTable>,
    pub(super) preview: Arc<Preview>,
    /// Their numbers.
    pub(super) rows: BTreeSet<u32>,
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
        let mut waiting = self.new_waiting(viewer, file_name, bytes);
        waiting.table = Some(Arc::new(table));
        self.checked(viewer, &self.new_token(), waiting)
    }

    /// The same for a person in front of a page: where no header is found, the file waits until
    /// they say where it is.
    pub fn begin_import(
        &self,
        viewer: &Viewer,
        file_name: &str,
        bytes: &[u8],
    ) -> Result<ImportBegun, ImportError> {
        match self.preview_import(viewer, file_name, bytes, &ReadOptions::default()) {
            Ok(preview) => Ok(ImportBegun::Checked(preview)),
            Err(ImportError::Sheet(SheetError::NoHeader | SheetError::NoRows))
                if peek(bytes, file_name)?.iter().any(|top| !top.rows.is_empty()) =>
            {
                let token = self.new_token();
                let waiting = self.new_waiting(viewer, file_name, bytes);
                self.previews().keep(token.clone(), waiting);
                Ok(ImportBegun::WhereIsTheTable(token))
            }
            Err(error) => Err(error),
        }
    }

    /// The first rows of every sheet of a file that waits.
    pub fn import_tops(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
    ) -> Result<(String, Vec<SheetTop>), ImportError> {
        let waiting = self.waiting_import(viewer, token)?;
        let tops = peek(&waiting.bytes, &waiting.file_name)?;
        Ok((waiting.file_name, tops))
    }

    /// Reads the table that a person pointed at.
    pub fn read_import_at(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
        options: &ReadOptions,
    ) -> Result<ImportPreview, ImportError> {
        let mut waiting = self.waiting_import(viewer, token)?;
        let table = read_table(&waiting.bytes, &waiting.file_name, options)?;
        waiting.table = Some(Arc::new(table));
        waiting.by_row.clear();
        self.checked(viewer, token, waiting)
    }

    /// Takes columns for what a person says, and remembers it for files with the same headers.
    pub fn map_import(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
        chosen: &Chosen,
    ) -> Result<ImportPreview, ImportError> {
        let waiting = self.waiting_import(viewer, token)?;
        let table = waiting.table.as_ref().ok_or(ImportError::UnknownToken)?;
        let key = (MAPPING, mapping_key(table));
        self.desk_put(viewer, DeskOwner::Office, (key.0, &key.1), None, chosen)?;
        self.checked(viewer, token, waiting)
    }

    /// Puts corrected texts into cells (row from 1, column from 0) and checks again.
    pub fn fix_import(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
        cells: &[(u32, u32, String)],
    ) -> Result<ImportPreview, ImportError> {
        self.with_table(viewer, token, |table| {
            for (row, column, typed) in cells {
                table.set_cell(*row, *column, typed);
            }
        })
    }

    /// Turns the old letters of a file (TCVN3, VNI) into Unicode and checks again.
    pub fn convert_import(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
    ) -> Result<ImportPreview, ImportError> {
        self.with_table(viewer, token, |table| {
            table.convert_legacy();
        })
    }

    /// Notes what to do with single rows whose person is here already.
    pub fn choose_for_rows(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
        choices: &BTreeMap<u32, DuplicateChoice>,
    ) -> Result<(), ImportError> {
        let mut waiting = self.waiting_import(viewer, token)?;
        waiting.by_row.extend(choices);
        self.previews().keep(token.clone(), waiting);
        Ok(())
    }

    /// A preview that waits.
    pub fn import_preview(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
    ) -> Result<ImportPreview, ImportError> {
        self.waiting_import(viewer, token)?.shown(token)
    }

    /// Forgets a preview.
    pub fn cancel_import(&self, token: &ImportToken) {
        self.previews().0.remove(token);
    }

    /// Forgets a preview that was written, but for the rows that were left out: somebody may want to
    /// mend them. The preview itself cannot be written again.
    pub(super) fn end_import(&self, token: &ImportToken, rows: BTreeSet<u32>) {
        let mut previews = self.previews();
        let Some(waiting) = previews.0.get_mut(token) else { return };
        match (waiting.table.take(), waiting.preview.take()) {
            (Some(table), Some(preview)) if !rows.is_empty() => {
                waiting.bytes = Arc::default();
                waiting.left = Some(Arc::new(LeftOut { table, preview, rows }));
            }
            _ => drop(previews.0.remove(token)),
        }
    }

    /// Changes the table of a file that waits and checks it again.
    fn with_table(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
        change: impl FnOnce(&mut RawTable),
    ) -> Result<ImportPreview, ImportError> {
        let mut waiting = self.waiting_import(viewer, token)?;
        let mut table = RawTable::clone(waiting.table.as_ref().ok_or(ImportError::UnknownToken)?);
        change(&mut table);
        waiting.table = Some(Arc::new(table));
        self.checked(viewer, token, waiting)
    }

    /// Checks the table of a file and keeps what it would do.
    fn checked(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
        mut waiting: Waiting,
    ) -> Result<ImportPreview, ImportError> {
        let table = waiting.table.clone().ok_or(ImportError::UnknownToken)?;
        let key = mapping_key(&table);
        let chosen = self.desk_get::<Chosen>(viewer, DeskOwner::Office, (MAPPING, &key))?;
        let mapping = map_columns(&table, &chosen.map(|thing| thing.value).unwrap_or_default());
        let as_of = self.as_of()?;
        let mut row_ids = RowIds::new(self.now(), self.dice());
        let preview = self.inner.store.read(|tx| {
            let known = Known::read(self, tx)?;
            let preview = check(&table, &mapping, as_of, &|row| known.find(tx, row), &mut row_ids);
            known.failed().map_or(Ok(preview), |error| Err(ImportError::from(error)))
        })?;
        waiting.preview = Some(Arc::new(preview));
        let shown = waiting.shown(token)?;
        self.previews().keep(token.clone(), waiting);
        Ok(shown)
    }

    fn new_token(&self) -> ImportToken {
        ImportToken(to_hex(&self.dice().bytes::<16>()))
    }

    fn new_waiting(&self, viewer: &Viewer, file_name: &str, bytes: &[u8]) -> Waiting {
        Waiting {
            user: viewer.user,
            at: self.now(),
            file_name: file_name.to_owned(),
            purpose: Purpose::Import,
            bytes: Arc::new(bytes.to_vec()),
            table: None,
            preview: None,
            by_row: BTreeMap::new(),
            left: None,
        }
    }

    /// Keeps changes that were made up without a file, for the same way of confirming and undoing.
    pub(super) fn keep_changes(
        &self,
        viewer: &Viewer,
        name: &str,
        preview: Preview,
    ) -> Result<ImportPreview, ImportError> {
        let mut waiting = self.new_waiting(viewer, name, &[]);
        waiting.purpose = Purpose::Edit;
        waiting.preview = Some(Arc::new(preview));
        let token = self.new_token();
        let shown = waiting.shown(&token)?;
        self.previews().keep(token, waiting);
        Ok(shown)
    }

    pub(super) fn waiting_import(
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

impl Waiting {
    fn shown(&self, token: &ImportToken) -> Result<ImportPreview, ImportError> {
        let preview = self.preview.clone().ok_or(ImportError::UnknownToken)?;
        let old_letters = |row: &wardbook_sheet::PreviewRow| {
            row.problems.iter().any(|problem| problem.code() == "legacy_font")
        };
        Ok(ImportPreview {
            token: token.clone(),
            file_name: self.file_name.clone(),
            has_old_letters: preview.rows.iter().any(old_letters),
            by_row: self.by_row.clone(),
            table: self.table.clone(),
            preview,
        })
    }
}

impl Previews {
    fn keep(&mut self, token: ImportToken, waiting: Waiting) {
        let now = waiting.at;
        self.0.retain(|_, waiting| (now.0 - waiting.at.0).abs() < KEPT_MS);
        while self.0.len() >= KEPT_MAX && !self.0.contains_key(&token) {
            let oldest = self.0.iter().min_by_key(|(_, waiting)| waiting.at);
            let Some(oldest) = oldest.map(|(token, _)| token.clone()) else { break };
            self.0.remove(&oldest);
        }
        self.0.insert(token, waiting);
    }
}

fn mapping_key(table: &RawTable) -> String {
    to_hex(&Sha256::digest(header_key(table).as_bytes())[..16])
}
