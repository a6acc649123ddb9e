//! Why an import or an export did not happen.

use wardbook_record::{Lang, Problem};
use wardbook_sheet::SheetError;

use super::{EditError, ReplicaError, pair};

/// Why an import did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The preview is gone: the program was restarted, or it was too long ago.
    #[error("the preview is no longer there")]
    UnknownToken,
    /// There is no such batch.
    #[error("there is no such import")]
    UnknownBatch,
    /// The batch was undone before.
    #[error("the import was undone already")]
    AlreadyUndone,
    /// The batch is too long ago to be put back.
    #[error("the import is too long ago to be undone")]
    TooOld,
    /// A row holds a value that cannot be stored at all.
    #[error("row {row} holds a value that cannot be stored")]
    Impossible {
        /// The row in the file.
        row: u32,
        /// Which value, and why.
        problem: Option<Box<Problem>>,
    },
    /// A row would be refused by the hub's checks.
    #[error("row {row} would be refused: {code}")]
    Refused {
        /// The row in the file.
        row: u32,
        /// The code of the refusal.
        code: String,
    },
    /// A new record at the hub needs a ward.
    #[error("an import at the hub needs a ward")]
    NoWard,
    /// Anything else.
    #[error(transparent)]
    Other(#[from] ReplicaError),
}

impl ImportError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Sheet(error) => error.code(),
            Self::UnknownToken => "preview_gone",
            Self::UnknownBatch => "unknown_batch",
            Self::AlreadyUndone => "already_undone",
            Self::TooOld => "undo_too_late",
            Self::Impossible { .. } => "row_impossible",
            Self::Refused { .. } => "row_refused",
            Self::NoWard => "no_ward",
            Self::Other(error) => error.code(),
        }
    }

    /// The sentence for people.
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Sheet(error) => error.sentence(lang),
            Self::UnknownToken => pair(
                lang,
                "Bản kiểm tra của tệp này không còn trên máy; hãy chọn lại tệp và kiểm tra lần nữa.",
                "The preview of this file is no longer on the machine; choose the file and check it again.",
            ),
            Self::UnknownBatch => pair(
                lang,
                "Không có lần nhập này; hãy chọn trong danh sách các lần nhập.",
                "There is no such import; choose one from the list of imports.",
            ),
            Self::AlreadyUndone => pair(
                lang,
                "Lần nhập này đã được hoàn tác trước đó; không cần làm gì thêm.",
                "This import was undone before; there is nothing left to do.",
            ),
            Self::TooOld => pair(
                lang,
                "Chỉ hoàn tác được trong 30 ngày sau khi ghi; hãy sửa từng hồ sơ trong danh sách.",
                "A batch can be undone for 30 days; correct the single records instead.",
            ),
            Self::Impossible { row, problem } => {
                let why = problem.as_ref().map(|problem| {
                    format!(
                        "{}: {} {}",
                        problem.label(lang),
                        problem.reason(lang),
                        problem.remedy(lang)
                    )
                });
                let why = why.unwrap_or_default();
                match lang {
                    Lang::Vi => format!(
                        "Dòng {row} của tệp có giá trị không lưu được, chưa nhập dòng nào. {why}"
                    ),
                    Lang::En => format!(
                        "Row {row} of the file holds a value that cannot be stored, nothing was imported. {why}"
                    ),
                }
            }
            Self::Refused { row, code } => match lang {
                Lang::Vi => format!(
                    "Dòng {row} của tệp vượt giới hạn của hệ thống (mã {code}), chưa nhập dòng nào; hãy rút ngắn nội dung dòng này rồi nhập lại."
                ),
                Lang::En => format!(
                    "Row {row} of the file passes a limit of the system (code {code}), nothing was imported; shorten that row and import again."
                ),
            },
            Self::NoWard => EditError::NoWard.sentence(lang),
            Self::Other(error) => error.sentence(lang),
        }
    }
}
