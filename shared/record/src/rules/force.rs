//! The table in force in this program.
//!
//! A program holds one database, and a database one table: the released one, or the city's. Computed
//! fields, checks, lists and exports all go by it, so it stands here and not in every signature.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::table::{RuleSet, RuleTable};
use crate::date::PartialDate;

struct InForce {
    table: Arc<RuleTable>,
    /// The set that was asked for last: nearly every question is about one and the same day.
    last: Option<(PartialDate, Arc<RuleSet>)>,
}

fn place() -> &'static RwLock<InForce> {
    static PLACE: OnceLock<RwLock<InForce>> = OnceLock::new();
    PLACE
        .get_or_init(|| RwLock::new(InForce { table: Arc::new(RuleTable::embedded()), last: None }))
}

/// Puts a table in force from now on.
pub fn use_table(table: RuleTable) {
    let mut place = place().write().unwrap_or_else(PoisonError::into_inner);
    *place = InForce { table: Arc::new(table), last: None };
}

/// The table in force.
pub fn table_in_force() -> Arc<RuleTable> {
    Arc::clone(&place().read().unwrap_or_else(PoisonError::into_inner).table)
}

/// What is in force on a day.
pub fn in_force(day: PartialDate) -> Arc<RuleSet> {
    let day = day.earliest();
    let table = {
        let place = place().read().unwrap_or_else(PoisonError::into_inner);
        match &place.last {
            Some((known, set)) if *known == day => return Arc::clone(set),
            _ => Arc::clone(&place.table),
        }
    };
    let set = Arc::new(table.on(day));
    let mut place = place().write().unwrap_or_else(PoisonError::into_inner);
    // Another table may have been put in force meanwhile: then this set is already of the past.
    if Arc::ptr_eq(&place.table, &table) {
        place.last = Some((day, Arc::clone(&set)));
    }
    set
}
