//! One round trip with the hub, and as many as it takes.

use std::sync::PoisonError;

use wardbook_record::schema;
use wardbook_store::{Sizes, Tx};
use wardbook_sync::SYNC_PATH;
use wardbook_sync::message::{DeviceStatus, Request, Response};
use wardbook_sync::node::{
    CallInfo, NodeError, Outcome, next_request, open_rejection, open_response, seal_request,
};
use wardbook_sync::ports::{Membership, NodePort};

use super::chunk::call_limits;
use super::enrol::stored_key;
use super::{HubTarget, Transport, target_of};
use crate::error::{ReplicaError, SyncError, TransportError};
use crate::hub::HttpAnswer;
use crate::replica::Replica;
use crate::settings::{DEVICE_KEY, LAST_ERROR};

/// Documents projected at once while rounds go on.
const PROJECT_AT_ONCE: usize = 256;

/// What one round, or several, did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SyncRound {
    /// Round trips.
    pub rounds: u32,
    /// Changes the hub acknowledged.
    pub pushed: u64,
    /// Changes of others that were taken in.
    pub pulled: u64,
    /// Changes the hub refused.
    pub refused: u64,
    /// Whether both ends were proven equal.
    pub proven_equal: bool,
    /// Whether the two ends' digests differ although they should not.
    pub mismatch: bool,
    /// Whether another round would bring or take more at once.
    pub more: bool,
    /// Ask again after so many seconds at the earliest.
    pub retry_after_s: u32,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
}

/// A request on its way: what the answer is judged by.
#[derive(Debug, Clone)]
struct Call {
    membership: Membership,
    target: HubTarget,
    request: Request,
    body: Vec<u8>,
}

impl Replica {
    /// One round trip: push, pull, proof. Repeat while `more`.
    pub async fn sync_round<T: Transport>(&self, transport: &T) -> Result<SyncRound, SyncError> {
        let _turn = self.inner.calling.lock().await;
        self.noted_round(transport).await
    }

    /// Rounds until nothing is left, at most `rounds_max`, projecting what came.
    pub async fn sync_all<T: Transport>(
        &self,
        transport: &T,
        rounds_max: u32,
    ) -> Result<SyncRound, SyncError> {
        let _turn = self.inner.calling.lock().await;
        let waiting = self.run(Self::waiting_changes).await??;
        self.set_running(Some((0, waiting)));
        let result = self.rounds(transport, rounds_max, waiting).await;
        self.set_running(None);
        result
    }

    async fn rounds<T: Transport>(
        &self,
        transport: &T,
        rounds_max: u32,
        waiting: u64,
    ) -> Result<SyncRound, SyncError> {
        let mut sum = SyncRound::default();
        loop {
            let round = self.noted_round(transport).await?;
            sum.add(&round);
            self.set_running(Some((sum.pushed.min(waiting), waiting)));
            if round.pulled > 0 {
                self.run(|replica| replica.project_pending(PROJECT_AT_ONCE)).await??;
            }
            if !round.more || sum.rounds >= rounds_max {
                break;
            }
        }
        self.run(Self::project_all).await??;
        Ok(sum)
    }

    /// A round whose failure, or success, is remembered for the header.
    async fn noted_round<T: Transport>(&self, transport: &T) -> Result<SyncRound, SyncError> {
        let result = self.round(transport).await;
        let (error, offline) = remembered(&result);
        let (result, noted) = self
            .run(move |replica| {
                let noted = replica.note_outcome(&error, &offline);
                let noted = noted.and_then(|()| replica.note_line(&result));
                (result, noted)
            })
            .await?;
        if let Err(error) = noted {
            tracing::warn!(code = error.code(), "the end of a round was not noted");
        }
        result
    }

    async fn round<T: Transport>(&self, transport: &T) -> Result<SyncRound, SyncError> {
        let call = self.run(Self::make_call).await??;
        let answer = transport.call(&call.target, SYNC_PATH, call.body.clone()).await?;
        self.run(move |replica| replica.take_answer(&call, &answer)).await?
    }

    fn make_call(&self) -> Result<Call, SyncError> {
        let sizes = self.inner.store.sizes()?;
        self.inner.store.read(|tx| {
            let membership = tx.membership()?.ok_or(SyncError::NotEnrolled)?;
            let key = stored_key(tx, DEVICE_KEY)?.ok_or(ReplicaError::Setting(DEVICE_KEY))?;
            let info = self.call_info(tx, &sizes)?;
            let request = next_request(as_port(tx), &info, &call_limits(tx)?)?;
            let body = seal_request(&request, SYNC_PATH, &membership.hub, &membership.device, &key)
                .map_err(|_| SyncError::BadAnswer("own_request".to_owned()))?;
            Ok(Call { target: target_of(&membership), membership, request, body })
        })
    }

    /// What this node says of itself with every call, by line or by hand.
    pub(super) fn call_info(&self, tx: &dyn Tx, sizes: &Sizes) -> Result<CallInfo, ReplicaError> {
        Ok(CallInfo {
            app: self.inner.app.clone(),
            schema: schema().version,
            status: self.device_status(tx, sizes)?,
        })
    }

    fn device_status(&self, tx: &dyn Tx, sizes: &Sizes) -> Result<DeviceStatus, ReplicaError> {
        let (pending, oldest) = tx.pending()?;
        let now = self.now();
        let unsent_ms = oldest.map_or(0, |oldest| (now.0 - oldest.0).max(0));
        Ok(DeviceStatus {
            pending,
            // The engine counts these itself.
            unequal: 0,
            conflicts: super::state::people_in_conflict(tx)?,
            quarantined: tx.kept_aside_open()?,
            oldest_unsent_s: unsent_ms.unsigned_abs() / 1000,
            database_bytes: sizes.database_bytes,
            // 0 stands for "unknown" at the hub, so a disk that is full to the last byte says 1.
            free_bytes: sizes.free_bytes.map_or(0, |free| free.max(1)),
            clock: now,
            last_error: tx.get_setting(LAST_ERROR)?.unwrap_or_default(),
        })
    }

    fn take_answer(&self, call: &Call, answer: &HttpAnswer) -> Result<SyncRound, SyncError> {
        let response = read_answer(&call.membership, &call.body, answer)?;
        let outcome = self.take_response(&call.request, response)?;
        let mut round = SyncRound::of(&outcome);
        (round.bytes_out, round.bytes_in) = (call.body.len() as u64, answer.body.len() as u64);
        Ok(round)
    }

    fn waiting_changes(&self) -> Result<u64, ReplicaError> {
        Ok(self.inner.store.read(|tx| tx.pending())?.0)
    }

    fn set_running(&self, running: Option<(u64, u64)>) {
        *self.inner.running.lock().unwrap_or_else(PoisonError::into_inner) = running;
    }
}

impl SyncRound {
    pub(super) fn of(outcome: &Outcome) -> Self {
        Self {
            rounds: 1,
            pushed: outcome.newly_acked,
            pulled: outcome.pulled_changes,
            refused: outcome.refused.len() as u64,
            proven_equal: outcome.proven_equal,
            mismatch: outcome.mismatch,
            more: outcome.more,
            retry_after_s: outcome.retry_after_s,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, round: &Self) {
        *self = Self {
            rounds: self.rounds + round.rounds,
            pushed: self.pushed + round.pushed,
            pulled: self.pulled + round.pulled,
            refused: self.refused + round.refused,
            bytes_out: self.bytes_out + round.bytes_out,
            bytes_in: self.bytes_in + round.bytes_in,
            ..*round
        };
    }
}

/// The hub's answer, or its refusal; anything that is not signed by the pinned hub is neither.
pub(super) fn read_answer(
    Membership { hub, hub_key, .. }: &Membership,
    body: &[u8],
    answer: &HttpAnswer,
) -> Result<Response, SyncError> {
    if answer.status == 200 {
        return open_response(&answer.body, SYNC_PATH, hub, body, hub_key)
            .map_err(|error| SyncError::BadAnswer(error.code().to_owned()));
    }
    match open_rejection(&answer.body, SYNC_PATH, hub, body, hub_key) {
        Some(rejection) => Err(SyncError::Rejected {
            code: rejection.code,
            retry_after_s: rejection.retry_after_s,
        }),
        None => Err(TransportError::NotAHub(answer.status).into()),
    }
}

/// What the header remembers of a round: the code of an error that needs somebody, and the code of
/// a failure that goes away by itself.
fn remembered(result: &Result<SyncRound, SyncError>) -> (String, String) {
    match result {
        Ok(round) if round.mismatch => ("mismatch".to_owned(), String::new()),
        Ok(_) => (String::new(), String::new()),
        Err(error) if error.is_passing() => (String::new(), error.code()),
        Err(error) => (error.code(), String::new()),
    }
}

/// A read transaction as the engine's port.
pub(super) fn as_port(tx: &dyn Tx) -> &dyn NodePort {
    tx
}

impl From<NodeError> for SyncError {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::NotEnrolled => Self::NotEnrolled,
            NodeError::BadAnswer(why) => Self::BadAnswer(why.to_owned()),
            NodeError::Refused(refusal) => Self::BadAnswer(refusal.code().to_owned()),
            NodeError::Store(error) => Self::Other(error.into()),
        }
    }
}
