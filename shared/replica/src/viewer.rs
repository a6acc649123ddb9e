//! Who asks: the signed-in person as every command and query sees them.

use std::fmt;

use wardbook_base::UserId;
use wardbook_record::Lang;

use crate::access::Scope;
use crate::error::ReplicaError;

/// What a person may do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Ward: edits records.
    Clerk,
    /// Ward: reads records and reports, and confirms records. City: reads.
    Leader,
    /// City: edits any record and settles conflicts.
    Officer,
    /// Everything, accounts and devices included.
    Admin,
    /// Ward: the head of a division, who sees the own staff.
    Head,
    /// Ward: sees and edits pay alone.
    Accountant,
    /// Ward: sees the own record and proposes corrections.
    Staff,
    /// Ward: manages accounts, backup and network, and sees no record.
    Technician,
}

impl Role {
    /// All roles. What each may do stands in `data/roles.json`.
    pub const ALL: [Self; 8] = [
        Self::Clerk,
        Self::Leader,
        Self::Officer,
        Self::Admin,
        Self::Head,
        Self::Accountant,
        Self::Staff,
        Self::Technician,
    ];

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Leader => "leader",
            Self::Officer => "officer",
            Self::Admin => "admin",
            Self::Head => "head",
            Self::Accountant => "accountant",
            Self::Staff => "staff",
            Self::Technician => "technician",
        }
    }

    /// From the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
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
    /// Whose records they reach, when the role reaches only some.
    pub scope: Scope,
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
            scope: Scope::default(),
            lang,
            must_change_password: false,
        }
    }

    /// Any signed-in person whose password is their own may ask; what they see of it is
    /// [`crate::Access`]'s matter.
    pub(crate) const fn must_read(&self) -> Result<(), ReplicaError> {
        if self.must_change_password { Err(ReplicaError::MustChangePassword) } else { Ok(()) }
    }

    /// Whole records are made and changed by clerks, officers and administrators.
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
