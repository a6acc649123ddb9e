//! Why an edit was not saved.

use wardbook_record::{Lang, Problem};
use wardbook_sync::RefusalCode;

use super::{ReplicaError, pair};
use crate::merge::MergeView;

/// Why an edit was not saved.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// Somebody changed touched fields since the form was made; untouched fields are not in it.
    #[error("{} fields were changed by somebody else meanwhile", .0.fields.len())]
    Stale(Box<MergeView>),
    /// Something that cannot be stored at all: a computed or fixed field, a text too long.
    #[error("{} values cannot be stored", .0.len())]
    Invalid(Vec<Problem>),
    /// There is no such record.
    #[error("there is no such record")]
    NotFound,
    /// No ward was named for a new record at the hub.
    #[error("a new record needs a ward")]
    NoWard,
    /// The hub's checks would refuse the change; the code is the refusal's.
    #[error("the change would be refused: {0}")]
    Refused(String),
    /// Another ward keeps the record now; here it is to read.
    #[error("another ward keeps the record")]
    KeptElsewhere {
        /// That ward, for people.
        ward_name: String,
    },
    /// The conflict is no longer open.
    #[error("the conflict was already settled")]
    Settled {
        /// Who settled it, for people.
        by: String,
        /// When, by that machine's clock.
        at: wardbook_base::Timestamp,
    },
    /// A request is not one that waits any more.
    #[error("the request was answered or taken back")]
    Answered,
    /// A slip asks for a person: it is no record, and never becomes one.
    #[error("a slip is no record")]
    Slip,
    /// A save cannot be taken back: somebody edited the record after it.
    #[error("the record was edited since")]
    EditedSince {
        /// Who, for people.
        by: String,
    },
    /// Anything else.
    #[error(transparent)]
    Other(#[from] ReplicaError),
}

impl EditError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Stale(_) => "stale",
            Self::Invalid(_) => "invalid",
            Self::NotFound => "not_found",
            Self::NoWard => "no_ward",
            Self::Refused(_) => "refused",
            Self::KeptElsewhere { .. } => "not_custodian",
            Self::Settled { .. } => "already_settled",
            Self::Answered => "already_answered",
            Self::Slip => "slip",
            Self::EditedSince { .. } => "edited_since",
            Self::Other(error) => error.code(),
        }
    }

    /// The sentence for people.
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Stale(view) => match lang {
                Lang::Vi => format!(
                    "{} mục bạn sửa đã được người khác sửa trong lúc bạn nhập; hãy chọn giá trị đúng cho từng mục rồi lưu lại.",
                    view.fields.len()
                ),
                Lang::En => format!(
                    "{} fields you changed were changed by somebody else meanwhile; choose the right value for each and save again.",
                    view.fields.len()
                ),
            },
            Self::Invalid(problems) => problems
                .iter()
                .map(|p| format!("{} {}", p.reason(lang), p.remedy(lang)))
                .collect::<Vec<_>>()
                .join(" "),
            Self::NotFound => ReplicaError::NotFound.sentence(lang),
            Self::NoWard => pair(
                lang,
                "Chưa chọn phường cho hồ sơ mới; hãy chọn phường rồi lưu lại.",
                "No ward is chosen for the new record; choose the ward and save again.",
            ),
            Self::Refused(code) => match RefusalCode::parse(code) {
                Some(code) => pair(lang, code.vietnamese(), code.english()),
                None => ReplicaError::Interrupted.sentence(lang),
            },
            Self::KeptElsewhere { ward_name } => match lang {
                Lang::Vi => format!(
                    "Hồ sơ này hiện do {ward_name} quản lý nên ở đây chỉ xem được; hãy báo nơi đó nếu cần sửa."
                ),
                Lang::En => format!(
                    "{ward_name} keeps this record now, so it can only be read here; ask that ward to change it."
                ),
            },
            Self::Settled { by, .. } => match lang {
                Lang::Vi => format!(
                    "Xung đột này đã được {by} xử lý; hãy tải lại trang để xem giá trị hiện nay."
                ),
                Lang::En => format!(
                    "This conflict was already settled by {by}; reload the page to see the present value."
                ),
            },
            Self::Answered => pair(
                lang,
                "Đề nghị này đã được trả lời hoặc đã rút lại; hãy tải lại trang để xem kết quả.",
                "This request was answered or taken back; reload the page to see what became of it.",
            ),
            Self::Slip => pair(
                lang,
                "Đây là phiếu đề nghị tiếp nhận, không phải hồ sơ; nếu người này từ nơi khác đến, hãy lập hồ sơ mới.",
                "This slip asks for a person and is no record; if the person comes from elsewhere, make a new record.",
            ),
            Self::EditedSince { by } => match lang {
                Lang::Vi => format!(
                    "Không hoàn tác được lần lưu này: sau đó hồ sơ đã được {by} sửa. Hãy mở Lịch sử chỉnh sửa và khôi phục từng giá trị."
                ),
                Lang::En => format!(
                    "This save cannot be undone: {by} edited the record after it. Open the history of edits and restore single values."
                ),
            },
            Self::Other(error) => error.sentence(lang),
        }
    }
}
