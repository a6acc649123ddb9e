//! A change as its parts, read from bytes and written back with whatever was put into them. The
//! checksum is always right.

use sha2::{Digest as _, Sha256};

/// What every automerge chunk begins with.
pub const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// The columns by name.
pub mod column {
    /// Keys of maps.
    pub const KEY: u64 = 0x15;
    /// Whether an element is inserted.
    pub const INSERT: u64 = 0x34;
    /// What an operation does.
    pub const ACTION: u64 = 0x42;
    /// Kinds and lengths of values.
    pub const VALUE_META: u64 = 0x56;
    /// How many predecessors each operation has.
    pub const PREDECESSORS: u64 = 0x70;
    /// The actors of the predecessors.
    pub const PREDECESSOR_ACTOR: u64 = 0x71;
    /// The counters of the predecessors.
    pub const PREDECESSOR_COUNTER: u64 = 0x73;
}

/// The parts of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawChange {
    /// The hashes that it builds on.
    pub deps: Vec<Vec<u8>>,
    /// Its actor.
    pub actor: Vec<u8>,
    /// The actor's count.
    pub seq: u64,
    /// The counter of its first operation.
    pub start_op: u64,
    /// The author's time.
    pub time: i64,
    /// The message.
    pub message: Vec<u8>,
    /// The other actors that it names.
    pub others: Vec<Vec<u8>>,
    /// Columns: specification and bytes.
    pub columns: Vec<(u64, Vec<u8>)>,
    /// What follows the columns.
    pub rest: Vec<u8>,
}

impl RawChange {
    /// Reads the bytes of a change that automerge wrote.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut input = Input(bytes.get(9..)?);
        input.unsigned()?;
        let deps = (0..input.unsigned()?).map(|_| input.take(32)).collect::<Option<_>>()?;
        let actor = input.bytes()?;
        let (seq, start_op, time) = (input.unsigned()?, input.unsigned()?, input.signed()?);
        let message = input.bytes()?;
        let others = (0..input.unsigned()?).map(|_| input.bytes()).collect::<Option<_>>()?;
        let lengths: Vec<(u64, u64)> = (0..input.unsigned()?)
            .map(|_| Some((input.unsigned()?, input.unsigned()?)))
            .collect::<Option<_>>()?;
        let columns = lengths
            .into_iter()
            .map(|(spec, length)| Some((spec, input.take(usize::try_from(length).ok()?)?)))
            .collect::<Option<_>>()?;
        let rest = input.0.to_vec();
        Some(Self { deps, actor, seq, start_op, time, message, others, columns, rest })
    }

    /// Writes the parts as a chunk.
    pub fn write(&self) -> Vec<u8> {
        chunk(1, &self.data())
    }

    /// The parts without what stands before them in a chunk.
    pub fn data(&self) -> Vec<u8> {
        let mut out = Vec::new();
        unsigned(&mut out, self.deps.len() as u64);
        out.extend(self.deps.iter().flatten());
        put(&mut out, &self.actor);
        unsigned(&mut out, self.seq);
        unsigned(&mut out, self.start_op);
        signed(&mut out, self.time);
        put(&mut out, &self.message);
        unsigned(&mut out, self.others.len() as u64);
        self.others.iter().for_each(|actor| put(&mut out, actor));
        unsigned(&mut out, self.columns.len() as u64);
        for (spec, bytes) in &self.columns {
            unsigned(&mut out, *spec);
            unsigned(&mut out, bytes.len() as u64);
        }
        out.extend(self.columns.iter().flat_map(|(_, bytes)| bytes));
        out.extend(&self.rest);
        out
    }

    /// Puts a column in its place, or takes it out when there are no bytes.
    pub fn set(&mut self, spec: u64, bytes: Vec<u8>) {
        self.columns.retain(|(known, _)| *known != spec);
        if !bytes.is_empty() {
            self.columns.push((spec, bytes));
            self.columns.sort_by_key(|(spec, _)| *spec);
        }
    }

    /// The bytes of a column.
    pub fn get(&self, spec: u64) -> &[u8] {
        self.columns.iter().find(|(known, _)| *known == spec).map_or(&[], |(_, bytes)| bytes)
    }
}

/// A chunk with the right checksum.
pub fn chunk(kind: u8, data: &[u8]) -> Vec<u8> {
    let mut rest = vec![kind];
    unsigned(&mut rest, data.len() as u64);
    rest.extend_from_slice(data);
    let hash = Sha256::digest(&rest);
    [&MAGIC, &hash[..4], &rest].concat()
}

/// A change that is deflated (chunk type 2) and inflates to at least so many zeros.
pub fn deflate_bomb(inflated: usize) -> Vec<u8> {
    // One block of fixed codes: a zero, then "258 of the byte before" again and again, 13 bits each.
    let mut bits = Bits::default();
    bits.put(0b011, 3);
    bits.put(0b0000_1100, 8);
    for _ in 0..=inflated / 258 {
        bits.put(0b1010_0011, 8);
        bits.put(0, 5);
    }
    bits.put(0, 7);
    let mut out = [&MAGIC[..], &[0; 4], &[2]].concat();
    unsigned(&mut out, bits.bytes.len() as u64);
    out.extend(bits.bytes);
    out
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    /// The lowest bit first.
    fn put(&mut self, bits: u32, count: u32) {
        for at in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= u8::from(bits >> at & 1 == 1) << (self.used % 8);
            }
            self.used += 1;
        }
    }
}

/// Writes an unsigned number.
pub fn unsigned(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        out.push(if value == 0 { low } else { low | 0x80 });
        if value == 0 {
            return;
        }
    }
}

/// Writes a signed number.
pub fn signed(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        let done = (value == 0 && low & 0x40 == 0) || (value == -1 && low & 0x40 != 0);
        out.push(if done { low } else { low | 0x80 });
        if done {
            return;
        }
    }
}

/// A run of one value, or of nulls when there is no value.
pub fn run(count: u64, value: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(value) = value {
        signed(&mut out, count.cast_signed());
        out.extend_from_slice(value);
    } else {
        signed(&mut out, 0);
        unsigned(&mut out, count);
    }
    out
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    unsigned(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken.to_vec())
    }

    fn bytes(&mut self) -> Option<Vec<u8>> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        self.take(length)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let mut value = 0_i64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let extend = byte & 0x40 != 0 && shift + 7 < 64;
                return Some(if extend { value | (-1 << (shift + 7)) } else { value });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_honest_change_is_written_back_byte_for_byte() {
        let dice = wardbook_base::SeededDice::new(1);
        for change in crate::histories::history(&dice, 20).changes {
            assert_eq!(RawChange::read(&change.1).unwrap().write(), change.1);
        }
    }
}
