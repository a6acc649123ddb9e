//! Reads one automerge change, chunk type 1, with a bound on everything.

use sha2::{Digest as _, Sha256};
use wardbook_base::limits::{
    CHANGE_BYTES_MAX, CHANGE_OPERATIONS_MAX, DOCUMENT_OP_COUNTER_MAX, TEXT_CHARACTERS_MAX,
};
use wardbook_base::{ChangeHash, DocumentId, Timestamp};

use super::column::{Bytes, Read, Runs, count_values};
use super::{MESSAGE_BYTES_MAX, Refusal, RefusalCode, TIME_MS_END};
use crate::ports::ChangeMeta;

/// What every automerge chunk begins with.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// Bytes before the length: magic, checksum, chunk type.
const BEFORE_LENGTH: usize = 9;
/// The chunk type of a change that is not deflated.
const CHUNK_CHANGE: u8 = 1;
/// The longest key of a map, in bytes.
const KEY_BYTES_MAX: usize = 200;
/// The longest actor id: an author epoch and a fork counter fit well.
const ACTOR_BYTES_MAX: u64 = 64;
/// Values replaced by one change, over all its operations.
const PREDECESSORS_MAX: u64 = 2 * CHANGE_OPERATIONS_MAX;

const OBJECT_ACTOR: u64 = 0x01;
const OBJECT_COUNTER: u64 = 0x02;
const KEY_ACTOR: u64 = 0x11;
const KEY_COUNTER: u64 = 0x13;
const KEY_TEXT: u64 = 0x15;
const INSERT: u64 = 0x34;
const ACTION: u64 = 0x42;
const VALUE_META: u64 = 0x56;
const VALUE_BYTES: u64 = 0x57;
const PREDECESSOR_COUNT: u64 = 0x70;
const PREDECESSOR_ACTOR: u64 = 0x71;
const PREDECESSOR_COUNTER: u64 = 0x73;
const COLUMNS: [u64; 12] = [
    OBJECT_ACTOR,
    OBJECT_COUNTER,
    KEY_ACTOR,
    KEY_COUNTER,
    KEY_TEXT,
    INSERT,
    ACTION,
    VALUE_META,
    VALUE_BYTES,
    PREDECESSOR_COUNT,
    PREDECESSOR_ACTOR,
    PREDECESSOR_COUNTER,
];

/// A change that has the right form. Whether it fits a document is another question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedChange {
    /// What is kept of it beside its bytes.
    pub meta: ChangeMeta,
    /// The actors its operations name; the first is its own.
    pub actors: Vec<Vec<u8>>,
    /// What it does; the n-th has the id `(meta.start_op + n, meta.actor)`.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The map it changes; `None` is the root.
    pub object: Option<OpId>,
    /// The key in that map.
    pub key: Box<str>,
    /// What it does there.
    pub action: Action,
    /// The operations whose values it replaces.
    pub predecessors: Vec<OpId>,
}

/// What an operation does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Puts an empty map.
    MakeMap,
    /// Puts a text.
    PutText(Box<str>),
    /// Puts a number or a truth value.
    PutOther,
    /// Takes the value away.
    Delete,
}

/// The id of an operation inside one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpId {
    /// Its counter.
    pub counter: u64,
    /// The index of its actor in [`ParsedChange::actors`].
    pub actor: usize,
}

/// The hash under which a pushed item is known, whatever its bytes are: that of the change when
/// they have the outer form of one, else their SHA-256.
pub fn item_hash(bytes: &[u8]) -> ChangeHash {
    ChangeHash(match chunk(bytes) {
        Ok((_, data)) => chunk_hash(data),
        Err(_) => Sha256::digest(bytes).into(),
    })
}

/// What a change builds on, even when the rest of it is of a kind that this program does not know.
pub(crate) fn deps_of(bytes: &[u8]) -> Vec<ChangeHash> {
    let read = chunk(bytes).and_then(|(_, data)| deps(&mut Bytes(data)));
    read.unwrap_or_default()
}

/// How many operations a change claims, from the run lengths of its action column.
///
/// # Errors
/// When the bytes have not the form of a change.
pub fn operation_count(bytes: &[u8]) -> Result<u64, Refusal> {
    let (_, data) = chunk(bytes)?;
    let (_, columns) = header(data)?;
    Ok(count_values(columns.get(ACTION))?)
}

/// Reads a change and checks all that can be checked by itself.
///
/// # Errors
/// With the code of the first thing that is wrong.
pub fn read_change(document: &DocumentId, bytes: &[u8]) -> Result<ParsedChange, Refusal> {
    if bytes.len() > CHANGE_BYTES_MAX {
        return Err(RefusalCode::TooLarge.into());
    }
    let (checksum, data) = chunk(bytes)?;
    let hash = chunk_hash(data);
    if hash[..4] != checksum {
        return Err(RefusalCode::BadChecksum.into());
    }
    let (header, columns) = header(data)?;
    let count = count_values(columns.get(ACTION))?;
    if count > CHANGE_OPERATIONS_MAX {
        return Err(RefusalCode::TooManyOperations.into());
    }
    let meta = meta(*document, ChangeHash(hash), &header, count)?;
    let operations = operations(&columns, count, &header.actors)?;
    Ok(ParsedChange { meta, actors: header.actors, operations })
}

/// The checksum and the data of a chunk that is a plain change and nothing more.
fn chunk(bytes: &[u8]) -> Read<([u8; 4], &[u8])> {
    let (head, rest) = bytes.split_at_checked(BEFORE_LENGTH).ok_or(RefusalCode::NotAChange)?;
    if head[..4] != MAGIC {
        return Err(RefusalCode::NotAChange);
    }
    if head[8] != CHUNK_CHANGE {
        return Err(RefusalCode::WrongChunkType);
    }
    let mut rest = Bytes(rest);
    let length = rest.unsigned()?;
    if length != rest.0.len() as u64 {
        return Err(RefusalCode::NotAChange);
    }
    Ok(([head[4], head[5], head[6], head[7]], rest.0))
}

/// The hash of a change: SHA-256(chunk type || length || data).
fn chunk_hash(data: &[u8]) -> [u8; 32] {
    let mut sha = Sha256::new();
    sha.update([CHUNK_CHANGE]);
    let mut length = data.len();
    loop {
        let low = length.to_le_bytes()[0] & 0x7f;
        length >>= 7;
        sha.update([if length == 0 { low } else { low | 0x80 }]);
        if length == 0 {
            break;
        }
    }
    sha.update(data);
    sha.finalize().into()
}

/// What stands before the columns.
struct Header {
    deps: Vec<ChangeHash>,
    actors: Vec<Vec<u8>>,
    seq: u64,
    start_op: u64,
    time: i64,
    message: String,
}

/// The columns by their specification; those that are not there are empty.
struct Columns<'a>([&'a [u8]; COLUMNS.len()]);

impl<'a> Columns<'a> {
    fn get(&self, spec: u64) -> &'a [u8] {
        COLUMNS.iter().position(|known| *known == spec).map_or(&[][..], |index| self.0[index])
    }
}

fn deps(bytes: &mut Bytes<'_>) -> Read<Vec<ChangeHash>> {
    let mut deps = Vec::new();
    for _ in 0..bytes.unsigned()? {
        let mut hash = [0; 32];
        hash.copy_from_slice(bytes.take(32)?);
        deps.push(ChangeHash(hash));
    }
    Ok(deps)
}

fn header(data: &[u8]) -> Read<(Header, Columns<'_>)> {
    let mut bytes = Bytes(data);
    let deps = deps(&mut bytes)?;
    let mut actors = vec![actor(&mut bytes)?];
    let seq = bytes.unsigned()?;
    let start_op = bytes.unsigned()?;
    let time = bytes.signed()?;
    let message = bytes.text()?.to_owned();
    for _ in 0..bytes.unsigned()? {
        actors.push(actor(&mut bytes)?);
    }
    // Sorted, as automerge writes them: see `Runs` for why another form is refused.
    if !ascending(&deps) || !ascending(&actors[1..]) || actors[1..].contains(&actors[0]) {
        return Err(RefusalCode::NotAChange);
    }
    let columns = columns(bytes)?;
    Ok((Header { deps, actors, seq, start_op, time, message }, columns))
}

fn ascending<T: Ord>(items: &[T]) -> bool {
    items.is_sorted_by(|one, next| one < next)
}

fn actor(bytes: &mut Bytes<'_>) -> Read<Vec<u8>> {
    match bytes.unsigned()? {
        length @ 1..=ACTOR_BYTES_MAX => Ok(bytes.take(length)?.to_vec()),
        _ => Err(RefusalCode::NotAChange),
    }
}

/// The columns: specifications and lengths first, in ascending order, then the bytes, to the end.
fn columns(mut bytes: Bytes<'_>) -> Read<Columns<'_>> {
    let mut lengths = Vec::new();
    let mut before = None;
    for _ in 0..bytes.unsigned()? {
        let (spec, length) = (bytes.unsigned()?, bytes.unsigned()?);
        if before.is_some_and(|before| before >= spec) || length == 0 {
            return Err(RefusalCode::NotAChange);
        }
        // Marks, and columns of a format that is not ours.
        let index =
            COLUMNS.iter().position(|known| *known == spec).ok_or(RefusalCode::BadOperation)?;
        lengths.push((index, length));
        before = Some(spec);
    }
    let mut columns = Columns([&[]; COLUMNS.len()]);
    for (index, length) in lengths {
        columns.0[index] = bytes.take(length)?;
    }
    // What may follow are an author's footer or extra bytes, which we never write.
    if bytes.is_empty() { Ok(columns) } else { Err(RefusalCode::NotAChange) }
}

fn meta(document: DocumentId, hash: ChangeHash, header: &Header, count: u64) -> Read<ChangeMeta> {
    if header.message.len() > MESSAGE_BYTES_MAX {
        return Err(RefusalCode::MessageTooLong);
    }
    if !(0..TIME_MS_END).contains(&header.time) {
        return Err(RefusalCode::BadTime);
    }
    if header.seq == 0 || i64::try_from(header.seq).is_err() {
        return Err(RefusalCode::BadSequence);
    }
    if header.start_op == 0 || header.start_op > DOCUMENT_OP_COUNTER_MAX {
        return Err(RefusalCode::BadCounter);
    }
    let max_op = header.start_op + count - 1;
    if max_op >= DOCUMENT_OP_COUNTER_MAX {
        return Err(RefusalCode::BadCounter);
    }
    Ok(ChangeMeta {
        document,
        hash,
        actor: header.actors[0].clone(),
        seq: header.seq,
        start_op: header.start_op,
        max_op,
        deps: header.deps.clone(),
        time: Timestamp(header.time),
        message: header.message.clone(),
    })
}

/// All columns side by side, one operation at a time.
fn operations(columns: &Columns<'_>, count: u64, actors: &[Vec<u8>]) -> Read<Vec<Operation>> {
    // Records have no lists: no element keys, nothing is inserted.
    if !columns.get(KEY_ACTOR).is_empty() || !columns.get(KEY_COUNTER).is_empty() {
        return Err(RefusalCode::BadOperation);
    }
    no_inserts(columns.get(INSERT), count)?;
    let mut object_actor = Runs::new(columns.get(OBJECT_ACTOR));
    let mut object_counter = Runs::new(columns.get(OBJECT_COUNTER));
    let mut keys = Runs::new(columns.get(KEY_TEXT));
    let mut action = Runs::new(columns.get(ACTION));
    let mut values = Values::new(columns);
    let mut predecessors = Predecessors::new(columns);
    let mut out = Vec::new();
    for _ in 0..count {
        let object = (object_counter.next(Bytes::unsigned)?, object_actor.next(Bytes::unsigned)?);
        let key = keys.next(Bytes::text)?.ok_or(RefusalCode::BadOperation)?;
        if key.is_empty() || key.len() > KEY_BYTES_MAX {
            return Err(RefusalCode::BadValue);
        }
        let action = action.next(Bytes::unsigned)?.ok_or(RefusalCode::NotAChange)?;
        out.push(Operation {
            object: op_id(object, actors.len())?,
            key: key.into(),
            action: values.next(action)?,
            predecessors: predecessors.next(actors)?,
        });
    }
    object_actor.finish()?;
    object_counter.finish()?;
    keys.finish()?;
    action.finish()?;
    values.finish()?;
    predecessors.finish()?;
    all_named(&out, actors.len())?;
    Ok(out)
}

/// The column of truth values must be false throughout: one run of `count`, or nothing for none.
fn no_inserts(column: &[u8], count: u64) -> Read<()> {
    let mut bytes = Bytes(column);
    if bytes.is_empty() && count == 0 {
        return Ok(());
    }
    if bytes.unsigned()? == count && bytes.is_empty() {
        Ok(())
    } else {
        Err(RefusalCode::BadOperation)
    }
}

/// No actor is listed that no operation names.
fn all_named(operations: &[Operation], actors: usize) -> Read<()> {
    let mut named = vec![false; actors];
    named[0] = true;
    for operation in operations {
        for id in operation.object.iter().chain(&operation.predecessors) {
            named[id.actor] = true;
        }
    }
    if named.contains(&false) { Err(RefusalCode::NotAChange) } else { Ok(()) }
}

fn op_id((counter, actor): (Option<u64>, Option<u64>), actors: usize) -> Read<Option<OpId>> {
    match (counter, actor) {
        (None, None) => Ok(None),
        (Some(counter), Some(actor)) => {
            let actor = usize::try_from(actor).ok().filter(|actor| *actor < actors);
            let actor = actor.ok_or(RefusalCode::BadReference)?;
            Ok(Some(OpId { counter, actor }))
        }
        _ => Err(RefusalCode::NotAChange),
    }
}

/// The two columns of values: kind and length, then the bytes.
struct Values<'a> {
    meta: Runs<'a, u64>,
    bytes: Bytes<'a>,
}

impl<'a> Values<'a> {
    fn new(columns: &Columns<'a>) -> Self {
        Self { meta: Runs::new(columns.get(VALUE_META)), bytes: Bytes(columns.get(VALUE_BYTES)) }
    }

    fn next(&mut self, action: u64) -> Read<Action> {
        let meta = self.meta.next(Bytes::unsigned)?.ok_or(RefusalCode::NotAChange)?;
        match (action, meta) {
            (0, 0) => Ok(Action::MakeMap),
            (3, 0) => Ok(Action::Delete),
            (1, _) => self.put(meta),
            _ => Err(RefusalCode::BadOperation),
        }
    }

    /// Texts, whole numbers and truth values; the low four bits tell which.
    fn put(&mut self, meta: u64) -> Read<Action> {
        let mut bytes = Bytes(self.bytes.take(meta >> 4)?);
        match (meta & 0xf, bytes.0.len()) {
            (1 | 2, 0) => Ok(Action::PutOther),
            (3, 1..) => bytes.unsigned().map(|_| Action::PutOther),
            (4, 1..) => bytes.signed().map(|_| Action::PutOther),
            (6, _) => {
                let text = std::str::from_utf8(bytes.0).map_err(|_| RefusalCode::BadValue)?;
                if text.chars().count() > TEXT_CHARACTERS_MAX {
                    return Err(RefusalCode::BadValue);
                }
                bytes = Bytes(&[]);
                Ok(Action::PutText(text.into()))
            }
            _ => Err(RefusalCode::BadValue),
        }
        .and_then(|action| if bytes.is_empty() { Ok(action) } else { Err(RefusalCode::BadValue) })
    }

    fn finish(self) -> Read<()> {
        self.meta.finish()?;
        if self.bytes.is_empty() { Ok(()) } else { Err(RefusalCode::NotAChange) }
    }
}

/// The three columns of predecessors: how many an operation has, then the ids of all of them.
struct Predecessors<'a> {
    count: Runs<'a, u64>,
    actor: Runs<'a, u64>,
    counter: Runs<'a, i64>,
    last: i64,
    total: u64,
}

impl<'a> Predecessors<'a> {
    fn new(columns: &Columns<'a>) -> Self {
        Self {
            count: Runs::new(columns.get(PREDECESSOR_COUNT)),
            actor: Runs::new(columns.get(PREDECESSOR_ACTOR)),
            counter: Runs::new(columns.get(PREDECESSOR_COUNTER)),
            last: 0,
            total: 0,
        }
    }

    fn next(&mut self, actors: &[Vec<u8>]) -> Read<Vec<OpId>> {
        let count = self.count.next(Bytes::unsigned)?.ok_or(RefusalCode::NotAChange)?;
        self.total = self.total.saturating_add(count);
        if self.total > PREDECESSORS_MAX {
            return Err(RefusalCode::TooManyOperations);
        }
        let mut out: Vec<OpId> = Vec::new();
        for _ in 0..count {
            let actor = self.actor.next(Bytes::unsigned)?;
            let step = self.counter.next(Bytes::signed)?.ok_or(RefusalCode::NotAChange)?;
            self.last = self.last.checked_add(step).ok_or(RefusalCode::NotAChange)?;
            let counter = u64::try_from(self.last).map_err(|_| RefusalCode::BadReference)?;
            let id = op_id((Some(counter), actor), actors.len())?.ok_or(RefusalCode::NotAChange)?;
            let order = |id: &OpId| (id.counter, &actors[id.actor]);
            if out.last().is_some_and(|last| order(last) >= order(&id)) {
                return Err(RefusalCode::NotAChange);
            }
            out.push(id);
        }
        Ok(out)
    }

    fn finish(self) -> Read<()> {
        self.count.finish()?;
        self.actor.finish()?;
        self.counter.finish()
    }
}
