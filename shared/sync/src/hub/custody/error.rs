//! Why custody is not changed, in two languages.

use wardbook_base::{DocumentId, WardId};

use super::DECISION_BYTES_MAX;
use crate::ports::PortError;

/// Why custody is not changed. Nothing is written then.
#[derive(Debug, thiserror::Error)]
pub enum CustodyError {
    /// The hub does not hold the document.
    #[error("{}", self.english())]
    UnknownDocument(DocumentId),
    /// The hub does not know the ward.
    #[error("{}", self.english())]
    UnknownWard(WardId),
    /// The document, or all of it, is in that ward already.
    #[error("{}", self.english())]
    SameWard(WardId),
    /// The document is lent to that ward already.
    #[error("{}", self.english())]
    AlreadyLent(WardId),
    /// The document is not lent to that ward.
    #[error("{}", self.english())]
    NotLent(WardId),
    /// The document was erased for good.
    #[error("{}", self.english())]
    Purged(DocumentId),
    /// The text of the decision is longer than [`DECISION_BYTES_MAX`].
    #[error("{}", self.english())]
    DecisionTooLong,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] PortError),
}

impl CustodyError {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownDocument(_) => "unknown_document",
            Self::UnknownWard(_) => "unknown_ward",
            Self::SameWard(_) => "same_ward",
            Self::AlreadyLent(_) => "already_lent",
            Self::NotLent(_) => "not_lent",
            Self::Purged(_) => "purged",
            Self::DecisionTooLong => "decision_too_long",
            Self::Store(_) => "store_failed",
        }
    }

    /// One sentence in Vietnamese: where, what, and the remedy.
    pub fn vietnamese(&self) -> String {
        match self {
            Self::UnknownDocument(id) => format!(
                "Sổ quản lý hồ sơ: thành phố không có hồ sơ {id}; hãy kiểm tra mã hồ sơ, hoặc đợi phường đồng bộ rồi thử lại."
            ),
            Self::UnknownWard(ward) => format!(
                "Sổ quản lý hồ sơ: thành phố chưa có phường {ward}; hãy thêm phường này trước rồi thử lại."
            ),
            Self::SameWard(ward) => format!(
                "Sổ quản lý hồ sơ: phường {ward} đang quản lý hồ sơ này rồi; hãy chọn một phường khác."
            ),
            Self::AlreadyLent(ward) => format!(
                "Sổ quản lý hồ sơ: phường {ward} đã được xem hồ sơ này (biệt phái); không cần làm gì thêm."
            ),
            Self::NotLent(ward) => format!(
                "Sổ quản lý hồ sơ: hồ sơ này không biệt phái tới phường {ward}; hãy kiểm tra lại tên phường."
            ),
            Self::Purged(id) => format!(
                "Sổ quản lý hồ sơ: hồ sơ {id} đã bị xóa vĩnh viễn; nếu xóa nhầm, hãy lập hồ sơ mới."
            ),
            Self::DecisionTooLong => format!(
                "Sổ quản lý hồ sơ: số và trích yếu quyết định dài quá {DECISION_BYTES_MAX} byte; hãy viết ngắn lại."
            ),
            Self::Store(error) => {
                format!(
                    "Sổ quản lý hồ sơ: không ghi được dữ liệu ({error}); chưa có gì thay đổi, hãy thử lại."
                )
            }
        }
    }

    /// One sentence in English: where, what, and the remedy.
    pub fn english(&self) -> String {
        match self {
            Self::UnknownDocument(id) => format!(
                "Custody: the city holds no record {id}; check the id, or wait until its ward has synchronised."
            ),
            Self::UnknownWard(ward) => {
                format!("Custody: the city has no ward {ward}; add the ward first.")
            }
            Self::SameWard(ward) => {
                format!("Custody: ward {ward} keeps this record already; choose another ward.")
            }
            Self::AlreadyLent(ward) => format!(
                "Custody: ward {ward} may read this record already (secondment); nothing is left to do."
            ),
            Self::NotLent(ward) => {
                format!("Custody: this record is not lent to ward {ward}; check the ward.")
            }
            Self::Purged(id) => format!(
                "Custody: record {id} was erased for good; make a new record if it was erased by mistake."
            ),
            Self::DecisionTooLong => format!(
                "Custody: the decision's text is longer than {DECISION_BYTES_MAX} bytes; shorten it."
            ),
            Self::Store(error) => {
                format!(
                    "Custody: the data could not be written ({error}); nothing was changed, try again."
                )
            }
        }
    }
}
