//! How much one call carries: less on a line that breaks, so that a break costs little.
//!
//! A call that breaks off is made again from its beginning, because the hub's answer is one signed
//! whole. So each break halves what the next call asks for and sends, and each call that comes
//! through doubles it again.

use wardbook_store::Tx;
use wardbook_sync::node::CallLimits;

use super::SyncRound;
use crate::error::{ReplicaError, SyncError, TransportError};
use crate::replica::Replica;
use crate::settings::CALL_BYTES;

/// The least one call carries, in bytes, inflated: about 200 new records, or one second of a line
/// of 256 kbit/s. A single change always fits.
const CALL_BYTES_MIN: u32 = 512 * 1024;
/// The most: what the hub puts into one answer, in bytes, inflated.
const CALL_BYTES_MAX: u32 = 4 * 1024 * 1024;

/// What the next call may carry.
pub(super) fn call_limits(tx: &dyn Tx) -> Result<CallLimits, ReplicaError> {
    let bytes = stored(tx)?;
    let whole = CallLimits::default();
    let limits = CallLimits { pull_bytes: bytes, ..whole };
    Ok(if bytes == CALL_BYTES_MAX {
        limits
    } else {
        CallLimits { inflated_bytes: bytes as usize, ..limits }
    })
}

/// What a call carries after one that ended like this.
fn after(bytes: u32, result: &Result<SyncRound, SyncError>) -> u32 {
    match result {
        Ok(_) => bytes.saturating_mul(2),
        Err(SyncError::Transport(TransportError::Unreachable(_) | TransportError::TimedOut)) => {
            bytes / 2
        }
        Err(_) => bytes,
    }
    .clamp(CALL_BYTES_MIN, CALL_BYTES_MAX)
}

fn stored(tx: &dyn Tx) -> Result<u32, ReplicaError> {
    let text = tx.get_setting(CALL_BYTES)?;
    let bytes = text.and_then(|text| text.parse().ok()).unwrap_or(CALL_BYTES_MAX);
    Ok(bytes.clamp(CALL_BYTES_MIN, CALL_BYTES_MAX))
}

impl Replica {
    /// Learns from how a call ended. Written only when it changes: most calls end like the one
    /// before.
    pub(super) fn note_line(
        &self,
        result: &Result<SyncRound, SyncError>,
    ) -> Result<(), ReplicaError> {
        let before = self.inner.store.read(stored)?;
        let now = after(before, result);
        if now == before {
            return Ok(());
        }
        self.inner.store.write(|tx| Ok(tx.put_setting(CALL_BYTES, &now.to_string())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_halves_what_a_call_carries_and_success_doubles_it() {
        let cut = Err(SyncError::Transport(TransportError::Unreachable(String::new())));
        let fine = Ok(SyncRound::default());
        let mut bytes = CALL_BYTES_MAX;
        for expected in [2048, 1024, 512, 512] {
            bytes = after(bytes, &cut);
            assert_eq!(bytes, expected * 1024);
        }
        for expected in [1024, 2048, 4096, 4096] {
            bytes = after(bytes, &fine);
            assert_eq!(bytes, expected * 1024);
        }
        let refused = Err(SyncError::NotEnrolled);
        assert_eq!(after(1024 * 1024, &refused), 1024 * 1024, "not the line's fault");
    }
}
