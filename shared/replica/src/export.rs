//! Export of lists, and the import template.

use wardbook_record::{Lang, PartialDate};
use wardbook_store::PeopleQuery;

use crate::access::list;
use crate::error::{ImportError, ReplicaError};
use crate::replica::Replica;
use crate::viewer::Viewer;

/// Which columns to write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ExportColumns {
    /// All that the import template has.
    #[default]
    All,
    /// These field keys, in this order.
    Keys(Vec<String>),
}

/// A file to hand out.
#[derive(Debug, Clone)]
pub struct ExportFile {
    /// A name without personal data.
    pub file_name: String,
    /// The bytes of the .xlsx.
    pub bytes: Vec<u8>,
    /// How many people it holds.
    pub people: usize,
}

impl Replica {
    /// The people of a query (its paging ignored) as .xlsx that can be imported again.
    pub fn export_people(
        &self,
        viewer: &Viewer,
        query: &PeopleQuery,
        columns: &ExportColumns,
    ) -> Result<ExportFile, ImportError> {
        viewer.must_read()?;
        let query = PeopleQuery { offset: 0, limit: u64::from(u32::MAX), ..query.clone() };
        let people = self.inner.store.read(|tx| {
            let mut people = Vec::new();
            for row in list::page(tx, viewer, &self.own_ward_only(tx, &query)?)?.rows {
                if let Some(document) = tx.load_document(&row.document)? {
                    let mut person = document.read();
                    viewer.access().redact(&mut person);
                    people.push(person);
                }
            }
            Ok::<_, ImportError>(people)
        })?;
        let mut keys: Vec<&str> = match columns {
            ExportColumns::All => {
                wardbook_sheet::columns().iter().map(|c| c.key.as_str()).collect()
            }
            ExportColumns::Keys(keys) => keys.iter().map(String::as_str).collect(),
        };
        keys.retain(|key| viewer.access().reads(key));
        if keys.is_empty() {
            return Err(ReplicaError::NotAllowed.into());
        }
        let bytes = wardbook_sheet::export(&people, &keys, self.as_of()?, viewer.lang)?;
        self.log_seen(viewer, "export", None, &people.len().to_string());
        let today = PartialDate::in_vietnam(self.now()).stored();
        Ok(ExportFile { file_name: format!("danh-sach-{today}.xlsx"), bytes, people: people.len() })
    }

    /// The empty template.
    pub fn template(&self, lang: Lang) -> Result<ExportFile, ImportError> {
        let bytes = wardbook_sheet::template(lang)?;
        Ok(ExportFile { file_name: "mau-nhap-ho-so.xlsx".to_owned(), bytes, people: 0 })
    }
}
