//! Why a file could not be read at all, in words that say what to do.

use wardbook_record::Lang;

/// A file that cannot be read, or a workbook that cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// More bytes than an upload may have.
    #[error("the file has {bytes} bytes")]
    FileTooLarge {
        /// The size.
        bytes: usize,
    },
    /// The old binary format of Excel 97-2003.
    #[error("an .xls file")]
    OldXls,
    /// Locked with a password.
    #[error("a workbook locked with a password")]
    Password,
    /// Neither a workbook nor text.
    #[error("not a spreadsheet: {0}")]
    NotASpreadsheet(String),
    /// An .xlsx whose inside cannot be read.
    #[error("a broken workbook: {0}")]
    Broken(String),
    /// An .xlsx that unpacks to more than it may.
    #[error("the workbook unpacks to more than {limit} bytes")]
    Inflates {
        /// The limit, in bytes.
        limit: u64,
    },
    /// More rows than fit into one import.
    #[error("more than {limit} rows")]
    TooManyRows {
        /// The limit.
        limit: usize,
    },
    /// A cell far to the right of any table.
    #[error("cell {cell} lies beyond column {limit}")]
    TooWide {
        /// The cell.
        cell: String,
        /// The limit.
        limit: u32,
    },
    /// More filled cells, or more text, than fit into one import.
    #[error("more than {limit} cells")]
    TooManyCells {
        /// The limit.
        limit: usize,
    },
    /// No sheet of the asked name.
    #[error("no sheet {0:?}")]
    NoSheet(String),
    /// No row that looks like a header.
    #[error("no header row")]
    NoHeader,
    /// A header without a row below it.
    #[error("no data below the header")]
    NoRows,
    /// A workbook could not be written.
    #[error("writing failed: {0}")]
    Write(String),
}

impl SheetError {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FileTooLarge { .. } => "file_too_large",
            Self::OldXls => "old_xls",
            Self::Password => "password",
            Self::NotASpreadsheet(_) => "not_a_spreadsheet",
            Self::Broken(_) => "broken_workbook",
            Self::Inflates { .. } => "workbook_inflates",
            Self::TooManyRows { .. } => "too_many_rows",
            Self::TooWide { .. } => "too_wide",
            Self::TooManyCells { .. } => "too_many_cells",
            Self::NoSheet(_) => "no_sheet",
            Self::NoHeader => "no_header",
            Self::NoRows => "no_rows",
            Self::Write(_) => "write_failed",
        }
    }

    /// What is wrong and what to do, in one sentence or two.
    pub fn sentence(&self, lang: Lang) -> String {
        format!("{} {}", self.reason(lang), self.remedy(lang))
    }

    /// What is wrong.
    pub fn reason(&self, lang: Lang) -> String {
        match lang {
            Lang::Vi => self.reason_vi(),
            Lang::En => self.reason_en(),
        }
    }

    /// What to do.
    pub const fn remedy(&self, lang: Lang) -> &'static str {
        let (vi, en) = self.remedies();
        lang.pick(vi, en)
    }

    fn reason_vi(&self) -> String {
        match self {
            Self::FileTooLarge { bytes } => {
                format!("Tệp quá lớn ({} MB).", bytes / 1024 / 1024)
            }
            Self::OldXls => "Tệp ở định dạng cũ .xls (Excel 97-2003).".to_owned(),
            Self::Password => "Tệp Excel có đặt mật khẩu nên không đọc được.".to_owned(),
            Self::NotASpreadsheet(name) => format!("“{name}” không phải tệp .xlsx hoặc .csv."),
            Self::Broken(_) => "Tệp Excel bị hỏng, không đọc được nội dung.".to_owned(),
            Self::Inflates { limit } => {
                format!("Tệp bung ra lớn hơn {} MB.", limit / 1024 / 1024)
            }
            Self::TooManyRows { limit } => format!("Tệp có hơn {limit} dòng."),
            Self::TooWide { cell, limit } => {
                format!("Ô {cell} nằm quá xa bên phải (chỉ đọc {limit} cột).")
            }
            Self::TooManyCells { limit } => format!("Tệp có hơn {limit} ô có dữ liệu."),
            Self::NoSheet(name) => format!("Tệp không có trang tính “{name}”."),
            Self::NoHeader => "Không tìm thấy dòng tiêu đề cột.".to_owned(),
            Self::NoRows => "Dưới dòng tiêu đề không có dòng dữ liệu nào.".to_owned(),
            Self::Write(_) => "Không tạo được tệp Excel.".to_owned(),
        }
    }

    fn reason_en(&self) -> String {
        match self {
            Self::FileTooLarge { bytes } => {
                format!("The file is too large ({} MB).", bytes / 1024 / 1024)
            }
            Self::OldXls => "The file is in the old .xls format (Excel 97-2003).".to_owned(),
            Self::Password => "The workbook is locked with a password.".to_owned(),
            Self::NotASpreadsheet(name) => format!("“{name}” is not an .xlsx or .csv file."),
            Self::Broken(_) => "The workbook is damaged and cannot be read.".to_owned(),
            Self::Inflates { limit } => {
                format!("The file unpacks to more than {} MB.", limit / 1024 / 1024)
            }
            Self::TooManyRows { limit } => format!("The file has more than {limit} rows."),
            Self::TooWide { cell, limit } => {
                format!("Cell {cell} lies too far to the right (only {limit} columns are read).")
            }
            Self::TooManyCells { limit } => format!("The file has more than {limit} filled cells."),
            Self::NoSheet(name) => format!("The file has no sheet “{name}”."),
            Self::NoHeader => "No row with column headers was found.".to_owned(),
            Self::NoRows => "There is no row of data below the header.".to_owned(),
            Self::Write(_) => "The workbook could not be written.".to_owned(),
        }
    }

    const fn remedies(&self) -> (&'static str, &'static str) {
        match self {
            Self::FileTooLarge { .. } | Self::TooManyRows { .. } => (
                "Hãy chia thành nhiều tệp nhỏ hơn rồi nhập lần lượt.",
                "Split it into smaller files and import them one after another.",
            ),
            Self::OldXls => (
                "Hãy mở bằng Excel, lưu lại thành .xlsx rồi nhập lại.",
                "Open it in Excel, save it as .xlsx and import that file.",
            ),
            Self::Password => (
                "Hãy mở bằng Excel, bỏ mật khẩu, lưu lại thành .xlsx rồi nhập lại.",
                "Open it in Excel, remove the password, save it as .xlsx and import that file.",
            ),
            Self::NotASpreadsheet(_) => (
                "Hãy chọn tệp .xlsx hoặc .csv, hoặc tải tệp mẫu.",
                "Choose an .xlsx or .csv file, or download the template.",
            ),
            Self::Broken(_) => (
                "Hãy mở bằng Excel, lưu lại thành .xlsx mới rồi nhập lại.",
                "Open it in Excel, save it as a new .xlsx and import that file.",
            ),
            Self::Inflates { .. } | Self::TooWide { .. } | Self::TooManyCells { .. } => (
                "Hãy chép riêng bảng dữ liệu sang một tệp mới rồi nhập tệp đó.",
                "Copy only the table of data into a new file and import that file.",
            ),
            Self::NoSheet(_) => {
                ("Hãy chọn một trang tính có trong tệp.", "Choose a sheet that is in the file.")
            }
            Self::NoHeader => (
                "Hãy thêm dòng tiêu đề, ít nhất có cột “Họ và tên”, hoặc dùng tệp mẫu.",
                "Add a header row with at least the column “Full name”, or use the template.",
            ),
            Self::NoRows => (
                "Hãy kiểm tra đã chọn đúng tệp và đúng trang tính.",
                "Check that the right file and the right sheet were chosen.",
            ),
            Self::Write(_) => ("Hãy thử lại.", "Please try again."),
        }
    }
}
