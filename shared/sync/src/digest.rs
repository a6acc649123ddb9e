//! The set digest: one sum over (document, generation, heads) that two ends compare.

use sha2::{Digest as _, Sha256};
use wardbook_base::{ChangeHash, DocumentId};

use crate::message::Digest;

/// The leaf of one document: SHA-256(document || generation, big-endian || heads, sorted).
#[must_use]
pub fn leaf(document: &DocumentId, generation: u32, heads: &[ChangeHash]) -> [u8; 32] {
    debug_assert!(heads.is_sorted(), "heads are kept sorted everywhere");
    let mut sha = Sha256::new();
    sha.update(document.0);
    sha.update(generation.to_be_bytes());
    for head in heads {
        sha.update(head.0);
    }
    sha.finalize().into()
}

/// Counts one more document.
pub fn add(digest: &mut Digest, leaf: &[u8; 32]) {
    digest.n = digest.n.wrapping_add(1);
    let mut carry = 0;
    for (byte, more) in digest.sum.iter_mut().zip(leaf) {
        let sum = u16::from(*byte) + u16::from(*more) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
}

/// Takes a document out again.
pub fn remove(digest: &mut Digest, leaf: &[u8; 32]) {
    digest.n = digest.n.wrapping_sub(1);
    let mut borrow = 0;
    for (byte, less) in digest.sum.iter_mut().zip(leaf) {
        let rest = 256 + u16::from(*byte) - u16::from(*less) - borrow;
        *byte = rest.to_le_bytes()[0];
        borrow = 1 - (rest >> 8);
    }
}

/// Moves a document from its heads before to its heads after. Empty heads: it is not counted.
pub fn replace(
    digest: &mut Digest,
    document: &DocumentId,
    generation: u32,
    before: &[ChangeHash],
    after: &[ChangeHash],
) {
    if before == after {
        return;
    }
    if !before.is_empty() {
        remove(digest, &leaf(document, generation, before));
    }
    if !after.is_empty() {
        add(digest, &leaf(document, generation, after));
    }
}

/// Buckets into which documents fall when digests differ.
pub const BUCKETS: usize = 64;
/// Bit n stands for bucket n: all of them.
pub const ALL_BUCKETS: u64 = u64::MAX;
/// Bytes of one bucket's sum.
pub const BUCKET_BYTES: usize = 32;

/// The bucket of a document: the last six bits of its id.
#[must_use]
pub fn bucket(document: &DocumentId) -> usize {
    usize::from(document.0[15]) % BUCKETS
}

/// Whether a document falls into one of these buckets.
#[must_use]
pub fn in_buckets(document: &DocumentId, buckets: u64) -> bool {
    buckets >> bucket(document) & 1 == 1
}

/// The sums of all buckets, one after the other.
#[must_use]
pub fn bucket_sums<'a>(
    documents: impl Iterator<Item = (&'a DocumentId, u32, &'a [ChangeHash])>,
) -> Vec<u8> {
    let mut buckets = [Digest::default(); BUCKETS];
    for (document, generation, heads) in documents {
        add(&mut buckets[bucket(document)], &leaf(document, generation, heads));
    }
    buckets.iter().flat_map(|bucket| bucket.sum).collect()
}

/// The first 8 bytes of a document's id: its key in a list.
#[must_use]
pub fn key(document: &DocumentId) -> [u8; 8] {
    first_8(&document.0)
}

/// The first 8 bytes of a leaf: what a list says of a document's heads.
#[must_use]
pub fn short_leaf(document: &DocumentId, generation: u32, heads: &[ChangeHash]) -> [u8; 8] {
    first_8(&leaf(document, generation, heads))
}

/// What a list of documents says of one: its short leaf, with the last bit turned where another ward
/// writes it. Who writes is in no digest, and would else stay unlike unseen.
#[must_use]
pub fn listed_leaf(
    document: &DocumentId,
    generation: u32,
    heads: &[ChangeHash],
    writes: bool,
) -> [u8; 8] {
    let mut leaf = short_leaf(document, generation, heads);
    leaf[7] ^= u8::from(!writes);
    leaf
}

fn first_8(bytes: &[u8]) -> [u8; 8] {
    let mut out = [0; 8];
    out.copy_from_slice(&bytes[..8]);
    out
}

/// The heads once a change has been taken in: those it builds on are heads no longer. Sorted.
#[must_use]
pub fn advance(heads: &[ChangeHash], deps: &[ChangeHash], hash: &ChangeHash) -> Vec<ChangeHash> {
    let mut after: Vec<ChangeHash> =
        heads.iter().filter(|head| !deps.contains(head) && *head != hash).copied().collect();
    after.push(*hash);
    after.sort_unstable();
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_carries_over_all_bytes_and_comes_back() {
        let mut digest = Digest { n: 3, sum: [0xff; 32] };
        let one = {
            let mut leaf = [0; 32];
            leaf[0] = 1;
            leaf
        };
        add(&mut digest, &one);
        assert_eq!(digest, Digest { n: 4, sum: [0; 32] });
        remove(&mut digest, &one);
        assert_eq!(digest, Digest { n: 3, sum: [0xff; 32] });
    }

    #[test]
    fn the_order_in_which_documents_come_does_not_matter() {
        let (a, b) = (DocumentId([1; 16]), DocumentId([2; 16]));
        let (x, y) = ([ChangeHash([7; 32])], [ChangeHash([8; 32])]);
        let (mut one, mut two) = (Digest::default(), Digest::default());
        replace(&mut one, &a, 0, &[], &y);
        replace(&mut one, &b, 0, &[], &x);
        replace(&mut one, &a, 0, &y, &x);
        replace(&mut two, &b, 0, &[], &x);
        replace(&mut two, &a, 0, &[], &x);
        assert_eq!(one, two);
        replace(&mut two, &a, 1, &x, &x);
        assert_eq!(one, two);
        replace(&mut two, &a, 0, &x, &y);
        assert_ne!(one, two);
    }

    #[test]
    fn a_change_replaces_the_heads_it_builds_on_and_no_others() {
        let hash = |n| ChangeHash([n; 32]);
        assert_eq!(advance(&[], &[hash(9)], &hash(1)), [hash(1)]);
        assert_eq!(advance(&[hash(2), hash(3)], &[hash(3)], &hash(1)), [hash(1), hash(2)]);
        assert_eq!(advance(&[hash(1)], &[], &hash(1)), [hash(1)]);
    }
}
