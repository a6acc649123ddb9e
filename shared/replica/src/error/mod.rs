//! What can go wrong, each with a stable code and a sentence that says what, where and how to fix.

mod account;
mod edit;
mod hub;
mod import;
mod sync;
mod words;

pub use account::{AccountError, LoginError};
pub use edit::EditError;
pub use hub::HubError;
pub use import::ImportError;
pub use sync::{EnrolError, EnrolFileFault, SyncError, TransportError};
pub(crate) use words::code_sentence;
pub use words::sync_code_sentence;

use wardbook_record::{DocumentError, Lang};
use wardbook_store::StoreError;
use wardbook_sync::ports::PortError;

/// Picks the sentence of a language.
pub(crate) fn pair(lang: Lang, vi: &str, en: &str) -> String {
    match lang {
        Lang::Vi => vi.to_owned(),
        Lang::En => en.to_owned(),
    }
}

/// What can stop any command or query.
#[derive(Debug, thiserror::Error)]
pub enum ReplicaError {
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A document could not be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The engine's store call failed.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The account may not do this.
    #[error("not allowed")]
    NotAllowed,
    /// Only a one-time password was given so far.
    #[error("the one-time password must be changed first")]
    MustChangePassword,
    /// There is no such record.
    #[error("there is no such record")]
    NotFound,
    /// A stored setting cannot be understood.
    #[error("the stored setting {0} cannot be understood")]
    Setting(&'static str),
    /// A file of rules cannot be used.
    #[error(transparent)]
    Rules(wardbook_record::rules::OverrideError),
    /// A file of rules is older than what stands here.
    #[error("rules of version {given}, but version {here} is here")]
    OlderRules {
        /// The version here.
        here: u64,
        /// The version of the file.
        given: u64,
    },
    /// The worker that ran the command ended early.
    #[error("the command was interrupted")]
    Interrupted,
}

impl ReplicaError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Document(error) => error.code(),
            Self::Port(error) => port_store_error(error).map_or("store_failed", StoreError::code),
            Self::NotAllowed => "not_allowed",
            Self::MustChangePassword => "must_change_password",
            Self::NotFound => "not_found",
            Self::Setting(_) => "bad_setting",
            Self::Rules(_) => "bad_rules",
            Self::OlderRules { .. } => "old_rules",
            Self::Interrupted => "interrupted",
        }
    }

    /// The sentence for people.
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Store(error) => error.sentence(lang),
            Self::Document(error) => error.sentence(lang),
            Self::Port(error) => match port_store_error(error) {
                Some(error) => error.sentence(lang),
                None => pair(
                    lang,
                    "Kho dữ liệu của máy này không trả lời; hãy thử lại, nếu vẫn lỗi thì khởi động lại chương trình.",
                    "The data store of this machine did not answer; try again, and restart the program if it keeps failing.",
                ),
            },
            Self::NotAllowed => pair(
                lang,
                "Tài khoản của bạn không được làm việc này; hãy nhờ người quản trị hoặc đăng nhập bằng tài khoản khác.",
                "Your account may not do this; ask the administrator or sign in with another account.",
            ),
            Self::MustChangePassword => pair(
                lang,
                "Bạn đang dùng mật khẩu một lần; hãy đặt mật khẩu mới trước khi làm việc khác.",
                "You are using a one-time password; set a new password before you go on.",
            ),
            Self::NotFound => pair(
                lang,
                "Không có hồ sơ này trên máy; hãy quay lại danh sách và tìm lại theo họ tên hoặc số định danh.",
                "This record is not on this machine; go back to the list and search by name or person id.",
            ),
            Self::Setting(name) => match lang {
                Lang::Vi => format!(
                    "Thiết lập \"{name}\" trong kho dữ liệu bị hỏng; hãy khôi phục từ bản sao lưu."
                ),
                Lang::En => {
                    format!("The stored setting \"{name}\" is damaged; restore from a backup.")
                }
            },
            Self::Rules(error) => error.sentence(lang),
            Self::OlderRules { here, given } => match lang {
                Lang::Vi => format!(
                    "Tệp quy tắc là bản {given}, máy này đã có bản {here}; hãy xin thành phố tệp mới nhất (lệnh \"rules show\" ở máy chủ)."
                ),
                Lang::En => format!(
                    "The file holds version {given} of the rules, this machine has version {here}; ask the city for the newest (\"rules show\" at the hub)."
                ),
            },
            Self::Interrupted => pair(
                lang,
                "Việc đang làm bị ngắt giữa chừng và không có gì được ghi; hãy làm lại.",
                "The work was interrupted and nothing was written; do it again.",
            ),
        }
    }
}

/// The store's own error inside a port error, when it is one.
fn port_store_error(error: &PortError) -> Option<&StoreError> {
    error.0.downcast_ref::<StoreError>()
}

/// Lower errors reach every operation's error through [`ReplicaError`].
macro_rules! from_lower {
    ($($error:ty),+) => {$(
        impl From<StoreError> for $error {
            fn from(error: StoreError) -> Self {
                Self::Other(error.into())
            }
        }

        impl From<PortError> for $error {
            fn from(error: PortError) -> Self {
                Self::Other(error.into())
            }
        }

        impl From<DocumentError> for $error {
            fn from(error: DocumentError) -> Self {
                Self::Other(error.into())
            }
        }
    )+};
}

from_lower!(EditError, ImportError, LoginError, AccountError, SyncError, EnrolError, HubError);
