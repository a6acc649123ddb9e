//! The witness: a small file outside the data folder that remembers how far the push log had come.
//!
//! It is written after commits, without waiting for the disk, so it may be behind and never ahead of
//! what was durable once. When it knows more than the database, the database is an older copy; when
//! it names another machine, the database was copied. Then the node takes a new author epoch, which
//! is always safe. It holds no personal data and no key.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use wardbook_base::{AuthorEpoch, Chain, Lseq};

/// Where the witness is kept, and what this machine calls itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessPlace {
    /// The file, outside the data folder.
    pub path: PathBuf,
    /// The machine's fingerprint: the same after a restart, another on another PC.
    pub machine: String,
}

/// How far a push log had come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Testimony {
    pub(crate) epoch: String,
    pub(crate) lseq: u64,
    pub(crate) chain: String,
    pub(crate) machine: String,
}

impl Testimony {
    pub(crate) fn new(epoch: AuthorEpoch, (lseq, chain): (Lseq, Chain), machine: &str) -> Self {
        Self {
            epoch: epoch.to_string(),
            lseq: lseq.0,
            chain: chain.to_string(),
            machine: machine.to_owned(),
        }
    }
}

/// What the witness says of the database beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing speaks against it.
    Fits,
    /// It is an older copy, or stands on another machine, or nobody can tell.
    Doubtful,
}

/// Compares. `chain_at` is the chain the database holds at the position the witness names, when it
/// still holds one.
pub(crate) fn judge(
    witness: Option<&Testimony>,
    here: &Testimony,
    chain_at: Option<Chain>,
) -> Verdict {
    let Some(witness) = witness else {
        // A log without an entry cannot have lost one.
        return if here.lseq == 0 { Verdict::Fits } else { Verdict::Doubtful };
    };
    let fits = witness.epoch == here.epoch
        && witness.machine == here.machine
        && witness.lseq <= here.lseq
        && chain_at.is_none_or(|chain| chain.to_string() == witness.chain);
    if fits { Verdict::Fits } else { Verdict::Doubtful }
}

/// Writes the file, in the order of the transactions that it speaks of.
#[derive(Debug)]
pub(crate) struct Keeper {
    place: WitnessPlace,
    turns: AtomicU64,
    written: Mutex<Written>,
}

#[derive(Debug, Default)]
struct Written {
    turn: u64,
    state: Option<Testimony>,
    failed: bool,
}

impl Keeper {
    pub(crate) fn new(place: WitnessPlace) -> Self {
        Self { place, turns: AtomicU64::new(0), written: Mutex::default() }
    }

    /// The turn of a transaction; to be taken inside it, where one follows the other.
    pub(crate) fn turn(&self) -> u64 {
        self.turns.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn machine(&self) -> &str {
        &self.place.machine
    }

    /// What was written last time; `None` when there is no file that can be read.
    pub(crate) fn read(&self) -> Option<Testimony> {
        read(&self.place.path)
    }

    /// Writes the state that a committed transaction left, unless a later one stands there already.
    pub(crate) fn write(&self, turn: u64, state: Testimony) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if turn <= written.turn {
            return;
        }
        written.turn = turn;
        if written.state.as_ref() == Some(&state) {
            return;
        }
        match replace(&self.place.path, &state) {
            Ok(()) => *written = Written { turn, state: Some(state), failed: false },
            // Said once: without a witness, work goes on.
            Err(error) if !written.failed => {
                written.failed = true;
                tracing::warn!(%error, "the witness could not be written");
            }
            Err(_) => {}
        }
    }
}

fn read(path: &Path) -> Option<Testimony> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Written beside and renamed, so that a cut leaves the old one or the new one, never half of one.
fn replace(path: &Path, state: &Testimony) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    std::fs::write(&beside, serde_json::to_vec(state)?)?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(lseq: u64) -> Testimony {
        let head = (Lseq(lseq), Chain([lseq.to_le_bytes()[0]; 16]));
        Testimony::new(AuthorEpoch([1; 16]), head, "pc-1")
    }

    #[test]
    fn the_witness_doubts_older_copies_and_other_machines_and_nothing_else() {
        let at = |lseq: u64| Some(Chain([lseq.to_le_bytes()[0]; 16]));
        let table = [
            (Some(state(5)), state(5), at(5), Verdict::Fits),
            (Some(state(4)), state(5), at(4), Verdict::Fits),
            (Some(state(4)), state(5), None, Verdict::Fits),
            (Some(state(0)), state(0), None, Verdict::Fits),
            (None, state(0), None, Verdict::Fits),
            (None, state(1), None, Verdict::Doubtful),
            (Some(state(6)), state(5), None, Verdict::Doubtful),
            (Some(state(4)), state(5), at(9), Verdict::Doubtful),
            (
                Some(Testimony { machine: "pc-2".to_owned(), ..state(5) }),
                state(5),
                at(5),
                Verdict::Doubtful,
            ),
            (
                Some(Testimony { epoch: AuthorEpoch([2; 16]).to_string(), ..state(5) }),
                state(5),
                at(5),
                Verdict::Doubtful,
            ),
        ];
        for (witness, here, chain, verdict) in table {
            assert_eq!(judge(witness.as_ref(), &here, chain), verdict, "{witness:?} {here:?}");
        }
    }

    #[test]
    fn the_file_follows_the_order_of_the_transactions() {
        let dir = tempfile::tempdir().unwrap();
        let place =
            WitnessPlace { path: dir.path().join("data.witness"), machine: "pc-1".to_owned() };
        let keeper = Keeper::new(place.clone());
        assert_eq!(keeper.read(), None);
        let (first, second, third) = (keeper.turn(), keeper.turn(), keeper.turn());
        keeper.write(second, state(5));
        keeper.write(first, state(4));
        assert_eq!(keeper.read(), Some(state(5)), "the later transaction has spoken");
        // Healing makes the log shorter.
        keeper.write(third, state(3));
        assert_eq!(keeper.read(), Some(state(3)));
        std::fs::write(&place.path, b"{half").unwrap();
        assert_eq!(keeper.read(), None, "a damaged witness is none");
    }
}
