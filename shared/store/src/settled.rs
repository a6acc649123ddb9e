//! Which records had a conflict settled of late.

use rusqlite::Row;
use wardbook_base::DocumentId;

use crate::error::StoreError;
use crate::rows::id;
use crate::tx::SqlTx;

/// Choices on conflicts among the newest changes.
pub trait Settled {
    /// The records with a change of this purpose letter among the `newest` changes of this end, the
    /// latest first. Bounded by `newest`, however much is stored.
    ///
    /// # Errors
    /// When the database does not answer.
    fn changed_lately(&self, letter: char, newest: u32) -> Result<Vec<DocumentId>, StoreError>;
}

impl Settled for SqlTx<'_> {
    fn changed_lately(&self, letter: char, newest: u32) -> Result<Vec<DocumentId>, StoreError> {
        let sql = "SELECT document.id FROM \
                (SELECT n, document, message FROM change ORDER BY n DESC LIMIT ?1) AS late \
            JOIN document ON document.key = late.document \
            WHERE substr(late.message, 1, 1) = ?2 \
            GROUP BY document.key ORDER BY max(late.n) DESC";
        let first = |row: &Row<'_>| id(row, 0);
        self.all(sql, (newest, letter.to_string()), first)
    }
}
