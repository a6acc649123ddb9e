//! Both ports in memory: the second implementation, for tests and the simulator.
//!
//! What is large is shared between copies, so that a copy of a store, which stands for an older
//! backup, costs little.

mod hub;
mod log;
mod node;

pub use hub::MemoryHub;
pub use log::MemoryLog;
pub use node::MemoryNode;

use crate::ports::PortError;

fn broken(what: &str) -> PortError {
    PortError(what.into())
}

/// Passes the [`Log`](crate::ports::Log) of a store on to its field `log`, and tells the store
/// which document was written (`after_write`).
macro_rules! log_through {
    ($name:ident) => {
        impl crate::ports::Log for $name {
            fn document(&self, id: &DocumentId) -> PortResult<Option<DocumentState>> {
                self.log.document(id)
            }
            fn change_meta(
                &self,
                document: &DocumentId,
                hash: &ChangeHash,
            ) -> PortResult<Option<ChangeMeta>> {
                self.log.change_meta(document, hash)
            }
            fn change_at(
                &self,
                document: &DocumentId,
                actor: &[u8],
                seq: u64,
            ) -> PortResult<Option<ChangeHash>> {
                self.log.change_at(document, actor, seq)
            }
            fn change_with_op(
                &self,
                document: &DocumentId,
                actor: &[u8],
                counter: u64,
            ) -> PortResult<Option<ChangeHash>> {
                self.log.change_with_op(document, actor, counter)
            }
            fn is_quarantined(&self, document: &DocumentId, hash: &ChangeHash) -> PortResult<bool> {
                self.log.is_quarantined(document, hash)
            }
            fn change_bytes(
                &self,
                document: &DocumentId,
                hash: &ChangeHash,
            ) -> PortResult<Option<Vec<u8>>> {
                self.log.change_bytes(document, hash)
            }
            fn change_metas(&self, document: &DocumentId) -> PortResult<Vec<ChangeMeta>> {
                self.log.change_metas(document)
            }
            fn stored_change(
                &self,
                document: &DocumentId,
                hash: &ChangeHash,
            ) -> PortResult<Option<StoredChange>> {
                self.log.stored_change(document, hash)
            }
            fn quarantined(
                &self,
                document: &DocumentId,
                hash: &ChangeHash,
            ) -> PortResult<Option<Quarantined>> {
                self.log.quarantined(document, hash)
            }
            fn tombstone(&self, document: &DocumentId) -> PortResult<Option<Tombstone>> {
                self.log.tombstone(document)
            }
            fn put_replaced(
                &mut self,
                document: &DocumentId,
                hash: &ChangeHash,
                by: &ChangeHash,
            ) -> PortResult<()> {
                self.log.put_replaced(document, hash, by)
            }
            fn remove_changes(
                &mut self,
                document: &DocumentId,
                hashes: &[ChangeHash],
            ) -> PortResult<()> {
                self.log.remove_changes(document, hashes)?;
                self.after_write(document);
                Ok(())
            }
            fn forget_document(&mut self, grave: &Tombstone) -> PortResult<()> {
                self.log.forget_document(grave)?;
                self.after_write(&grave.document);
                Ok(())
            }
            fn remove_tombstone(&mut self, document: &DocumentId) -> PortResult<()> {
                self.log.remove_tombstone(document)
            }
            fn put_document(&mut self, state: &DocumentState) -> PortResult<()> {
                self.log.put_document(state)?;
                self.after_write(&state.id);
                Ok(())
            }
            fn put_change(&mut self, change: &StoredChange) -> PortResult<()> {
                self.log.put_change(change)
            }
        }
    };
}
use log_through;
