//! Waiting for the hub to have something new. It brings no data and is no round trip: it only says
//! that a round would be worth while.

use wardbook_sync::WAIT_PATH;
use wardbook_sync::message::{Wait, Waited};
use wardbook_sync::node::{open_rejection, open_response, seal_request};
use wardbook_sync::ports::Membership;

use super::enrol::stored_key;
use super::{Transport, target_of};
use crate::error::{ReplicaError, SyncError, TransportError};
use crate::hub::HttpAnswer;
use crate::replica::Replica;
use crate::settings::DEVICE_KEY;

impl Replica {
    /// Asks the hub to answer as soon as it has something new for this node, at most after
    /// `seconds_max`. Leaves no trace here: neither the header nor a round under way notices.
    ///
    /// # Errors
    /// See [`SyncError`]; a hub that knows no waits answers `NotAHub(404)`.
    pub async fn wait_for_news<T: Transport>(
        &self,
        transport: &T,
        seconds_max: u32,
    ) -> Result<bool, SyncError> {
        let asked = self.run(move |replica| replica.make_wait(seconds_max)).await??;
        // Before the first pull there is no position to wait from, and everything is new.
        let Some((membership, body)) = asked else { return Ok(true) };
        let answer = transport.call(&target_of(&membership), WAIT_PATH, body.clone()).await?;
        read_waited(&membership, &body, &answer)
    }

    fn make_wait(&self, seconds_max: u32) -> Result<Option<(Membership, Vec<u8>)>, SyncError> {
        self.inner.store.read(|tx| {
            let membership = tx.membership()?.ok_or(SyncError::NotEnrolled)?;
            let Some(position) = tx.feed_position()? else { return Ok(None) };
            let key = stored_key(tx, DEVICE_KEY)?.ok_or(ReplicaError::Setting(DEVICE_KEY))?;
            let Membership { hub, device, .. } = &membership;
            let wait = Wait { hub: *hub, seq: position.seq, epoch: position.epoch, seconds_max };
            let body = seal_request(&wait, WAIT_PATH, hub, device, &key)
                .map_err(|_| SyncError::BadAnswer("own_request".to_owned()))?;
            Ok(Some((membership, body)))
        })
    }
}

/// The hub's word; anything that is not signed by the pinned hub is none.
fn read_waited(
    membership: &Membership,
    body: &[u8],
    answer: &HttpAnswer,
) -> Result<bool, SyncError> {
    let Membership { hub, hub_key, .. } = membership;
    if answer.status == 200 {
        return open_response(&answer.body, WAIT_PATH, hub, body, hub_key)
            .map(|waited: Waited| waited.something_new)
            .map_err(|error| SyncError::BadAnswer(error.code().to_owned()));
    }
    match open_rejection(&answer.body, WAIT_PATH, hub, body, hub_key) {
        Some(rejection) => Err(SyncError::Rejected {
            code: rejection.code,
            retry_after_s: rejection.retry_after_s,
        }),
        None => Err(TransportError::NotAHub(answer.status).into()),
    }
}
