//! Mutants of what a change says: written by automerge's own encoder, so that their form is right
//! and only their meaning is wrong.

use std::num::NonZeroU64;

use automerge::legacy::{ElementId, Key, MarkData, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Change, ChangeHash, ExpandedChange, ObjType, ScalarValue};
use wardbook_base::{Dice as _, SeededDice};

use crate::histories::History;
use crate::trial::quietly;

/// What a mutant is made from: the history before the change, and what all of it names.
#[derive(Debug)]
pub struct Context {
    before: Vec<ExpandedChange>,
    hashes: Vec<ChangeHash>,
    ops: Vec<(OpId, Op)>,
}

impl Context {
    /// The history before its `at`-th change.
    pub fn new(history: &History, at: usize) -> Self {
        let genesis = wardbook_record::Document::genesis();
        let known = std::iter::once(&genesis).chain(&history.changes[..at]);
        let mut context = Self { before: Vec::new(), hashes: Vec::new(), ops: Vec::new() };
        for (hash, bytes) in known {
            let change = Change::from_bytes(bytes.clone()).unwrap().decode();
            context.hashes.push(ChangeHash(hash.0));
            context.ops.extend(ids(&change).zip(change.operations.iter().cloned()));
            context.before.push(change);
        }
        context
    }

    fn hash(&self, dice: &SeededDice) -> ChangeHash {
        self.hashes[below(dice, self.hashes.len())]
    }

    fn op(&self, dice: &SeededDice) -> &(OpId, Op) {
        &self.ops[below(dice, self.ops.len())]
    }

    /// Puts counter and number right for the deps, so that only the rest is wrong.
    fn repair(&self, change: &mut ExpandedChange) {
        let known = self.hashes.iter().zip(&self.before);
        let ends = known.filter(|(hash, _)| change.deps.contains(hash)).map(|(_, dep)| end(dep));
        change.start_op = number(ends.max().unwrap_or_default() + 1);
        let own = self.before.iter().filter(|known| known.actor_id == change.actor_id);
        change.seq = own.map(|known| known.seq).max().unwrap_or_default() + 1;
    }
}

fn end(change: &ExpandedChange) -> u64 {
    change.start_op.get() + change.operations.len() as u64 - 1
}

fn ids(change: &ExpandedChange) -> impl Iterator<Item = OpId> + use<'_> {
    (change.start_op.get()..).map(|counter| OpId::new(counter, &change.actor_id))
}

fn number(value: u64) -> NonZeroU64 {
    NonZeroU64::new(value.max(1)).unwrap_or(NonZeroU64::MIN)
}

fn below(dice: &SeededDice, bound: usize) -> usize {
    usize::try_from(dice.below(bound.max(1) as u64)).unwrap_or_default()
}

fn random_id(dice: &SeededDice, change: &ExpandedChange) -> OpId {
    let counter = match dice.below(4) {
        0 => dice.u64(),
        1 => u64::from(u32::MAX) + dice.below(3),
        2 => 0,
        _ => 1 + dice.below(200),
    };
    match dice.below(3) {
        0 => OpId::new(counter, &change.actor_id),
        1 => OpId::new(counter, &ActorId::from([0; 16])),
        _ => OpId::new(counter, &ActorId::from(random_bytes(dice).as_slice())),
    }
}

fn random_bytes(dice: &SeededDice) -> Vec<u8> {
    let mut bytes = vec![0; 16];
    dice.fill(&mut bytes);
    bytes
}

fn any_op<'a>(change: &'a mut ExpandedChange, dice: &SeededDice) -> &'a mut Op {
    let at = below(dice, change.operations.len());
    &mut change.operations[at]
}

type Mutation = fn(&mut ExpandedChange, &Context, &SeededDice);

/// Every kind, by name.
pub const KINDS: [(&str, Mutation); 31] = [
    ("start-op", |change, _, dice| {
        let by = dice.below(5);
        let at = change.start_op.get();
        change.start_op = number(match dice.below(4) {
            0 => at.saturating_sub(1 + by),
            1 => 1,
            _ => at + 1 + by,
        });
    }),
    ("max-op", |change, _, dice| {
        let edges = [10_000_000, u64::from(u32::MAX), 1 << 53, i64::MAX.unsigned_abs(), u64::MAX];
        change.start_op = number(edges[below(dice, edges.len())] - dice.below(3));
    }),
    ("seq", |change, _, dice| {
        let edges = [0, 1, change.seq + 1, change.seq.saturating_sub(1), u64::MAX, 1 << 40];
        change.seq = edges[below(dice, edges.len())];
    }),
    ("deps-dropped", |change, context, dice| {
        let at = below(dice, change.deps.len());
        change.deps.remove(at);
        if change.deps.is_empty() || dice.below(3) == 0 {
            change.deps = vec![context.hash(dice)];
        }
        if dice.below(2) == 0 {
            context.repair(change);
        }
    }),
    ("deps-none", |change, _, _| change.deps.clear()),
    ("deps-foreign", |change, context, dice| {
        let mut foreign = [0; 32];
        dice.fill(&mut foreign);
        let is_known = dice.below(2) == 0;
        change.deps.push(if is_known { context.hash(dice) } else { ChangeHash(foreign) });
        change.deps.sort_unstable();
        if dice.below(2) == 0 {
            context.repair(change);
        }
    }),
    ("deps-doubled", |change, _, _| {
        change.deps.extend(change.deps.clone());
        change.deps.sort_unstable();
    }),
    ("actor-swapped", |change, context, dice| {
        let other = &context.before[below(dice, context.before.len())];
        change.actor_id = match dice.below(4) {
            0 => ActorId::from(random_bytes(dice).as_slice()),
            1 => ActorId::from([0; 16]),
            _ => other.actor_id.clone(),
        };
        if dice.below(2) == 0 {
            context.repair(change);
        }
    }),
    ("actor-length", |change, _, dice| {
        let length = [0, 1, 15, 17, 24, 25, 64, 65, 4096][below(dice, 9)];
        change.actor_id = ActorId::from(vec![7; length]);
    }),
    ("object-random", |change, _, dice| {
        let id = random_id(dice, change);
        any_op(change, dice).obj = ObjectId::Id(id);
    }),
    ("object-of-another-operation", |change, context, dice| {
        any_op(change, dice).obj = ObjectId::Id(context.op(dice).0.clone());
    }),
    ("object-of-itself", |change, _, dice| {
        let own: Vec<OpId> = ids(change).take(change.operations.len() + 1).collect();
        any_op(change, dice).obj = ObjectId::Id(own[below(dice, own.len())].clone());
    }),
    ("element-random", |change, _, dice| {
        let id = random_id(dice, change);
        let head = dice.below(3) == 0;
        any_op(change, dice).key = Key::Seq(if head { ElementId::Head } else { ElementId::Id(id) });
    }),
    ("element-of-another-operation", |change, context, dice| {
        let id = context.op(dice).0.clone();
        let op = any_op(change, dice);
        op.key = Key::Seq(ElementId::Id(id));
        op.insert = dice.below(2) == 0;
    }),
    ("key", |change, context, dice| {
        let other = context.op(dice).1.key.clone();
        let long = Key::Map("k".repeat(100_000).into());
        let op = any_op(change, dice);
        op.key = match dice.below(5) {
            0 => Key::Map("".into()),
            1 => long,
            2 => Key::Map("id".into()),
            3 => Key::Map("\u{0}\u{202e}".into()),
            _ => other,
        };
    }),
    ("predecessor-random", |change, _, dice| {
        let id = random_id(dice, change);
        any_op(change, dice).pred = vec![id].into();
    }),
    ("predecessor-of-another-operation", |change, context, dice| {
        let mut some: Vec<OpId> = (0..=dice.below(3)).map(|_| context.op(dice).0.clone()).collect();
        some.dedup();
        any_op(change, dice).pred = some.into();
    }),
    ("predecessor-of-another-key", |change, context, dice| {
        // The right map, the wrong key; or the right key in another map.
        let op = any_op(change, dice);
        let near = |other: &&(OpId, Op)| (other.1.obj == op.obj) != (other.1.key == op.key);
        let near: Vec<&(OpId, Op)> = context.ops.iter().filter(near).collect();
        if !near.is_empty() {
            op.pred = vec![near[below(dice, near.len())].0.clone()].into();
        }
    }),
    ("predecessor-dropped", |change, _, dice| {
        let op = change.operations.iter_mut().find(|op| !op.pred.is_empty());
        if let Some(op) = op {
            let mut some: Vec<OpId> = op.pred.iter().cloned().collect();
            some.remove(below(dice, some.len()));
            op.pred = some.into();
        }
    }),
    ("predecessor-doubled", |change, _, dice| {
        let own: Vec<OpId> = ids(change).take(change.operations.len()).collect();
        let op = any_op(change, dice);
        let mut some: Vec<OpId> = op.pred.iter().cloned().collect();
        some.extend(some.clone());
        if some.is_empty() {
            some.push(own[below(dice, own.len())].clone());
        }
        op.pred = some.into();
    }),
    ("insert-flag", |change, _, dice| {
        let op = any_op(change, dice);
        op.insert = !op.insert;
    }),
    ("key-kind", |change, _, dice| {
        let op = any_op(change, dice);
        op.key = Key::Seq(ElementId::Head);
        op.insert = dice.below(2) == 0;
        op.action = OpType::Put(ScalarValue::Str("a".into()));
    }),
    ("action", |change, _, dice| {
        let op = any_op(change, dice);
        op.action = match dice.below(7) {
            0 => OpType::Make(ObjType::List),
            1 => OpType::Make(ObjType::Text),
            2 => OpType::Make(ObjType::Table),
            3 => OpType::Make(ObjType::Map),
            4 => OpType::Delete,
            5 => OpType::Increment(1),
            _ => OpType::Put(ScalarValue::Null),
        };
    }),
    ("delete-of-nothing", |change, _, dice| {
        let op = any_op(change, dice);
        op.action = OpType::Delete;
        op.pred = Vec::new().into();
    }),
    ("mark", |change, _, dice| {
        let data = MarkData {
            name: "bold".into(),
            value: ScalarValue::Boolean(true),
            expand: dice.below(2) == 0,
        };
        any_op(change, dice).action =
            if dice.below(2) == 0 { OpType::MarkBegin(data) } else { OpType::MarkEnd(true) };
    }),
    ("counter", |change, _, dice| {
        any_op(change, dice).action = match dice.below(3) {
            0 => OpType::Put(ScalarValue::counter(dice.u64().cast_signed())),
            1 => OpType::Increment(i64::MAX),
            _ => OpType::Increment(i64::MIN),
        };
    }),
    ("time", |change, _, dice| {
        let edges = [i64::MIN, i64::MAX, -1, 7_258_118_400_000, 1 << 53, 0];
        change.time = edges[below(dice, edges.len())];
    }),
    ("operation-doubled", |change, _, dice| {
        let at = below(dice, change.operations.len());
        let op = change.operations[at].clone();
        change.operations.insert(at, op);
    }),
    ("operations-shuffled", |change, _, dice| {
        let (one, two) =
            (below(dice, change.operations.len()), below(dice, change.operations.len()));
        change.operations.swap(one, two);
        if dice.below(2) == 0 {
            change.operations.remove(one);
        }
    }),
    ("barred-key", |change, context, dice| {
        // A map where a value belongs, or a value where a table or a row belongs.
        let maps: Vec<&(OpId, Op)> =
            context.ops.iter().filter(|(_, op)| op.action == OpType::Make(ObjType::Map)).collect();
        let map = &maps[below(dice, maps.len())].1;
        let (obj, key) = (map.obj.clone(), map.key.clone());
        let op = any_op(change, dice);
        op.pred = Vec::new().into();
        match dice.below(3) {
            0 => op.action = OpType::Make(ObjType::Map),
            1 => {
                op.action = OpType::Make(ObjType::Map);
                op.obj = ObjectId::Root;
            }
            _ => {
                (op.obj, op.key) = (obj, key);
                op.action = OpType::Put(ScalarValue::Boolean(true));
            }
        }
    }),
    ("value", |change, _, dice| {
        any_op(change, dice).action = OpType::Put(match dice.below(8) {
            0 => ScalarValue::F64(f64::NAN),
            1 => ScalarValue::Bytes(vec![0; below(dice, 5_000)]),
            2 => ScalarValue::Null,
            3 => ScalarValue::Uint(u64::MAX),
            4 => ScalarValue::Timestamp(i64::MIN),
            5 => ScalarValue::Unknown { type_code: 12, bytes: vec![1, 2, 3] },
            6 => ScalarValue::Str("ắ".repeat(10_001).into()),
            _ => ScalarValue::Int(i64::MIN),
        });
    }),
];

/// A mutant of the kind `KINDS[kind]`; none when the kind does not fit the change, or its form
/// cannot be written.
pub fn mutant(kind: usize, honest: &[u8], context: &Context, dice: &SeededDice) -> Option<Vec<u8>> {
    let mut change = Change::from_bytes(honest.to_vec()).ok()?.decode();
    let built = quietly(|| {
        (KINDS[kind].1)(&mut change, context, dice);
        Change::from(change).raw_bytes().to_vec()
    });
    built.filter(|bytes| bytes != honest)
}
