//! What a user does to a record, of every kind that a form offers.

use std::collections::BTreeMap;

use wardbook_base::{Dice as _, DocumentId, Timestamp};
use wardbook_record::{Edit, Path, Purpose, RowIds, Scalar};

use crate::dice::SimDice;
use crate::ledger::Ledger;
use crate::views::View;

/// Texts that several users like to touch.
const TEXTS: [&str; 4] = ["full_name", "alias", "phone", "birth_place.text"];
const TABLE: &str = "degrees";

/// Some edits that go into one change, and the text in it that no other change writes.
pub(crate) struct Wish {
    pub(crate) edits: Vec<Edit>,
    pub(crate) purpose: Purpose,
    pub(crate) token: Option<String>,
}

/// The first values of a new record.
pub(crate) fn birth(ledger: &mut Ledger) -> Wish {
    let token = ledger.token();
    let edits = vec![
        Edit::set_field("full_name", token.as_str()),
        Edit::set_field("birth_date", "1990-02-28"),
        Edit::set_field("salary_step", 3),
    ];
    Wish { edits, purpose: Purpose::Create, token: Some(token) }
}

/// One save of a form.
pub(crate) fn random(
    dice: &SimDice,
    ledger: &mut Ledger,
    id: DocumentId,
    view: &View,
    now: Timestamp,
) -> Wish {
    let token = ledger.token();
    let text = || Scalar::Text(token.clone());
    let row = dice.pick(ledger.rows.get(&id).map_or(&[][..], |rows| rows)).copied();
    let mut purpose = Purpose::Edit;
    let field = |dice: &SimDice| Edit::set_field(TEXTS[dice.index(TEXTS.len())], text());
    let code = |dice: &SimDice| Path::code("policy_category", format!("ma_{}", dice.below(3)));
    let edit = match dice.below(16) {
        0 => Edit::set_field("salary_step", dice.below(12).cast_signed()),
        1 => Edit::set_field("salary_coefficient", text()),
        2 => Edit::Clear { path: Path::field(TEXTS[dice.index(TEXTS.len())]) },
        3 | 4 => {
            let new = RowIds::new(now, dice).next_id();
            ledger.rows.entry(id).or_default().push(new);
            let cells = BTreeMap::from([("level".to_owned(), text())]);
            Edit::AddRow { table: TABLE.to_owned(), row: new, cells }
        }
        5 | 6 => match row {
            Some(row) => Edit::RetireRow { table: TABLE.to_owned(), row, reason: token.clone() },
            None => field(dice),
        },
        7 | 8 => match row {
            Some(row) => Edit::set(Path::cell(TABLE, row, "school"), text()),
            None => field(dice),
        },
        9 => Edit::set(code(dice), true),
        10 => Edit::set(code(dice), false),
        11 | 12 => match resolution(dice, view) {
            Some(edit) => {
                purpose = Purpose::Resolve;
                edit
            }
            None => field(dice),
        },
        13 => Edit::retire_record(&token),
        _ => field(dice),
    };
    let mut edits = vec![edit];
    if dice.one_in(4) {
        edits.push(field(dice));
    }
    let writes_token = edits.iter().any(|edit| match edit {
        Edit::Set { value, .. } => *value == text(),
        Edit::AddRow { .. } | Edit::RetireRow { .. } => true,
        Edit::Clear { .. } => false,
    });
    Wish { edits, purpose, token: writes_token.then_some(token) }
}

/// The choice of one value on a conflict card.
fn resolution(dice: &SimDice, view: &View) -> Option<Edit> {
    let paths: Vec<Path> = view.conflicts.iter().cloned().collect();
    let path = dice.pick(&paths)?.clone();
    let conflict = view.document.conflicts(std::slice::from_ref(&path)).pop()?;
    Some(match dice.pick(&conflict.values)?.value.clone() {
        Some(value) => Edit::Set { path, value },
        None => Edit::Clear { path },
    })
}
