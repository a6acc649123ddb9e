//! Signing in and staying signed in: hashed tokens, idle limits, growing delays.

use sha2::{Digest as _, Sha256};
use wardbook_base::{Redacted, Timestamp, to_hex};
use wardbook_record::Lang;
use wardbook_store::{Account, AuditEntry, LoginFailures, Session, StoreError, Tx};

use crate::End;
use crate::accounts::{folded, role_of};
use crate::error::{LoginError, ReplicaError};
use crate::passwords::{PASSWORD_CHARACTERS_MAX, wait_s};
use crate::replica::Replica;
use crate::viewer::{SessionToken, Viewer};

/// A session ends after so long without a request, in milliseconds ...
const IDLE_MS_NODE: i64 = 15 * 60 * 1000;
/// ... at the hub somewhat later ...
const IDLE_MS_HUB: i64 = 30 * 60 * 1000;
/// ... and after so long in any case.
const ABSOLUTE_MS: i64 = 12 * 3600 * 1000;
/// The last use is written down at most so often, because each writing is a disk flush.
const TOUCH_EVERY_MS: i64 = 60 * 1000;

/// So many wrong tries more than an account has an address before it must wait.
const ADDRESS_TRIES_MORE: u64 = 15;

/// One try to sign in.
#[derive(Debug, Clone)]
pub struct LoginAttempt {
    /// The user name as typed.
    pub login: String,
    /// The password as typed.
    pub password: Redacted<String>,
    /// Where it comes from, for the limiter.
    pub address: String,
    /// The language the session starts in.
    pub lang: Lang,
}

/// A session that was just opened.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// For the cookie.
    pub token: SessionToken,
    /// Who it is.
    pub viewer: Viewer,
}

impl Replica {
    /// Signs in. Slow on purpose (argon2id): call it through [`Replica::run`].
    ///
    /// # Errors
    /// The same [`LoginError::Wrong`], after the same work, for an unknown name, a blocked account
    /// and a wrong password.
    pub fn login(&self, attempt: &LoginAttempt) -> Result<SignedIn, LoginError> {
        let login = folded(&attempt.login).unwrap_or_default();
        let subjects = [account_subject(&login), address_subject(&attempt.address)];
        let account = self.inner.store.read(|tx| {
            let [account, address] = &subjects;
            let by_account = failures_wait_s(&tx.login_failures(account)?, self.now());
            let by_address = address_wait_s(&tx.login_failures(address)?, self.now());
            match by_account.max(by_address) {
                0 => Ok(tx.account_by_login(&login)?),
                seconds => Err(LoginError::Wait(seconds)),
            }
        })?;
        let usable = account.filter(|account| !account.disabled);
        // A huge input is not hashed; it cannot be a password that was ever set.
        let password = &attempt.password.0;
        let fits = password.chars().count() <= PASSWORD_CHARACTERS_MAX;
        let candidate = if fits { password.as_str() } else { "" };
        let hash = usable.as_ref().map(|account| account.password_hash.as_str());
        if !self.inner.passwords.verify(candidate, hash)? || !fits {
            self.note_failure(&subjects)?;
            return Err(LoginError::Wrong);
        }
        let account = usable.ok_or(LoginError::Wrong)?;
        Ok(self.open_session(&account, attempt, &subjects[0])?)
    }

    fn open_session(
        &self,
        account: &Account,
        attempt: &LoginAttempt,
        subject: &str,
    ) -> Result<SignedIn, ReplicaError> {
        let now = self.now();
        let token = SessionToken(to_hex(&self.inner.dice.bytes::<16>()));
        let session = Session {
            id_hash: token_hash(&token),
            account: account.id,
            created_at: now,
            last_seen: now,
            expires_at: now.plus_ms(ABSOLUTE_MS),
            address: attempt.address.clone(),
        };
        let viewer = viewer(account, attempt.lang);
        self.inner.store.write(|tx| {
            tx.clear_login_failures(subject)?;
            tx.delete_expired_sessions(now)?;
            tx.put_session(&session)?;
            self.log_in(tx, &viewer, "login", None, "")
        })?;
        Ok(SignedIn { token, viewer })
    }

    fn note_failure(&self, subjects: &[String]) -> Result<(), ReplicaError> {
        let now = self.now();
        self.inner.store.write(|tx| {
            for subject in subjects {
                forget_if_old(tx, subject, now)?;
                tx.add_login_failure(subject, now)?;
            }
            let entry = AuditEntry {
                at: now,
                account: None,
                action: "login_failed".to_owned(),
                document: None,
                detail: String::new(),
            };
            Ok(tx.append_audit(&entry)?)
        })
    }

    /// Who holds a session, and keeps it alive; `None` when it is unknown or over.
    pub fn session(
        &self,
        token: &SessionToken,
        lang: Lang,
    ) -> Result<Option<Viewer>, ReplicaError> {
        let (now, hash) = (self.now(), token_hash(token));
        let found = self.inner.store.read(|tx| {
            let Some(session) = tx.session(&hash)? else { return Ok(None) };
            let account = tx.account(&session.account)?;
            Ok::<_, ReplicaError>(account.map(|account| (session, account)))
        })?;
        let Some((session, account)) = found else { return Ok(None) };
        if account.disabled || is_over(&session, self.idle_ms(), now) {
            tidy(self.inner.store.write(|tx| tx.delete_session(&hash)));
            return Ok(None);
        }
        if now.0 - session.last_seen.0 >= TOUCH_EVERY_MS {
            tidy(self.inner.store.write(|tx| tx.touch_session(&hash, now)));
        }
        Ok(Some(viewer(&account, lang)))
    }

    /// Ends a session.
    pub fn logout(&self, token: &SessionToken) -> Result<(), ReplicaError> {
        let hash = token_hash(token);
        Ok(self.inner.store.write(|tx| tx.delete_session(&hash))?)
    }

    fn idle_ms(&self) -> i64 {
        match self.inner.end {
            End::Node => IDLE_MS_NODE,
            End::Hub => IDLE_MS_HUB,
        }
    }
}

/// A full disk must neither sign people out nor stop them from reading.
fn tidy(result: Result<(), StoreError>) {
    if let Err(error) = result {
        tracing::warn!(code = error.code(), "a session was not noted");
    }
}

/// The limiter's subject of an account.
pub(crate) fn account_subject(login: &str) -> String {
    format!("account:{login}")
}

fn address_subject(address: &str) -> String {
    format!("address:{address}")
}

/// How long a subject must wait, in seconds.
pub(crate) fn failures_wait_s(failures: &LoginFailures, now: Timestamp) -> u32 {
    wait_s(failures.count, failures.last, now)
}

/// An address may be shared by a whole office (a node's own pages all come from one): it has more
/// tries than an account before it must wait.
fn address_wait_s(failures: &LoginFailures, now: Timestamp) -> u32 {
    wait_s(failures.count.saturating_sub(ADDRESS_TRIES_MORE), failures.last, now)
}

/// Forgets tries so old that they say nothing any more.
pub(crate) fn forget_if_old(
    tx: &mut dyn Tx,
    subject: &str,
    now: Timestamp,
) -> Result<(), ReplicaError> {
    let failures = tx.login_failures(subject)?;
    if failures.count > 0 && now.0 - failures.last.0 >= crate::passwords::FORGET_AFTER_MS {
        tx.clear_login_failures(subject)?;
    }
    Ok(())
}

/// What is stored of a token.
pub(crate) fn token_hash(token: &SessionToken) -> [u8; 32] {
    Sha256::digest(token.as_str().as_bytes()).into()
}

/// Over when idle or old. A clock that went back more than the idle time ends it too.
fn is_over(session: &Session, idle_ms: i64, now: Timestamp) -> bool {
    now >= session.expires_at || (now.0 - session.last_seen.0).abs() >= idle_ms
}

fn viewer(account: &Account, lang: Lang) -> Viewer {
    Viewer {
        user: account.id,
        name: account.name.clone(),
        role: role_of(account),
        lang,
        must_change_password: account.must_change,
    }
}
