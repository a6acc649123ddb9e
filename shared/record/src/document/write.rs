//! From edits to one automerge change.

use std::collections::BTreeSet;

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};

use super::{Document, DocumentError, ID_KEY, who};
use crate::edit::Edit;
use crate::path::{Path, RETIRED};
use crate::scalar::Scalar;
use crate::stamp::{Purpose, Stamp};

/// The paths at which a resolution confirms the standing value of a conflict that automerge does
/// not know of: an equal put would be dropped there, so it has to be written for certain.
pub(super) fn confirmed(document: &Document, edits: &[Edit], purpose: Purpose) -> BTreeSet<Path> {
    if purpose != Purpose::Resolve {
        return BTreeSet::new();
    }
    edits
        .iter()
        .flat_map(Edit::paths)
        .filter(|path| !document.conflicts(std::slice::from_ref(path)).is_empty())
        .collect()
}

/// Writes the edits as one change; none when they change nothing. What is `confirmed` is written also
/// where it stands already; everything is, when nothing is said.
pub(super) fn write(
    document: &mut Document,
    edits: &[Edit],
    confirmed: Option<&BTreeSet<Path>>,
    stamp: &Stamp,
) -> Result<Option<automerge::ChangeHash>, DocumentError> {
    let Document { id, doc, beside } = document;
    let is_first = super::stored_id(doc).is_none();
    let nothing = BTreeSet::new();
    let (anew, confirmed) = (confirmed.is_none(), confirmed.unwrap_or(&nothing));
    let mut writer = Writer { tx: doc.transaction(), confirmed, anew };
    if is_first {
        writer.put(&ROOT, ID_KEY, id.to_string().into())?;
    }
    let before = writer.tx.pending_ops();
    for edit in edits {
        // An error drops the transaction, which rolls it back.
        writer.edit(edit)?;
    }
    who::put_decisions(&mut writer.tx, &beside.late)?;
    if writer.tx.pending_ops() == before {
        writer.tx.rollback();
        return Ok(None);
    }
    who::put_names(&mut writer.tx, &beside.names, stamp)?;
    let options =
        CommitOptions::default().with_message(stamp.message.to_string()).with_time(stamp.time.0);
    Ok(writer.tx.commit_with(options).0)
}

struct Writer<'a> {
    tx: Transaction<'a>,
    confirmed: &'a BTreeSet<Path>,
    /// Every value is written, also where it stands already.
    anew: bool,
}

impl Writer<'_> {
    fn edit(&mut self, edit: &Edit) -> Result<(), DocumentError> {
        match edit {
            Edit::Set { path, value } => self.set(path, value),
            Edit::Clear { path } => self.set(path, &Scalar::Text(String::new())),
            Edit::AddRow { table, row, cells } => {
                let table_map = self.map(&ROOT, table)?;
                let key = row.to_string();
                if self.object(&table_map, &key)?.is_none() {
                    self.tx.put_object(&table_map, &key, ObjType::Map).map_err(refused)?;
                }
                cells.iter().try_for_each(|(column, value)| {
                    self.set(&Path::cell(table, *row, column), value)
                })
            }
            Edit::RetireRow { table, row, reason } => {
                let path = Path::cell(table, *row, RETIRED);
                if reason.trim().is_empty() {
                    return Err(cannot(&path));
                }
                self.set(&path, &Scalar::Text(reason.clone()))
            }
        }
    }

    fn set(&mut self, path: &Path, value: &Scalar) -> Result<(), DocumentError> {
        match path {
            Path::Field { key } => {
                if key.is_empty() || who::is_beside(key) {
                    return Err(cannot(path));
                }
                self.set_key(&ROOT, key, value, path)
            }
            Path::Code { field, code } => {
                let map = self.map(&ROOT, field)?;
                self.set_code(&map, code, value.as_bool().unwrap_or(false))
            }
            Path::Cell { table, row, column } => {
                let table_map = self.map(&ROOT, table)?;
                let row = self.object(&table_map, &row.to_string())?.ok_or_else(|| cannot(path))?;
                self.set_key(&row, column, value, path)
            }
        }
    }

    /// An empty text empties: written only where something stands, so that a put elsewhere at
    /// the same time shows up as a conflict, which a deletion would not.
    fn set_key(
        &mut self,
        map: &ObjId,
        key: &str,
        value: &Scalar,
        path: &Path,
    ) -> Result<(), DocumentError> {
        let stands = match self.tx.get(map, key).map_err(refused)? {
            // A table stays one: fields and tables share the root.
            Some((Value::Object(ObjType::Map), _)) if *map == ROOT => return Err(cannot(path)),
            stands => stands.is_some(),
        };
        let is_empty = matches!(value, Scalar::Text(text) if text.is_empty());
        if is_empty && !stands {
            return Ok(());
        }
        let pending = self.tx.pending_ops();
        if self.anew && stands {
            // To put what shows at a key with several values would only delete the other ones.
            self.tx.delete(map, key).map_err(refused)?;
        }
        self.put(map, key, stored(value))?;
        if self.tx.pending_ops() == pending && self.confirmed.contains(path) {
            self.tx.delete(map, key).map_err(refused)?;
            self.put(map, key, stored(value))?;
        }
        Ok(())
    }

    fn set_code(&mut self, map: &ObjId, code: &str, is_in: bool) -> Result<(), DocumentError> {
        let stands = self.tx.get(map, code).map_err(refused)?.is_some();
        if is_in {
            self.put(map, code, ScalarValue::Boolean(true))
        } else if stands {
            // Deleted, not set to false: a set is add-wins.
            self.tx.delete(map, code).map_err(refused)
        } else {
            Ok(())
        }
    }

    fn put(&mut self, map: &ObjId, key: &str, value: ScalarValue) -> Result<(), DocumentError> {
        self.tx.put(map, key, value).map_err(refused)
    }

    fn map(&self, parent: &ObjId, key: &str) -> Result<ObjId, DocumentError> {
        self.object(parent, key)?.ok_or_else(|| DocumentError::CannotWrite(key.to_owned()))
    }

    fn object(&self, parent: &ObjId, key: &str) -> Result<Option<ObjId>, DocumentError> {
        Ok(match self.tx.get(parent, key).map_err(refused)? {
            Some((Value::Object(ObjType::Map), object)) => Some(object),
            _ => None,
        })
    }
}

fn stored(value: &Scalar) -> ScalarValue {
    match value {
        Scalar::Text(text) => ScalarValue::Str(text.as_str().into()),
        Scalar::Int(number) => ScalarValue::Int(*number),
        Scalar::Bool(value) => ScalarValue::Boolean(*value),
    }
}

fn cannot(path: &Path) -> DocumentError {
    DocumentError::CannotWrite(path.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn refused(error: automerge::AutomergeError) -> DocumentError {
    DocumentError::Refused(error.to_string())
}
