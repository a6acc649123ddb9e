//! The ids of the product, each a type of its own, so that one cannot stand where another belongs.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::dice::Dice;
use crate::hex::{from_hex, to_hex};

/// Text that does not have the form of an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {kind}")]
pub struct IdError {
    /// Which id was expected.
    pub kind: &'static str,
    /// What stood there instead.
    pub text: String,
}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] #[cbor(with = "minicbor::bytes")] pub [u8; $bytes]);

        impl $name {
            /// A fresh one from the dice.
            pub fn random(dice: &dyn Dice) -> Self {
                Self(dice.bytes())
            }

            /// The raw bytes.
            pub const fn as_bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&to_hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), to_hex(&self.0))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                from_hex(text)
                    .map(Self)
                    .map_err(|_| IdError { kind: stringify!($name), text: text.to_owned() })
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = IdError;

            fn try_from(bytes: &[u8]) -> Result<Self, IdError> {
                bytes
                    .try_into()
                    .map(Self)
                    .map_err(|_| IdError { kind: stringify!($name), text: to_hex(bytes) })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

byte_id!(
    /// One document: a person, or a ward's profile. 128 random bits; never reused.
    DocumentId, 16
);
byte_id!(
    /// One enrolled database. A ward may have several; each has its own Ed25519 key.
    DeviceId, 16
);
byte_id!(
    /// One hub, for as long as it lives.
    HubId, 16
);
byte_id!(
    /// One incarnation of a database; the prefix of every ActorId it writes under.
    AuthorEpoch, 16
);
byte_id!(
    /// One incarnation of a hub's feeds.
    FeedEpoch, 16
);
byte_id!(
    /// The SHA-256 of an automerge change.
    ChangeHash, 32
);
byte_id!(
    /// The hash of a log up to some position: SHA-256 truncated to 16 bytes.
    Chain, 16
);
byte_id!(
    /// One account. Short, because it travels in the message of every change.
    UserId, 8
);
byte_id!(
    /// One row of a repeating table: time-ordered like a ULID (48 bits of milliseconds, 80 random).
    RowId, 16
);

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize,
            Deserialize, Encode, Decode,
        )]
        #[serde(transparent)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] pub u64);

        impl $name {
            /// The one after this.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number_id!(
    /// A position in a device's push log. The first change has 1; 0 stands before it.
    Lseq
);
number_id!(
    /// A position in a ward's feed. The first item has 1; 0 stands before it.
    FeedSeq
);

/// A place in one incarnation of a ward's feed, with the hash of all that came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct FeedPosition {
    /// Which incarnation of the feed.
    #[n(0)]
    pub epoch: FeedEpoch,
    /// The last item that was taken in.
    #[n(1)]
    pub seq: FeedSeq,
    /// The chain at that item.
    #[n(2)]
    pub chain: Chain,
}

/// One ward as the hub knows it: the id of its administrative unit, such as `25888.1`.
///
/// The five digits are the official code; the number after the point tells which holder of that
/// code is meant, because codes were given to other wards on 2025-07-01 (decision 28).
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    Encode,
    Decode,
)]
#[serde(try_from = "String", into = "String")]
#[cbor(transparent)]
pub struct WardId(#[n(0)] String);

impl WardId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WardId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let fits = (1..=24).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError { kind: "WardId", text: text.to_owned() })
        }
    }
}

impl TryFrom<String> for WardId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<WardId> for String {
    fn from(id: WardId) -> Self {
        id.0
    }
}

impl fmt::Display for WardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::SeededDice;

    #[test]
    fn an_id_survives_its_text_form_and_garbage_is_refused() {
        let id = DocumentId::random(&SeededDice::new(1));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("zz".parse::<DocumentId>().is_err());
        assert!("é".repeat(16).parse::<DocumentId>().is_err());
        assert!("25888.1".parse::<WardId>().is_ok());
        assert!("../etc".parse::<WardId>().is_err());
    }
}
