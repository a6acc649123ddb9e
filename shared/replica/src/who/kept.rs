//! What a change that is in no record builds on.

use wardbook_store::Tx;
use wardbook_sync::RefusalCode;
use wardbook_sync::check::read_change;
use wardbook_sync::ports::{Log, Quarantined};

use crate::error::ReplicaError;

/// So many changes are looked through at most.
const ASIDE_MAX: usize = 200;

/// The changes of the record, and those beside it that a change kept aside builds on: what it says
/// may need them to be read, and who wrote it may be told by them. What would destroy a document is
/// left out: these are decoded.
pub(crate) fn before_kept(tx: &dyn Tx, item: &Quarantined) -> Result<Vec<Vec<u8>>, ReplicaError> {
    let mut before: Vec<Vec<u8>> =
        tx.changes_of(&item.document)?.into_iter().map(|change| change.bytes).collect();
    let mut open = vec![item.bytes.clone()];
    let mut aside = Vec::new();
    while let Some(bytes) = open.pop() {
        let Ok(read) = read_change(&item.document, &bytes) else { continue };
        for dep in read.meta.deps {
            if let Some(found) = Log::quarantined(tx, &item.document, &dep)?
                && found.code != RefusalCode::Unsafe.as_str()
                && aside.len() < ASIDE_MAX
            {
                aside.push(found.bytes.clone());
                open.push(found.bytes);
            }
        }
    }
    before.extend(aside.into_iter().rev());
    Ok(before)
}
