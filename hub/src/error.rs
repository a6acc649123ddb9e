//! What can stop the program, with its exit code and one sentence that says what to do.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use wardbook_record::Lang;
use wardbook_replica::{HubError, ReplicaError};
use wardbook_store::StoreError;
use wardbook_web::serve::ServeError;

/// Something that ends a command.
#[derive(Debug, thiserror::Error)]
pub enum HubFailure {
    /// The hub could not do it.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The data could not be opened or read.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// A port cannot be had, or the server stopped.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Sync without TLS was asked for on an address that others reach.
    #[error("plain sync on {0}")]
    PlainSyncNotLoopback(SocketAddr),
    /// Pages without TLS were asked for on an address that others reach.
    #[error("plain pages on {0}")]
    PagesNotLoopback(SocketAddr),
    /// The settings file cannot be used.
    #[error("{0}: {1}")]
    ConfigFile(PathBuf, String),
    /// The TLS identity cannot be made or read.
    #[error("TLS identity: {0}")]
    Tls(String),
    /// The running server answered a command with an error.
    #[error("{message}")]
    Answer {
        /// HTTP status.
        status: u16,
        /// The stable code.
        code: String,
        /// The sentence.
        message: String,
        /// What to do.
        remedy: String,
    },
    /// The server that holds the data does not answer.
    #[error("the running server does not answer")]
    ServerSilent,
    /// A file named on the command line cannot be written.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// A file named on the command line cannot be read.
    #[error("{0}: {1}")]
    Unreadable(PathBuf, io::Error),
    /// The account of the changes does not add up; what is wrong was told.
    #[error("the account of the changes does not add up")]
    DoesNotAddUp,
    /// A stored document is not sound; what is wrong was told.
    #[error("a stored document is not sound")]
    Unsound,
    /// The command line is not complete.
    #[error("{0}")]
    Usage(&'static str),
    /// The terminal or the operating system failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<StoreError> for HubFailure {
    fn from(error: StoreError) -> Self {
        Self::Replica(error.into())
    }
}

impl HubFailure {
    /// A stable code for programs.
    pub fn code(&self) -> String {
        match self {
            Self::Hub(error) => error.code().to_owned(),
            Self::Replica(error) => error.code().to_owned(),
            Self::Serve(error) => error.code().to_owned(),
            Self::PlainSyncNotLoopback(_) => "plain_sync_not_loopback".to_owned(),
            Self::PagesNotLoopback(_) => "pages_not_loopback".to_owned(),
            Self::ConfigFile(..) => "bad_config".to_owned(),
            Self::Tls(_) => "tls_identity".to_owned(),
            Self::Answer { code, .. } => code.clone(),
            Self::ServerSilent => "server_silent".to_owned(),
            Self::File(..) => "file".to_owned(),
            Self::Unreadable(..) => "unreadable_file".to_owned(),
            Self::DoesNotAddUp => "does_not_add_up".to_owned(),
            Self::Unsound => "unsound".to_owned(),
            Self::Usage(_) => "usage".to_owned(),
            Self::Io(_) => "io".to_owned(),
        }
    }

    /// The exit code (see [`crate::cli`]).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::PlainSyncNotLoopback(_) | Self::PagesNotLoopback(_) => 2,
            Self::ServerSilent => 5,
            _ => exit_code_of(&self.code(), self.status()),
        }
    }

    /// What, where and how to fix it, in one or two sentences.
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Hub(error) => error.sentence(lang),
            Self::Replica(error) => error.sentence(lang),
            Self::Serve(error) => error.sentence(lang),
            Self::Answer { message, remedy, .. } if remedy.is_empty() => message.clone(),
            Self::Answer { message, remedy, .. } => format!("{message} {remedy}"),
            _ => self.own_sentence(lang),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Answer { status, .. } => *status,
            _ => 0,
        }
    }

    fn own_sentence(&self, lang: Lang) -> String {
        let (vi, en) = match self {
            Self::PlainSyncNotLoopback(at) => (
                format!("Đồng bộ không mã hóa chỉ được dùng trên chính máy này, không được dùng ở {at}; hãy bỏ --sync-plain để dùng HTTPS."),
                format!("Sync without encryption is for this machine alone, not for {at}; leave out --sync-plain to use HTTPS."),
            ),
            Self::PagesNotLoopback(at) => (
                format!("Trang quản trị chỉ mở trên chính máy này, không mở ở {at}; hãy dùng --listen 127.0.0.1:8090 và đặt một máy chủ HTTPS phía trước, khai tên của nó bằng --hosts."),
                format!("The pages open on this machine only, not on {at}; use --listen 127.0.0.1:8090 with an HTTPS proxy in front, and give its name with --hosts."),
            ),
            Self::ConfigFile(path, why) => (
                format!("Tệp thiết lập {} có lỗi ({why}); hãy sửa dòng đó hoặc xóa tệp để dùng giá trị mặc định.", path.display()),
                format!("The settings file {} is wrong ({why}); correct that line, or delete the file to use the defaults.", path.display()),
            ),
            Self::Tls(why) => (
                format!("Không dùng được khóa HTTPS của máy chủ ({why}); hãy khôi phục dữ liệu từ bản sao lưu."),
                format!("The server's HTTPS identity cannot be used ({why}); restore the data from a backup."),
            ),
            Self::ServerSilent => (
                "Máy chủ đang chạy giữ dữ liệu này nhưng không trả lời; hãy đợi một lát rồi thử lại, hoặc khởi động lại máy chủ.".to_owned(),
                "A running server holds this data but does not answer; wait a moment and try again, or restart the server.".to_owned(),
            ),
            Self::File(path, why) => (
                format!("Không ghi được tệp {} ({why}); hãy chọn một nơi khác còn chỗ trống và có quyền ghi.", path.display()),
                format!("Cannot write {} ({why}); choose another place with free space where you may write.", path.display()),
            ),
            Self::Unreadable(path, why) => (
                format!("Không đọc được tệp {} ({why}); hãy kiểm tra tên tệp và quyền đọc.", path.display()),
                format!("Cannot read {} ({why}); check its name and that you may read it.", path.display()),
            ),
            Self::DoesNotAddUp => (
                "Sổ các thay đổi không khớp; hãy giữ nguyên dữ liệu, sao lưu ngay và gửi kết quả ở trên cho bộ phận hỗ trợ.".to_owned(),
                "The account of the changes does not add up; leave the data as it is, back it up now, and send what is printed above to support.".to_owned(),
            ),
            Self::Unsound => (
                "Có hồ sơ lưu bị hỏng; hãy sao lưu ngay, rồi cho phường liên quan đồng bộ lại hoặc khôi phục từ bản sao lưu.".to_owned(),
                "A stored record is damaged; back up now, then let the ward that holds it give it back, or restore from a backup.".to_owned(),
            ),
            Self::Usage(text) => ((*text).to_owned(), (*text).to_owned()),
            other => (
                format!("Hệ điều hành báo lỗi ({other}); hãy kiểm tra ổ đĩa và quyền của thư mục dữ liệu rồi thử lại."),
                format!("The operating system reported an error ({other}); check the disk and the rights of the data folder, then try again."),
            ),
        };
        match lang {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }
}

/// The exit code that fits an error's code and the HTTP status it came with (0 for none).
fn exit_code_of(code: &str, status: u16) -> u8 {
    match code {
        "locked" | "port_in_use" => 5,
        "wrong_key" | "key_missing" | "corrupt" | "too_new" | "disk_full" | "tls_identity"
        | "disk_error" | "wrong_role" | "no_access" | "key_exposed" | "key_malformed" => 6,
        "unknown_unit" | "unit_not_valid" | "unknown_ward" | "ward_exists" | "bad_day"
        | "unknown_device" | "no_address" | "not_initialised" | "bad_config"
        | "unreadable_file" | "not_a_backup" | "wrong_identity" | "not_empty" | "keys_expired"
        | "keys_mismatch" => 3,
        _ if (400..500).contains(&status) => 3,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_has_its_own_exit_code_and_says_what_to_do() {
        let failure =
            HubFailure::from(ServeError::PortInUse(SocketAddr::from(([127, 0, 0, 1], 8090))));
        assert_eq!((failure.exit_code(), failure.code().as_str()), (5, "port_in_use"));
        assert!(failure.sentence(Lang::Vi).contains("127.0.0.1:8090"));
        assert_ne!(failure.sentence(Lang::Vi), failure.sentence(Lang::En));
    }
}
