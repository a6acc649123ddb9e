//! What is wrong with a cell: where, which value, why, and what to do.

use serde::{Serialize, Serializer};
pub use wardbook_record::Level;
use wardbook_record::{Lang, Problem};

use crate::columns::column;

/// One problem of one cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellProblem {
    /// The cell, such as `D17`.
    pub cell: String,
    /// The key of the column.
    pub column: String,
    /// What stands in the cell; empty when it is missing.
    pub value: String,
    /// Whether the row can be taken as it is.
    pub level: Level,
    /// What it is.
    #[serde(serialize_with = "as_code")]
    pub kind: ProblemKind,
}

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// A rule of the record itself.
    Record(Problem),
    /// The row has no name.
    NoName,
    /// A formula; its remembered result was taken.
    Formula,
    /// A formula without a remembered result.
    FormulaWithoutValue,
    /// `#REF!` and the like.
    SpreadsheetError,
    /// A number whose leading zeros were lost.
    ZerosRestored {
        /// What was understood.
        taken: String,
    },
    /// Too long for a number of the spreadsheet: digits were lost.
    DigitsLost,
    /// A date as a bare day number.
    DateNumber {
        /// What was understood.
        taken: String,
    },
    /// A year of two digits.
    TwoDigitYear {
        /// The last two digits.
        year: String,
    },
    /// The month stands before the day.
    MonthFirst {
        /// What is meant, perhaps.
        perhaps: String,
    },
    /// A value such as 12/12 that the spreadsheet made a date of.
    TurnedIntoDate {
        /// What was understood.
        taken: String,
    },
    /// A code typed as a number, without its zeros.
    NumberForCode {
        /// What was understood.
        taken: String,
    },
    /// A share such as 0.05 where per cent are wanted.
    Fraction {
        /// What was understood.
        taken: String,
    },
    /// An old nine-digit number in the column of the new one.
    OldIdNumber,
    /// Letters of an old font (TCVN3, VNI).
    LegacyFont {
        /// The same in Unicode.
        perhaps: String,
    },
    /// The same person stands twice in the file.
    RepeatedInFile {
        /// The row where it stands first.
        row: u32,
    },
}

impl CellProblem {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// The header of the column.
    pub fn label(&self, lang: Lang) -> String {
        column(&self.column).map_or_else(|| self.column.clone(), |column| column.label(lang))
    }

    /// Why the value is wrong.
    pub fn reason(&self, lang: Lang) -> String {
        match &self.kind {
            ProblemKind::Record(problem) => problem.reason(lang),
            kind => lang.pick(&kind.reasons().0, &kind.reasons().1).to_owned(),
        }
    }

    /// What to do about it.
    pub fn remedy(&self, lang: Lang) -> String {
        match &self.kind {
            ProblemKind::Record(problem) => problem.remedy(lang),
            kind => lang.pick(kind.remedies().0, kind.remedies().1).to_owned(),
        }
    }
}

impl ProblemKind {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Record(problem) => problem.code,
            Self::NoName => "no_name",
            Self::Formula => "formula",
            Self::FormulaWithoutValue => "formula_without_value",
            Self::SpreadsheetError => "spreadsheet_error",
            Self::ZerosRestored { .. } => "zeros_restored",
            Self::DigitsLost => "digits_lost",
            Self::DateNumber { .. } => "date_number",
            Self::TwoDigitYear { .. } => "two_digit_year",
            Self::MonthFirst { .. } => "month_first",
            Self::TurnedIntoDate { .. } => "turned_into_date",
            Self::NumberForCode { .. } => "number_for_code",
            Self::Fraction { .. } => "fraction",
            Self::OldIdNumber => "old_id_number",
            Self::LegacyFont { .. } => "legacy_font",
            Self::RepeatedInFile { .. } => "repeated_in_file",
        }
    }

    /// Whether the row needs a correction.
    pub(crate) fn level(&self) -> Level {
        match self {
            Self::Record(problem) => problem.level,
            Self::Formula
            | Self::ZerosRestored { .. }
            | Self::DateNumber { .. }
            | Self::TurnedIntoDate { .. }
            | Self::NumberForCode { .. }
            | Self::Fraction { .. }
            | Self::OldIdNumber => Level::Warning,
            Self::NoName
            | Self::FormulaWithoutValue
            | Self::SpreadsheetError
            | Self::DigitsLost
            | Self::TwoDigitYear { .. }
            | Self::MonthFirst { .. }
            | Self::LegacyFont { .. }
            | Self::RepeatedInFile { .. } => Level::Error,
        }
    }

    fn reasons(&self) -> (String, String) {
        let fixed = |vi: &str, en: &str| (vi.to_owned(), en.to_owned());
        match self {
            Self::Record(problem) => (problem.reason(Lang::Vi), problem.reason(Lang::En)),
            Self::NoName => fixed("Dòng này không có họ và tên.", "This row has no name."),
            Self::Formula => fixed(
                "Ô này là công thức; đã lấy kết quả đang lưu.",
                "This cell is a formula; its saved result was taken.",
            ),
            Self::FormulaWithoutValue => fixed(
                "Ô này là công thức chưa có kết quả.",
                "This cell is a formula without a saved result.",
            ),
            Self::SpreadsheetError => {
                fixed("Ô này báo lỗi của Excel.", "This cell holds an error of the spreadsheet.")
            }
            Self::ZerosRestored { taken } => (
                format!("Ô lưu dạng số nên mất số 0 ở đầu; đã hiểu là {taken}."),
                format!("Stored as a number, the leading zeros were lost; taken as {taken}."),
            ),
            Self::DigitsLost => fixed(
                "Dãy số quá dài bị lưu dạng số nên mất chữ số cuối.",
                "Too many digits for a number: the last ones were lost.",
            ),
            Self::DateNumber { taken } => (
                format!("Ngày lưu dạng số của Excel; đã hiểu là {taken}."),
                format!("A date stored as a day number; taken as {taken}."),
            ),
            Self::TwoDigitYear { year } => (
                format!("Năm chỉ có hai chữ số: 19{year} hay 20{year}?"),
                format!("The year has two digits: 19{year} or 20{year}?"),
            ),
            Self::MonthFirst { perhaps } => (
                format!("Tháng đứng trước ngày; có lẽ là {perhaps}."),
                format!("The month stands before the day; perhaps {perhaps} is meant."),
            ),
            Self::TurnedIntoDate { taken } => (
                format!("Excel đã tự đổi thành ngày tháng; đã hiểu là {taken}."),
                format!("The spreadsheet made a date of it; taken as {taken}."),
            ),
            Self::NumberForCode { taken } => (
                format!("Mã ghi dạng số nên mất số 0; đã hiểu là {taken}."),
                format!("A code written as a number lost its zeros; taken as {taken}."),
            ),
            Self::Fraction { taken } => (
                format!("Giá trị nhỏ hơn 1; đã hiểu là {taken}%."),
                format!("The value is below 1; taken as {taken}%."),
            ),
            Self::OldIdNumber => fixed(
                "9 chữ số là số CMND cũ; đã ghi vào mục Số CMND cũ.",
                "Nine digits are an old identity number; stored as such.",
            ),
            Self::LegacyFont { perhaps } => (
                format!("Chữ dùng bảng mã cũ (TCVN3, VNI); có lẽ là “{perhaps}”."),
                format!("An old encoding (TCVN3, VNI); perhaps “{perhaps}” is meant."),
            ),
            Self::RepeatedInFile { row } => (
                format!("Số định danh này đã có ở dòng {row} của tệp."),
                format!("This identity number stands in row {row} of the file already."),
            ),
        }
    }

    const fn remedies(&self) -> (&'static str, &'static str) {
        match self {
            Self::Record(_) => ("", ""),
            Self::NoName => (
                "Hãy ghi họ và tên, hoặc xóa dòng nếu không phải một người.",
                "Write the name, or delete the row if it is not a person.",
            ),
            Self::Formula => (
                "Hãy kiểm tra kết quả; nếu sai, chép rồi dán dạng giá trị.",
                "Check the result; if it is wrong, copy and paste it as a value.",
            ),
            Self::FormulaWithoutValue => (
                "Hãy mở tệp bằng Excel, lưu lại, hoặc chép rồi dán dạng giá trị.",
                "Open the file in Excel and save it, or copy and paste the cell as a value.",
            ),
            Self::SpreadsheetError => (
                "Hãy sửa công thức hoặc gõ thẳng giá trị vào ô.",
                "Correct the formula or type the value into the cell.",
            ),
            Self::ZerosRestored { .. }
            | Self::NumberForCode { .. }
            | Self::TurnedIntoDate { .. } => (
                "Hãy kiểm tra lại; lần sau định dạng cột là Văn bản (Text).",
                "Check it; next time format the column as Text.",
            ),
            Self::DigitsLost => (
                "Hãy định dạng cột là Văn bản (Text) rồi gõ lại đủ các chữ số.",
                "Format the column as Text and type all digits again.",
            ),
            Self::DateNumber { .. } => (
                "Hãy kiểm tra lại; lần sau ghi dd/mm/yyyy, mm/yyyy hoặc yyyy.",
                "Check it; next time write dd/mm/yyyy, mm/yyyy or yyyy.",
            ),
            Self::TwoDigitYear { .. } => {
                ("Hãy ghi năm đủ bốn chữ số.", "Write the year with four digits.")
            }
            Self::MonthFirst { .. } => {
                ("Hãy ghi ngày trước, tháng sau: dd/mm/yyyy.", "Write the day first: dd/mm/yyyy.")
            }
            Self::Fraction { .. } => (
                "Hãy kiểm tra lại; lần sau ghi phần trăm, ví dụ 5.",
                "Check it; next time write per cent, such as 5.",
            ),
            Self::OldIdNumber => (
                "Hãy bổ sung số định danh 12 số khi có.",
                "Add the 12-digit identity number when it is known.",
            ),
            Self::LegacyFont { .. } => (
                "Hãy bấm “Chuyển sang Unicode”, rồi xem lại các dấu.",
                "Use “Convert to Unicode”, then look at the accents again.",
            ),
            Self::RepeatedInFile { .. } => (
                "Hãy giữ một dòng, hoặc sửa số định danh nếu là người khác.",
                "Keep one row, or correct the number if it is another person.",
            ),
        }
    }
}

fn as_code<S: Serializer>(kind: &ProblemKind, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(kind.code())
}
