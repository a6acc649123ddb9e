//! Values that were written without knowing of each other.
//!
//! Automerge flags different values of one key. Two kinds it does not flag: a row that was edited
//! in one place and retired in another, and fields that belong together. Equal values on both
//! sides are no conflict.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use automerge::iter::{DocItem, DocObjItem, MapRangeItem};
use automerge::{ObjId, ObjType, ROOT, ReadDoc, ScalarValueRef, Value, ValueRef};
use wardbook_base::{ChangeHash, RowId, Timestamp, UserId};

use super::{Document, scalar, who};
use crate::path::{Path, RETIRED};
use crate::scalar::Scalar;
use crate::schema::schema;
use crate::stamp::Message;

/// A key at which more than one value, or a value in doubt, stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Where.
    pub path: Path,
    /// Of which kind.
    pub kind: ConflictKind,
    /// The values, the one that stands now first.
    pub values: Vec<ConflictValue>,
}

/// What kind of conflict it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConflictKind {
    /// Different values of one key.
    Values,
    /// A row was edited in one place and retired in another. The path is the row's `retired`
    /// cell. Its values: the reason, and none for the edit; so putting the reason again confirms,
    /// clearing it brings the row back.
    RetiredRow,
    /// Fields that belong together (step and coefficient) were written in different places. One
    /// conflict a field, with the one value that stands; putting it again confirms.
    Together,
}

/// One of the values in conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictValue {
    /// The value; none = emptied there.
    pub value: Option<Scalar>,
    /// Whether it is the one that stands now. Says nothing about which is newer.
    pub winner: bool,
    /// The change that wrote it.
    pub hash: ChangeHash,
    /// The actor of that change.
    pub actor: Vec<u8>,
    /// Who wrote it, when the message says so.
    pub user: Option<UserId>,
    /// The device's time.
    pub time: Timestamp,
}

/// The fields that belong together with a field, without itself.
pub(super) fn companions(path: &Path) -> Vec<Path> {
    let Path::Field { key } = path else { return Vec::new() };
    let Some(group) = schema().field(key).and_then(|field| field.group.as_deref()) else {
        return Vec::new();
    };
    schema()
        .fields
        .iter()
        .filter(|field| field.group.as_deref() == Some(group) && field.key != *key)
        .map(|field| Path::field(&field.key))
        .collect()
}

/// The maps of a document.
#[derive(Clone)]
enum Place {
    Root,
    Table(Arc<str>),
    Row(Arc<str>, RowId),
}

impl Place {
    /// The map under a key of this one.
    fn within(&self, key: &str) -> Option<Self> {
        match self {
            Self::Root => Some(Self::Table(key.into())),
            Self::Table(table) => Some(Self::Row(Arc::clone(table), key.parse().ok()?)),
            Self::Row(..) => None,
        }
    }
}

/// Whether a path is a field, or lies in a table of this version's schema.
fn is_known(path: &Path) -> bool {
    match path {
        Path::Cell { table, .. } => schema().table(table).is_some(),
        Path::Field { .. } | Path::Code { .. } => true,
    }
}

impl Document {
    /// The conflicts among some paths, in their order; paths without one are left out.
    pub fn conflicts(&self, among: &[Path]) -> Vec<Conflict> {
        let finder = Finder { document: self, ancestry: std::cell::OnceCell::new() };
        among.iter().filter_map(|path| finder.conflict(path)).collect()
    }

    /// Every conflict of the document: a full scan, for the nightly check.
    pub fn all_conflicts(&self) -> Vec<Conflict> {
        let mut paths = Vec::new();
        self.each_key(|path, item| {
            if let Path::Cell { table, row, .. } = &path {
                paths.push(Path::cell(table, *row, RETIRED));
            }
            // What was emptied is no value of the person, but may stand against one.
            let is_value = |value: &ScalarValueRef<'_>| super::read::plain(value).is_some();
            let is_contested = item.conflict && is_known(&path);
            if is_contested || matches!(&item.value, ValueRef::Scalar(value) if is_value(value)) {
                paths.push(path);
            }
        });
        paths.sort();
        paths.dedup();
        self.conflicts(&paths)
    }

    /// Every key for which automerge holds more than one value, equal ones and emptied ones
    /// included. Sets of codes are left out: they cannot conflict.
    pub(super) fn contested(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        self.each_key(|path, item| {
            if item.conflict && is_known(&path) {
                paths.push(path);
            }
        });
        paths
    }

    /// Visits the keys under the root and those of rows, in one pass over the document: to ask for
    /// each table costs more than all the values.
    fn each_key(&self, mut visit: impl FnMut(Path, &MapRangeItem<'_>)) {
        let mut places: BTreeMap<ObjId, Place> = BTreeMap::from([(ROOT, Place::Root)]);
        let mut at: (ObjId, Option<Place>) = (ROOT, Some(Place::Root));
        for DocObjItem { obj, item } in self.doc.iter() {
            let DocItem::Map(item) = item else { continue };
            if at.0 != *obj {
                at = (obj.as_ref().clone(), places.get(&*obj).cloned());
            }
            let Some(place) = &at.1 else { continue };
            if matches!(item.value, ValueRef::Object(ObjType::Map)) {
                places.extend(place.within(&item.key).map(|inner| (item.id(), inner)));
            }
            match place {
                Place::Root if !who::is_beside(&item.key) => visit(Path::field(&*item.key), &item),
                Place::Row(table, row) => visit(Path::cell(&**table, *row, &*item.key), &item),
                Place::Root | Place::Table(_) => {}
            }
        }
    }

    /// The map and the key of a path, as the document stores it.
    pub(super) fn locate(&self, path: &Path) -> Option<(ObjId, String)> {
        match path {
            Path::Field { key } => Some((ROOT, key.clone())),
            Path::Code { field, code } => Some((self.map_at(&ROOT, field)?, code.clone())),
            Path::Cell { table, row, column } => {
                let table = self.map_at(&ROOT, table)?;
                Some((self.map_at(&table, &row.to_string())?, column.clone()))
            }
        }
    }

    fn map_at(&self, parent: &ObjId, key: &str) -> Option<ObjId> {
        match self.doc.get(parent, key).ok()?? {
            (Value::Object(ObjType::Map), object) => Some(object),
            _ => None,
        }
    }

    /// The standing value of a key and the change that wrote it.
    fn standing(&self, map: &ObjId, key: &str) -> Option<(Option<Scalar>, automerge::ChangeHash)> {
        let (value, op) = self.doc.get(map, key).ok()??;
        Some((value.as_scalar().and_then(scalar), self.doc.hash_for_opid(&op)?))
    }

    fn conflict_value(
        &self,
        value: Option<Scalar>,
        winner: bool,
        hash: automerge::ChangeHash,
    ) -> Option<ConflictValue> {
        let meta = self.doc.get_change_meta_by_hash(&hash)?;
        let message = meta.message.as_deref().and_then(|text| text.parse::<Message>().ok());
        Some(ConflictValue {
            value,
            winner,
            hash: ChangeHash(hash.0),
            actor: meta.actor.to_bytes().to_vec(),
            user: message.map(|message| message.user),
            time: Timestamp(meta.timestamp),
        })
    }
}

struct Finder<'a> {
    document: &'a Document,
    ancestry: std::cell::OnceCell<Ancestry>,
}

impl Finder<'_> {
    fn conflict(&self, path: &Path) -> Option<Conflict> {
        self.different_values(path).or_else(|| match path {
            Path::Cell { column, .. } if column == RETIRED => self.retired_row(path),
            Path::Field { .. } => self.together(path),
            _ => None,
        })
    }

    fn different_values(&self, path: &Path) -> Option<Conflict> {
        let document = self.document;
        let (map, key) = document.locate(path)?;
        let all = document.doc.get_all(&map, key.as_str()).ok()?;
        let [.., (_, standing)] = all.as_slice() else { return None };
        if all.len() < 2 {
            return None;
        }
        let mut values: Vec<ConflictValue> = Vec::new();
        // Newest operation first, so that the standing value leads.
        for (value, op) in all.iter().rev() {
            let hash = document.doc.hash_for_opid(op)?;
            let value = value.as_scalar().and_then(scalar);
            if !values.iter().any(|known| known.value == value) {
                values.push(document.conflict_value(value, op == standing, hash)?);
            }
        }
        values.sort_by_key(|value| !value.winner);
        (values.len() > 1).then(|| Conflict {
            path: path.clone(),
            kind: ConflictKind::Values,
            values,
        })
    }

    fn retired_row(&self, path: &Path) -> Option<Conflict> {
        let document = self.document;
        let (row, key) = document.locate(path)?;
        let (reason, retired) = document.standing(&row, &key)?;
        let reason = reason?;
        let mut editors = BTreeSet::new();
        for cell in document.doc.map_range(&row, ..).filter(|cell| cell.key != RETIRED) {
            editors.extend(document.doc.hash_for_opid(&cell.id()));
        }
        editors.retain(|edit| self.concurrent(edit, &retired));
        let edits = editors.into_iter().filter_map(|h| document.conflict_value(None, false, h));
        let mut values = vec![document.conflict_value(Some(reason), true, retired)?];
        values.extend(edits);
        (values.len() > 1).then(|| Conflict {
            path: path.clone(),
            kind: ConflictKind::RetiredRow,
            values,
        })
    }

    fn together(&self, path: &Path) -> Option<Conflict> {
        let document = self.document;
        let companions = companions(path);
        if companions.is_empty() {
            return None;
        }
        let (map, key) = document.locate(path)?;
        let (value, own) = document.standing(&map, &key)?;
        let is_alone = companions.iter().all(|other| {
            let written =
                document.locate(other).and_then(|(map, key)| document.standing(&map, &key));
            written.is_none_or(|(_, hash)| !self.concurrent(&own, &hash))
        });
        if is_alone {
            return None;
        }
        let values = vec![document.conflict_value(value, true, own)?];
        Some(Conflict { path: path.clone(), kind: ConflictKind::Together, values })
    }

    fn concurrent(&self, a: &automerge::ChangeHash, b: &automerge::ChangeHash) -> bool {
        let ancestry = self.ancestry.get_or_init(|| Ancestry::of(self.document));
        a != b && !ancestry.knew(a, b) && !ancestry.knew(b, a)
    }
}

/// Who knew of whom: the dependencies of every change, with the order of the changes as a bound.
struct Ancestry(BTreeMap<automerge::ChangeHash, (usize, Vec<automerge::ChangeHash>)>);

impl Ancestry {
    fn of(document: &Document) -> Self {
        let metas = document.doc.get_changes_meta(&[]);
        Self(metas.into_iter().enumerate().map(|(at, m)| (m.hash, (at, m.deps))).collect())
    }

    /// Whether `later` was made knowing of `earlier`.
    fn knew(&self, later: &automerge::ChangeHash, earlier: &automerge::ChangeHash) -> bool {
        let Some((bound, _)) = self.0.get(earlier) else { return false };
        let mut seen = BTreeSet::new();
        let mut stack = vec![*later];
        while let Some(hash) = stack.pop() {
            if hash == *earlier {
                return true;
            }
            // Changes come after those that they depend on, so what stands before `earlier`
            // cannot know of it.
            if let Some((at, deps)) = self.0.get(&hash)
                && at > bound
                && seen.insert(hash)
            {
                stack.extend(deps);
            }
        }
        false
    }
}
