//! By what a hub recognises its own word: 16 bytes that only it can make.
//!
//! A hub that was put back to an older copy hears of positions that it does not know. A token that
//! fits proves that it gave them out itself; without one the sender errs or lies, and is turned away.

use sha2::{Digest as _, Sha256};
use wardbook_base::{AuthorEpoch, Chain, DeviceId, DocumentId, FeedPosition, Lseq, WardId};

use crate::message::{CustodyWord, Token};

const CONTEXT: &[u8] = b"wardbook/sync/2 token\0";
const ACKNOWLEDGED: u8 = 1;
const FEED: u8 = 2;
const CUSTODY: u8 = 3;

/// The key of a hub's tokens, made from its signing key, which a restored hub keeps.
#[derive(Clone)]
pub struct TokenKey([u8; 32]);

impl TokenKey {
    /// The key that belongs to the 32 secret bytes of the hub's signing key.
    #[must_use]
    pub fn new(hub_secret: &[u8; 32]) -> Self {
        Self(Sha256::new().chain_update(CONTEXT).chain_update(hub_secret).finalize().into())
    }

    /// For an acknowledged position of a device's log.
    #[must_use]
    pub fn acknowledged(
        &self,
        device: &DeviceId,
        epoch: &AuthorEpoch,
        lseq: Lseq,
        chain: &Chain,
    ) -> Token {
        let fields = self.begin(ACKNOWLEDGED).chain_update(device.0).chain_update(epoch.0);
        token(fields.chain_update(lseq.0.to_be_bytes()).chain_update(chain.0))
    }

    /// For a position of a ward's feed.
    #[must_use]
    pub fn feed(&self, ward: &WardId, position: &FeedPosition) -> Token {
        let fields = self.begin(FEED).chain_update(position.epoch.0);
        let fields = fields.chain_update(position.seq.0.to_be_bytes());
        token(fields.chain_update(position.chain.0).chain_update(ward.as_str()))
    }

    /// For an entry of a document's custody ledger, given to the devices of a ward.
    #[must_use]
    pub fn custody(&self, given_to: &WardId, document: &DocumentId, word: &CustodyWord) -> Token {
        let CustodyWord { version, act, ward, at, decision, token: _ } = word;
        let fields = self.begin(CUSTODY).chain_update(document.0);
        let fields = fields.chain_update(version.to_be_bytes()).chain_update([*act as u8]);
        let mut fields = fields.chain_update(at.0.to_be_bytes());
        for text in [ward.as_str(), given_to.as_str(), decision] {
            fields.update((text.len() as u64).to_be_bytes());
            fields.update(text);
        }
        token(fields)
    }

    fn begin(&self, kind: u8) -> Sha256 {
        Sha256::new().chain_update(self.0).chain_update([kind])
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey")
    }
}

/// The first half of the hash: too short to be extended by who has seen one.
fn token(sha: Sha256) -> Token {
    let full: [u8; 32] = sha.finalize().into();
    let mut half = [0; 16];
    half.copy_from_slice(&full[..16]);
    Token(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_in_a_token_and_no_other_key_makes_it() {
        let (key, other) = (TokenKey::new(&[1; 32]), TokenKey::new(&[2; 32]));
        let (device, epoch, chain) = (DeviceId([3; 16]), AuthorEpoch([4; 16]), Chain([5; 16]));
        let of = |key: &TokenKey| key.acknowledged(&device, &epoch, Lseq(6), &chain);
        assert_eq!(of(&key), of(&key));
        let others = [
            of(&other),
            key.acknowledged(&DeviceId([9; 16]), &epoch, Lseq(6), &chain),
            key.acknowledged(&device, &AuthorEpoch([9; 16]), Lseq(6), &chain),
            key.acknowledged(&device, &epoch, Lseq(9), &chain),
            key.acknowledged(&device, &epoch, Lseq(6), &Chain([9; 16])),
        ];
        assert!(others.iter().all(|token| *token != of(&key)));
        assert!(!format!("{key:?}").contains('1'));
    }
}
