//! Password hashing behind a gate of two, and the delays after wrong tries.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, PasswordHash, Version};
use wardbook_base::{Dice, Timestamp};

use crate::error::{AccountError, LoginError};

/// Crockford's base 32: no I, L, O or U, so that a password can be read out and typed.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// At most so many hashes are computed at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// Blocks of 1 KiB that are reserved for a hash: more than the 32 MiB that glibc keeps at most.
const RESERVED_BLOCKS: usize = 33 * 1024;
/// At most so many callers wait for their turn; the rest are told to come back.
const WAITING_MAX: usize = 64;
/// Characters of a new password.
pub(crate) const PASSWORD_CHARACTERS_MIN: usize = 12;
/// Characters that are looked at; longer input is refused before hashing.
pub(crate) const PASSWORD_CHARACTERS_MAX: usize = 256;

/// Too many callers wait for the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GateFull;

impl From<GateFull> for LoginError {
    fn from(_: GateFull) -> Self {
        Self::Busy
    }
}

impl From<GateFull> for AccountError {
    fn from(_: GateFull) -> Self {
        Self::Busy
    }
}

/// Argon2id with m = 19 MiB, t = 2, p = 1, two at a time.
#[derive(Debug, Default)]
pub(crate) struct PasswordGate {
    state: Mutex<GateState>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct GateState {
    running: usize,
    waiting: usize,
}

impl PasswordGate {
    /// The PHC string of a password.
    pub(crate) fn hash(&self, password: &str, dice: &dyn Dice) -> Result<String, GateFull> {
        self.with_turn(|| {
            let salt: [u8; 16] = dice.bytes();
            // Fails only for impossible parameters or salts, which are constants here.
            phc(password, &salt).map_or_else(|_| String::new(), |hash| hash.to_string())
        })
    }

    /// Whether a password fits its PHC string. Without a string a fixed one is hashed, so that
    /// an unknown user takes as long as a known one.
    pub(crate) fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, GateFull> {
        self.with_turn(|| {
            let Some(parsed) = stored.and_then(|text| PasswordHash::new(text).ok()) else {
                let _ = phc(password, &[0_u8; 16]);
                return false;
            };
            let (Some(salt), Some(stored)) = (parsed.salt, parsed.hash) else { return false };
            let params = Params::try_from(&parsed).unwrap_or_default();
            parsed.algorithm == ARGON2ID_IDENT
                && output(password, &salt, params).is_ok_and(|output| output == stored)
        })
    }

    fn with_turn<T>(&self, work: impl FnOnce() -> T) -> Result<T, GateFull> {
        let mut state = self.lock();
        if state.waiting >= WAITING_MAX {
            return Err(GateFull);
        }
        state.waiting += 1;
        while state.running >= AT_ONCE {
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting -= 1;
        state.running += 1;
        drop(state);
        let result = work();
        self.lock().running -= 1;
        self.freed.notify_one();
        Ok(result)
    }

    fn lock(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 19 MiB, two passes, one lane: OWASP's first recommendation.
fn params() -> Params {
    Params::new(19 * 1024, 2, 1, None).unwrap_or_default()
}

fn phc(password: &str, salt: &[u8]) -> Result<PasswordHash, argon2::password_hash::Error> {
    Ok(PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params())?,
        salt: Some(Salt::new(salt)?),
        hash: Some(output(password, salt, params())?),
    })
}

/// The hash itself; two are compared in constant time.
fn output(
    password: &str,
    salt: &[u8],
    params: Params,
) -> Result<Output, argon2::password_hash::Error> {
    // A block of this size always goes back to the system; of smaller ones the C library learns to
    // keep one for each thread. What is reserved and not used costs nothing.
    let mut memory = Vec::with_capacity(RESERVED_BLOCKS.max(params.block_count()));
    memory.resize(params.block_count(), Block::default());
    let mut out = [0_u8; Params::DEFAULT_OUTPUT_LEN];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut out, &mut memory)?;
    Ok(Output::new(&out)?)
}

/// A one-time password that is easy to read out: four groups of four.
pub(crate) fn one_time_password(dice: &dyn Dice) -> String {
    let letters = random_letters(dice, 16);
    let groups: Vec<&str> = [0, 4, 8, 12].map(|at| &letters[at..at + 4]).to_vec();
    groups.join("-")
}

/// Random letters of Crockford base 32, five bits each.
pub(crate) fn random_letters(dice: &dyn Dice, count: usize) -> String {
    let mut bytes = vec![0; count];
    dice.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(CROCKFORD[usize::from(byte & 31)])).collect()
}

/// Wrong tries before delays begin.
const FREE_TRIES: u64 = 5;
/// The longest delay, in milliseconds: the only clerk of a ward must never be locked out for long.
const DELAY_MS_MAX: i64 = 15 * 60 * 1000;
/// Tries are forgotten after so long without any, in milliseconds.
pub(crate) const FORGET_AFTER_MS: i64 = 60 * 60 * 1000;

/// How long a name or address with so many wrong tries must wait, in seconds; 0 when it may try.
pub(crate) fn wait_s(wrong: u64, last: Timestamp, now: Timestamp) -> u32 {
    let delay_ms = match wrong.checked_sub(FREE_TRIES) {
        None => 0,
        Some(beyond) => (1000_i64 << beyond.min(20)).min(DELAY_MS_MAX),
    };
    // A clock that went back must not shorten the delay, nor lock anybody out for longer.
    let elapsed_ms = (now.0 - last.0).max(0);
    u32::try_from(((delay_ms - elapsed_ms).max(0) + 999) / 1000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use wardbook_base::SeededDice;

    use super::*;

    #[test]
    fn a_password_fits_its_hash_alone() {
        let gate = PasswordGate::default();
        let hash = gate.hash("bốn từ dễ nhớ", &SeededDice::new(1)).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(gate.verify("bốn từ dễ nhớ", Some(&hash)), Ok(true));
        assert_eq!(gate.verify("bốn từ dễ nhớ!", Some(&hash)), Ok(false));
        assert_eq!(gate.verify("", None), Ok(false));
    }

    #[test]
    fn delays_grow_and_end() {
        let last = Timestamp(1_000_000);
        let waits = |wrong| wait_s(wrong, last, last);
        assert_eq!([0, 4, 5, 6, 7, 60].map(waits), [0, 0, 1, 2, 4, 15 * 60]);
        assert_eq!(wait_s(6, last, last.plus_ms(1999)), 1);
        assert_eq!(wait_s(6, last, last.plus_ms(2000)), 0);
        assert_eq!(wait_s(60, last, last.plus_ms(-500_000)), 15 * 60);
    }

    #[test]
    fn a_one_time_password_is_long_enough_and_differs() {
        let dice = SeededDice::new(3);
        let (a, b) = (one_time_password(&dice), one_time_password(&dice));
        assert_eq!(a.len(), 19);
        assert_ne!(a, b);
    }
}
