//! From the document to plain values.

use automerge::{ObjId, ROOT, ReadDoc, ScalarValueRef, ValueRef};
use wardbook_base::ChangeHash;

use super::{Document, DocumentError, who};
use crate::person::{Person, Row};
use crate::scalar::Scalar;

type Heads<'a> = Option<&'a [automerge::ChangeHash]>;

impl Document {
    /// All values as they stand.
    pub fn read(&self) -> Person {
        self.person(None)
    }

    /// All values as of some heads, such as the ones that a form was made from.
    ///
    /// # Errors
    /// When a head is not in this document.
    pub fn person_at(&self, heads: &[ChangeHash]) -> Result<Person, DocumentError> {
        if !heads.iter().all(|hash| self.has_change(hash)) {
            return Err(DocumentError::UnknownHeads);
        }
        let heads: Vec<_> = heads.iter().map(|hash| automerge::ChangeHash(hash.0)).collect();
        Ok(self.person(Some(&heads)))
    }

    fn person(&self, heads: Heads<'_>) -> Person {
        let mut person = Person::new(self.id);
        self.each(&ROOT, heads, |key, value, object| match value {
            ValueRef::Object(_) => self.read_map(&mut person, key, &object(), heads),
            ValueRef::Scalar(value) if !who::is_beside(key) => {
                if let Some(value) = plain(value) {
                    person.values.insert(key.to_owned(), value);
                }
            }
            ValueRef::Scalar(_) => {}
        });
        person
    }

    /// A map under the root is a table when its entries are maps, a set of codes when they are
    /// true; so maps that this version's schema does not know are read too.
    fn read_map(&self, person: &mut Person, key: &str, map: &ObjId, heads: Heads<'_>) {
        self.each(map, heads, |entry, value, object| match value {
            ValueRef::Object(_) => {
                if let Ok(id) = entry.parse() {
                    let row = self.read_row(&object(), heads);
                    person.tables.entry(key.to_owned()).or_default().insert(id, row);
                }
            }
            ValueRef::Scalar(ScalarValueRef::Boolean(true)) => {
                person.codes.entry(key.to_owned()).or_default().insert(entry.to_owned());
            }
            ValueRef::Scalar(_) => {}
        });
    }

    fn read_row(&self, map: &ObjId, heads: Heads<'_>) -> Row {
        let mut row = Row::default();
        self.each(map, heads, |column, value, _| {
            if let ValueRef::Scalar(value) = value
                && let Some(value) = plain(value)
            {
                row.cells.insert(column.to_owned(), value);
            }
        });
        row
    }

    fn each(
        &self,
        map: &ObjId,
        heads: Heads<'_>,
        mut visit: impl FnMut(&str, &ValueRef<'_>, &dyn Fn() -> ObjId),
    ) {
        let range = match heads {
            None => self.doc.map_range(map, ..),
            Some(heads) => self.doc.map_range_at(map, .., heads),
        };
        for item in range {
            visit(&item.key, &item.value, &|| item.id());
        }
    }
}

pub(super) fn plain(value: &ScalarValueRef<'_>) -> Option<Scalar> {
    match value {
        ScalarValueRef::Str(text) if text.is_empty() => None,
        ScalarValueRef::Str(text) => Some(Scalar::Text(text.to_string())),
        ScalarValueRef::Int(number) => Some(Scalar::Int(*number)),
        ScalarValueRef::Uint(number) => i64::try_from(*number).ok().map(Scalar::Int),
        ScalarValueRef::Boolean(value) => Some(Scalar::Bool(*value)),
        _ => None,
    }
}
