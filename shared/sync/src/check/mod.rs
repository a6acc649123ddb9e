//! The shallow checks: what a change must be before any document is opened for it.
//!
//! A well-formed change can destroy a document or carry 20 million operations in 113 bytes, so
//! automerge never sees a change that did not pass here first (sync design, section 5).

mod change;
mod column;
mod condemned;
mod judge;
mod known;

pub(crate) use change::deps_of;
pub use change::{Action, OpId, Operation, ParsedChange, item_hash, operation_count, read_change};
pub(crate) use condemned::group_fresh;
pub use condemned::{Condemned, FreshDocument};
pub use judge::{Author, Custody, Judge, Judged, Rule};
use wardbook_base::ChangeHash;

/// The longest commit message, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 24;
/// 2200-01-01T00:00:00Z in milliseconds: no change is written later.
pub const TIME_MS_END: i64 = 7_258_118_400_000;

/// Why one change was not taken, with a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusalCode {
    /// Not a change, cut off, or not in the one form we write.
    NotAChange,
    /// A document, a deflated change or a bundle, where only plain changes are taken.
    WrongChunkType,
    /// The checksum does not fit the bytes.
    BadChecksum,
    /// More bytes than a change may have.
    TooLarge,
    /// More operations than a change may have.
    TooManyOperations,
    /// Written under an actor that is not the sender's.
    ForeignActor,
    /// The actor's own count has a gap.
    BadSequence,
    /// Another change stands at (document, actor, seq).
    DuplicateSequence,
    /// It builds on a change that is not here.
    MissingAncestor,
    /// It builds on a change that was refused.
    RefusedAncestor,
    /// The operation counter does not follow from what it builds on.
    BadCounter,
    /// The author's clock shows an impossible time.
    BadTime,
    /// It names an object or an earlier value that is not there.
    BadReference,
    /// An operation that records do not have (lists, marks, counters).
    BadOperation,
    /// A value that records do not have, or a text that is too long.
    BadValue,
    /// The commit message is too long.
    MessageTooLong,
    /// The document is in another ward's custody.
    NotCustodian,
    /// The change does not belong to the document it was sent for.
    WrongDocument,
    /// Written before its ward could know that the document had gone to another, and something it
    /// touches was changed there meanwhile: kept for the new custodian to decide.
    LateEdit,
    /// The document was erased for good. Nothing of the change is kept.
    Purged,
    /// The deep check found that a document would not survive it.
    Unsafe,
    /// Only at its author: another incarnation of its database went on, so it is written anew.
    Superseded,
    /// Only at its author: acknowledged, yet neither in the feed nor waiting at the hub.
    Stranded,
}

impl RefusalCode {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::NotAChange,
        Self::WrongChunkType,
        Self::BadChecksum,
        Self::TooLarge,
        Self::TooManyOperations,
        Self::ForeignActor,
        Self::BadSequence,
        Self::DuplicateSequence,
        Self::MissingAncestor,
        Self::RefusedAncestor,
        Self::BadCounter,
        Self::BadTime,
        Self::BadReference,
        Self::BadOperation,
        Self::BadValue,
        Self::MessageTooLong,
        Self::NotCustodian,
        Self::WrongDocument,
        Self::LateEdit,
        Self::Purged,
        Self::Unsafe,
        Self::Superseded,
        Self::Stranded,
    ];

    /// The stable code that travels and is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAChange => "not_a_change",
            Self::WrongChunkType => "wrong_chunk_type",
            Self::BadChecksum => "bad_checksum",
            Self::TooLarge => "too_large",
            Self::TooManyOperations => "too_many_operations",
            Self::ForeignActor => "foreign_actor",
            Self::BadSequence => "bad_sequence",
            Self::DuplicateSequence => "duplicate_seq",
            Self::MissingAncestor => "missing_ancestor",
            Self::RefusedAncestor => "refused_ancestor",
            Self::BadCounter => "bad_counter",
            Self::BadTime => "bad_time",
            Self::BadReference => "bad_reference",
            Self::BadOperation => "bad_operation",
            Self::BadValue => "bad_value",
            Self::MessageTooLong => "message_too_long",
            Self::NotCustodian => "not_custodian",
            Self::WrongDocument => "wrong_document",
            Self::LateEdit => "late_edit",
            Self::Purged => "purged",
            Self::Unsafe => "unsafe_change",
            Self::Superseded => "superseded",
            Self::Stranded => "stranded",
        }
    }

    /// The code behind a text, or `None` for one of a newer program.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }

    /// Whether nothing is wrong with what the user wrote, only with where it stood: then its author
    /// writes it anew on the present record.
    pub const fn is_about_place(self) -> bool {
        matches!(
            self,
            Self::RefusedAncestor
                | Self::MissingAncestor
                | Self::DuplicateSequence
                | Self::BadSequence
                | Self::ForeignActor
                | Self::Superseded
                | Self::Stranded
        )
    }

    /// One sentence with the remedy, in Vietnamese.
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::TooLarge | Self::TooManyOperations => {
                "Thay đổi quá lớn cho một lần lưu; hãy chia thành nhiều lần lưu nhỏ hơn."
            }
            Self::DuplicateSequence => {
                "Cùng một lần sửa có hai bản khác nhau, có thể do sao chép hoặc khôi phục dữ liệu; hãy báo quản trị thành phố."
            }
            Self::MissingAncestor => {
                "Máy chủ chưa có dữ liệu mà lần sửa này dựa vào; hãy đồng bộ lại, nếu vẫn lỗi thì báo quản trị thành phố."
            }
            Self::RefusedAncestor => {
                "Lần sửa này dựa trên một lần sửa bị từ chối; hãy nhập lại nội dung trên bản hiện tại."
            }
            Self::BadTime => {
                "Đồng hồ của máy sai; hãy chỉnh lại ngày giờ rồi nhập lại lần sửa này."
            }
            Self::BadValue => {
                "Giá trị có dạng hoặc độ dài không được phép; hãy rút ngắn rồi lưu lại."
            }
            Self::NotCustodian => {
                "Hồ sơ này do phường khác quản lý; hãy liên hệ phường đó hoặc thành phố."
            }
            Self::LateEdit => {
                "Hồ sơ đã chuyển sang phường khác trước khi lần sửa này tới thành phố, và mục này đã được sửa ở nơi khác; lần sửa được giữ lại để phường mới xem xét, hãy báo phường đó."
            }
            Self::Purged => {
                "Hồ sơ này đã bị xóa vĩnh viễn tại thành phố nên không nhận lần sửa nào nữa; nếu xóa nhầm, hãy lập hồ sơ mới."
            }
            Self::Superseded | Self::Stranded => {
                "Lần sửa này thuộc về một bản dữ liệu cũ hơn; chương trình đã ghi lại nội dung vào hồ sơ hiện tại, hãy mở hồ sơ để kiểm tra."
            }
            Self::NotAChange
            | Self::WrongChunkType
            | Self::BadChecksum
            | Self::ForeignActor
            | Self::BadSequence
            | Self::BadCounter
            | Self::BadReference
            | Self::BadOperation
            | Self::MessageTooLong
            | Self::Unsafe
            | Self::WrongDocument => {
                "Dữ liệu của lần sửa này không hợp lệ; bản gốc được giữ lại, hãy báo quản trị thành phố."
            }
        }
    }

    /// One sentence with the remedy, in English.
    pub const fn english(self) -> &'static str {
        match self {
            Self::TooLarge | Self::TooManyOperations => {
                "The edit is too large for one save; save it in smaller parts."
            }
            Self::DuplicateSequence => {
                "Two different copies of one edit exist, perhaps after a copy or restore of the data; tell the city's admin."
            }
            Self::MissingAncestor => {
                "The hub does not have what this edit builds on; sync again, and tell the city's admin if it stays."
            }
            Self::RefusedAncestor => {
                "This edit builds on one that was refused; enter it again on the present record."
            }
            Self::BadTime => {
                "The computer's clock is wrong; set date and time, then enter this edit again."
            }
            Self::BadValue => {
                "A value has a form or length that is not allowed; shorten it and save again."
            }
            Self::NotCustodian => "Another ward keeps this record; speak to that ward or the city.",
            Self::LateEdit => {
                "The record had gone to another ward before this edit reached the city, and the same field was changed elsewhere; the edit is kept for the new ward to decide, speak to that ward."
            }
            Self::Purged => {
                "This record was erased for good at the city and takes no more edits; make a new record if it was erased by mistake."
            }
            Self::Superseded | Self::Stranded => {
                "This edit belongs to an older copy of the data; the program has written it into the present record, open the record to check it."
            }
            Self::NotAChange
            | Self::WrongChunkType
            | Self::BadChecksum
            | Self::ForeignActor
            | Self::BadSequence
            | Self::BadCounter
            | Self::BadReference
            | Self::BadOperation
            | Self::MessageTooLong
            | Self::Unsafe
            | Self::WrongDocument => {
                "The data of this edit is not valid; the original is kept, tell the city's admin."
            }
        }
    }
}

/// A change that was not taken: why, and with which other it fell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", code.english())]
pub struct Refusal {
    /// Why.
    pub code: RefusalCode,
    /// The refused change it builds on, when that is the reason.
    pub because_of: Option<ChangeHash>,
}

impl Refusal {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        self.code.as_str()
    }
}

impl From<RefusalCode> for Refusal {
    fn from(code: RefusalCode) -> Self {
        Self { code, because_of: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back_and_are_all_different() {
        let texts: std::collections::BTreeSet<_> =
            RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), RefusalCode::ALL.len());
        for code in RefusalCode::ALL {
            assert_eq!(RefusalCode::parse(code.as_str()), Some(code));
        }
    }
}
