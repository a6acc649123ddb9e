//! Mutants of the form of a change: columns, runs, chunks and checksums that automerge would never
//! write. The checksum is right unless it is what was mutated.

use wardbook_base::{Dice as _, SeededDice};

use crate::raw::{RawChange, chunk, column, deflate_bomb, run, signed, unsigned};

fn below(dice: &SeededDice, bound: usize) -> usize {
    usize::try_from(dice.below(bound.max(1) as u64)).unwrap_or_default()
}

type Mutation = fn(&mut RawChange, &SeededDice) -> Option<Vec<u8>>;

/// So many operations and more are a bomb.
const BOMB: [u64; 5] = [20_001, 1_000_000, 20_000_000, 1 << 40, 1 << 62];

/// Every kind, by name.
pub const KINDS: [(&str, Mutation); 21] = [
    ("operation-bomb", |change, dice| {
        let count = BOMB[below(dice, BOMB.len())];
        *change = bomb(change, count);
        None
    }),
    ("operation-bomb-of-nulls", |change, dice| {
        let nulls = run(BOMB[below(dice, BOMB.len())], None);
        change.set(column::ACTION, nulls);
        None
    }),
    ("predecessor-bomb", |change, dice| {
        Some(predecessor_bomb(change, BOMB[below(dice, BOMB.len())]))
    }),
    ("value-bomb", |change, dice| {
        let mut meta = run(2, Some(&[]));
        unsigned(&mut meta, BOMB[below(dice, BOMB.len())] << 4 | 6);
        change.set(column::VALUE_META, meta);
        None
    }),
    ("column-length-bomb", |change, dice| {
        let data = change.data();
        let at = data.len() - below(dice, data.len().min(60)) - 1;
        let mut data = data[..at].to_vec();
        unsigned(&mut data, BOMB[below(dice, BOMB.len())]);
        Some(chunk(1, &data))
    }),
    ("deps-count-bomb", |change, dice| {
        let mut data = Vec::new();
        unsigned(&mut data, BOMB[below(dice, BOMB.len())]);
        data.extend(change.data());
        Some(chunk(1, &data))
    }),
    ("deflate-bomb", |_, dice| Some(deflate_bomb(1 << (20 + dice.below(4))))),
    ("deflated-column", |change, dice| {
        let at = below(dice, change.columns.len());
        change.columns.get_mut(at)?.0 |= 8;
        None
    }),
    ("chunk-kind", |change, dice| Some(chunk([0, 2, 3, 4, 255][below(dice, 5)], &change.data()))),
    ("chunk-length", |change, dice| {
        let mut bytes = change.write();
        bytes[9] = dice.below(256).to_le_bytes()[0];
        Some(bytes)
    }),
    ("checksum", |change, dice| {
        let mut bytes = change.write();
        bytes[4 + below(dice, 4)] ^= 1 << dice.below(8);
        Some(bytes)
    }),
    ("truncated", |change, dice| {
        let mut bytes = change.write();
        bytes.truncate(below(dice, bytes.len()));
        Some(bytes)
    }),
    ("data-truncated", |change, dice| {
        let data = change.data();
        Some(chunk(1, &data[..below(dice, data.len())]))
    }),
    ("bytes-after-the-end", |change, dice| {
        let mut extra = vec![0; 1 + below(dice, 40)];
        dice.fill(&mut extra);
        change.rest = extra;
        None
    }),
    ("bytes-flipped", |change, dice| {
        let mut data = change.data();
        // Behind deps and actor, which are only looked up.
        let from = 50.min(data.len() - 1);
        for _ in 0..=dice.below(3) {
            let at = from + below(dice, data.len() - from);
            match dice.below(4) {
                0 => data[at] = dice.u64().to_le_bytes()[0],
                1 => data[at] = data[at].wrapping_add(1),
                2 => data[at] ^= 1 << dice.below(8),
                _ => data[at] = data[from + below(dice, data.len() - from)],
            }
        }
        Some(chunk(1, &data))
    }),
    ("column-dropped", |change, dice| {
        change.columns.remove(below(dice, change.columns.len()));
        None
    }),
    ("column-doubled", |change, dice| {
        let again = change.columns[below(dice, change.columns.len())].clone();
        change.columns.push(again);
        change.columns.sort_by_key(|(spec, _)| *spec);
        None
    }),
    ("column-renamed", |change, dice| {
        let at = below(dice, change.columns.len());
        change.columns[at].0 =
            [0x01, 0x02, 0x11, 0x13, 0x71, 0x73, 0x80, 0x94, 0xa5][below(dice, 9)];
        change.columns.sort_by_key(|(spec, _)| *spec);
        None
    }),
    ("column-of-another", |change, dice| {
        let from = below(dice, change.columns.len());
        let to = below(dice, change.columns.len());
        change.columns[to].1 = change.columns[from].1.clone();
        None
    }),
    ("message-long", |change, dice| {
        change.message = match dice.below(3) {
            0 => vec![b'e'; 25 + below(dice, 70_000)],
            1 => vec![0xff; 8],
            _ => vec![0; 25],
        };
        None
    }),
    ("actors-listed", |change, dice| {
        let actor = change.actor.clone();
        match dice.below(4) {
            0 => change.others.push(actor),
            1 => change.others.insert(0, vec![0xff; 16]),
            2 => change.others.extend(vec![vec![0; 16]; 2]),
            _ => change.others.clear(),
        }
        None
    }),
];

/// So many times the same: true under a key of the root, in about a hundred bytes.
fn bomb(change: &RawChange, count: u64) -> RawChange {
    let mut bomb = change.clone();
    bomb.columns.clear();
    bomb.others.clear();
    let mut inserts = Vec::new();
    unsigned(&mut inserts, count);
    bomb.set(column::KEY, run(count, Some(b"\x01k")));
    bomb.set(column::INSERT, inserts);
    bomb.set(column::ACTION, run(count, Some(&[1])));
    bomb.set(column::VALUE_META, run(count, Some(&[2])));
    let mut none = Vec::new();
    signed(&mut none, count.cast_signed());
    none.push(0);
    bomb.set(column::PREDECESSORS, none);
    bomb
}

/// Three operations, each of which replaces so many values.
pub fn predecessor_bomb(change: &RawChange, count: u64) -> Vec<u8> {
    let mut bomb = bomb(change, 3);
    let mut counts = run(3, Some(&[]));
    unsigned(&mut counts, count);
    let all = count.saturating_mul(3) >> 1;
    bomb.set(column::PREDECESSORS, counts);
    bomb.set(column::PREDECESSOR_ACTOR, run(all, Some(&[0])));
    bomb.set(column::PREDECESSOR_COUNTER, run(all, Some(&[0])));
    bomb.write()
}

/// A mutant of the kind `KINDS[kind]`; none when the kind does not fit the change.
pub fn mutant(kind: usize, honest: &[u8], dice: &SeededDice) -> Option<Vec<u8>> {
    let mut change = RawChange::read(honest)?;
    if change.columns.is_empty() {
        return None;
    }
    let written = (KINDS[kind].1)(&mut change, dice).unwrap_or_else(|| change.write());
    (written != honest).then_some(written)
}
