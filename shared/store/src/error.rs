//! What can go wrong with a store, in words that say what to do.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use wardbook_record::Lang;
use wardbook_sync::ports::PortError;

/// A store could not do what it was asked. Nothing of a failed write remains.
///
/// `Display` is plain English for logs; [`StoreError::sentence`] is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the folder.
    #[error("another program is using {}", dir.display())]
    Locked {
        /// The folder.
        dir: PathBuf,
    },
    /// The key file does not open this database (or the file is no database at all).
    #[error("the key file does not open the database")]
    WrongKey,
    /// There is a database but no key file.
    #[error("the key file {} is missing", path.display())]
    KeyMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// Other accounts of the machine can read the key file.
    #[error("the key file {} can be read by other accounts", path.display())]
    KeyExposed {
        /// The file.
        path: PathBuf,
    },
    /// The key file does not hold 64 hexadecimal digits.
    #[error("the key file {} does not hold a key", path.display())]
    KeyMalformed {
        /// The file.
        path: PathBuf,
    },
    /// A newer program made the database.
    #[error("the database has version {found}, this program knows versions up to {known}")]
    TooNew {
        /// The version of the database.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// A node's folder was opened as a hub's, or the other way round.
    #[error("this folder belongs to a {found}")]
    WrongRole {
        /// What the database is for.
        found: String,
    },
    /// The disk is full. Reading goes on; writing works again when there is space.
    #[error("the disk is full")]
    DiskFull,
    /// The disk did not read or write.
    #[error("the disk does not answer: {0}")]
    Io(String),
    /// This account may not use the folder or a file in it.
    #[error("no permission: {0}")]
    NoAccess(String),
    /// The database file is damaged.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// Something outside the program holds the database.
    #[error("the database is busy")]
    Busy,
    /// A write was started inside a write.
    #[error("a write was started inside a write")]
    Nested,
    /// A job ended in a panic; its changes were taken back.
    #[error("an operation failed unexpectedly and was taken back")]
    Panicked,
    /// A stored document cannot be put together.
    #[error("document {document} cannot be read: {reason}")]
    Document {
        /// Its id.
        document: String,
        /// Why.
        reason: String,
    },
    /// The file is no backup, or not a whole one.
    #[error("this is not a whole backup: {0}")]
    NotABackup(String),
    /// The recovery key is not the one the backup was made for, or is no key.
    #[error("the recovery key does not open this backup")]
    WrongIdentity,
    /// The key file that belongs to a backup is gone.
    #[error("the key file {} of this backup is gone", path.display())]
    KeysExpired {
        /// Where it should be.
        path: PathBuf,
    },
    /// The key file is older than the backup or belongs to another store.
    #[error("the key file {} does not belong to this backup", path.display())]
    KeysMismatch {
        /// The file.
        path: PathBuf,
    },
    /// The folder to restore into holds files.
    #[error("the folder {} is not empty", dir.display())]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
    },
    /// The database refused: a rule of the schema, or a mistake in this program.
    #[error("the database refused: {0}")]
    Refused(String),
}

impl StoreError {
    /// A stable code: for exit codes, JSON and translation.
    pub const fn code(&self) -> &'static str {
        self.texts().0
    }

    /// What happened and what to do, for people.
    pub fn sentence(&self, lang: Lang) -> String {
        let (_, vi, en) = self.texts();
        let text = lang.pick(vi, en);
        match self {
            Self::Locked { dir } | Self::NotEmpty { dir } => {
                text.replace("{path}", &dir.display().to_string())
            }
            Self::KeyMissing { path }
            | Self::KeyExposed { path }
            | Self::KeyMalformed { path }
            | Self::KeysExpired { path }
            | Self::KeysMismatch { path } => text.replace("{path}", &path.display().to_string()),
            Self::Document { document, .. } => text.replace("{document}", document),
            _ => text.to_owned(),
        }
    }

    const fn texts(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Locked { .. } => (
                "locked",
                "Thư mục {path} đang được một chương trình Wardbook khác dùng. Hãy tắt chương trình đó hoặc chọn thư mục khác bằng --data.",
                "The folder {path} is in use by another Wardbook program. Stop that program, or choose another folder with --data.",
            ),
            Self::WrongKey => (
                "wrong_key",
                "Tệp khóa database.key không mở được cơ sở dữ liệu. Hãy đặt lại đúng tệp khóa của thư mục này hoặc khôi phục từ bản sao lưu.",
                "The key file database.key does not open the database. Put back the key file of this folder, or restore from a backup.",
            ),
            Self::KeyMissing { .. } => (
                "key_missing",
                "Thiếu tệp khóa {path}. Hãy đặt lại tệp khóa của thư mục này hoặc khôi phục từ bản sao lưu.",
                "The key file {path} is missing. Put back the key file of this folder, or restore from a backup.",
            ),
            Self::KeyExposed { .. } => (
                "key_exposed",
                "Tài khoản khác trên máy đọc được tệp khóa {path}. Hãy chạy: chmod 600 \"{path}\" rồi mở lại.",
                "Other accounts of this machine can read the key file {path}. Run: chmod 600 \"{path}\" and start again.",
            ),
            Self::KeyMalformed { .. } => (
                "key_malformed",
                "Tệp khóa {path} không phải là 64 chữ số thập lục phân. Hãy đặt lại tệp khóa của thư mục này hoặc khôi phục từ bản sao lưu.",
                "The key file {path} does not hold 64 hexadecimal digits. Put back the key file of this folder, or restore from a backup.",
            ),
            Self::TooNew { .. } => (
                "too_new",
                "Cơ sở dữ liệu do phiên bản Wardbook mới hơn tạo ra. Hãy cài phiên bản mới rồi mở lại.",
                "A newer Wardbook made this database. Install the newer version and start again.",
            ),
            Self::WrongRole { .. } => (
                "wrong_role",
                "Thư mục này thuộc về chương trình kia (nút phường và máy chủ thành phố dùng thư mục riêng). Hãy chọn thư mục khác bằng --data.",
                "This folder belongs to the other program (a ward's node and the city's hub use folders of their own). Choose another folder with --data.",
            ),
            Self::DiskFull => (
                "disk_full",
                "Ổ đĩa đầy nên chưa lưu được. Hãy giải phóng dung lượng rồi lưu lại; dữ liệu đã lưu trước đó vẫn còn nguyên.",
                "The disk is full, so this was not saved. Free some space and save again; everything saved before is intact.",
            ),
            Self::Io(_) => (
                "disk_error",
                "Ổ đĩa không đọc hoặc ghi được nên chưa lưu được. Hãy kiểm tra ổ đĩa và dây nối rồi thử lại.",
                "The disk does not read or write, so this was not done. Check the disk and its cable, then try again.",
            ),
            Self::NoAccess(_) => (
                "no_access",
                "Tài khoản này không có quyền ghi vào thư mục dữ liệu. Hãy cấp quyền ghi hoặc chọn thư mục khác bằng --data.",
                "This account may not write to the data folder. Grant write access, or choose another folder with --data.",
            ),
            Self::Corrupt(_) => (
                "corrupt",
                "Tệp cơ sở dữ liệu bị hỏng. Hãy dừng làm việc và khôi phục từ bản sao lưu.",
                "The database file is damaged. Stop working and restore from a backup.",
            ),
            Self::Busy => (
                "busy",
                "Cơ sở dữ liệu đang bận. Hãy thử lại sau ít giây.",
                "The database is busy. Try again in a few seconds.",
            ),
            Self::Nested | Self::Panicked | Self::Refused(_) => (
                "internal",
                "Có lỗi trong chương trình, thao tác đã được hủy và dữ liệu không đổi. Hãy thử lại; nếu vẫn lỗi, hãy báo cho người quản trị.",
                "Something went wrong in the program; the operation was taken back and no data changed. Try again, and tell the administrator if it happens again.",
            ),
            Self::Document { .. } => (
                "document_unreadable",
                "Không đọc được hồ sơ {document}. Hãy báo cho người quản trị để tải lại từ thành phố hoặc từ bản sao lưu.",
                "The record {document} cannot be read. Ask the administrator to fetch it again from the city or from a backup.",
            ),
            Self::NotABackup(_) => (
                "not_a_backup",
                "Tệp này không phải bản sao lưu Wardbook hoặc bị thiếu. Hãy chọn tệp sao lưu khác.",
                "This file is not a Wardbook backup, or a part of it is missing. Choose another backup file.",
            ),
            Self::WrongIdentity => (
                "wrong_recovery_key",
                "Khóa khôi phục không mở được bản sao lưu này. Hãy dùng khóa được in ra khi khởi tạo.",
                "The recovery key does not open this backup. Use the key that was printed at set-up.",
            ),
            Self::KeysExpired { .. } => (
                "keys_expired",
                "Không có tệp khóa hồ sơ {path}. Tệp khóa chỉ được giữ 35 ngày; khi đã hết hạn thì không đọc lại được hồ sơ nào trong bản sao lưu này. Hãy dùng bản sao lưu mới hơn, hoặc đặt tệp khóa còn hạn vào đúng chỗ này.",
                "The key file {path} is not there. Key files are kept for 35 days only; once they have expired, no record in this backup can be read any more. Use a newer backup, or put a key file that has not expired in this place.",
            ),
            Self::KeysMismatch { .. } => (
                "keys_mismatch",
                "Tệp khóa hồ sơ {path} không thuộc bản sao lưu này hoặc cũ hơn bản sao lưu. Hãy dùng tệp khóa được tạo cùng bản sao lưu này hoặc sau đó.",
                "The key file {path} belongs to another store, or is older than this backup. Use the key file that was made together with this backup, or a later one.",
            ),
            Self::NotEmpty { .. } => (
                "not_empty",
                "Thư mục {path} đã có tệp. Hãy chọn một thư mục trống để khôi phục.",
                "The folder {path} holds files. Choose an empty folder to restore into.",
            ),
        }
    }
}

impl StoreError {
    /// A query went well, but was given zeros in place of a damaged page.
    pub(crate) fn met_damage() -> Self {
        Self::Corrupt("a damaged page was read".to_owned())
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::NotADatabase) => Self::WrongKey,
            // What SQLCipher answers after it met a damaged page: "out of memory", or an error
            // without words of its own.
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::OutOfMemory) => Self::Corrupt(text),
            Some(ErrorCode::Unknown) if text == "SQL logic error" => Self::Corrupt(text),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(
                ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::FileLockingProtocolFailed,
            ) => Self::Io(text),
            Some(_) => Self::Refused(text),
            None => match error {
                // A value that does not have the form we wrote it in.
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..) => Self::Corrupt(text),
                _ => Self::Refused(text),
            },
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                Self::NoAccess(error.to_string())
            }
            _ => Self::Io(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}

impl From<StoreError> for PortError {
    fn from(error: StoreError) -> Self {
        Self(Box::new(error))
    }
}

impl From<PortError> for StoreError {
    /// The engine hands a store's error back in a box: this takes it out again.
    fn from(error: PortError) -> Self {
        match error.0.downcast::<Self>() {
            Ok(own) => *own,
            Err(other) => Self::Refused(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_its_way_through_the_engine() {
        let port: PortError = StoreError::DiskFull.into();
        assert_eq!(StoreError::from(port), StoreError::DiskFull);
    }

    #[test]
    fn sentences_name_the_place_in_both_languages() {
        let error = StoreError::Locked { dir: "books".into() };
        assert!(error.sentence(Lang::Vi).contains("Thư mục books"));
        assert!(error.sentence(Lang::En).contains("The folder books"));
        assert!(!error.sentence(Lang::En).contains('{'));
    }
}
