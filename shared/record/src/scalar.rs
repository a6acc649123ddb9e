//! The plain values that a document stores.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One stored value. Decimals, dates and codes are text; long notes too: an automerge `Text`
/// object would cost 18 to 22 times the load time, so v1 stores long texts as plain strings.
///
/// What a person typed and what is not valid is kept as [`Scalar::Text`] and flagged by
/// [`crate::validate`], never thrown away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Text: NFC, trimmed.
    Text(String),
    /// A whole number; money is whole đồng.
    Int(i64),
    /// Yes or no.
    Bool(bool),
}

impl Scalar {
    /// The text, when it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Int(_) | Self::Bool(_) => None,
        }
    }

    /// The number, when it is one.
    pub const fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Text(_) | Self::Bool(_) => None,
        }
    }

    /// The truth value, when it is one.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(_) | Self::Int(_) => None,
        }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Scalar {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Scalar {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Int(number) => number.fmt(f),
            Self::Bool(value) => value.fmt(f),
        }
    }
}
