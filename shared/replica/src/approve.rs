//! A leader's word that a record is right. It is a value of the record like any other: it holds up
//! nothing, and the first edit after it takes it back.

use wardbook_base::DocumentId;
use wardbook_record::{Edit, PartialDate, Path, Person};

use crate::edit::{EditCommand, Saved};
use crate::error::{EditError, ReplicaError};
use crate::replica::Replica;
use crate::viewer::Viewer;

const STATUS: &str = "verify_status";
const WHO: &str = "verified_by.user";
const WHEN: &str = "verified_by.time";
const VERIFIED: &str = "verified";
const REJECTED: &str = "rejected";

impl Replica {
    /// Confirms a record, or gives it back to the clerk.
    ///
    /// # Errors
    /// When the viewer approves nothing or does not reach the record.
    pub fn approve(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        is_right: bool,
    ) -> Result<Saved, EditError> {
        viewer.must_read()?;
        if !viewer.access().approves {
            return Err(ReplicaError::NotAllowed.into());
        }
        let today = PartialDate::in_vietnam(self.now());
        let status = if is_right { VERIFIED } else { REJECTED };
        let edits = vec![
            Edit::set_field(STATUS, status),
            Edit::set(Path::field(WHO), viewer.name.as_str()),
            Edit::set(Path::field(WHEN), today.to_string()),
        ];
        self.edit_person(viewer, document, EditCommand { base_heads: Vec::new(), edits })
    }
}

/// What an edit of a confirmed record takes along: the confirmation was of what stood there before.
pub(crate) fn withdrawal(person: &Person, edits: &[Edit]) -> Option<Edit> {
    let is_confirmed = person.text(STATUS) == Some(VERIFIED);
    let owners = |edit: &Edit| match edit {
        Edit::Set { path, .. } | Edit::Clear { path } => path.owner().to_owned(),
        Edit::AddRow { table, .. } | Edit::RetireRow { table, .. } => table.clone(),
    };
    let is_about_itself = |edit: &Edit| ["verify_status", "verified_by"].contains(&&*owners(edit));
    let changes_content = edits.iter().any(|edit| !is_about_itself(edit));
    let says_so_itself = edits.iter().any(is_about_itself);
    let takes_back = is_confirmed && changes_content && !says_so_itself;
    takes_back.then(|| Edit::set_field(STATUS, "submitted"))
}
