//! Randomness, passed in.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

/// Where randomness comes from.
pub trait Dice: Send + Sync {
    /// Fills `out` with random bytes.
    fn fill(&self, out: &mut [u8]);

    /// A random number.
    fn u64(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A number below `bound` (0 when `bound` is 0); the bias is below 2^-32 for small bounds.
    fn below(&self, bound: u64) -> u64 {
        self.u64().checked_rem(bound).unwrap_or(0)
    }
}

impl dyn Dice + '_ {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }
}

/// The operating system's generator: fit for keys and tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDice;

impl Dice for SystemDice {
    fn fill(&self, out: &mut [u8]) {
        // Without randomness no key and no actor id is safe: there is nothing to fall back to.
        getrandom::fill(out).expect("the operating system's random generator must answer");
    }
}

/// Repeatable dice: the SHA-256 stream of a seed. For tests, simulations and generators.
#[derive(Debug)]
pub struct SeededDice {
    seed: u64,
    counter: AtomicU64,
    rest: Mutex<Vec<u8>>,
}

impl SeededDice {
    /// Dice that always roll the same for the same seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed, counter: AtomicU64::new(0), rest: Mutex::new(Vec::new()) }
    }
}

impl Dice for SeededDice {
    fn fill(&self, out: &mut [u8]) {
        let mut rest = self.rest.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for byte in out {
            if rest.is_empty() {
                let n = self.counter.fetch_add(1, Ordering::Relaxed);
                let mut hash = Sha256::new();
                hash.update(self.seed.to_le_bytes());
                hash.update(n.to_le_bytes());
                rest.extend_from_slice(&hash.finalize());
            }
            *byte = rest.pop().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_rolls_the_same() {
        let (a, b) = (SeededDice::new(7), SeededDice::new(7));
        assert_eq!(
            (0..50).map(|_| a.u64()).collect::<Vec<_>>(),
            (0..50).map(|_| b.u64()).collect::<Vec<_>>()
        );
        assert_ne!(SeededDice::new(8).u64(), SeededDice::new(7).u64());
    }
}
