//! The hash chains of the push log and of the feed: a position with its chain names all before it.

use sha2::{Digest as _, Sha256};
use wardbook_base::{Chain, ChangeHash, DocumentId};

use crate::check::item_hash;
use crate::message::{Notice, PushItem};

/// What stands at a position. The byte keeps the two logs, and later kinds of items, apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A change in a ward's feed.
    FeedChange = 1,
    /// A change in a device's push log.
    PushChange = 2,
    /// In a ward's feed: a document comes into scope. Its hash is [`heads_hash`].
    FeedGrant = 3,
    /// In a ward's feed: a document is released. Its hash is [`custody_hash`].
    FeedRelease = 4,
    /// In a ward's feed: a document is to be forgotten. Its hash is [`custody_hash`].
    FeedForget = 5,
    /// In a push log: the device has taken a release in. Its hash is that of the feed's item.
    PushReleased = 6,
    /// In a push log: the device has forgotten a document. Its hash is that of the feed's item.
    PushForgotten = 7,
    /// In a ward's feed: a late edit was kept aside for the ward to decide. Its hash is the change's.
    FeedReview = 8,
}

/// What stands for the heads of a document in the chain: SHA-256 over the sorted heads, the custody
/// version and the ward that may write (empty for the feed's own).
#[must_use]
pub fn heads_hash(heads: &[ChangeHash], custody_version: u64, custodian: &str) -> ChangeHash {
    let mut sha = Sha256::new();
    sha.update(custody_version.to_be_bytes());
    sha.update((custodian.len() as u64).to_be_bytes());
    sha.update(custodian);
    for head in heads {
        sha.update(head.0);
    }
    ChangeHash(sha.finalize().into())
}

/// What stands for "released" in [`custody_hash`].
pub const RELEASED: u8 = 255;

/// What stands for a release or a forget in the chain: SHA-256 over the custody version, one byte
/// (the reason of a forget, [`RELEASED`] for a release) and the ward that may write (empty for a forget).
#[must_use]
pub fn custody_hash(custody_version: u64, what: u8, custodian: &str) -> ChangeHash {
    let mut sha = Sha256::new();
    sha.update(custody_version.to_be_bytes());
    sha.update([what]);
    sha.update(custodian);
    ChangeHash(sha.finalize().into())
}

/// What stands for an item of a push log in the chain: the hash of its change, or what it says
/// when it has no bytes.
#[must_use]
pub fn pushed_hash(item: &PushItem) -> ChangeHash {
    match item.gone {
        Some(hash) if item.change.is_empty() => hash,
        _ => item_hash(&item.change),
    }
}

/// What a position of a push log is in the chain.
#[must_use]
pub const fn pushed_kind(notice: Option<Notice>) -> Kind {
    match notice {
        None => Kind::PushChange,
        Some(Notice::Released) => Kind::PushReleased,
        Some(Notice::Forgotten) => Kind::PushForgotten,
    }
}

/// The chain of a push log after one more item.
#[must_use]
pub fn next_pushed(before: &Chain, item: &PushItem) -> Chain {
    next(before, pushed_kind(item.notice), &item.document, 0, &pushed_hash(item))
}

/// The chain after one more item; the chain before the first item is all zeros.
///
/// It commits to what an item is, never to its bytes, so that any copy of the same history may be
/// served later.
#[must_use]
pub fn next(
    before: &Chain,
    kind: Kind,
    document: &DocumentId,
    generation: u32,
    hash: &ChangeHash,
) -> Chain {
    let mut sha = Sha256::new();
    sha.update(before.0);
    sha.update([kind as u8]);
    sha.update(document.0);
    sha.update(generation.to_be_bytes());
    sha.update(hash.0);
    let full: [u8; 32] = sha.finalize().into();
    let mut out = [0; 16];
    out.copy_from_slice(&full[..16]);
    Chain(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_an_item_is_in_the_chain() {
        let base = next(
            &Chain::default(),
            Kind::FeedChange,
            &DocumentId([1; 16]),
            0,
            &ChangeHash([2; 32]),
        );
        let others = [
            next(&Chain([9; 16]), Kind::FeedChange, &DocumentId([1; 16]), 0, &ChangeHash([2; 32])),
            next(
                &Chain::default(),
                Kind::PushChange,
                &DocumentId([1; 16]),
                0,
                &ChangeHash([2; 32]),
            ),
            next(
                &Chain::default(),
                Kind::FeedChange,
                &DocumentId([3; 16]),
                0,
                &ChangeHash([2; 32]),
            ),
            next(
                &Chain::default(),
                Kind::FeedChange,
                &DocumentId([1; 16]),
                1,
                &ChangeHash([2; 32]),
            ),
            next(
                &Chain::default(),
                Kind::FeedChange,
                &DocumentId([1; 16]),
                0,
                &ChangeHash([4; 32]),
            ),
        ];
        assert!(others.iter().all(|other| *other != base));
    }
}
