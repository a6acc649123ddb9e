//! What a node writes anew must be taken by the hub: copies of random edits in random histories,
//! judged by the hub's own judge over what the hub holds.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use wardbook_base::{
    AuthorEpoch, ChangeHash, DeviceId, DocumentId, RowId, Timestamp, UserId, WardId,
};
use wardbook_record::{
    Document, Dropped, Edit, Fate, Message, NewChange, Path, Purpose, Scalar, Stamp,
};
use wardbook_sync::SyncSchema;
use wardbook_sync::check::{Author, Custody, Judge, Judged, Rule, read_change};
use wardbook_sync::memory::MemoryLog;
use wardbook_sync::ports::{DocumentState, Log as _, StoredChange};

const ID: DocumentId = DocumentId([7; 16]);
/// Whose edits are written anew.
const AUTHOR: usize = 0;
/// A second machine with a copy of the author's disk.
const TWIN: usize = 1;
/// Machines in all.
const MACHINES: usize = 4;

/// What one step of a history does.
#[derive(Debug, Clone)]
struct Step {
    by: usize,
    /// First hears of what this one has.
    hears: Option<usize>,
    what: u8,
    target: u8,
    /// The hub refuses it, when it is the author's.
    refused: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let hears = prop::option::weighted(0.6, 0..MACHINES);
    (0..MACHINES, hears, 0..10_u8, 0..4_u8, prop::bool::weighted(0.3))
        .prop_map(|(by, hears, what, target, refused)| Step { by, hears, what, target, refused })
}

fn ward() -> WardId {
    "25881.1".parse().unwrap()
}

/// The author and the twin write under one epoch, as copies of one disk do.
fn epoch(machine: usize) -> [u8; 16] {
    [if machine == TWIN { 1 } else { u8::try_from(machine).unwrap() + 1 }; 16]
}

fn fork(round: u32) -> Vec<u8> {
    [&epoch(AUTHOR)[..], &round.to_be_bytes()].concat()
}

fn row(n: u8) -> RowId {
    RowId([n; 16])
}

fn edits(step: &Step, n: usize) -> Vec<Edit> {
    let value = || Scalar::Text(format!("v{n}"));
    let field = ["full_name", "phone", "alias", "birth_place.text"][usize::from(step.target)];
    let cells = |column: &str| BTreeMap::from([(column.to_owned(), value())]);
    let add = |table: &str, column: &str| Edit::AddRow {
        table: table.to_owned(),
        row: row(step.target),
        cells: cells(column),
    };
    let code = Path::code("policy_category", format!("ma_{}", step.target));
    match step.what {
        0 => vec![add("degrees", "level")],
        1 => vec![add("languages", "language"), Edit::set_field(field, value())],
        2 => vec![add("degrees", "major"), add("degrees", "school")],
        3 => vec![
            add("degrees", "level"),
            Edit::set(Path::cell("degrees", row(step.target), "major"), value()),
        ],
        4 => vec![Edit::set(code, true)],
        5 => vec![Edit::set(code, false)],
        6 => vec![Edit::Clear { path: Path::field(field) }],
        7 => vec![
            add("degrees", "level"),
            Edit::RetireRow {
                table: "degrees".to_owned(),
                row: row(step.target),
                reason: format!("v{n}"),
            },
        ],
        8 => vec![
            Edit::set_field("salary_step", i64::try_from(n % 12).unwrap()),
            Edit::set_field(field, value()),
        ],
        _ => vec![Edit::set_field(field, value())],
    }
}

/// What happened: the changes in the order they were made.
#[derive(Debug, Default)]
struct History {
    made: Vec<Made>,
}

#[derive(Debug, Clone)]
struct Made {
    change: NewChange,
    by: usize,
    refused: bool,
}

/// Lives a history. From step `cut` on the twin goes on from the author's disk, and nobody hears
/// of one of the two what the other could not take in.
fn live(steps: &[Step], cut: usize) -> History {
    let mut history = History::default();
    let mut machines: Vec<Document> = (0..MACHINES).map(|_| Document::new(ID)).collect();
    let mut save = |machines: &mut Vec<Document>, step: &Step, n: usize| {
        let stamp = Stamp {
            actor: epoch(step.by).to_vec(),
            time: Timestamp(1_750_000_000_000 + i64::try_from(n).unwrap()),
            message: Message { purpose: Purpose::Edit, user: UserId([9; 8]) },
        };
        if let Ok(Some(change)) = machines[step.by].edit(&edits(step, n), &stamp) {
            history.made.push(Made { change, by: step.by, refused: step.refused });
        }
    };
    let birth = Step { by: AUTHOR, hears: None, what: 9, target: 0, refused: false };
    save(&mut machines, &birth, 0);
    for machine in 1..MACHINES {
        machines[machine] = machines[AUTHOR].clone();
    }
    for (n, step) in steps.iter().enumerate() {
        if n == cut {
            machines[TWIN] = machines[AUTHOR].clone();
        }
        // Until then there is no second machine.
        let by = if n < cut && step.by == TWIN { AUTHOR } else { step.by };
        if let Some(from) = step.hears.filter(|from| *from != by && (n >= cut || *from != TWIN)) {
            let mut merged = machines[by].clone();
            let all = machines[from].changes();
            // What collides is never merged: the hub would have refused it.
            if all.iter().all(|change| merged.apply(&change.bytes).is_ok()) {
                machines[by] = merged;
            }
        }
        save(&mut machines, &Step { by, ..step.clone() }, n + 1);
    }
    history
}

/// The hub's log: what was neither refused, nor collides, nor builds on such a change; and the rest.
fn at_hub<'a>(
    history: &'a History,
    schema: &SyncSchema,
) -> (MemoryLog, Vec<&'a Made>, Vec<&'a Made>) {
    let mut log = MemoryLog::default();
    let (mut kept, mut out) = (Vec::new(), Vec::new());
    let mut gone: BTreeSet<ChangeHash> = BTreeSet::new();
    let mut document = Document::new(ID);
    // The twin's call comes first, so that it is the author who has to give way.
    let first = |made: &&Made| made.by != AUTHOR;
    let twins: BTreeSet<(Vec<u8>, u64)> = history
        .made
        .iter()
        .filter(|made| made.by == TWIN)
        .map(|made| place(&made.change))
        .collect();
    for made in &history.made {
        let parsed = read_change(&ID, &made.change.bytes).unwrap();
        let collides = !first(&made) && twins.contains(&place(&made.change));
        let refused = made.refused && made.by == AUTHOR;
        if refused || collides || parsed.meta.deps.iter().any(|dep| gone.contains(dep)) {
            gone.insert(made.change.hash);
            out.push(made);
            continue;
        }
        document.apply(&made.change.bytes).unwrap();
        take(&mut log, &document, &made.change, schema, Author::Any).unwrap();
        kept.push(made);
    }
    (log, kept, out)
}

fn place(change: &NewChange) -> (Vec<u8>, u64) {
    let meta = read_change(&ID, &change.bytes).unwrap().meta;
    (meta.actor, meta.seq)
}

/// The hub judges a change and stores it.
fn take(
    log: &mut MemoryLog,
    document: &Document,
    change: &NewChange,
    schema: &SyncSchema,
    author: Author,
) -> Result<(), String> {
    let rule = Rule { author, custody: Custody::Ward(ward()) };
    let judged = Judge::new(&*log, schema).judge(&ID, &change.bytes, &rule).unwrap();
    let Judged::New(meta) = judged else { return Err(format!("{judged:?}")) };
    let state = DocumentState {
        id: ID,
        ward: ward(),
        custody_version: 1,
        generation: 0,
        heads: document.heads(),
    };
    log.put_document(&state).unwrap();
    let (author, received_at) = (DeviceId::default(), Timestamp(0));
    let change = StoredChange { meta, bytes: change.bytes.clone(), author, received_at };
    log.put_change(&change).unwrap();
    Ok(())
}

fn schema() -> SyncSchema {
    SyncSchema::new(1, "id", &[Document::genesis().1]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn the_hub_takes_every_copy(
        steps in prop::collection::vec(step(), 1..32),
        cut in 0..40_usize,
        rounds in prop::collection::vec(prop::bool::weighted(0.5), 32),
    ) {
        let schema = schema();
        let history = live(&steps, cut);
        let (mut log, kept, out) = at_hub(&history, &schema);
        let mut survivor = Document::new(ID);
        for made in &kept {
            survivor.apply(&made.change.bytes).unwrap();
        }
        // Some are written anew at once, the others later, under the next fork: those that stand
        // behind a copy build on it, as they do when a call was cut.
        let mut copies: BTreeMap<ChangeHash, ChangeHash> = BTreeMap::new();
        for round in 1..=2 {
            let fate = |at: usize, made: &Made| match copies.get(&made.change.hash) {
                Some(copy) => Fate::CopiedAs(*copy),
                None if made.by != AUTHOR || made.refused => Fate::Leave,
                None if round == 1 && !rounds[at % rounds.len()] => Fate::Leave,
                None => Fate::Copy,
            };
            let dropped: Vec<Dropped<'_>> = out
                .iter()
                .enumerate()
                .map(|(at, made)| Dropped { bytes: &made.change.bytes, fate: fate(at, made) })
                .collect();
            let mut at_node = survivor.clone();
            let copied = at_node.copy_changes(&dropped, &fork(round)).unwrap();
            for one in copied {
                let Some(copy) = one.copy else { continue };
                survivor.apply(&copy.bytes).unwrap();
                let author = Author::Epoch(AuthorEpoch(epoch(AUTHOR)));
                let taken = take(&mut log, &survivor, &copy, &schema, author);
                prop_assert_eq!(taken, Ok(()), "round {} of {:?}", round, steps);
                copies.insert(one.original, copy.hash);
            }
            // What the node wrote is what the hub has.
            prop_assert_eq!(at_node.heads(), survivor.heads());
            prop_assert_eq!(at_node.read(), survivor.read());
        }
        let all = log.changes_of(&ID).map(|change| change.bytes.as_slice());
        let loaded = Document::from_changes(all).unwrap();
        prop_assert_eq!(loaded.heads(), survivor.heads());
        prop_assert_eq!(loaded.read(), survivor.read());
    }
}
