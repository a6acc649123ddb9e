//! What a technician asks for and somebody who approves allows: an account, a new password or a role
//! that opens records. A technician sees no record (domain.md 6.3), so no password that opens one is
//! ever shown to a technician: it is drawn when it is allowed, and shown to who allows it.

use serde::{Deserialize, Serialize};
use wardbook_base::{Redacted, Timestamp, UserId};
use wardbook_store::{Account, Tx};

use crate::access::{Reach, Scope};
use crate::accounts::{
    NewUser, OneTimePassword, find, folded, is_last_admin, put_role, role_of, scope_of,
};
use crate::error::{AccountError, ReplicaError};
use crate::passwords::one_time_password;
use crate::replica::Replica;
use crate::sessions::account_subject;
use crate::settings::wish_setting;
use crate::viewer::{Role, Viewer};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WishKind {
    /// An account that is not there yet.
    Account,
    /// A new one-time password.
    Password,
    /// Another role, or another reach.
    Role,
    /// An end of being blocked.
    Free,
}

/// A wish as it is stored beside the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(crate) kind: WishKind,
    role: Role,
    scope: Scope,
    by: String,
    by_name: String,
    at: Timestamp,
}

/// A wish, for people.
#[derive(Debug, Clone)]
pub struct WishView {
    /// The account.
    pub login: String,
    /// Whose account it is.
    pub name: String,
    /// What is asked for.
    pub kind: WishKind,
    /// The role that the account has now; none for a new one.
    pub role_now: Option<Role>,
    /// The role that it would have.
    pub role: Role,
    /// Whose records it would reach, when the role reaches only some.
    pub scope: Scope,
    /// Who asks.
    pub by_name: String,
    /// Since when; whoever allows it says which one was read by this.
    pub at: Timestamp,
}

impl Replica {
    /// Asks for an account. It is there from now on, but nobody can sign in to it.
    ///
    /// # Errors
    /// When the viewer does not manage accounts, or the user name cannot be used.
    pub fn ask_account(
        &self,
        viewer: &Viewer,
        user: &NewUser,
        scope: &Scope,
    ) -> Result<(), AccountError> {
        viewer.must_administer()?;
        let (mut account, _) = self.draw_account(user)?;
        account.disabled = true;
        let wish = self.wish(viewer, WishKind::Account, user.role, scope);
        self.inner.store.write(|tx| {
            if tx.account_by_login(&account.login)?.is_some() {
                return Err(AccountError::LoginTaken);
            }
            put_role(tx, &mut account, user.role, scope)?;
            put(tx, account.id, &wish)?;
            Ok(self.log_in(tx, viewer, "ask_account", None, &account.id.to_string())?)
        })
    }

    /// Asks for a new password, another role, or an end of being blocked. Until it is allowed the
    /// account stays as it is. A newer wish takes the place of an older one.
    ///
    /// # Errors
    /// When the viewer does not manage accounts, or there is no such account.
    pub fn ask_for_user(
        &self,
        viewer: &Viewer,
        login: &str,
        kind: WishKind,
        role: Option<(Role, &Scope)>,
    ) -> Result<(), AccountError> {
        viewer.must_administer()?;
        let login = folded(login)?;
        self.inner.store.write(|tx| {
            let account = find(tx, &login)?;
            let present = (role_of(&account), scope_of(tx, &account)?);
            let (role, scope) = role.unwrap_or((present.0, &present.1));
            if role != Role::Admin && is_last_admin(tx, &account)? {
                return Err(AccountError::LastAdmin);
            }
            // An account that nobody allowed yet is asked for as a whole.
            let is_new = wish_of(tx, account.id)?.is_some_and(|w| w.kind == WishKind::Account);
            let kind = if is_new { WishKind::Account } else { kind };
            put(tx, account.id, &self.wish(viewer, kind, role, scope))?;
            Ok(self.log_in(tx, viewer, "ask_account", None, &account.id.to_string())?)
        })
    }

    /// What is asked for, the oldest first: for who may allow it, and for who asks.
    ///
    /// # Errors
    /// When the viewer may not ask, or the store fails.
    pub fn account_wishes(&self, viewer: &Viewer) -> Result<Vec<WishView>, ReplicaError> {
        viewer.must_read()?;
        if !viewer.access().approves && !viewer.access().administers {
            return Ok(Vec::new());
        }
        self.inner.store.read(|tx| {
            let mut found = Vec::new();
            for account in tx.accounts()? {
                let Some(wish) = wish_of(tx, account.id)? else { continue };
                let is_new = wish.kind == WishKind::Account;
                let (role, scope) = wish.outcome(tx, &account)?;
                found.push(WishView {
                    role_now: (!is_new).then(|| role_of(&account)),
                    login: account.login,
                    name: account.name,
                    kind: wish.kind,
                    role,
                    scope,
                    by_name: wish.by_name,
                    at: wish.at,
                });
            }
            found.sort_by_key(|wish| wish.at);
            Ok(found)
        })
    }

    /// Allows what was asked for an account: the wish since `seen`, none that took its place. A
    /// password that comes of it is told to nobody else.
    ///
    /// # Errors
    /// When the viewer approves nothing or asked for it, or this is not asked for.
    pub fn allow_wish(
        &self,
        viewer: &Viewer,
        login: &str,
        seen: Timestamp,
    ) -> Result<Option<OneTimePassword>, AccountError> {
        viewer.must_read()?;
        if !viewer.access().approves {
            return Err(ReplicaError::NotAllowed.into());
        }
        let login = folded(login)?;
        let password = one_time_password(&*self.inner.dice);
        let hash = self.hash(&password)?;
        self.inner.store.write(|tx| {
            let mut account = find(tx, &login)?;
            let wish = wish_of(tx, account.id)?.filter(|wish| wish.at == seen);
            let wish = wish.ok_or(AccountError::NoWish)?;
            if wish.by == viewer.user.to_string() {
                return Err(AccountError::OwnWish);
            }
            let (role, scope) = wish.outcome(tx, &account)?;
            if role != Role::Admin && is_last_admin(tx, &account)? {
                return Err(AccountError::LastAdmin);
            }
            // The password of an account that opened nothing so far may be known to who asks.
            let closed = |role: Role| role.access().reach == Reach::Nobody;
            let opens = closed(role_of(&account)) && !closed(role);
            let has_password = opens || matches!(wish.kind, WishKind::Account | WishKind::Password);
            if has_password {
                account.password_hash = hash;
                account.must_change = true;
                tx.clear_login_failures(&account_subject(&login))?;
            }
            if matches!(wish.kind, WishKind::Account | WishKind::Free) {
                account.disabled = false;
            }
            put_role(tx, &mut account, role, &scope)?;
            tx.delete_setting(&wish_setting(account.id))?;
            self.log_in(tx, viewer, "allow_account", None, &account.id.to_string())?;
            let made = OneTimePassword { user: account.id, login, password: Redacted(password) };
            Ok(has_password.then_some(made))
        })
    }

    /// Declines a wish, or withdraws it. An account that nobody allowed stays blocked.
    ///
    /// # Errors
    /// When the viewer may neither, or nothing is asked for.
    pub fn decline_wish(&self, viewer: &Viewer, login: &str) -> Result<(), AccountError> {
        viewer.must_read()?;
        if !viewer.access().approves && !viewer.access().administers {
            return Err(ReplicaError::NotAllowed.into());
        }
        let login = folded(login)?;
        self.inner.store.write(|tx| {
            let account = find(tx, &login)?;
            wish_of(tx, account.id)?.ok_or(AccountError::NoWish)?;
            tx.delete_setting(&wish_setting(account.id))?;
            Ok(self.log_in(tx, viewer, "decline_account", None, &account.id.to_string())?)
        })
    }

    fn wish(&self, viewer: &Viewer, kind: WishKind, role: Role, scope: &Scope) -> Wish {
        Wish {
            kind,
            role,
            scope: scope.clone(),
            by: viewer.user.to_string(),
            by_name: viewer.name.clone(),
            at: self.now(),
        }
    }
}

impl Wish {
    /// The role and reach that a yes gives: for a password or an end of being blocked those that the
    /// account has, not those that it had when it was asked for.
    fn outcome(&self, tx: &dyn Tx, account: &Account) -> Result<(Role, Scope), ReplicaError> {
        Ok(match self.kind {
            WishKind::Account | WishKind::Role => (self.role, self.scope.clone()),
            WishKind::Password | WishKind::Free => (role_of(account), scope_of(tx, account)?),
        })
    }
}

/// What is asked for an account. What cannot be read counts as nothing, which opens nothing.
pub(crate) fn wish_of(tx: &dyn Tx, user: UserId) -> Result<Option<Wish>, ReplicaError> {
    let text = tx.get_setting(&wish_setting(user))?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn put(tx: &mut dyn Tx, user: UserId, wish: &Wish) -> Result<(), ReplicaError> {
    let text = serde_json::to_string(wish).map_err(|_| ReplicaError::Setting("account_wish"))?;
    Ok(tx.put_setting(&wish_setting(user), &text)?)
}
