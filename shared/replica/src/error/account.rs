//! Why a sign-in failed, or an account was not changed.

use wardbook_record::Lang;

use super::{ReplicaError, pair};

/// Why a sign-in failed.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Wrong name or wrong password: which of them is not said.
    #[error("wrong name or password")]
    Wrong,
    /// Too many tries; ask again later.
    #[error("too many tries; wait {0} s")]
    Wait(u32),
    /// Too many people sign in at this moment.
    #[error("too many sign-ins at once")]
    Busy,
    /// Anything else.
    #[error(transparent)]
    Other(#[from] ReplicaError),
}

impl LoginError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Wrong => "wrong_login",
            Self::Wait(_) => "login_wait",
            Self::Busy => "login_busy",
            Self::Other(error) => error.code(),
        }
    }

    /// The sentence for people.
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Wrong => pair(
                lang,
                "Tên đăng nhập hoặc mật khẩu không đúng; hãy kiểm tra bộ gõ tiếng Việt và phím Caps Lock rồi thử lại.",
                "The user name or the password is wrong; check the keyboard layout and Caps Lock and try again.",
            ),
            Self::Wait(seconds) => match lang {
                Lang::Vi => {
                    format!("Đã thử sai nhiều lần; hãy đợi {seconds} giây rồi đăng nhập lại.")
                }
                Lang::En => {
                    format!("Too many wrong tries; wait {seconds} seconds and sign in again.")
                }
            },
            Self::Busy => pair(
                lang,
                "Đang có quá nhiều người đăng nhập cùng lúc; hãy thử lại sau vài giây.",
                "Too many people are signing in at once; try again in a few seconds.",
            ),
            Self::Other(error) => error.sentence(lang),
        }
    }
}

/// Why an account was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The new password is shorter than 12 characters.
    #[error("the password is too short")]
    TooShort,
    /// The new password is longer than anybody types.
    #[error("the password is too long")]
    TooLong,
    /// The name of the person is longer than the pages show.
    #[error("the name is too long")]
    LongName,
    /// The new password is the old one.
    #[error("the password is unchanged")]
    Unchanged,
    /// The old password is wrong.
    #[error("the old password is wrong")]
    WrongPassword,
    /// The user name is taken.
    #[error("the user name is taken")]
    LoginTaken,
    /// The user name is empty or has characters that are hard to type.
    #[error("the user name cannot be used")]
    BadLogin,
    /// There is no such account.
    #[error("there is no such account")]
    Unknown,
    /// The last administrator cannot be disabled.
    #[error("the last administrator must stay")]
    LastAdmin,
    /// The account opens records that stay closed to who asks: somebody who approves must agree.
    #[error("somebody who approves must agree")]
    NeedsLeader,
    /// Nobody asked for that, or it is decided.
    #[error("nobody asked for that")]
    NoWish,
    /// Who asked is not who agrees.
    #[error("who asked is not who agrees")]
    OwnWish,
    /// Too many people sign in at this moment.
    #[error("too many sign-ins at once")]
    Busy,
    /// Anything else.
    #[error(transparent)]
    Other(#[from] ReplicaError),
}

impl AccountError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::LongName => "name_too_long",
            Self::Unchanged => "password_unchanged",
            Self::WrongPassword => "wrong_password",
            Self::LoginTaken => "login_taken",
            Self::BadLogin => "bad_login",
            Self::Unknown => "unknown_account",
            Self::LastAdmin => "last_admin",
            Self::NeedsLeader => "needs_leader",
            Self::NoWish => "no_wish",
            Self::OwnWish => "own_wish",
            Self::Busy => "login_busy",
            Self::Other(error) => error.code(),
        }
    }

    /// The sentence for people.
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::TooShort => pair(
                lang,
                "Mật khẩu mới ngắn quá; hãy dùng ít nhất 12 ký tự, ví dụ bốn từ dễ nhớ.",
                "The new password is too short; use at least 12 characters, for example four words.",
            ),
            Self::TooLong => pair(
                lang,
                "Mật khẩu mới dài hơn 256 ký tự; hãy chọn mật khẩu ngắn hơn, ví dụ bốn từ dễ nhớ.",
                "The new password is longer than 256 characters; choose a shorter one, for example four words.",
            ),
            Self::LongName => pair(
                lang,
                "Họ và tên dài hơn 100 ký tự; hãy rút gọn.",
                "The person's name is longer than 100 characters; shorten it.",
            ),
            Self::Unchanged => pair(
                lang,
                "Mật khẩu mới trùng với mật khẩu cũ; hãy chọn mật khẩu khác.",
                "The new password equals the old one; choose another.",
            ),
            Self::WrongPassword => pair(
                lang,
                "Mật khẩu hiện nay không đúng; hãy nhập lại mật khẩu bạn vừa dùng để đăng nhập.",
                "The present password is wrong; enter the one you signed in with.",
            ),
            Self::LoginTaken => pair(
                lang,
                "Tên đăng nhập này đã có người dùng; hãy chọn tên khác.",
                "This user name is taken; choose another.",
            ),
            Self::BadLogin => pair(
                lang,
                "Tên đăng nhập chỉ gồm 2 đến 40 chữ cái không dấu, chữ số, dấu chấm, gạch ngang hoặc gạch dưới; hãy sửa lại.",
                "A user name has 2 to 40 plain letters, digits, points, hyphens or underscores; correct it.",
            ),
            Self::Unknown => pair(
                lang,
                "Không có tài khoản này; hãy chọn trong danh sách tài khoản.",
                "There is no such account; choose one from the list.",
            ),
            Self::LastAdmin => pair(
                lang,
                "Đây là tài khoản quản trị cuối cùng nên không khóa được; hãy tạo một tài khoản quản trị khác trước.",
                "This is the last administrator and cannot be disabled; create another administrator first.",
            ),
            Self::NeedsLeader => pair(
                lang,
                "Tài khoản này mở được hồ sơ nên phải có lãnh đạo đồng ý; hãy gửi đề nghị ở trang Tài khoản.",
                "This account opens records, so a leader must agree; ask on the page of accounts.",
            ),
            Self::NoWish => pair(
                lang,
                "Đề nghị này không còn: đã có người quyết định, đã rút lại hoặc đã thay bằng đề nghị khác; hãy tải lại trang Đề nghị sửa hồ sơ rồi xem lại.",
                "This request is gone: somebody decided it, it was withdrawn, or another one took its place; reload the page and look again.",
            ),
            Self::OwnWish => pair(
                lang,
                "Người đề nghị không tự đồng ý được; hãy nhờ lãnh đạo hoặc người quản trị khác quyết định.",
                "Who asked cannot agree; let a leader or another administrator decide.",
            ),
            Self::Busy => LoginError::Busy.sentence(lang),
            Self::Other(error) => error.sentence(lang),
        }
    }
}
