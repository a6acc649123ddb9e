//! Why there is no report.

use wardbook_record::Lang;
use wardbook_store::StoreError;

/// A report that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No report of this id.
    #[error("no report {0:?}")]
    Unknown(String),
    /// The workbook could not be written.
    #[error("writing failed: {0}")]
    Write(String),
}

impl ReportError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Unknown(_) => "unknown_report",
            Self::Write(_) => "write_failed",
        }
    }

    /// What is wrong and what to do.
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Store(error) => error.sentence(lang),
            Self::Unknown(id) => match lang {
                Lang::Vi => format!("Không có báo cáo “{id}”. Hãy chọn báo cáo trong danh sách."),
                Lang::En => format!("There is no report “{id}”. Choose one from the list."),
            },
            Self::Write(_) => lang
                .pick(
                    "Không tạo được tệp Excel của báo cáo. Hãy thử lại.",
                    "The workbook of the report could not be written. Please try again.",
                )
                .to_owned(),
        }
    }
}

impl From<rust_xlsxwriter::XlsxError> for ReportError {
    fn from(error: rust_xlsxwriter::XlsxError) -> Self {
        Self::Write(error.to_string())
    }
}
