//! The hub's side of a wait for news: who may wait, whether there is something new, the answer.
//!
//! Holding the call is the server's business; nothing here blocks longer than a read takes.

use wardbook_base::{DeviceId, FeedSeq, WardId};
use wardbook_sync::hub::{open_wait, seal_response};
use wardbook_sync::message::{Wait, Waited};
use wardbook_sync::ports::DeviceRecord;
use wardbook_sync::{RejectCode, WAIT_PATH};

use super::HttpAnswer;
use super::endpoint::{Failed, refusal, unable};
use crate::error::ReplicaError;
use crate::replica::Replica;

impl Replica {
    /// Who asks at `POST /sync/v1/wait`, and from where on; or the refusal to send at once.
    pub fn open_wait(&self, body: &[u8]) -> Result<(DeviceRecord, Wait), HttpAnswer> {
        let (hub, key) = self.hub_identity().map_err(|error| unable(&error))?;
        let opened = self.inner.store.read(|tx| {
            open_wait(body, WAIT_PATH, &hub, |id| tx.device(id)).map_err(Failed::Rejected)
        });
        opened.map_err(|failed| refusal(failed.into(), WAIT_PATH, &hub, body, &key))
    }

    /// Whether a sync call from that position would bring something now.
    pub fn has_news(&self, ward: &WardId, wait: &Wait) -> Result<bool, ReplicaError> {
        let feed = self.inner.store.read(|tx| tx.ward_feed(ward).map_err(store_error))?;
        Ok(feed
            .is_some_and(|feed| feed.position.epoch != wait.epoch || feed.position.seq > wait.seq))
    }

    /// Where the feeds of these wards stand.
    pub fn feed_ends(&self, wards: &[WardId]) -> Result<Vec<(WardId, FeedSeq)>, ReplicaError> {
        self.inner.store.read(|tx| {
            let mut ends = Vec::with_capacity(wards.len());
            for ward in wards {
                if let Some(feed) = tx.ward_feed(ward).map_err(store_error)? {
                    ends.push((ward.clone(), feed.position.seq));
                }
            }
            Ok(ends)
        })
    }

    /// The answer to the wait with this body. A device that was revoked meanwhile is told so.
    pub fn answer_wait(&self, body: &[u8], device: &DeviceId, something_new: bool) -> HttpAnswer {
        let (hub, key) = match self.hub_identity() {
            Ok(identity) => identity,
            Err(error) => return unable(&error),
        };
        let refuse = |code| refusal(code, WAIT_PATH, &hub, body, &key);
        match self.inner.store.read(|tx| tx.device(device).map_err(store_error)) {
            Ok(Some(device)) if device.revoked_at.is_none() => {}
            Ok(Some(_)) => return refuse(RejectCode::RevokedDevice),
            Ok(None) => return refuse(RejectCode::UnknownDevice),
            Err(error) => return refuse(Failed::Store(error).into()),
        }
        match seal_response(&Waited { something_new }, WAIT_PATH, &hub, body, &key) {
            Ok(body) => HttpAnswer { status: 200, body },
            Err(_) => refuse(RejectCode::Busy),
        }
    }

    /// The refusal of a wait for which there is no room, or no time because the hub stops.
    pub fn refuse_wait(&self, body: &[u8]) -> HttpAnswer {
        match self.hub_identity() {
            Ok((hub, key)) => refusal(RejectCode::Busy, WAIT_PATH, &hub, body, &key),
            Err(error) => unable(&error),
        }
    }
}

fn store_error(error: wardbook_sync::ports::PortError) -> ReplicaError {
    wardbook_store::StoreError::from(error).into()
}
