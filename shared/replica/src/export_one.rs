//! Export of a single record, in the same shape as the export of a list.

use wardbook_base::DocumentId;
use wardbook_record::PartialDate;

use crate::error::{ImportError, ReplicaError};
use crate::export::ExportFile;
use crate::replica::Replica;
use crate::viewer::Viewer;

impl Replica {
    /// One record as .xlsx that can be imported again, with what the viewer may read of it.
    pub fn export_person(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
    ) -> Result<ExportFile, ImportError> {
        let found = self.person_values(viewer, document)?;
        let (person, _) = found.ok_or(ReplicaError::NotFound)?;
        let bytes = wardbook_sheet::export(&[person], &[], self.as_of()?, viewer.lang)?;
        self.log_seen(viewer, "export", Some(*document), "1");
        let today = PartialDate::in_vietnam(self.now()).stored();
        Ok(ExportFile { file_name: format!("ho-so-{today}.xlsx"), bytes, people: 1 })
    }
}
