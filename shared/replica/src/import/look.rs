//! What a person looks at before confirming: rows beside their records, and the file with its wrong
//! cells marked.

use wardbook_base::DocumentId;
use wardbook_record::{Edit, Person, path_label, path_value};
use wardbook_sheet::{error_file, person_of, rows_file, update_edits};

use super::ImportToken;
use crate::error::ImportError;
use crate::export::ExportFile;
use crate::replica::Replica;
use crate::viewer::Viewer;

/// A row beside the record of the same person.
#[derive(Debug, Clone)]
pub struct SideBySide {
    /// The row's number in the file.
    pub row: u32,
    /// The record.
    pub document: DocumentId,
    /// Its person's name.
    pub full_name: String,
    /// What differs: the field, what the record says, what the file says.
    pub fields: Vec<(String, String, String)>,
}

impl Replica {
    /// Rows whose person is here already, each beside its record: only what differs.
    pub fn import_side_by_side(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
        rows: &[u32],
    ) -> Result<Vec<SideBySide>, ImportError> {
        let waiting = self.waiting_import(viewer, token)?;
        let preview = waiting.preview.ok_or(ImportError::UnknownToken)?;
        let as_of = self.as_of()?;
        self.inner.store.read(|tx| {
            let mut pairs = Vec::new();
            for row in preview.rows.iter().filter(|row| rows.contains(&row.number)) {
                let Some(id) = row.duplicate else { continue };
                let Some(document) = tx.load_document(&id)? else { continue };
                let person = document.read();
                let edits = update_edits(&person, &row.edits, as_of);
                pairs.push(SideBySide {
                    row: row.number,
                    document: id,
                    full_name: person.text("full_name").unwrap_or_default().to_owned(),
                    fields: fields(&person, &edits, viewer.lang),
                });
            }
            Ok(pairs)
        })
    }

    /// The file with its wrong cells in red, to be mended in a spreadsheet.
    pub fn import_error_file(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
    ) -> Result<ExportFile, ImportError> {
        let waiting = self.waiting_import(viewer, token)?;
        let (Some(table), Some(preview)) = (waiting.table, waiting.preview) else {
            return Err(ImportError::UnknownToken);
        };
        let bytes = error_file(&waiting.bytes, &table, &preview.rows, viewer.lang)?;
        let people = preview.counts.errors;
        Ok(ExportFile { file_name: "tep-loi.xlsx".to_owned(), bytes, people })
    }

    /// The rows that a written import left out, to be mended in a spreadsheet and imported again.
    pub fn import_left_out(
        &self,
        viewer: &Viewer,
        token: &ImportToken,
    ) -> Result<ExportFile, ImportError> {
        let waiting = self.waiting_import(viewer, token)?;
        let left = waiting.left.ok_or(ImportError::UnknownToken)?;
        let bytes = rows_file(&left.table, &left.preview.rows, &left.rows, viewer.lang)?;
        let people = left.rows.len();
        Ok(ExportFile { file_name: "dong-bo-qua.xlsx".to_owned(), bytes, people })
    }
}

fn fields(
    person: &Person,
    edits: &[Edit],
    lang: wardbook_record::Lang,
) -> Vec<(String, String, String)> {
    let wanted = person_of(edits);
    let mut fields = Vec::new();
    for path in edits.iter().flat_map(Edit::paths) {
        let shown = |person: &Person| {
            let value = person.at(&path);
            path_value(&path, value.as_ref(), lang)
        };
        fields.push((path_label(&path, lang), shown(person), shown(&wanted)));
    }
    fields
}
