//! Moves that the city decides on: rows of `movements` that wait, and what became of them.

use serde::{Deserialize, Serialize};
use wardbook_base::RowId;

use crate::date::PartialDate;
use crate::edit::Edit;
use crate::path::Path;
use crate::person::Person;

/// The table, its column of state, and the state of what waits.
const TABLE: &str = "movements";
const STATE: &str = "status";
const WAITS: &str = "cho_thanh_pho";

/// A move that waits for the city.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its row in `movements`.
    pub row: RowId,
    /// The kind of move, a code of `movement_type`.
    pub kind: String,
    /// The planned day.
    pub effective: Option<PartialDate>,
    /// Until when, for a secondment or a rotation.
    pub until: Option<PartialDate>,
    /// To which unit.
    pub to_org: String,
    /// The number of the decision behind it.
    pub decision_no: String,
}

/// The moves of a record that wait for the city, the oldest first.
pub fn requests(person: &Person) -> Vec<Request> {
    let waiting = person.rows(TABLE).filter(|(_, row)| row.text(STATE) == Some(WAITS));
    waiting
        .map(|(id, row)| {
            let text = |key: &str| row.text(key).unwrap_or_default().to_owned();
            Request {
                row: *id,
                kind: text("kind"),
                effective: row.date("effective"),
                until: row.date("until"),
                to_org: text("to_org"),
                decision_no: text("decision_no"),
            }
        })
        .collect()
}

/// The edit by which the city answers a request that still waits; none for any other row.
pub fn answer_request(person: &Person, row: &RowId, agreed: bool) -> Option<Edit> {
    let waits = person.row(TABLE, row)?.text(STATE) == Some(WAITS);
    let state = if agreed { "dong_y" } else { "khong_dong_y" };
    waits.then(|| Edit::set(Path::cell(TABLE, *row, STATE), state))
}
