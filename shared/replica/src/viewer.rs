//! Who asks: the signed-in person as every command and query sees them.

use std::fmt;

use wardbook_base::UserId;
use wardbook_record::Lang;

use crate::error::ReplicaError;

/// What a person may do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Ward: edits records.
    Clerk,
    /// Ward: reads records and reports.
    Leader,
    /// City: edits any record and settles conflicts.
    Officer,
    /// Everything, accounts and devices included.
    Admin,
}

impl Role {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Leader => "leader",
            Self::Officer => "officer",
            Self::Admin => "admin",
        }
    }

    /// From the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Clerk, Self::Leader, Self::Officer, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == word)
    }

    /// The word for people.
    pub const fn label(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Clerk, Lang::Vi) => "Cán bộ nhập liệu",
            (Self::Clerk, Lang::En) => "Clerk",
            (Self::Leader, Lang::Vi) => "Lãnh đạo (chỉ xem)",
            (Self::Leader, Lang::En) => "Leader (read only)",
            (Self::Officer, Lang::Vi) => "Chuyên viên thành phố",
            (Self::Officer, Lang::En) => "City officer",
            (Self::Admin, Lang::Vi) => "Quản trị",
            (Self::Admin, Lang::En) => "Administrator",
        }
    }

    /// Whether records may be changed.
    pub const fn may_edit(self) -> bool {
        !matches!(self, Self::Leader)
    }

    /// Whether accounts, wards and devices may be managed.
    pub const fn may_administer(self) -> bool {
        matches!(self, Self::Admin)
    }
}

/// The person on whose behalf something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The account.
    pub user: UserId,
    /// The name shown to people.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The language they read.
    pub lang: Lang,
    /// True while only a one-time password was given: nothing but changing it is allowed.
    pub must_change_password: bool,
}

impl Viewer {
    /// The machine itself: commands on the command line and background work, with all rights.
    pub fn system(lang: Lang) -> Self {
        let name = match lang {
            Lang::Vi => "Hệ thống",
            Lang::En => "System",
        };
        Self {
            user: UserId::default(),
            name: name.to_owned(),
            role: Role::Admin,
            lang,
            must_change_password: false,
        }
    }

    /// Any signed-in person whose password is their own may read.
    pub(crate) const fn must_read(&self) -> Result<(), ReplicaError> {
        if self.must_change_password { Err(ReplicaError::MustChangePassword) } else { Ok(()) }
    }

    /// Records may be changed by everybody but leaders.
    pub(crate) fn must_edit(&self) -> Result<(), ReplicaError> {
        self.must_read()?;
        if self.role.may_edit() { Ok(()) } else { Err(ReplicaError::NotAllowed) }
    }

    /// Accounts, wards and devices are the administrator's.
    pub(crate) fn must_administer(&self) -> Result<(), ReplicaError> {
        self.must_read()?;
        if self.role.may_administer() { Ok(()) } else { Err(ReplicaError::NotAllowed) }
    }
}

/// What a browser keeps to stay signed in: 128 random bits as 32 hexadecimal digits. Only its
/// hash is stored, and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(pub(crate) String);

impl SessionToken {
    /// As it came back from a cookie.
    pub fn from_cookie(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it goes into the cookie.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken([redacted])")
    }
}
