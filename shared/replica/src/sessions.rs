//! Signing in and staying signed in: hashed tokens, idle limits, growing delays. At a node, where
//! several people share one PC, an idle session is locked rather than over: the same password opens
//! it again, and nothing of what was typed is lost.

use sha2::{Digest as _, Sha256};
use wardbook_base::{Redacted, Timestamp, to_hex};
use wardbook_record::Lang;
use wardbook_store::{Account, AuditEntry, LoginFailures, Session, StoreError, Tx};

use crate::End;
use crate::access::{Reach, Scope};
use crate::accounts::{folded, role_of, scope_of};
use crate::error::{LoginError, ReplicaError};
use crate::passwords::{PASSWORD_CHARACTERS_MAX, wait_s};
use crate::replica::Replica;
use crate::settings::LOCK_AFTER;
use crate::viewer::{SessionToken, Viewer};

/// Minutes after which a node's screen is locked when nobody chose otherwise ...
const LOCK_MINUTES_USUAL: u32 = 15;
/// ... and what may be chosen.
pub const LOCK_MINUTES: [u32; 5] = [3, 5, 10, 15, 30];
/// A session ends at the hub after so long without a request, in milliseconds ...
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

    /// Locks a session: it asks for the password again. Only at a node, where it would otherwise
    /// lock itself after a while.
    pub fn lock(&self, token: &SessionToken) -> Result<(), ReplicaError> {
        let (now, hash) = (self.now(), token_hash(token));
        self.inner.store.write(|tx| {
            if let Some(session) = tx.session(&hash)? {
                // As if it had been left alone for so long.
                let idle_since = session.last_seen.0.min(now.plus_ms(-self.idle_ms(tx)?).0);
                tx.touch_session(&hash, Timestamp(idle_since))?;
            }
            Ok(())
        })
    }

    /// Opens a locked session again by its account's password.
    ///
    /// # Errors
    /// As [`Replica::login`]; also when the session is over.
    pub fn unlock(
        &self,
        token: &SessionToken,
        password: &Redacted<String>,
    ) -> Result<(), LoginError> {
        let (now, hash) = (self.now(), token_hash(token));
        let found = self.inner.store.read(|tx| {
            let Some(session) = tx.session(&hash)? else { return Ok(None) };
            if now >= session.expires_at {
                return Ok(None);
            }
            let Some(account) = tx.account(&session.account)? else { return Ok(None) };
            let subject = account_subject(&account.login);
            match failures_wait_s(&tx.login_failures(&subject)?, now) {
                0 => Ok(Some((account, subject))),
                seconds => Err(LoginError::Wait(seconds)),
            }
        })?;
        let (account, subject) = found.ok_or(LoginError::Wrong)?;
        let fits = password.0.chars().count() <= PASSWORD_CHARACTERS_MAX;
        let candidate = if fits { password.0.as_str() } else { "" };
        let hash_there = (!account.disabled).then_some(account.password_hash.as_str());
        if !self.inner.passwords.verify(candidate, hash_there)? || !fits {
            self.note_failure(&[subject])?;
            return Err(LoginError::Wrong);
        }
        self.inner.store.write(|tx| {
            tx.clear_login_failures(&subject)?;
            tx.touch_session(&hash, now)?;
            let viewer = viewer(&account, Scope::default(), Lang::Vi);
            Ok(self.log_in(tx, &viewer, "unlock", None, "")?)
        })
    }

    /// After how many minutes without use the screen is locked (node).
    pub fn lock_minutes(&self) -> Result<u32, ReplicaError> {
        self.inner.store.read(|tx| lock_minutes(tx))
    }

    /// Chooses after how many minutes the screen is locked; anything but [`LOCK_MINUTES`] is taken
    /// for the nearest of them.
    pub fn set_lock_minutes(&self, viewer: &Viewer, minutes: u32) -> Result<u32, ReplicaError> {
        viewer.must_administer()?;
        let nearest = LOCK_MINUTES.into_iter().min_by_key(|choice| choice.abs_diff(minutes));
        let minutes = nearest.unwrap_or(LOCK_MINUTES_USUAL);
        self.inner.store.write(|tx| {
            tx.put_setting(LOCK_AFTER, &minutes.to_string())?;
            self.log_in(tx, viewer, "set_lock", None, &minutes.to_string())?;
            Ok(minutes)
        })
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
        let scope = self.inner.store.read(|tx| scope_of(tx, account))?;
        let viewer = viewer(account, scope, attempt.lang);
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

    /// Who holds a session, and keeps it alive; `None` when it is unknown, over or locked.
    pub fn session(
        &self,
        token: &SessionToken,
        lang: Lang,
    ) -> Result<Option<Viewer>, ReplicaError> {
        Ok(match self.session_state(token, lang)? {
            SessionState::Open(viewer) => Some(viewer),
            SessionState::Over | SessionState::Locked(_) => None,
        })
    }

    /// How a session stands; looking at an open one keeps it alive.
    pub fn session_state(
        &self,
        token: &SessionToken,
        lang: Lang,
    ) -> Result<SessionState, ReplicaError> {
        let (now, hash) = (self.now(), token_hash(token));
        let found = self.inner.store.read(|tx| {
            let Some(session) = tx.session(&hash)? else { return Ok(None) };
            let Some(account) = tx.account(&session.account)? else { return Ok(None) };
            let needs_scope =
                matches!(role_of(&account).access().reach, Reach::Own | Reach::Division);
            let scope = if needs_scope { scope_of(tx, &account)? } else { Scope::default() };
            Ok::<_, ReplicaError>(Some((session, account, scope, self.idle_ms(tx)?)))
        })?;
        let Some((session, account, scope, idle_ms)) = found else { return Ok(SessionState::Over) };
        let is_idle = is_idle(&session, idle_ms, now);
        let is_hub = self.inner.end == End::Hub;
        if account.disabled || now >= session.expires_at || (is_idle && is_hub) {
            tidy(self.inner.store.write(|tx| tx.delete_session(&hash)));
            return Ok(SessionState::Over);
        }
        let viewer = viewer(&account, scope, lang);
        if is_idle {
            return Ok(SessionState::Locked(viewer));
        }
        if now.0 - session.last_seen.0 >= TOUCH_EVERY_MS {
            tidy(self.inner.store.write(|tx| tx.touch_session(&hash, now)));
        }
        Ok(SessionState::Open(viewer))
    }

    /// Ends a session.
    pub fn logout(&self, token: &SessionToken) -> Result<(), ReplicaError> {
        let hash = token_hash(token);
        Ok(self.inner.store.write(|tx| tx.delete_session(&hash))?)
    }

    fn idle_ms(&self, tx: &dyn Tx) -> Result<i64, ReplicaError> {
        Ok(match self.inner.end {
            End::Node => i64::from(lock_minutes(tx)?) * 60 * 1000,
            End::Hub => IDLE_MS_HUB,
        })
    }
}

/// How a session stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionState {
    /// Unknown, too old, or its account is blocked.
    Over,
    /// Left alone: the same password opens it again (node).
    Locked(Viewer),
    /// In use.
    Open(Viewer),
}

fn lock_minutes(tx: &dyn Tx) -> Result<u32, ReplicaError> {
    let chosen = tx.get_setting(LOCK_AFTER)?.and_then(|text| text.parse().ok());
    Ok(chosen.filter(|minutes| LOCK_MINUTES.contains(minutes)).unwrap_or(LOCK_MINUTES_USUAL))
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

/// Left alone for so long. A clock that went back more than the idle time counts as that too.
fn is_idle(session: &Session, idle_ms: i64, now: Timestamp) -> bool {
    (now.0 - session.last_seen.0).abs() >= idle_ms
}

fn viewer(account: &Account, scope: Scope, lang: Lang) -> Viewer {
    Viewer {
        user: account.id,
        name: account.name.clone(),
        role: role_of(account),
        scope,
        lang,
        must_change_password: account.must_change,
    }
}
