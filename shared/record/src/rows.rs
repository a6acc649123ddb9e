//! Ids for new rows.

use wardbook_base::{Dice, RowId, Timestamp};

/// Gives ULID-like row ids: 48 bits of milliseconds, 80 random bits, and within one generator
/// each id is the one before plus one. Neighbouring ids compress well: random ids would cost
/// about 14 bytes a row in a saved document.
#[derive(Debug, Clone)]
pub struct RowIds {
    next: u128,
}

impl RowIds {
    /// A generator for one change.
    pub fn new(time: Timestamp, dice: &dyn Dice) -> Self {
        let millis = u128::from(u64::try_from(time.0).unwrap_or(0)) & ((1 << 48) - 1);
        // The highest random bit stays clear, so that counting up never reaches the time.
        let random = u128::from_be_bytes(dice.bytes::<16>()) & ((1 << 79) - 1);
        Self { next: (millis << 80) | random }
    }

    /// The next id.
    pub fn next_id(&mut self) -> RowId {
        let id = RowId(self.next.to_be_bytes());
        self.next = self.next.wrapping_add(1);
        id
    }
}

#[cfg(test)]
mod tests {
    use wardbook_base::SeededDice;

    use super::*;

    #[test]
    fn row_ids_follow_each_other_and_begin_with_the_time() {
        let time = Timestamp(1_750_000_000_123);
        let mut ids = RowIds::new(time, &SeededDice::new(1));
        let (first, second) = (ids.next_id(), ids.next_id());
        assert!(first < second);
        assert_eq!(first.0[..6], time.0.to_be_bytes()[2..]);
        let later = RowIds::new(time.plus_ms(1), &SeededDice::new(2)).next_id();
        assert!(second < later, "a later moment sorts later");
    }
}
