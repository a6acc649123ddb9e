//! Accounts, sessions and failed sign-ins. What a password or a role means is the replica's matter.

use rusqlite::{Row, params};
use wardbook_base::{Timestamp, UserId};

use crate::error::StoreError;
use crate::rows::{array, id, number, time, unsigned};
use crate::tx::SqlTx;

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id, which also stands in the message of every change it makes.
    pub id: UserId,
    /// The name to sign in with, folded to lower case by the caller; unique.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// The role, as text.
    pub role: String,
    /// The argon2 hash in PHC form.
    pub password_hash: String,
    /// The password was given out and must be replaced at the next sign-in.
    pub must_change: bool,
    /// The account may not sign in.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One sign-in that is in force. The session's id itself is never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the session's id.
    pub id_hash: [u8; 32],
    /// Whose it is.
    pub account: UserId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// From where, for the list of one's sessions.
    pub address: String,
}

/// Failed sign-ins of one subject: an account or an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoginFailures {
    /// How many since the last success.
    pub count: u64,
    /// The first of them.
    pub first: Timestamp,
    /// The last of them.
    pub last: Timestamp,
}

/// Accounts, sessions, failed sign-ins.
pub trait Accounts {
    /// Creates or replaces an account.
    ///
    /// # Errors
    /// When another account has the login, or the database does not answer; so for every function
    /// of this trait.
    fn put_account(&mut self, account: &Account) -> Result<(), StoreError>;
    /// An account.
    fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError>;
    /// An account by the name to sign in with.
    fn account_by_login(&self, login: &str) -> Result<Option<Account>, StoreError>;
    /// All accounts, by login.
    fn accounts(&self) -> Result<Vec<Account>, StoreError>;
    /// Creates or replaces a session.
    fn put_session(&mut self, session: &Session) -> Result<(), StoreError>;
    /// A session.
    fn session(&self, id_hash: &[u8; 32]) -> Result<Option<Session>, StoreError>;
    /// The sessions of an account, the last used first.
    fn sessions_of(&self, account: &UserId) -> Result<Vec<Session>, StoreError>;
    /// Notes that a session was used.
    fn touch_session(&mut self, id_hash: &[u8; 32], at: Timestamp) -> Result<(), StoreError>;
    /// Ends a session.
    fn delete_session(&mut self, id_hash: &[u8; 32]) -> Result<(), StoreError>;
    /// Ends all sessions of an account, but for one that may be kept.
    fn delete_sessions_of(
        &mut self,
        account: &UserId,
        but: Option<&[u8; 32]>,
    ) -> Result<(), StoreError>;
    /// Ends the sessions that are over. Returns how many.
    fn delete_expired_sessions(&mut self, now: Timestamp) -> Result<u64, StoreError>;
    /// The failed sign-ins of a subject.
    fn login_failures(&self, subject: &str) -> Result<LoginFailures, StoreError>;
    /// Counts one more; returns the new state.
    fn add_login_failure(
        &mut self,
        subject: &str,
        at: Timestamp,
    ) -> Result<LoginFailures, StoreError>;
    /// Forgets them.
    fn clear_login_failures(&mut self, subject: &str) -> Result<(), StoreError>;
}

const ACCOUNT: &str =
    "SELECT id, login, name, role, password_hash, must_change, disabled, created_at FROM account";
const SESSION: &str =
    "SELECT id_hash, account, created_at, last_seen, expires_at, address FROM session";

impl Accounts for SqlTx<'_> {
    fn put_account(&mut self, account: &Account) -> Result<(), StoreError> {
        let sql = "INSERT INTO account (id, login, name, role, password_hash, must_change,
                       disabled, created_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                   ON CONFLICT (id) DO UPDATE SET login = excluded.login, name = excluded.name,
                       role = excluded.role, password_hash = excluded.password_hash,
                       must_change = excluded.must_change, disabled = excluded.disabled";
        let values = params![
            account.id.as_bytes(),
            account.login,
            account.name,
            account.role,
            account.password_hash,
            account.must_change,
            account.disabled,
            account.created_at.0,
        ];
        self.execute(sql, values).map(drop)
    }

    fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.first(&format!("{ACCOUNT} WHERE id = ?1"), [id.as_bytes()], read_account)
    }

    fn account_by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        self.first(&format!("{ACCOUNT} WHERE login = ?1"), [login], read_account)
    }

    fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.all(&format!("{ACCOUNT} ORDER BY login"), [], read_account)
    }

    fn put_session(&mut self, session: &Session) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO session (id_hash, account, created_at, last_seen,
                       expires_at, address)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values = params![
            session.id_hash,
            session.account.as_bytes(),
            session.created_at.0,
            session.last_seen.0,
            session.expires_at.0,
            session.address,
        ];
        self.execute(sql, values).map(drop)
    }

    fn session(&self, id_hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
        self.first(&format!("{SESSION} WHERE id_hash = ?1"), [id_hash], read_session)
    }

    fn sessions_of(&self, account: &UserId) -> Result<Vec<Session>, StoreError> {
        let sql = format!("{SESSION} WHERE account = ?1 ORDER BY last_seen DESC, id_hash");
        self.all(&sql, [account.as_bytes()], read_session)
    }

    fn touch_session(&mut self, id_hash: &[u8; 32], at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE session SET last_seen = ?2 WHERE id_hash = ?1";
        self.execute(sql, params![id_hash, at.0]).map(drop)
    }

    fn delete_session(&mut self, id_hash: &[u8; 32]) -> Result<(), StoreError> {
        self.execute("DELETE FROM session WHERE id_hash = ?1", [id_hash]).map(drop)
    }

    fn delete_sessions_of(
        &mut self,
        account: &UserId,
        but: Option<&[u8; 32]>,
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM session WHERE account = ?1 AND (?2 IS NULL OR id_hash <> ?2)";
        self.execute(sql, params![account.as_bytes(), but]).map(drop)
    }

    fn delete_expired_sessions(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        Ok(self.execute("DELETE FROM session WHERE expires_at <= ?1", [now.0])? as u64)
    }

    fn login_failures(&self, subject: &str) -> Result<LoginFailures, StoreError> {
        let sql = "SELECT count, first, last FROM login_failure WHERE subject = ?1";
        let found = self.first(sql, [subject], |row| {
            Ok(LoginFailures {
                count: unsigned(row, 0)?,
                first: time(row, 1)?,
                last: time(row, 2)?,
            })
        })?;
        Ok(found.unwrap_or_default())
    }

    fn add_login_failure(
        &mut self,
        subject: &str,
        at: Timestamp,
    ) -> Result<LoginFailures, StoreError> {
        let sql = "INSERT INTO login_failure (subject, count, first, last) VALUES (?1, ?2, ?3, ?3)
                   ON CONFLICT (subject) DO UPDATE SET count = count + excluded.count,
                       last = excluded.last";
        self.execute(sql, params![subject, number(1), at.0])?;
        self.login_failures(subject)
    }

    fn clear_login_failures(&mut self, subject: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM login_failure WHERE subject = ?1", [subject]).map(drop)
    }
}

fn read_account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: id(row, 0)?,
        login: row.get(1)?,
        name: row.get(2)?,
        role: row.get(3)?,
        password_hash: row.get(4)?,
        must_change: row.get(5)?,
        disabled: row.get(6)?,
        created_at: time(row, 7)?,
    })
}

fn read_session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id_hash: array(row, 0)?,
        account: id(row, 1)?,
        created_at: time(row, 2)?,
        last_seen: time(row, 3)?,
        expires_at: time(row, 4)?,
        address: row.get(5)?,
    })
}
