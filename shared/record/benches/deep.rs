//! What the deep check costs: `cargo bench -p wardbook-record --bench deep -- [documents]`. Prints
//! milliseconds of CPU a document, as the system counts them.
#![expect(clippy::print_stdout, reason = "a measurement for people")]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use std::collections::BTreeMap;

use wardbook_base::{ChangeHash, DocumentId, RowId, Timestamp, UserId};
use wardbook_record::{
    DeepBase, Document, Edit, Kind, Message, Purpose, Scalar, Stamp, deep_check, schema,
};

fn main() {
    let count = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(1_000_u32);
    let fresh: Vec<_> = (0..count.min(200)).map(|n| imported(n, 0)).collect();
    let edited: Vec<_> = (0..count.min(200)).map(|n| imported(n, 30)).collect();
    let bytes: usize =
        fresh.iter().map(|(_, changes)| changes[0].1.len()).sum::<usize>() / fresh.len();
    println!("a fresh document is one change of {bytes} bytes");
    // The yardstick: machines differ, and are busy with other things.
    let saved: Vec<Vec<u8>> = fresh
        .iter()
        .map(|(_, made)| Document::from_changes([made[0].1.as_slice()]).unwrap().save())
        .collect();
    let before = cpu_ms();
    for n in 0..count as usize {
        drop(Document::load(&saved[n % saved.len()]).unwrap());
    }
    println!("loading one alone: {:.3} ms", (cpu_ms() - before) / f64::from(count));
    for (name, documents) in [("fresh", &fresh), ("with 30 edits", &edited)] {
        let before = cpu_ms();
        for n in 0..count as usize {
            let (id, changes) = &documents[n % documents.len()];
            deep_check(*id, DeepBase::default(), changes).unwrap();
        }
        println!("{name}: {:.3} ms a document", (cpu_ms() - before) / f64::from(count));
    }
    let before = cpu_ms();
    for n in 0..count as usize {
        let (id, changes) = &edited[n % edited.len()];
        let base: Vec<Vec<u8>> = changes[..30].iter().map(|(_, bytes)| bytes.clone()).collect();
        let base = DeepBase { saved: None, changes: &base };
        deep_check(*id, base, &changes[30..]).unwrap();
    }
    println!("one edit on 30: {:.3} ms a document", (cpu_ms() - before) / f64::from(count));
}

/// CPU time of this process; Linux counts hundredths of a second.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|t| t.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) * 10.0
}

type Changes = Vec<(ChangeHash, Vec<u8>)>;

/// A person as an import makes one: 60 fields, 6 tables of 2 rows; and then some edits.
fn imported(n: u32, edits: u32) -> (DocumentId, Changes) {
    let mut id = [7; 16];
    id[..4].copy_from_slice(&n.to_be_bytes());
    let mut document = Document::new(DocumentId(id));
    let message = Message { purpose: Purpose::Import, user: UserId([1; 8]) };
    let stamp = Stamp { actor: vec![3; 16], time: Timestamp(1_750_000_000_000), message };
    let fields = schema().fields.iter().filter(|field| field.kind != Kind::Codes).take(60);
    let value = |key: &str| Scalar::Text(format!("giá trị {key} {n}"));
    let mut all: Vec<Edit> =
        fields.map(|field| Edit::set_field(&field.key, value(&field.key))).collect();
    for table in schema().tables.iter().take(6) {
        for row in 0..2 {
            let cells: BTreeMap<String, Scalar> = table
                .columns
                .iter()
                .take(5)
                .map(|column| (column.key.clone(), value(&column.key)))
                .collect();
            all.push(Edit::AddRow { table: table.key.clone(), row: RowId([row; 16]), cells });
        }
    }
    let mut made = vec![document.edit(&all, &stamp).unwrap().unwrap()];
    for edit in 0..edits {
        let edit = [Edit::set_field("phone", i64::from(edit))];
        made.extend(document.edit(&edit, &stamp).unwrap());
    }
    (document.id(), made.into_iter().map(|change| (change.hash, change.bytes)).collect())
}
