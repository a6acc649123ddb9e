//! What a person should know about a file as a whole, before its cells are looked at.

use serde::{Deserialize, Serialize};
use wardbook_record::Lang;

/// A remark on a whole file. None of them stops an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Note {
    /// The sheet that was read, where the file has several.
    SheetUsed {
        /// Its name.
        sheet: String,
        /// The others, which were not read.
        others: Vec<String>,
    },
    /// The text was not UTF-8 and was read as this encoding.
    Encoding {
        /// The encoding's name.
        name: String,
    },
    /// Dates count from 1904.
    System1904,
    /// A file made by a newer version's template.
    NewerTemplate {
        /// The version that stands in the file.
        version: u32,
    },
}

impl Note {
    /// The remark in one sentence.
    pub fn sentence(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::SheetUsed { sheet, others }, Lang::Vi) => {
                format!("Đã đọc trang tính “{sheet}”; không đọc: {}.", others.join(", "))
            }
            (Self::SheetUsed { sheet, others }, Lang::En) => {
                format!("Sheet “{sheet}” was read; not read: {}.", others.join(", "))
            }
            (Self::Encoding { name }, Lang::Vi) => {
                format!(
                    "Tệp không dùng mã UTF-8, đã đọc theo mã {name}; hãy xem kỹ dấu tiếng Việt."
                )
            }
            (Self::Encoding { name }, Lang::En) => {
                format!("The file is not UTF-8 and was read as {name}; check the Vietnamese marks.")
            }
            (Self::System1904, Lang::Vi) => {
                "Tệp dùng hệ ngày 1904 (Excel cho Mac cũ); ngày tháng đã được đổi theo hệ này."
                    .to_owned()
            }
            (Self::System1904, Lang::En) => {
                "The file counts days from 1904 (old Excel for Mac); dates were read that way."
                    .to_owned()
            }
            (Self::NewerTemplate { version }, Lang::Vi) => format!(
                "Tệp theo mẫu phiên bản {version}, mới hơn chương trình này; cột lạ sẽ được nêu tên."
            ),
            (Self::NewerTemplate { version }, Lang::En) => format!(
                "The file follows template version {version}, newer than this program; unknown \
                 columns are named."
            ),
        }
    }
}
