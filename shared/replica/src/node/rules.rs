//! The node's question for newer rules of the city. A call of its own, now and then: rows change a
//! few times a year, and a call that brings nothing must not cost more for them.

use wardbook_sync::RULES_PATH;
use wardbook_sync::message::{AskRules, ToldRules};
use wardbook_sync::node::{open_response, seal_request};
use wardbook_sync::ports::Membership;

use super::enrol::stored_key;
use super::{Transport, target_of};
use crate::error::{ReplicaError, SyncError, TransportError};
use crate::replica::Replica;
use crate::settings::DEVICE_KEY;
use crate::viewer::Viewer;

impl Replica {
    /// Asks the hub for newer rules and puts them in force; says whether there were any. Rows that
    /// this program cannot use are left: those in force stay.
    ///
    /// # Errors
    /// See [`SyncError`]; a hub that knows no rules answers `NotAHub(404)`.
    pub async fn fetch_rules<T: Transport>(&self, transport: &T) -> Result<bool, SyncError> {
        let (membership, body) = self.run(Self::make_rules_ask).await??;
        let answer = transport.call(&target_of(&membership), RULES_PATH, body.clone()).await?;
        if answer.status != 200 {
            return Err(TransportError::NotAHub(answer.status).into());
        }
        let Membership { hub, hub_key, .. } = &membership;
        let told: ToldRules = open_response(&answer.body, RULES_PATH, hub, &body, hub_key)
            .map_err(|error| SyncError::BadAnswer(error.code().to_owned()))?;
        if told.json.is_empty() {
            return Ok(false);
        }
        self.run(move |replica| replica.take_rules(&told)).await?
    }

    fn make_rules_ask(&self) -> Result<(Membership, Vec<u8>), SyncError> {
        let version = self.city_rules(&Viewer::system(wardbook_record::Lang::Vi))?.version;
        self.inner.store.read(|tx| {
            let membership = tx.membership()?.ok_or(SyncError::NotEnrolled)?;
            let key = stored_key(tx, DEVICE_KEY)?.ok_or(ReplicaError::Setting(DEVICE_KEY))?;
            let Membership { hub, device, .. } = &membership;
            let body =
                seal_request(&AskRules { hub: *hub, version }, RULES_PATH, hub, device, &key)
                    .map_err(|_| SyncError::BadAnswer("own_request".to_owned()))?;
            Ok((membership, body))
        })
    }

    fn take_rules(&self, told: &ToldRules) -> Result<bool, SyncError> {
        let text = String::from_utf8_lossy(&told.json);
        match self.set_rules(&Viewer::system(wardbook_record::Lang::Vi), &text) {
            Ok(_) => {
                self.project_all()?;
                Ok(true)
            }
            Err(ReplicaError::Rules(error)) => {
                tracing::error!(%error, "the city's rules cannot be used by this program");
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}
