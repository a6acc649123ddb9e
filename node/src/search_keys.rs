//! Search texts under short keys, so that no name and no number of a person stands in an address.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use wardbook_base::{Dice, to_hex};

/// Searches kept; the oldest goes first. They live as long as the program runs.
const KEPT_MAX: usize = 500;
/// Characters of a search that count.
const CHARACTERS_MAX: usize = 200;

/// The searches of this program's life.
#[derive(Debug, Default)]
pub(crate) struct SearchKeys {
    kept: Mutex<VecDeque<(String, String)>>,
}

impl SearchKeys {
    /// A key for a text; the same text keeps its key while it is remembered.
    pub(crate) fn key_of(&self, text: &str, dice: &dyn Dice) -> String {
        let text: String = text.trim().chars().take(CHARACTERS_MAX).collect();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((key, _)) = kept.iter().find(|(_, known)| *known == text) {
            return key.clone();
        }
        if kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        let key = to_hex(&dice.bytes::<8>());
        kept.push_back((key.clone(), text));
        key
    }

    /// The text of a key; empty when it is forgotten.
    pub(crate) fn text_of(&self, key: &str) -> String {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .find(|(known, _)| known == key)
            .map(|(_, text)| text.clone())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardbook_base::SeededDice;

    #[test]
    fn a_key_gives_its_text_back_and_old_ones_are_forgotten() {
        let (keys, dice) = (SearchKeys::default(), SeededDice::new(1));
        let first = keys.key_of(" Nguyễn Văn A ", &dice);
        assert_eq!(keys.text_of(&first), "Nguyễn Văn A");
        assert_eq!(keys.key_of("Nguyễn Văn A", &dice), first);
        for n in 0..KEPT_MAX {
            keys.key_of(&n.to_string(), &dice);
        }
        assert_eq!(keys.text_of(&first), "");
    }
}
