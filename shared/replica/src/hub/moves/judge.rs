//! Whether the city can say yes, and what the yes does: from the request and the ledger alone.

use wardbook_base::{DocumentId, WardId};
use wardbook_record::events::{MoveAct, Request};
use wardbook_record::{PartialDate, Person, names, schema, show};
use wardbook_store::{PersonRow, Tx};
use wardbook_sync::ports::HubPort;

use super::super::events::Names;
use super::{MoveBar, receives};
use crate::error::HubError;
use crate::moves::RequestView;

/// The work statuses of people who have left for good, and those of people who come back nowhere.
const LEFT: [&str; 4] = ["da_chuyen", "da_nghi_huu", "da_thoi_viec", "tu_tran"];
const OVER: [&str; 2] = ["da_nghi_huu", "tu_tran"];

/// A record in use that carries the number on a slip.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FoundPerson {
    /// The record.
    pub document: DocumentId,
    /// The person.
    pub full_name: String,
    /// The date of birth.
    pub birth_date: Option<PartialDate>,
    /// The post.
    pub title: String,
    /// The ward that keeps it.
    pub ward: WardId,
    /// Its name.
    pub ward_name: String,
    /// Whether name and date of birth are those of the slip.
    pub fits: bool,
}

/// What a request comes to.
pub(super) struct Asked<'a> {
    document: DocumentId,
    ward: WardId,
    request: &'a Request,
    full_name: String,
    birth_date: Option<PartialDate>,
    number: String,
    work_status: String,
}

impl<'a> Asked<'a> {
    pub(super) fn of_view(view: &'a RequestView) -> Self {
        Self {
            document: view.document,
            ward: view.ward.clone(),
            request: &view.request,
            full_name: view.full_name.clone(),
            birth_date: view.birth_date,
            number: view.person_id_no.clone(),
            work_status: view.work_status.clone(),
        }
    }

    pub(super) fn of_record(person: &Person, ward: &WardId, request: &'a Request) -> Self {
        let text = |key: &str| person.text(key).unwrap_or_default().to_owned();
        Self {
            document: person.id,
            ward: ward.clone(),
            request,
            full_name: text("full_name"),
            birth_date: person.date("birth_date"),
            number: text("person_id_no"),
            work_status: text("work_status"),
        }
    }

    fn is_slip(&self) -> bool {
        self.request.act() == Some(MoveAct::Fetch)
    }

    /// Whether a record is of the person that the slip means.
    fn means(&self, row: &PersonRow) -> bool {
        let same_name = names::fold(&row.facts.full_name) == names::fold(&self.full_name);
        let born = row.facts.birth_date.zip(self.birth_date);
        let same_day =
            born.is_some_and(|(a, b)| a.earliest() <= b.latest() && b.earliest() <= a.latest());
        same_name && same_day
    }
}

/// What a yes does.
pub(super) enum Step {
    Transfer { document: DocumentId, to: WardId, number: Option<String> },
    Lend { document: DocumentId, to: WardId },
    Return { document: DocumentId, from: WardId },
}

impl Step {
    pub(super) const fn document(&self) -> DocumentId {
        match self {
            Self::Transfer { document, .. }
            | Self::Lend { document, .. }
            | Self::Return { document, .. } => *document,
        }
    }
}

/// Whom a slip means; nobody for a request about a record of the ward's own.
pub(super) fn found_people(
    tx: &dyn Tx,
    names: &Names,
    asked: &Asked<'_>,
) -> Result<Vec<FoundPerson>, HubError> {
    let mut found = Vec::new();
    for row in holders(tx, asked)? {
        found.push(FoundPerson {
            document: row.document,
            fits: asked.means(&row),
            full_name: row.facts.full_name,
            birth_date: row.facts.birth_date,
            title: row.facts.title_label.unwrap_or_default(),
            ward_name: names.ward(&row.ward),
            ward: row.ward,
        });
    }
    Ok(found)
}

/// What a yes would do, or why there can be none. `to` is the ward that the officer names.
pub(super) fn judge(
    tx: &dyn Tx,
    asked: &Asked<'_>,
    to: Option<&WardId>,
) -> Result<Result<Step, MoveBar>, HubError> {
    let document = asked.document;
    Ok(match asked.request.act() {
        None => Err(MoveBar::Unknown),
        Some(MoveAct::Fetch) => fetched(tx, asked)?,
        Some(MoveAct::Return) => {
            let readers = HubPort::readers(tx, &document)?;
            let meant = match (to, readers.as_slice()) {
                (Some(to), _) => Some(to),
                (None, [only]) => Some(only),
                (None, _) => None,
            };
            let from = meant.filter(|ward| readers.contains(ward)).cloned();
            from.map(|from| Step::Return { document, from }).ok_or(MoveBar::NotLent)
        }
        Some(act) => {
            if LEFT.contains(&asked.work_status.as_str()) {
                return Ok(Err(gone(&asked.work_status)));
            }
            let typed = asked.request.to_ward.as_deref().and_then(|ward| ward.parse().ok());
            let Some(to) = to.cloned().or(typed) else {
                return Ok(Err(MoveBar::NoWard(asked.request.to_org.clone())));
            };
            let lends = act == MoveAct::Lend;
            if !receives(tx, &to)? {
                Err(MoveBar::NoWard(asked.request.to_org.clone()))
            } else if to == asked.ward {
                Err(MoveBar::There)
            } else if lends && HubPort::readers(tx, &document)?.contains(&to) {
                Err(MoveBar::Lent)
            } else if lends {
                Ok(Step::Lend { document, to })
            } else {
                let number = Some(asked.number.clone()).filter(|number| !number.is_empty());
                Ok(Step::Transfer { document, to, number })
            }
        }
    })
}

/// The move by which a ward gets a person whom it asked for.
fn fetched(tx: &dyn Tx, asked: &Asked<'_>) -> Result<Result<Step, MoveBar>, HubError> {
    let found = holders(tx, asked)?;
    let row = match found.as_slice() {
        [] => return Ok(Err(MoveBar::Nobody)),
        [one] => one,
        several => return Ok(Err(MoveBar::Several(several.len()))),
    };
    // The list may be a moment behind the ledger.
    let ward = tx.document(&row.document)?.map(|state| state.ward);
    let status = row.facts.work_status.as_deref().unwrap_or_default();
    Ok(if !asked.means(row) {
        Err(MoveBar::SomebodyElse)
    } else if ward.as_ref() == Some(&asked.ward) {
        Err(MoveBar::There)
    } else if OVER.contains(&status) {
        Err(gone(status))
    } else {
        let (document, to) = (row.document, asked.ward.clone());
        Ok(Step::Transfer { document, to, number: Some(asked.number.clone()) })
    })
}

/// The records in use that carry the number on a slip.
fn holders(tx: &dyn Tx, asked: &Asked<'_>) -> Result<Vec<PersonRow>, HubError> {
    if !asked.is_slip() || asked.number.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = tx.people_with_id_no(&asked.number)?;
    rows.retain(|row| row.facts.retired.is_none());
    Ok(rows)
}

fn gone(status: &str) -> MoveBar {
    let field = schema().field("work_status");
    let shown = field.map(|field| show(field, &status.into(), wardbook_record::Lang::Vi));
    MoveBar::Gone { status: shown.unwrap_or_default() }
}
