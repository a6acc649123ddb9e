//! What stands against each other in a conflict, as edits: written anew by changes that do not know
//! of each other, they make the same conflict again.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ReadDoc;
use wardbook_base::ChangeHash;

use super::conflicts::companions;
use super::{Conflict, ConflictKind, ConflictValue, Document, scalar};
use crate::edit::Edit;
use crate::path::{Path, RETIRED};

impl Document {
    /// What each change wrote of the conflicts at some paths, and of what belongs together with
    /// them: one list of edits for each side.
    pub fn sides(&self, among: &[Path]) -> Vec<Vec<Edit>> {
        let mut paths: BTreeSet<Path> = among.iter().cloned().collect();
        paths.extend(among.iter().flat_map(companions));
        let paths: Vec<Path> = paths.into_iter().collect();
        let mut sides: BTreeMap<ChangeHash, Vec<Edit>> = BTreeMap::new();
        for conflict in self.conflicts(&paths) {
            for value in &conflict.values {
                sides.entry(value.hash).or_default().extend(self.side(&conflict, value));
            }
        }
        sides.into_values().collect()
    }

    fn side(&self, Conflict { path, kind, .. }: &Conflict, value: &ConflictValue) -> Vec<Edit> {
        match (kind, &value.value) {
            // Who edited a row wrote nothing at its mark.
            (ConflictKind::RetiredRow, None) => self.cells_by(path, &value.hash),
            (_, Some(value)) => vec![Edit::set(path.clone(), value.clone())],
            (_, None) => vec![Edit::Clear { path: path.clone() }],
        }
    }

    /// The cells of the row of a path that stand as one change wrote them.
    fn cells_by(&self, of: &Path, author: &ChangeHash) -> Vec<Edit> {
        let Path::Cell { table, row, .. } = of else { return Vec::new() };
        let Some((map, _)) = self.locate(of) else { return Vec::new() };
        let cells = self.doc.map_range(&map, ..).filter(|cell| cell.key != RETIRED);
        let wrote = |id: &automerge::ObjId| {
            self.doc.hash_for_opid(id).is_some_and(|hash| hash.0 == author.0)
        };
        cells
            .filter(|cell| wrote(&cell.id()))
            .map(|cell| {
                let path = Path::cell(table, *row, &*cell.key);
                let value = self.doc.get(&map, &*cell.key).ok().flatten();
                match value.and_then(|(value, _)| value.as_scalar().and_then(scalar)) {
                    Some(value) => Edit::set(path, value),
                    None => Edit::Clear { path },
                }
            })
            .collect()
    }
}
