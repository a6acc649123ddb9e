//! Moves that the city decides on: rows of `movements` that wait, and what became of them.
//!
//! A ward that asks for a person whom it does not hold writes a slip: a record of its own, out of
//! use from the beginning, that holds what the ward knows and the row that waits. So a slip goes up
//! and its answer comes down like any record, also by hand, and is counted nowhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wardbook_base::RowId;

use super::fault::Fault;
use super::table::{Event, MoveAct, request_of_kind};
use super::value::{Office, Scope};
use super::write::Writer;
use crate::date::PartialDate;
use crate::edit::Edit;
use crate::path::Path;
use crate::person::{Person, Row};
use crate::rows::RowIds;
use crate::scalar::Scalar;

/// Why a slip is out of use: by these words a slip is known.
pub const SLIP: &str = "Phiếu đề nghị tiếp nhận, không phải hồ sơ";

/// The table, its column of state, and where the answer stands.
const TABLE: &str = "movements";
const STATE: &str = "status";
const ANSWER: &str = "answer";
const ANSWERED: &str = "answered";

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// It waits for the city.
    #[default]
    Waits,
    /// The city said yes.
    Agreed,
    /// The city said no.
    Refused,
    /// The ward took it back.
    Withdrawn,
}

impl RequestState {
    const ALL: [Self; 4] = [Self::Waits, Self::Agreed, Self::Refused, Self::Withdrawn];

    /// The code in the column of state.
    const fn code(self) -> &'static str {
        match self {
            Self::Waits => "cho_thanh_pho",
            Self::Agreed => "dong_y",
            Self::Refused => "khong_dong_y",
            Self::Withdrawn => "rut_lai",
        }
    }

    fn of(row: &Row) -> Option<Self> {
        let code = row.text(STATE)?;
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A move that the city decides on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// Its row in `movements`.
    pub row: RowId,
    /// The kind of move, a code of `movement_type`.
    pub kind: String,
    /// What became of it.
    pub state: RequestState,
    /// The planned day.
    pub effective: Option<PartialDate>,
    /// Until when, for a secondment or a rotation.
    pub until: Option<PartialDate>,
    /// The ward that asked, by id.
    pub from_ward: Option<String>,
    /// To which unit, for people.
    pub to_org: String,
    /// To which ward, by id.
    pub to_ward: Option<String>,
    /// Why.
    pub reason: String,
    /// The number of the decision behind it.
    pub decision_no: String,
    /// Its day.
    pub decision_date: Option<PartialDate>,
    /// Who issued it.
    pub decision_org: String,
    /// Who signed it.
    pub signer: String,
    /// What the city answered.
    pub answer: String,
    /// When.
    pub answered: Option<PartialDate>,
}

impl Request {
    /// What the city's yes does with the record; none for a kind that no action asks for.
    pub fn act(&self) -> Option<MoveAct> {
        request_of_kind(&self.kind)?.request
    }

    /// Whether a ward asked for it: not one that kept the record before.
    pub fn is_of(&self, ward: &str) -> bool {
        self.from_ward.as_deref().is_none_or(|asked| asked == ward)
    }
}

/// Why a ward need not ask for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedInVain {
    /// It did not join a city: there is nobody to ask.
    NoCity,
    /// It keeps the person's record.
    Here,
    /// It asked before, and waits.
    Waits,
}

impl AskedInVain {
    /// The same at the box of the number.
    pub fn fault(self, event: &Event, number: &str) -> Option<Fault> {
        let code = match self {
            Self::NoCity => "event_no_city",
            Self::Here => "event_person_here",
            Self::Waits => "event_slip_waits",
        };
        event.input("person_id_no").map(|input| Fault::of(input, number, code))
    }
}

/// What the city says to a request.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Yes or no.
    pub agreed: bool,
    /// In words; why, when it is a no.
    pub words: &'a str,
    /// The day.
    pub on: PartialDate,
}

/// Whether a record is a slip.
pub fn is_slip(person: &Person) -> bool {
    person.retired() == Some(SLIP)
}

/// The rows that wait for the city, the oldest first.
pub(super) fn waiting(person: &Person) -> impl Iterator<Item = (&RowId, &Row)> {
    person.rows(TABLE).filter(|(_, row)| waits(row))
}

/// Whether a row of `movements` tells of a move that took place: not of one that waits, was refused
/// or was taken back.
pub fn has_taken_place(row: &Row) -> bool {
    matches!(row.text(STATE), None | Some("dong_y"))
}

/// Whether a row of `movements` waits for the city.
pub fn waits(row: &Row) -> bool {
    RequestState::of(row) == Some(RequestState::Waits)
}

/// The moves of a record that were asked for, whatever became of them, the oldest first.
pub fn requests(person: &Person) -> Vec<Request> {
    let asked = person.rows(TABLE).filter_map(|(id, row)| Some((id, row, RequestState::of(row)?)));
    asked.map(|(id, row, state)| request(person, *id, row, state)).collect()
}

fn request(person: &Person, id: RowId, row: &Row, state: RequestState) -> Request {
    let text = |key: &str| row.text(key).unwrap_or_default().to_owned();
    let same = |document: &&Row| {
        document.value("number") == row.value("decision_no")
            && document.value("date") == row.value("decision_date")
    };
    let document = person.rows("documents").map(|(_, row)| row).find(same);
    Request {
        row: id,
        state,
        kind: text("kind"),
        effective: row.date("effective"),
        until: row.date("until"),
        from_ward: row.text("from_ward").map(str::to_owned),
        to_org: text("to_org"),
        to_ward: row.text("to_ward").map(str::to_owned),
        reason: text("reason"),
        decision_no: text("decision_no"),
        decision_date: row.date("decision_date"),
        decision_org: text("decision_org"),
        signer: document.and_then(|row| row.text("signer")).unwrap_or_default().to_owned(),
        answer: text(ANSWER),
        answered: row.date(ANSWERED),
    }
}

/// The edits by which the city answers a request that still waits: the answer, and with a yes what
/// the action writes then. None for any other row.
pub fn answer_request(
    person: &Person,
    row: &RowId,
    answer: &Answer<'_>,
    ids: &mut RowIds,
) -> Option<Vec<Edit>> {
    let asked = waiting(person).find(|(id, _)| *id == row).map(|(_, cells)| cells)?;
    let state = if answer.agreed { RequestState::Agreed } else { RequestState::Refused };
    let mut edits = vec![put(row, STATE, state.code()), put(row, ANSWERED, answer.on.stored())];
    if !answer.words.is_empty() {
        edits.push(put(row, ANSWER, answer.words));
    }
    let event = asked.text("kind").and_then(request_of_kind);
    if let Some(event) = event.filter(|_| answer.agreed) {
        edits.extend(agreed(event, person, asked, answer.on, ids));
    }
    Some(edits)
}

/// The edit by which the ward takes back a request that still waits; none for any other row.
pub fn withdraw_request(person: &Person, row: &RowId, on: PartialDate) -> Option<Vec<Edit>> {
    waiting(person).find(|(id, _)| *id == row)?;
    let state = RequestState::Withdrawn.code();
    Some(vec![put(row, STATE, state), put(row, ANSWERED, on.stored())])
}

fn put(row: &RowId, column: &str, value: impl Into<Scalar>) -> Edit {
    Edit::set(Path::cell(TABLE, *row, column), value)
}

/// What the action writes with the city's yes; its boxes hold what the row holds.
fn agreed(
    event: &Event,
    person: &Person,
    row: &Row,
    as_of: PartialDate,
    ids: &mut RowIds,
) -> Vec<Edit> {
    let values: BTreeMap<String, Scalar> = event
        .inputs
        .iter()
        .filter_map(|input| {
            let column = input.like.as_deref()?.strip_prefix("movements.")?;
            Some((input.key().to_owned(), row.value(column)?.clone()))
        })
        .collect();
    let office = Office::default();
    let scope = Scope { event, person, values: &values, as_of, office, summary: "" };
    let mut writer = Writer { scope, ids, edits: Vec::new(), faults: Vec::new() };
    writer.run(&event.agreed);
    writer.edits
}
