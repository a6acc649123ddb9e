//! Honest histories of records: several authors on several replicas that hear of each other now
//! and then, with every kind of edit that a record has, in fields and tables of the real schema.

use std::collections::BTreeMap;

use wardbook_base::{
    AuthorEpoch, ChangeHash, Dice, DocumentId, RowId, SeededDice, Timestamp, UserId,
};
use wardbook_record::{Document, Edit, Message, Path, Purpose, Scalar, Stamp, schema};

/// A record and its changes, each after those that it builds on.
#[derive(Debug, Clone)]
pub struct History {
    /// Which record.
    pub id: DocumentId,
    /// Its changes.
    pub changes: Vec<(ChangeHash, Vec<u8>)>,
}

impl History {
    /// The bytes of the first `count` changes.
    pub fn bytes(&self, count: usize) -> Vec<Vec<u8>> {
        self.changes[..count].iter().map(|(_, bytes)| bytes.clone()).collect()
    }
}

fn below(dice: &SeededDice, bound: usize) -> usize {
    usize::try_from(dice.below(bound as u64)).unwrap_or_default()
}

/// A record of so many changes.
pub fn history(dice: &SeededDice, changes: usize) -> History {
    let id = DocumentId::random(dice);
    let epochs: Vec<AuthorEpoch> = (0..4).map(|_| AuthorEpoch::random(dice)).collect();
    let mut replicas = vec![Document::new(id); epochs.len()];
    let mut forks = vec![0_u32; epochs.len()];
    let mut heard = vec![0; epochs.len()];
    let mut all: Vec<(ChangeHash, Vec<u8>)> = Vec::new();
    while all.len() < changes {
        let at = if all.is_empty() { 0 } else { below(dice, replicas.len()) };
        if heard[at] == 0 || dice.below(4) == 0 {
            for (_, bytes) in &all[heard[at]..] {
                replicas[at].apply(bytes).unwrap();
            }
            heard[at] = all.len();
        }
        if dice.below(20) == 0 {
            forks[at] += 1;
        }
        let mut actor = epochs[at].as_bytes().to_vec();
        if forks[at] > 0 {
            actor.extend_from_slice(&forks[at].to_be_bytes());
        }
        let (edits, purpose) = edits(&replicas[at], dice);
        let time = Timestamp(1_750_000_000_000 + dice.below(1 << 36).cast_signed());
        let message = Message { purpose, user: UserId([dice.below(256).to_le_bytes()[0]; 8]) };
        let made = replicas[at].edit(&edits, &Stamp { actor, time, message });
        all.extend(made.unwrap().map(|change| (change.hash, change.bytes)));
    }
    History { id, changes: all }
}

/// What one form saves: one to five places.
fn edits(document: &Document, dice: &SeededDice) -> (Vec<Edit>, Purpose) {
    if dice.below(8) == 0
        && let Some(conflict) = document.all_conflicts().into_iter().next()
    {
        let value = conflict.values.into_iter().find_map(|value| value.value);
        let edit = match value {
            Some(value) => Edit::Set { path: conflict.path, value },
            None => Edit::Clear { path: conflict.path },
        };
        return (vec![edit], Purpose::Resolve);
    }
    if dice.below(12) == 0 {
        return ((0..20).map(|_| edit(document, dice)).collect(), Purpose::Import);
    }
    ((0..=dice.below(4)).map(|_| edit(document, dice)).collect(), Purpose::Edit)
}

fn edit(document: &Document, dice: &SeededDice) -> Edit {
    let schema = schema();
    let fields: Vec<&str> = schema
        .fields
        .iter()
        .filter(|field| field.kind != wardbook_record::Kind::Codes)
        .map(|field| field.key.as_str())
        .collect();
    let field = || Path::field(fields[below(dice, fields.len().min(12))]);
    // A few tables and rows, so that authors meet.
    let table = &schema.tables[below(dice, 5)];
    let rows = document.read().tables.remove(&table.key).unwrap_or_default();
    let row = rows.keys().nth(below(dice, rows.len().max(1))).copied();
    match (dice.below(10), row) {
        (0, _) => Edit::Clear { path: field() },
        (1, _) => {
            let code = Path::code("policy_category", format!("ma_{}", dice.below(4)));
            Edit::set(code, dice.below(3) > 0)
        }
        (2 | 3, _) => {
            let row = RowId([dice.below(4).to_le_bytes()[0]; 16]);
            let columns = table.columns.iter().take(1 + below(dice, 4));
            let cells: BTreeMap<String, Scalar> =
                columns.map(|column| (column.key.clone(), value(dice))).collect();
            Edit::AddRow { table: table.key.clone(), row, cells }
        }
        (4, Some(row)) => {
            let reason = format!("lý do {}", dice.below(9));
            Edit::RetireRow { table: table.key.clone(), row, reason }
        }
        (5 | 6, Some(row)) => {
            let column = &table.columns[below(dice, table.columns.len())];
            Edit::set(Path::cell(&table.key, row, &column.key), value(dice))
        }
        _ => Edit::set(field(), value(dice)),
    }
}

fn value(dice: &SeededDice) -> Scalar {
    match dice.below(8) {
        0 => Scalar::Int(dice.u64().cast_signed()),
        1 => Scalar::Int(dice.below(100).cast_signed()),
        2 => Scalar::Bool(dice.below(2) == 0),
        3 => Scalar::Text(format!(
            "19{:02}-0{}-1{}",
            dice.below(90),
            1 + dice.below(9),
            dice.below(9)
        )),
        4 => Scalar::Text("Nguyễn Thị Ánh Tuyết ".repeat(below(dice, 60))),
        _ => Scalar::Text(format!("giá trị {}", dice.below(6))),
    }
}
