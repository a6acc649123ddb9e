//! What can go wrong with a document, in words for people.

use wardbook_base::DocumentId;

use crate::lang::Lang;

/// Why a document could not be read or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The bytes are no document or change.
    #[error("these bytes are no readable record: {0}")]
    Unreadable(String),
    /// The document does not say which one it is.
    #[error("the document does not carry its own id")]
    NoId,
    /// A change of another document. Discard the document it was applied to.
    #[error("a change of document {found} was given to document {expected}")]
    OtherDocument {
        /// The document at hand.
        expected: DocumentId,
        /// The one that the change names.
        found: DocumentId,
    },
    /// The heads asked for are not in this document.
    #[error("the document does not have the asked for state")]
    UnknownHeads,
    /// An edit names a table, row or key that cannot be written.
    #[error("{0} cannot be written")]
    CannotWrite(String),
    /// Automerge refused.
    #[error("the change could not be applied: {0}")]
    Refused(String),
}

impl DocumentError {
    /// A stable name of this kind of failure.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "record_unreadable",
            Self::NoId => "record_without_id",
            Self::OtherDocument { .. } => "other_record",
            Self::UnknownHeads => "unknown_state",
            Self::CannotWrite(_) => "cannot_write",
            Self::Refused(_) => "change_refused",
        }
    }

    /// What happened and what to do, for a person.
    pub fn sentence(&self, lang: Lang) -> String {
        let (vi, en) = match self {
            Self::Unreadable(_) | Self::NoId => (
                "Dữ liệu của hồ sơ này bị hỏng, không đọc được; hãy khôi phục từ bản sao lưu.",
                "The data of this record is damaged and cannot be read; restore it from a backup.",
            ),
            Self::OtherDocument { .. } => (
                "Thay đổi nhận được thuộc về một hồ sơ khác nên không được ghi vào hồ sơ này.",
                "The change belongs to another record, so it was not written into this one.",
            ),
            Self::UnknownHeads => (
                "Biểu mẫu được lập từ một phiên bản không còn trong hồ sơ; hãy mở lại hồ sơ rồi sửa.",
                "The form was made from a version that this record does not have; open it again.",
            ),
            Self::CannotWrite(place) => {
                return match lang {
                    Lang::Vi => {
                        format!("Không ghi được vào mục {place}; hãy tải lại trang rồi thử lại.")
                    }
                    Lang::En => {
                        format!("{place} cannot be written; reload the page and try again.")
                    }
                };
            }
            Self::Refused(_) => (
                "Thay đổi không ghép được vào hồ sơ; hãy đồng bộ lại, nếu còn lỗi thì báo quản trị.",
                "The change does not fit the record; synchronise again, else tell the administrator.",
            ),
        };
        lang.pick(vi, en).to_owned()
    }
}
