//! What is kept of changes whose rows were dropped: everything but their bytes, in columns.
//!
//! The bytes come out of the document's snapshot, byte for byte. A row of the database costs some
//! 500 bytes beside its content; here a change costs its hash and a few bytes more, because actors,
//! authors and messages repeat, ancestors are nearly always near, and numbers grow in small steps.

use std::collections::HashMap;

use wardbook_base::{ChangeHash, DeviceId, DocumentId, Timestamp};
use wardbook_sync::ports::ChangeMeta;

/// A change without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Archived {
    /// Its place in the order of arrival.
    pub(crate) n: i64,
    pub(crate) meta: ChangeMeta,
    pub(crate) author: DeviceId,
    pub(crate) received_at: Timestamp,
}

/// The dropped changes of one document, in the order of arrival.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    pub(crate) changes: Vec<Archived>,
    by_hash: HashMap<ChangeHash, usize>,
}

const FORM: u8 = 1;
/// Stands for an ancestor that is not in the archive (the genesis).
const ELSEWHERE: u64 = 0;

impl Archive {
    pub(crate) fn new(changes: Vec<Archived>) -> Self {
        let by_hash =
            changes.iter().enumerate().map(|(at, change)| (change.meta.hash, at)).collect();
        Self { changes, by_hash }
    }

    pub(crate) fn get(&self, hash: &ChangeHash) -> Option<&Archived> {
        self.by_hash.get(hash).and_then(|at| self.changes.get(*at))
    }

    pub(crate) fn at(&self, actor: &[u8], seq: u64) -> Option<&Archived> {
        self.changes.iter().find(|change| change.meta.seq == seq && change.meta.actor == actor)
    }

    /// The change of an actor with the highest number among those that begin at or before `counter`.
    pub(crate) fn last_begun(&self, actor: &[u8], counter: u64) -> Option<&Archived> {
        let own = self.changes.iter().filter(|change| change.meta.actor == actor);
        own.filter(|change| change.meta.start_op <= counter).max_by_key(|change| change.meta.seq)
    }

    /// The newest place.
    pub(crate) fn upto(&self) -> i64 {
        self.changes.last().map_or(0, |change| change.n)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Writer(vec![FORM]);
        let actors = Table::of(self.changes.iter().map(|c| c.meta.actor.as_slice()));
        let authors = Table::of(self.changes.iter().map(|c| c.author.as_bytes()));
        let messages = Table::of(self.changes.iter().map(|c| c.meta.message.as_bytes()));
        for table in [&actors, &authors, &messages] {
            out.number(table.entries.len() as u64);
            table.entries.iter().for_each(|entry| out.bytes(entry));
        }
        out.number(self.changes.len() as u64);
        // Column by column: like stands beside like, which zstd then finds.
        for change in &self.changes {
            out.0.extend_from_slice(change.meta.hash.as_bytes());
        }
        for (at, change) in self.changes.iter().enumerate() {
            out.number(change.meta.deps.len() as u64);
            for dep in &change.meta.deps {
                if let Some(of) = self.by_hash.get(dep).filter(|of| **of < at) {
                    out.number((at - of) as u64);
                } else {
                    out.number(ELSEWHERE);
                    out.0.extend_from_slice(dep.as_bytes());
                }
            }
        }
        self.changes.iter().for_each(|c| out.number(actors.index(&c.meta.actor)));
        self.changes.iter().for_each(|c| out.number(authors.index(c.author.as_bytes())));
        self.changes.iter().for_each(|c| out.number(messages.index(c.meta.message.as_bytes())));
        self.changes.iter().for_each(|c| out.number(c.meta.seq));
        self.changes.iter().for_each(|c| out.number(c.meta.start_op));
        self.changes
            .iter()
            .for_each(|c| out.number((c.meta.max_op + 1).wrapping_sub(c.meta.start_op)));
        out.steps(self.changes.iter().map(|c| c.n));
        out.steps(self.changes.iter().map(|c| c.meta.time.0));
        out.steps(self.changes.iter().map(|c| c.received_at.0));
        out.0
    }

    /// Reads what [`Archive::encode`] wrote; `None` when it did not.
    pub(crate) fn decode(document: DocumentId, bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        if from.take(1)? != [FORM] {
            return None;
        }
        let actors = from.table()?;
        let authors = from.table()?;
        let messages = from.table()?;
        let count = usize::try_from(from.number()?).ok()?;
        let hashes: Vec<ChangeHash> = (0..count).map(|_| from.hash()).collect::<Option<_>>()?;
        let deps: Vec<Vec<ChangeHash>> =
            (0..count).map(|at| from.deps(at, &hashes)).collect::<Option<_>>()?;
        let actor = from.numbers(count)?;
        let author = from.numbers(count)?;
        let message = from.numbers(count)?;
        let seq = from.numbers(count)?;
        let start_op = from.numbers(count)?;
        let ops = from.numbers(count)?;
        let n = from.steps(count)?;
        let time = from.steps(count)?;
        let received_at = from.steps(count)?;
        let entry = |table: &[&[u8]], at: u64| {
            table.get(usize::try_from(at).ok()?).map(|entry| entry.to_vec())
        };
        let mut changes = Vec::with_capacity(count);
        for (at, deps) in deps.into_iter().enumerate() {
            let meta = ChangeMeta {
                document,
                hash: hashes[at],
                actor: entry(&actors, actor[at])?,
                seq: seq[at],
                start_op: start_op[at],
                max_op: start_op[at].wrapping_add(ops[at]).wrapping_sub(1),
                deps,
                time: Timestamp(time[at]),
                message: String::from_utf8(entry(&messages, message[at])?).ok()?,
            };
            let author = DeviceId::try_from(entry(&authors, author[at])?.as_slice()).ok()?;
            changes.push(Archived {
                n: n[at],
                meta,
                author,
                received_at: Timestamp(received_at[at]),
            });
        }
        from.0.is_empty().then(|| Self::new(changes))
    }
}

/// The different values of a column.
struct Table<'a> {
    entries: Vec<&'a [u8]>,
    places: HashMap<&'a [u8], u64>,
}

impl<'a> Table<'a> {
    fn of(values: impl Iterator<Item = &'a [u8]>) -> Self {
        let (mut entries, mut places) = (Vec::new(), HashMap::new());
        for value in values {
            places.entry(value).or_insert_with(|| {
                entries.push(value);
                entries.len() as u64 - 1
            });
        }
        Self { entries, places }
    }

    fn index(&self, value: &[u8]) -> u64 {
        self.places.get(value).copied().unwrap_or_default()
    }
}

struct Writer(Vec<u8>);

impl Writer {
    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.0.push(n.to_le_bytes()[0] | 0x80);
            n >>= 7;
        }
        self.0.push(n.to_le_bytes()[0]);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Each value as its distance from the one before; the sign in the lowest bit.
    fn steps(&mut self, values: impl Iterator<Item = i64>) {
        let mut before = 0_i64;
        for value in values {
            let step = value.wrapping_sub(before);
            self.number(((step << 1) ^ (step >> 63)).cast_unsigned());
            before = value;
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        let mut n = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.take(1)? else { return None };
            n |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(n);
            }
        }
        None
    }

    fn numbers(&mut self, count: usize) -> Option<Vec<u64>> {
        (0..count).map(|_| self.number()).collect()
    }

    fn steps(&mut self, count: usize) -> Option<Vec<i64>> {
        let mut before = 0_i64;
        let mut next = || {
            let coded = self.number()?;
            let step = (coded >> 1).cast_signed() ^ -(coded & 1).cast_signed();
            before = before.wrapping_add(step);
            Some(before)
        };
        (0..count).map(|_| next()).collect()
    }

    fn hash(&mut self) -> Option<ChangeHash> {
        ChangeHash::try_from(self.take(32)?).ok()
    }

    fn table(&mut self) -> Option<Vec<&'a [u8]>> {
        let count = self.number()?;
        let mut entry = || {
            let length = usize::try_from(self.number()?).ok()?;
            self.take(length)
        };
        (0..count).map(|_| entry()).collect()
    }

    fn deps(&mut self, at: usize, hashes: &[ChangeHash]) -> Option<Vec<ChangeHash>> {
        let count = self.number()?;
        let mut dep = || match self.number()? {
            ELSEWHERE => self.hash(),
            back => hashes.get(at.checked_sub(usize::try_from(back).ok()?)?).copied(),
        };
        (0..count).map(|_| dep()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(n: u8, deps: &[u8]) -> Archived {
        let hash = |n| ChangeHash([n; 32]);
        Archived {
            n: i64::from(n) * 3,
            meta: ChangeMeta {
                document: DocumentId([1; 16]),
                hash: hash(n),
                actor: vec![n % 2; 16],
                seq: u64::from(n),
                start_op: u64::from(n) * 5,
                max_op: u64::from(n) * 5 - 1 + u64::from(n % 3),
                deps: deps.iter().map(|n| hash(*n)).collect(),
                time: Timestamp(1_700_000_000_000 - i64::from(n) * 77),
                message: format!("e{n}"),
            },
            author: DeviceId([n % 3; 16]),
            received_at: Timestamp(i64::from(n)),
        }
    }

    #[test]
    fn an_archive_is_read_as_it_was_written() {
        let changes =
            vec![change(1, &[99]), change(2, &[1]), change(7, &[1, 98]), change(9, &[2, 7])];
        let archive = Archive::new(changes.clone());
        let read = Archive::decode(DocumentId([1; 16]), &archive.encode()).unwrap();
        assert_eq!(read.changes, changes);
        assert_eq!(read.upto(), 27);
        assert_eq!(read.get(&ChangeHash([7; 32])).unwrap().n, 21);
        assert_eq!(read.at(&[1; 16], 7).unwrap().n, 21);
        assert_eq!(read.at(&[0; 16], 7), None);
        assert_eq!(read.last_begun(&[1; 16], 44).unwrap().meta.seq, 7);
        assert!(Archive::new(Vec::new()).last_begun(&[1; 16], 44).is_none());
    }

    #[test]
    fn what_is_cut_or_has_more_is_no_archive() {
        let bytes = Archive::new(vec![change(1, &[99]), change(2, &[1])]).encode();
        for end in 0..bytes.len() {
            assert!(Archive::decode(DocumentId([1; 16]), &bytes[..end]).is_none());
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(Archive::decode(DocumentId([1; 16]), &longer).is_none());
    }
}
