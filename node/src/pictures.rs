//! Pictures that were chosen and wait to be cut: in memory, for a while, each for who chose it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use wardbook_base::{Dice, DocumentId, UserId, to_hex};

/// Pictures kept; the oldest goes first.
const KEPT_MAX: usize = 4;

/// One picture.
#[derive(Debug, Clone)]
struct Picture {
    key: String,
    owner: UserId,
    document: DocumentId,
    bytes: Arc<Vec<u8>>,
}

/// The pictures of this program's life.
#[derive(Debug, Default)]
pub(crate) struct Pictures {
    kept: Mutex<VecDeque<Picture>>,
}

impl Pictures {
    /// Keeps a picture for a person's record; says its key.
    pub(crate) fn keep(
        &self,
        owner: UserId,
        document: DocumentId,
        bytes: Vec<u8>,
        dice: &dyn Dice,
    ) -> String {
        let key = to_hex(&dice.bytes::<8>());
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        let bytes = Arc::new(bytes);
        kept.push_back(Picture { key: key.clone(), owner, document, bytes });
        key
    }

    /// A picture by its key, for who chose it and for that record alone.
    pub(crate) fn get(
        &self,
        owner: UserId,
        document: DocumentId,
        key: &str,
    ) -> Option<Arc<Vec<u8>>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |p: &&Picture| p.key == key && p.owner == owner && p.document == document;
        kept.iter().find(fits).map(|picture| Arc::clone(&picture.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardbook_base::SeededDice;

    #[test]
    fn a_picture_is_there_for_who_chose_it_until_others_came() {
        let (pictures, dice) = (Pictures::default(), SeededDice::new(1));
        let (me, other) = (UserId([1; 8]), UserId([2; 8]));
        let record = DocumentId([1; 16]);
        let key = pictures.keep(me, record, vec![7], &dice);
        assert_eq!(pictures.get(me, record, &key).as_deref(), Some(&vec![7]));
        assert!(pictures.get(other, record, &key).is_none());
        assert!(pictures.get(me, DocumentId([2; 16]), &key).is_none());
        for _ in 0..KEPT_MAX {
            pictures.keep(other, record, vec![8], &dice);
        }
        assert!(pictures.get(me, record, &key).is_none());
    }
}
