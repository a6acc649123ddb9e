//! Search texts under short keys, so that no name ever stands in an address or a log.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use wardbook_base::{Dice, to_hex};

/// Searches that are remembered; the oldest goes first. A bookmark of a forgotten one shows the
/// whole list.
const REMEMBERED_MAX: usize = 2000;

/// The searches of all visitors since the program started.
#[derive(Debug, Default)]
pub struct Searches(Mutex<VecDeque<(String, String)>>);

impl Searches {
    /// The key of a text; the same text keeps its key while it is remembered.
    pub fn keep(&self, text: &str, dice: &dyn Dice) -> String {
        if text.is_empty() {
            return String::new();
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((key, _)) = known.iter().find(|(_, kept)| kept == text) {
            return key.clone();
        }
        let key = to_hex(&dice.bytes::<8>());
        if known.len() >= REMEMBERED_MAX {
            known.pop_front();
        }
        known.push_back((key.clone(), text.to_owned()));
        key
    }

    /// The text of a key; empty when it is not remembered.
    pub fn text(&self, key: &str) -> String {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(k, _)| k == key).map(|(_, text)| text.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use wardbook_base::SeededDice;

    use super::*;

    #[test]
    fn a_text_comes_back_by_its_key_until_too_many_followed() {
        let (searches, dice) = (Searches::default(), SeededDice::new(1));
        let key = searches.keep("nguyen van a", &dice);
        assert_eq!(searches.keep("nguyen van a", &dice), key);
        assert_eq!(searches.text(&key), "nguyen van a");
        for n in 0..REMEMBERED_MAX {
            searches.keep(&n.to_string(), &dice);
        }
        assert_eq!(searches.text(&key), "");
    }
}
