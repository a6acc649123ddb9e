//! The hash chains of the push log and of the feed: a position with its chain names all before it.

use sha2::{Digest as _, Sha256};
use wardbook_base::{Chain, ChangeHash, DocumentId};

/// What stands at a position. The byte keeps the two logs, and later kinds of items, apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A change in a ward's feed.
    FeedChange = 1,
    /// A change in a device's push log.
    PushChange = 2,
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
