//! What every other crate stands on: ids, the clock, the dice, limits and redaction.
//!
//! This is the only crate that reads a wall clock or makes randomness. Everything above it is
//! handed a [`Clock`] and [`Dice`], so that a history can be replayed from one seed.

mod clock;
mod dice;
mod hex;
mod ids;
pub mod limits;
mod redact;

pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use dice::{Dice, SeededDice, SystemDice};
pub use hex::{HexError, from_hex, to_hex};
pub use ids::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedPosition, FeedSeq, HubId,
    IdError, Lseq, RowId, UserId, WardId,
};
pub use redact::Redacted;
