//! The dated table of rules: the city's rows over the released ones, how they get into force, and
//! what is judged anew when they change.

use serde::{Deserialize, Serialize};
use wardbook_record::rules::{RuleRow, RuleTable, in_force, use_table};
use wardbook_store::Tx;

use crate::End;
use crate::error::ReplicaError;
use crate::replica::Replica;
use crate::settings::{RULES_JUDGED, RULES_OVERRIDES};
use crate::viewer::Viewer;

/// Rises when lists keep more or other things of a record than before.
const FACTS_SHAPE: u32 = 2;

/// The city's rows, as they stand in the database and travel to the wards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CityRules {
    /// Rises with each change at the hub; 0 = the released table alone.
    #[serde(default)]
    pub version: u64,
    /// The rows.
    #[serde(default)]
    pub rows: Vec<RuleRow>,
}

impl Replica {
    /// Puts the stored rows of the city in force, and queues every record for projection when it
    /// was judged by other rules, as of another day, or not yet. To be called at the start and once
    /// a day: rows begin on their day without anybody doing anything.
    pub(crate) fn refresh_rules(&self) -> Result<(), ReplicaError> {
        if let Some(text) = self.inner.store.read(|tx| tx.get_setting(RULES_OVERRIDES))? {
            match RuleTable::with(&text) {
                Ok(table) => use_table(table),
                // Written by a newer program; the released table is better than none.
                Err(error) => tracing::error!(%error, "the city's rules cannot be used here"),
            }
        }
        self.judge_anew_if_changed()
    }

    /// The same for the nightly work of the programs.
    pub fn rules_of_today(&self) -> Result<(), ReplicaError> {
        self.refresh_rules()
    }

    fn judge_anew_if_changed(&self) -> Result<(), ReplicaError> {
        // A ward that has joined a city judges by the city's day, all others by today.
        let as_of = self.as_of()?;
        let rules = in_force(as_of);
        let wanted = format!("{FACTS_SHAPE}/{:016x}/{}", rules.fingerprint(), as_of.stored());
        if self.inner.store.read(|tx| tx.get_setting(RULES_JUDGED))?.as_ref() == Some(&wanted) {
            return Ok(());
        }
        let now = self.now();
        let queued = self.inner.store.write(|tx| {
            let queued = tx.mark_all_dirty(now)?;
            tx.put_setting(RULES_JUDGED, &wanted)?;
            Ok::<_, ReplicaError>(queued)
        })?;
        if queued > 0 {
            tracing::info!(queued, "records are judged anew: other rules are in force");
        }
        Ok(())
    }

    /// The city's rows that are stored here; version 0 without rows when there are none.
    ///
    /// # Errors
    /// When the store fails.
    pub fn city_rules(&self, viewer: &Viewer) -> Result<CityRules, ReplicaError> {
        viewer.must_read()?;
        self.inner.store.read(|tx| stored(tx))
    }

    /// Takes a file of rows: `{"rows": [..]}` at the hub, which gives it its version; what the hub
    /// shows, version included, at a node. Nothing changes unless every row can be used.
    ///
    /// # Errors
    /// [`ReplicaError::Rules`] with the row and what is wrong in it; [`ReplicaError::OlderRules`]
    /// when a node holds newer ones already.
    pub fn set_rules(&self, viewer: &Viewer, text: &str) -> Result<CityRules, ReplicaError> {
        viewer.must_administer()?;
        let table = RuleTable::with(text).map_err(ReplicaError::Rules)?;
        let here = self.inner.store.read(|tx| stored(tx))?;
        let version = match self.end() {
            End::Hub => here.version.max(table.version()) + 1,
            End::Node if table.version() < here.version.max(1) => {
                return Err(ReplicaError::OlderRules {
                    here: here.version,
                    given: table.version(),
                });
            }
            End::Node => table.version(),
        };
        let rules = CityRules { version, rows: table.overrides().to_vec() };
        self.store_rules(viewer, &rules)?;
        Ok(rules)
    }

    fn store_rules(&self, viewer: &Viewer, rules: &CityRules) -> Result<(), ReplicaError> {
        let failed = |_| ReplicaError::Setting(RULES_OVERRIDES);
        let text = serde_json::to_string(rules).map_err(failed)?;
        self.inner.store.write(|tx| {
            tx.put_setting(RULES_OVERRIDES, &text)?;
            self.log_in(tx, viewer, "set_rules", None, &rules.version.to_string())
        })?;
        self.refresh_rules()
    }
}

fn stored(tx: &dyn Tx) -> Result<CityRules, ReplicaError> {
    let Some(text) = tx.get_setting(RULES_OVERRIDES)? else {
        return Ok(CityRules { version: 0, rows: Vec::new() });
    };
    serde_json::from_str(&text).map_err(|_| ReplicaError::Setting(RULES_OVERRIDES))
}
