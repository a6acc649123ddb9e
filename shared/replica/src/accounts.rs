//! Accounts: made with a one-time password, blocked and freed, passwords changed.

use wardbook_base::{DocumentId, Redacted, UserId};
use wardbook_store::{Account, Tx};

use crate::access::Scope;
use crate::account_wish::{WishKind, wish_of};
use crate::error::{AccountError, ReplicaError};
use crate::passwords::{PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN, one_time_password};
use crate::replica::Replica;
use crate::sessions::token_hash;
use crate::settings::scope_setting;
use crate::viewer::{Role, SessionToken, Viewer};

/// Characters of a person's name.
const NAME_CHARACTERS_MAX: usize = 100;

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The user name: plain letters, digits, `.`, `-`, `_`.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// A sign-in that works until a password of one's own is set. Shown once.
#[derive(Debug, Clone)]
pub struct OneTimePassword {
    /// The account.
    pub user: UserId,
    /// The user name.
    pub login: String,
    /// The password.
    pub password: Redacted<String>,
}

/// An account as the list shows it.
#[derive(Debug, Clone)]
pub struct UserView {
    /// The account.
    pub user: UserId,
    /// The user name.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whose records they reach, when the role reaches only some.
    pub scope: Scope,
    /// Whether only the one-time password was used so far.
    pub must_change_password: bool,
    /// Whether sign-in is blocked.
    pub disabled: bool,
    /// What was asked for it and waits for somebody who approves.
    pub wish: Option<WishKind>,
}

impl Replica {
    /// Whether there is any account yet.
    pub fn has_users(&self) -> Result<bool, ReplicaError> {
        Ok(!self.inner.store.read(|tx| tx.accounts())?.is_empty())
    }

    /// Makes the very first account (an administrator) when there is none; `None` otherwise.
    pub fn first_account(
        &self,
        login: &str,
        name: &str,
    ) -> Result<Option<OneTimePassword>, AccountError> {
        if self.has_users()? {
            return Ok(None);
        }
        let user = NewUser { login: login.to_owned(), name: name.to_owned(), role: Role::Admin };
        let (account, made) = self.draw_account(&user)?;
        self.inner.store.write(|tx| {
            if tx.accounts()?.is_empty() {
                tx.put_account(&account)?;
                Ok(Some(made))
            } else {
                Ok(None)
            }
        })
    }

    /// The same with a password of the person's own choice, for somebody who sits at the machine.
    ///
    /// # Errors
    /// When the password is too short or the user name cannot be used.
    pub fn first_account_with(
        &self,
        login: &str,
        name: &str,
        password: &Redacted<String>,
    ) -> Result<bool, AccountError> {
        must_be_a_password(&password.0)?;
        let user = NewUser { login: login.to_owned(), name: name.to_owned(), role: Role::Admin };
        let (mut account, _) = self.draw_account(&user)?;
        account.password_hash = self.hash(&password.0)?;
        account.must_change = false;
        self.inner.store.write(|tx| {
            let is_first = tx.accounts()?.is_empty();
            if is_first {
                tx.put_account(&account)?;
            }
            Ok(is_first)
        })
    }

    /// Makes an account with a one-time password, which reaches these records from its first moment
    /// on.
    pub fn create_user(
        &self,
        viewer: &Viewer,
        user: &NewUser,
        scope: &Scope,
    ) -> Result<OneTimePassword, AccountError> {
        must_give(viewer, user.role)?;
        let (mut account, made) = self.draw_account(user)?;
        self.inner.store.write(|tx| {
            if tx.account_by_login(&account.login)?.is_some() {
                return Err(AccountError::LoginTaken);
            }
            put_role(tx, &mut account, user.role, scope)?;
            self.log_in(tx, viewer, "create_account", None, &account.id.to_string())?;
            Ok(made)
        })
    }

    /// A new one-time password for an account; its sessions end.
    pub fn reset_password(
        &self,
        viewer: &Viewer,
        login: &str,
    ) -> Result<OneTimePassword, AccountError> {
        viewer.must_administer()?;
        let password = one_time_password(&*self.inner.dice);
        let hash = self.hash(&password)?;
        let login = folded(login)?;
        self.inner.store.write(|tx| {
            let mut account = find(tx, &login)?;
            must_give(viewer, role_of(&account))?;
            account.password_hash = hash;
            account.must_change = true;
            tx.put_account(&account)?;
            tx.delete_sessions_of(&account.id, None)?;
            tx.clear_login_failures(&crate::sessions::account_subject(&login))?;
            self.log_in(tx, viewer, "reset_password", None, &account.id.to_string())?;
            Ok(OneTimePassword { user: account.id, login, password: Redacted(password) })
        })
    }

    /// Blocks or frees an account; its sessions end.
    pub fn set_user_disabled(
        &self,
        viewer: &Viewer,
        login: &str,
        disabled: bool,
    ) -> Result<(), AccountError> {
        viewer.must_administer()?;
        let login = folded(login)?;
        self.inner.store.write(|tx| {
            let mut account = find(tx, &login)?;
            if disabled && is_last_admin(tx, &account)? {
                return Err(AccountError::LastAdmin);
            }
            if !disabled {
                must_give(viewer, role_of(&account))?;
            }
            account.disabled = disabled;
            tx.put_account(&account)?;
            tx.delete_sessions_of(&account.id, None)?;
            let action = if disabled { "disable_account" } else { "enable_account" };
            Ok(self.log_in(tx, viewer, action, None, &account.id.to_string())?)
        })
    }

    /// Gives an account another role, and says whose records it reaches where the role asks for
    /// that; its sessions end.
    pub fn set_user_role(
        &self,
        viewer: &Viewer,
        login: &str,
        role: Role,
        scope: &Scope,
    ) -> Result<(), AccountError> {
        must_give(viewer, role)?;
        let login = folded(login)?;
        self.inner.store.write(|tx| {
            let mut account = find(tx, &login)?;
            if role != Role::Admin && is_last_admin(tx, &account)? {
                return Err(AccountError::LastAdmin);
            }
            put_role(tx, &mut account, role, scope)?;
            let detail = format!("{} {}", account.id, role.as_str());
            Ok(self.log_in(tx, viewer, "set_role", None, &detail)?)
        })
    }

    /// The record that carries a person's number, to say whose own it is; nothing else of it is told.
    pub fn record_with_number(
        &self,
        viewer: &Viewer,
        number: &str,
    ) -> Result<Option<DocumentId>, AccountError> {
        viewer.must_administer()?;
        let number: String = number.chars().filter(char::is_ascii_digit).collect();
        self.inner.store.read(|tx| {
            let mut people = tx.people_with_id_no(&number)?;
            people.retain(|row| row.facts.retired.is_none());
            Ok(people.first().map(|row| row.document))
        })
    }

    /// All accounts, by user name.
    pub fn users(&self, viewer: &Viewer) -> Result<Vec<UserView>, AccountError> {
        viewer.must_administer()?;
        self.inner.store.read(|tx| {
            let accounts = tx.accounts()?.into_iter();
            let view = |account| {
                let (scope, wish) = (scope_of(tx, &account)?, wish_of(tx, account.id)?);
                Ok(view(scope, wish.map(|wish| wish.kind), account))
            };
            accounts.map(view).collect()
        })
    }

    /// Changes the viewer's own password; the account's other sessions end.
    ///
    /// # Errors
    /// When the new one has fewer than 12 characters or is the old one, or the old one is wrong.
    pub fn change_password(
        &self,
        viewer: &Viewer,
        token: &SessionToken,
        old: &str,
        new: &str,
    ) -> Result<(), AccountError> {
        must_be_a_password(new)?;
        if new == old {
            return Err(AccountError::Unchanged);
        }
        let account = self.inner.store.read(|tx| tx.account(&viewer.user));
        let account = account.map_err(ReplicaError::from)?.ok_or(AccountError::Unknown)?;
        if !self.inner.passwords.verify(old, Some(&account.password_hash))? {
            return Err(AccountError::WrongPassword);
        }
        let hash = self.hash(new)?;
        self.inner.store.write(|tx| {
            let mut account = tx.account(&viewer.user)?.ok_or(AccountError::Unknown)?;
            account.password_hash = hash;
            account.must_change = false;
            tx.put_account(&account)?;
            tx.delete_sessions_of(&account.id, Some(&token_hash(token)))?;
            Ok(self.log_in(tx, viewer, "change_password", None, "")?)
        })
    }

    /// An account that is not stored yet, and its one-time password.
    pub(crate) fn draw_account(
        &self,
        user: &NewUser,
    ) -> Result<(Account, OneTimePassword), AccountError> {
        if user.name.trim().chars().count() > NAME_CHARACTERS_MAX {
            return Err(AccountError::LongName);
        }
        let password = one_time_password(&*self.inner.dice);
        let account = Account {
            id: UserId::random(&*self.inner.dice),
            login: folded(&user.login)?,
            name: wardbook_record::names::normalise(&user.name),
            role: user.role.as_str().to_owned(),
            password_hash: self.hash(&password)?,
            must_change: true,
            disabled: false,
            created_at: self.now(),
        };
        let made = OneTimePassword {
            user: account.id,
            login: account.login.clone(),
            password: Redacted(password),
        };
        Ok((account, made))
    }

    pub(crate) fn hash(&self, password: &str) -> Result<String, AccountError> {
        Ok(self.inner.passwords.hash(password, &*self.inner.dice)?)
    }
}

/// Refuses a new password that is too short to be one, or longer than anybody types.
fn must_be_a_password(new: &str) -> Result<(), AccountError> {
    match new.chars().count() {
        ..PASSWORD_CHARACTERS_MIN => Err(AccountError::TooShort),
        PASSWORD_CHARACTERS_MIN..=PASSWORD_CHARACTERS_MAX => Ok(()),
        _ => Err(AccountError::TooLong),
    }
}

/// A user name as it is stored: plain, lower case.
pub(crate) fn folded(login: &str) -> Result<String, AccountError> {
    let login = login.trim().to_ascii_lowercase();
    let fits = (2..=40).contains(&login.len())
        && login.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    if fits { Ok(login) } else { Err(AccountError::BadLogin) }
}

/// The role of a stored account; an unknown word gives the fewest rights.
pub(crate) fn role_of(account: &Account) -> Role {
    Role::parse(&account.role).unwrap_or(Role::Staff)
}

/// Whose records an account reaches, when its role reaches only some.
pub(crate) fn scope_of(tx: &dyn Tx, account: &Account) -> Result<Scope, ReplicaError> {
    let name = scope_setting(account.id);
    let Some(text) = tx.get_setting(&name)? else { return Ok(Scope::default()) };
    // A scope that cannot be understood reaches nobody.
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

/// Whether a viewer may give a role without anybody's yes.
fn must_give(viewer: &Viewer, role: Role) -> Result<(), AccountError> {
    viewer.must_administer()?;
    if viewer.access().gives(role) { Ok(()) } else { Err(AccountError::NeedsLeader) }
}

/// Stores a role with its reach; the account signs in anew.
pub(crate) fn put_role(
    tx: &mut dyn Tx,
    account: &mut Account,
    role: Role,
    scope: &Scope,
) -> Result<(), ReplicaError> {
    role.as_str().clone_into(&mut account.role);
    tx.put_account(account)?;
    let scope = serde_json::to_string(scope).map_err(|_| ReplicaError::Setting("scope"))?;
    tx.put_setting(&scope_setting(account.id), &scope)?;
    Ok(tx.delete_sessions_of(&account.id, None)?)
}

pub(crate) fn find(tx: &dyn Tx, login: &str) -> Result<Account, AccountError> {
    tx.account_by_login(login)?.ok_or(AccountError::Unknown)
}

pub(crate) fn is_last_admin(tx: &dyn Tx, account: &Account) -> Result<bool, AccountError> {
    let admins = tx.accounts()?;
    let in_force = |a: &&Account| !a.disabled && role_of(a) == Role::Admin;
    let mut admins = admins.iter().filter(in_force);
    Ok(admins.next().map(|admin| admin.id) == Some(account.id) && admins.next().is_none())
}

fn view(scope: Scope, wish: Option<WishKind>, account: Account) -> UserView {
    UserView {
        wish,
        user: account.id,
        role: role_of(&account),
        scope,
        login: account.login,
        name: account.name,
        must_change_password: account.must_change,
        disabled: account.disabled,
    }
}
