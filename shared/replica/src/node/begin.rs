//! What a node does before its first edit and its first call: it finds out whether its data is what
//! it was when it stopped, and goes on under a new author epoch when that is not certain.

use wardbook_base::AuthorEpoch;
use wardbook_store::{StoreError, Tx};
use wardbook_sync::message::RotationReason;
use wardbook_sync::node::{NodeError, rotate};
use wardbook_sync::ports::NodePort;

use super::events::{EventCode, note};
use super::witness::{Keeper, Testimony, Verdict, WitnessPlace, judge};
use crate::End;
use crate::error::ReplicaError;
use crate::replica::Replica;
use crate::settings::{PROVEN_EPOCH, RESTORED};

impl Replica {
    /// To be called once, right after opening a node. Without a witness only a backup that was put
    /// back is noticed.
    ///
    /// Returns why the node took a new author epoch, when it did. That needs nobody: its own changes
    /// that the hub has not acknowledged are written anew with the next calls.
    ///
    /// # Errors
    /// When the store fails; nothing was changed then.
    pub fn begin_node(
        &self,
        witness: Option<WitnessPlace>,
    ) -> Result<Option<RotationReason>, ReplicaError> {
        debug_assert!(self.end() == End::Node, "a hub has its own beginning");
        if let Some(place) = witness {
            // A second call changes nothing.
            let _ = self.inner.witness.set(Keeper::new(place));
        }
        let doubt = self.inner.store.read(|tx| self.doubt(tx))?;
        let now = self.now();
        self.write_noted(|tx| {
            if let Some(reason) = doubt {
                let fresh = AuthorEpoch::random(self.dice());
                let port: &mut dyn NodePort = tx;
                rotate(port, fresh, reason, now).map_err(stopped)?;
                tx.delete_setting(RESTORED)?;
                // What was proven of the database before says nothing of this one.
                tx.delete_setting(PROVEN_EPOCH)?;
                let code = match reason {
                    RotationReason::Restored => EventCode::Restored,
                    _ => EventCode::Doubtful,
                };
                note(tx, now, code, 0)?;
            }
            // Left over when the program was stopped between two transactions.
            let written = self.write_anew(tx)?;
            note_copies(tx, now, written)?;
            Ok::<_, ReplicaError>(())
        })?;
        if let Some(reason) = doubt {
            tracing::warn!(
                ?reason,
                "the data here was put back from an older copy, or stands on another machine: going on under a new author epoch, no edit is lost"
            );
        }
        Ok(doubt)
    }

    /// Why the present author epoch must not be used any longer.
    fn doubt(&self, tx: &dyn Tx) -> Result<Option<RotationReason>, ReplicaError> {
        if tx.get_setting(RESTORED)?.as_deref() == Some("yes") {
            return Ok(Some(RotationReason::Restored));
        }
        let Some(keeper) = self.inner.witness.get() else { return Ok(None) };
        let here = testimony(tx, keeper)?;
        let witness = keeper.read();
        let chain_at = match &witness {
            Some(witness) if witness.lseq > 0 => chain_at(tx, witness.lseq)?,
            _ => None,
        };
        Ok(match judge(witness.as_ref(), &here, chain_at) {
            Verdict::Fits => None,
            Verdict::Doubtful => Some(RotationReason::Witness),
        })
    }

    /// A write transaction after which the witness is told how far the push log has come.
    pub(crate) fn write_noted<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let Some(keeper) = self.inner.witness.get() else { return self.inner.store.write(work) };
        let (done, turn, state) = self.inner.store.write(|tx| {
            let done = work(tx)?;
            Ok::<_, E>((done, keeper.turn(), testimony(tx, keeper)?))
        })?;
        keeper.write(turn, state);
        Ok(done)
    }
}

fn testimony(tx: &dyn Tx, keeper: &Keeper) -> Result<Testimony, StoreError> {
    Ok(Testimony::new(tx.author_epoch()?, tx.push_head()?, keeper.machine()))
}

fn chain_at(tx: &dyn Tx, lseq: u64) -> Result<Option<wardbook_base::Chain>, StoreError> {
    let before = wardbook_base::Lseq(lseq - 1);
    let row = tx.local_rows(before, 1)?.into_iter().next();
    Ok(row.filter(|row| row.lseq.0 == lseq).map(|row| row.chain))
}

fn stopped(error: NodeError) -> ReplicaError {
    match error {
        NodeError::Store(error) => error.into(),
        _ => ReplicaError::Interrupted,
    }
}

/// Tells people how many of their changes were written anew, when there were any.
pub(super) fn note_copies(
    tx: &mut dyn Tx,
    now: wardbook_base::Timestamp,
    copies: u64,
) -> Result<(), ReplicaError> {
    if copies > 0 { note(tx, now, EventCode::WrittenAnew, copies) } else { Ok(()) }
}
