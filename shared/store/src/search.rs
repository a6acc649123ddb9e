//! Search: the words of a person in the index, a typed text as a question to it, and the order of
//! what was found.

use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};
use wardbook_record::find::{Term, Wanted, indexed_words};
use wardbook_record::{Facts, names};

use crate::error::StoreError;
use crate::filter::Condition;
use crate::rows::json;
use crate::tx::SqlTx;

/// Up to so many hits are put in order by how well they fit; more are no answer but a list.
const RANKED_MAX: u64 = 20_000;

/// The typed text as an FTS5 query: every term of it, in any order. `None` when there is nothing to
/// look for (spaces and signs only).
///
/// Words are quoted, so that no operator of FTS5 can be typed.
pub(crate) fn query(wanted: &Wanted) -> Option<String> {
    let terms: Vec<String> = wanted.terms().iter().map(term).collect();
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

fn term(term: &Term) -> String {
    let quoted = |word: &str| names::fold(word).replace(|c: char| !c.is_alphanumeric(), "");
    let prefixes = term.prefixes.iter().map(|word| format!("\"{}\"*", quoted(word)));
    let words = term.words.iter().map(|word| format!("\"{}\"", quoted(word)));
    let any: Vec<String> = prefixes.chain(words).collect();
    if any.len() == 1 { any.concat() } else { format!("({})", any.join(" OR ")) }
}

impl SqlTx<'_> {
    /// Writes a person's words into the index, in place of older ones.
    pub(crate) fn index_person(&self, key: i64, facts: &Facts) -> Result<(), StoreError> {
        self.execute("DELETE FROM person_search WHERE rowid = ?1", [key])?;
        let sql = "INSERT INTO person_search (rowid, words) VALUES (?1, ?2)";
        self.execute(sql, params![key, indexed_words(facts).join(" ")]).map(drop)
    }

    /// The keys of the people who fit, the best first; `None` when they are too many to order.
    pub(crate) fn ranked(
        &self,
        wanted: &Wanted,
        condition: &Condition,
        total: u64,
    ) -> Result<Option<Vec<i64>>, StoreError> {
        if total > RANKED_MAX {
            return Ok(None);
        }
        let sql = format!("SELECT p.document, p.facts FROM person p{}", condition.sql());
        let mut found = self.all(&sql, params_from_iter(&condition.values), |row| {
            let (key, facts): (i64, Facts) = (row.get(0)?, json(row, 1)?);
            Ok((wanted.order(&facts), key))
        })?;
        found.sort_unstable();
        Ok(Some(found.into_iter().map(|(_, key)| key).collect()))
    }
}

/// The clause that finds people by the index.
pub(crate) fn narrow(condition: &mut Condition, query: String) {
    let found = "p.document IN (SELECT rowid FROM person_search WHERE person_search MATCH ?)";
    condition.with(found, Value::Text(query));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(typed: &str) -> Option<String> {
        query(&Wanted::read(typed))
    }

    #[test]
    fn operators_cannot_be_typed() {
        assert_eq!(asked("a OR b"), Some("\"a\"* AND \"or\"* AND \"b\"*".to_owned()));
        assert_eq!(asked("\"x* NEAR("), Some("\"x\"* AND \"near\"*".to_owned()));
        assert_eq!(asked(" %_* "), None);
    }

    #[test]
    fn a_number_in_groups_is_one_word_and_a_date_is_a_birthday_too() {
        assert_eq!(asked("0912 345.678"), Some("\"0912345678\"*".to_owned()));
        assert_eq!(asked("28021990"), Some("(\"28021990\"* OR \"b19900228\")".to_owned()));
    }
}
