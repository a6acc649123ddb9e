//! Who makes a change, when and for what: what is written beside each change.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use wardbook_base::{Timestamp, UserId};

/// Under which actor, at what time and with which message a change is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The automerge actor: author epoch plus optional fork counter (decision 5).
    pub actor: Vec<u8>,
    /// The device's time; the change keeps whole seconds.
    pub time: Timestamp,
    /// Who and for what.
    pub message: Message,
}

/// The message of a change: its purpose and the user, in at most 24 bytes of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// For what.
    pub purpose: Purpose,
    /// Who; the record itself tells the name ([`crate::Names`]).
    pub user: UserId,
}

/// For what a change was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Purpose {
    /// An ordinary edit in a form.
    #[default]
    Edit,
    /// A row of an imported file.
    Import,
    /// The choice made on a conflict card.
    Resolve,
    /// The undoing of an import or of a personnel action.
    Undo,
    /// The first values of a new record.
    Create,
    /// The record was taken out of use.
    Retire,
    /// A personnel action: appointment, raise, discipline and so on.
    Event,
}

impl Purpose {
    /// The letter that stands first in a message.
    pub const fn letter(self) -> char {
        match self {
            Self::Edit => 'e',
            Self::Import => 'i',
            Self::Resolve => 'r',
            Self::Undo => 'u',
            Self::Create => 'c',
            Self::Retire => 't',
            Self::Event => 'v',
        }
    }

    fn from_letter(letter: char) -> Self {
        let all =
            [Self::Import, Self::Resolve, Self::Undo, Self::Create, Self::Retire, Self::Event];
        all.into_iter().find(|p| p.letter() == letter).unwrap_or(Self::Edit)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.purpose.letter(), self.user)
    }
}

impl FromStr for Message {
    type Err = std::convert::Infallible;

    /// Lenient: a newer program may write purposes that this one does not know. An unknown
    /// letter reads as an edit, an unreadable user as the zero id.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut letters = text.chars();
        let purpose = letters.next().map_or(Purpose::Edit, Purpose::from_letter);
        let user = letters.as_str().get(..16).and_then(|hex| hex.parse().ok()).unwrap_or_default();
        Ok(Self { purpose, user })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_short_and_reads_back_leniently() {
        let message = Message { purpose: Purpose::Resolve, user: UserId([0xab; 8]) };
        let text = message.to_string();
        assert_eq!(text, "rabababababababab");
        assert!(text.len() <= 24);
        assert_eq!(text.parse(), Ok(message));
        assert_eq!("".parse::<Message>().map(|m| m.user), Ok(UserId::default()));
        assert_eq!("zé".parse::<Message>().map(|m| m.purpose), Ok(Purpose::Edit));
        assert_eq!(format!("{message}+later").parse(), Ok(message));
    }
}
