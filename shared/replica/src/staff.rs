//! Everybody of the office, for its statistics.

use wardbook_store::{PeopleQuery, PersonRow};

use crate::error::ReplicaError;
use crate::replica::Replica;
use crate::viewer::Viewer;

impl Replica {
    /// The people whom this end keeps, retired records not counted, by name. For those who read
    /// every record whole.
    pub fn staff(&self, viewer: &Viewer) -> Result<Vec<PersonRow>, ReplicaError> {
        viewer.must_read_all()?;
        self.inner.store.read(|tx| {
            let query = self.own_ward_only(tx, &PeopleQuery::default())?;
            let mut rows = Vec::new();
            tx.scan_people(&query.filter, &mut |row| rows.push(row))?;
            Ok(rows)
        })
    }
}
