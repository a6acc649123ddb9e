//! Taking in a change from elsewhere, and what it touched.

use std::collections::BTreeSet;

use automerge::{Patch, PatchAction, PatchLog, Prop, Value};

use super::{Document, DocumentError, ID_KEY, parse, refused, stored_id, who};
use crate::path::{Path, RETIRED};

/// What applying a change did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// False when the change was there already, or waits for a change that it depends on.
    pub changed: bool,
    /// Where values were written, sorted.
    pub touched: Vec<Path>,
    /// Where different values now stand against each other, sorted; see
    /// [`Document::conflicts`]. May name a path that was not touched itself: the `retired` cell
    /// of an edited row, or a field that belongs together with a touched one.
    pub conflicted: Vec<Path>,
}

impl Document {
    /// Applies one change; a repeated one does nothing.
    ///
    /// # Errors
    /// When the bytes are no change, when automerge refuses it (its actor and number are taken),
    /// or when it belongs to another document: discard this one then.
    pub fn apply(&mut self, change: &[u8]) -> Result<Applied, DocumentError> {
        let change = parse(change)?;
        if self.doc.get_change_meta_by_hash(&change.hash()).is_some() {
            return Ok(Applied::default());
        }
        let before = self.doc.get_heads();
        // With all former heads as its dependencies it knew everything: nothing can be in doubt.
        let knew_all = before.iter().all(|head| change.deps().contains(head));
        let mut log = PatchLog::active();
        self.doc.apply_changes_log_patches([change], &mut log).map_err(|error| refused(&error))?;
        let patches = self.doc.make_patches(&mut log);
        // What writes no id, or one that loses, leaves no patch of it.
        if patches.iter().any(names_id)
            && let Some(found) = stored_id(&self.doc).filter(|found| *found != self.id)
        {
            return Err(DocumentError::OtherDocument { expected: self.id, found });
        }
        let touched: BTreeSet<Path> = patches.iter().filter_map(path_of).collect();
        let conflicted = if knew_all { Vec::new() } else { self.in_doubt(&touched) };
        Ok(Applied {
            changed: before != self.doc.get_heads(),
            touched: touched.into_iter().collect(),
            conflicted,
        })
    }

    /// The conflicts that a change may have made by touching some paths.
    fn in_doubt(&self, touched: &BTreeSet<Path>) -> Vec<Path> {
        let mut suspects: BTreeSet<Path> = BTreeSet::new();
        // A value that loses where several stand already makes no patch, though those may be equal
        // and so have been no conflict until now.
        let contested = self.contested();
        for path in touched.iter().chain(&contested) {
            suspects.insert(path.clone());
            if let Path::Cell { table, row, .. } = path {
                suspects.insert(Path::cell(table, *row, RETIRED));
            }
            suspects.extend(super::conflicts::companions(path));
        }
        let suspects: Vec<Path> = suspects.into_iter().collect();
        let found = self.conflicts(&suspects).into_iter().map(|conflict| conflict.path);
        found.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Whether a patch is about the document's id.
fn names_id(patch: &Patch) -> bool {
    let (PatchAction::PutMap { key, .. }
    | PatchAction::DeleteMap { key }
    | PatchAction::Conflict { prop: Prop::Map(key) }) = &patch.action
    else {
        return false;
    };
    patch.path.is_empty() && key == ID_KEY
}

/// The path that a patch writes; none for the making of rows and for kinds no schema has.
fn path_of(patch: &Patch) -> Option<Path> {
    let key = match &patch.action {
        PatchAction::PutMap { value: (Value::Object(_), _), .. } => return None,
        PatchAction::PutMap { key, .. }
        | PatchAction::DeleteMap { key }
        | PatchAction::Conflict { prop: Prop::Map(key) } => key,
        _ => return None,
    };
    let above: Vec<&str> = patch
        .path
        .iter()
        .map(|(_, prop)| if let Prop::Map(key) = prop { key.as_str() } else { "" })
        .collect();
    match above.as_slice() {
        [] if who::is_beside(key) => None,
        [] => Some(Path::field(key)),
        [field] => Some(Path::code(*field, key)),
        [table, row] => Some(Path::cell(*table, row.parse().ok()?, key)),
        _ => None,
    }
}
