//! What programs want changed: from JSON to the edits of a record.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::{Edit, PartialDate, Path, RowIds, Scalar, cell_scalar, parse_typed, schema};
use wardbook_replica::EditError;

use crate::app::App;
use crate::refusal::Refusal;

/// One wish.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(crate) enum EditBody {
    /// Put a value: as one would type it, or as it is stored.
    Set {
        /// Such as `phone`, `policy_category/con_ls`, `degrees/<row>/level`.
        path: String,
        /// Text, number or truth value.
        #[schema(value_type = Object)]
        value: Value,
    },
    /// Empty a value.
    Clear {
        /// Where.
        path: String,
    },
    /// Add a row to a table.
    AddRow {
        /// The table.
        table: String,
        /// Its cells by column.
        #[schema(value_type = Object)]
        cells: BTreeMap<String, Value>,
    },
    /// Take a row out of use.
    RetireRow {
        /// The table.
        table: String,
        /// The row.
        row: String,
        /// Why.
        reason: String,
    },
}

/// The document of an id in an address.
pub(crate) fn document_of(id: &str) -> Result<DocumentId, Refusal> {
    id.parse().map_err(|_| EditError::NotFound.into())
}

/// Heads as they came back.
pub(crate) fn heads_of(texts: &[String]) -> Result<Vec<ChangeHash>, Refusal> {
    texts.iter().map(|text| text.parse().map_err(|_| Refusal::unreadable())).collect()
}

/// One value as it was sent: text is read as if it had been typed.
pub(crate) fn scalar_at(path: &Path, value: &Value, as_of: PartialDate) -> Option<Scalar> {
    let typed = match value {
        Value::String(text) => text,
        Value::Number(number) => return number.as_i64().map(Scalar::Int),
        Value::Bool(value) => return Some(Scalar::Bool(*value)),
        _ => return None,
    };
    match schema().at(path) {
        Some(field) => cell_scalar(field, typed, as_of).0,
        None => Some(Scalar::Text(typed.clone())),
    }
}

/// The edits of a record for these wishes.
pub(crate) fn to_edits(app: &App, wanted: Vec<EditBody>) -> Result<Vec<Edit>, Refusal> {
    let as_of = app.replica().as_of()?;
    let mut ids = RowIds::new(app.replica().now(), app.dice());
    let mut edits = Vec::new();
    for wish in wanted {
        match wish {
            EditBody::Set { path, value } => edits.extend(set(&path, &value, as_of)?),
            EditBody::Clear { path } => edits.push(Edit::Clear { path: path_of(&path)? }),
            EditBody::AddRow { table, cells } => {
                let row = ids.next_id();
                let cells = cells.iter().filter_map(|(column, value)| {
                    let path = Path::cell(&table, row, column);
                    Some((column.clone(), scalar_at(&path, value, as_of)?))
                });
                let cells = cells.collect();
                edits.push(Edit::AddRow { table, row, cells });
            }
            EditBody::RetireRow { table, row, reason } => {
                let row = row.parse().map_err(|_| Refusal::unreadable())?;
                edits.push(Edit::RetireRow { table, row, reason });
            }
        }
    }
    Ok(edits)
}

fn set(path: &str, value: &Value, as_of: PartialDate) -> Result<Vec<Edit>, Refusal> {
    let path = path_of(path)?;
    if let (Path::Field { key }, Value::String(typed)) = (&path, value)
        && let Some(field) = schema().field(key)
    {
        return Ok(parse_typed(field, typed, as_of).map_or_else(
            // What cannot be read is kept as typed and flagged.
            |_| vec![Edit::set(path.clone(), typed.as_str())],
            |parts| {
                parts.into_iter().filter_map(|(suffix, value)| part(key, &suffix, value)).collect()
            },
        ));
    }
    let value = scalar_at(&path, value, as_of);
    Ok(vec![value.map_or(Edit::Clear { path: path.clone() }, |value| Edit::Set { path, value })])
}

fn part(key: &str, suffix: &str, value: Option<Scalar>) -> Option<Edit> {
    let path: Path = format!("{key}{suffix}").parse().ok()?;
    Some(match value {
        Some(value) => Edit::Set { path, value },
        None => Edit::Clear { path },
    })
}

fn path_of(text: &str) -> Result<Path, Refusal> {
    text.parse().map_err(|_| Refusal::unreadable())
}
