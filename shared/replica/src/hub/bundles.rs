//! Calls that come in a file: the same frames as over HTTP, through the same handler.

use wardbook_base::{DeviceId, HubId, WardId};
use wardbook_sync::SYNC_PATH;
use wardbook_sync::bundle::{
    Answer, BUNDLE_ANSWERS_MAX, BUNDLE_BYTES_MAX, BUNDLE_FILES_MAX, Bundle, FileFrame, Header, Kind,
};
use wardbook_sync::check::Condemned;
use wardbook_sync::hub::{Context, continue_feed, seal_response};
use wardbook_sync::message::{EpochState, Response};
use wardbook_sync::ports::HubPort;
use wardbook_sync::sign::DeviceKey;
use wardbook_sync::token::TokenKey;

use super::HttpAnswer;
use super::endpoint::{Answered, Failed};
use crate::bundle::{BundleError, open_with, seal_to};
use crate::error::{ReplicaError, SyncError};
use crate::replica::Replica;
use crate::viewer::Viewer;

/// The secret that opens bundles sealed to this hub; the store makes it.
const SEALING_IDENTITY: &str = "store.sealing_identity";
/// Room kept in a reply for its header and for what stands around the last answer.
const REPLY_ROOM_BYTES: usize = 1024 * 1024;

/// A bundle that was taken in, and the reply to carry back.
#[derive(Debug, Clone)]
pub struct BundleAnswered {
    /// The device that wrote it.
    pub device: DeviceId,
    /// Its ward.
    pub ward: WardId,
    /// Calls in it.
    pub calls: u64,
    /// Changes in them.
    pub pushed: u64,
    /// Changes that were refused and kept aside.
    pub refused: u64,
    /// Files of which the hub has all bytes now, of those that it carried bytes of.
    pub files: u64,
    /// Whether the reply brings the device to the end of its feed; else it needs another bundle.
    pub complete: bool,
    /// The reply, sealed to the device.
    pub reply: Vec<u8>,
}

impl Replica {
    /// Takes in a bundle that was sealed to this hub and answers all its calls. Taking one in twice
    /// changes nothing and gives the same answers.
    ///
    /// # Errors
    /// When it is damaged, sealed to or written for another hub, or not signed by a device that may
    /// synchronise. Nothing was changed then.
    pub fn import_bundle(
        &self,
        viewer: &Viewer,
        sealed: &[u8],
    ) -> Result<BundleAnswered, BundleError> {
        viewer.must_administer()?;
        let (hub, key) = self.hub_identity().map_err(|error| match error {
            crate::HubError::Other(error) => error,
            _ => ReplicaError::Setting("hub_key"),
        })?;
        let bundle = self.open_bundle(sealed, &hub)?;
        let Header { device, .. } = bundle.header;
        let mut taken = BundleAnswered {
            device,
            ward: WardId::default(),
            calls: bundle.requests.len() as u64,
            pushed: 0,
            refused: 0,
            files: 0,
            complete: false,
            reply: Vec::new(),
        };
        let mut reply = Reply::over(&bundle.requests);
        self.answer_all(&bundle, &hub, &key, &mut taken, &mut reply)?;
        self.answer_files(&bundle, &hub, &key, &mut taken, &mut reply)?;
        let reply = Bundle {
            header: Header {
                kind: Kind::Down,
                made_at: self.now(),
                reply_to: String::new(),
                ..bundle.header.clone()
            },
            requests: bundle.requests,
            answers: reply.answers,
            files: reply.files,
        };
        taken.reply = seal_to(&bundle.header.reply_to, &reply.to_bytes(&key)?)?;
        let BundleAnswered { calls, pushed, files, .. } = &taken;
        let detail = format!("device={device} calls={calls} pushed={pushed} files={files}");
        self.inner.store.write(|tx| self.log_in(tx, viewer, "import_bundle", None, &detail))?;
        Ok(taken)
    }

    fn open_bundle(&self, sealed: &[u8], hub: &HubId) -> Result<Bundle, BundleError> {
        let identity = self.inner.store.read(|tx| tx.get_secret(SEALING_IDENTITY))?;
        let identity = identity.and_then(|secret| String::from_utf8(secret).ok());
        let bytes = open_with(&identity.ok_or(BundleError::Recipient)?, sealed)?;
        let mut why = None;
        let found = self.inner.store.read(|tx| {
            let opened = Bundle::from_bytes(&bytes, Kind::Up, |header| {
                if header.hub != *hub {
                    why = Some(BundleError::OtherHub);
                    return None;
                }
                let device = match tx.device(&header.device) {
                    Ok(device) => device,
                    Err(error) => {
                        why = Some(error.into());
                        return None;
                    }
                };
                match device {
                    Some(device) if device.revoked_at.is_none() => Some(device.public_key),
                    Some(_) => {
                        why = Some(rejected("device_revoked"));
                        None
                    }
                    None => {
                        why = Some(rejected("unknown_device"));
                        None
                    }
                }
            });
            Ok::<_, BundleError>(opened)
        })?;
        // Whom nobody knows cannot have signed: the reason is told, not the missing signature.
        found.map_err(|error| why.unwrap_or_else(|| error.into()))
    }

    /// Each call through the handler of the sync listener, in order; then the rest of the feed. A
    /// call that is not answered with data ends the row: those behind it build on it.
    fn answer_all(
        &self,
        bundle: &Bundle,
        hub: &HubId,
        key: &DeviceKey,
        taken: &mut BundleAnswered,
        reply: &mut Reply,
    ) -> Result<(), BundleError> {
        let mut last: Option<Answered> = None;
        for (to, body) in bundle.requests.iter().enumerate() {
            let (answer, answered) = self.answer_frame(SYNC_PATH, body, hub, key);
            if !reply.push(to, answer.status, answer.body) {
                return Ok(());
            }
            let Some(answered) = answered else { return Ok(()) };
            taken.pushed += answered.request.push.items.len() as u64;
            taken.refused += answered.response.refused.len() as u64;
            let agree = answered.response.epoch_state == EpochState::Ok;
            last = Some(answered);
            if !agree {
                break;
            }
        }
        let Some(last) = last else { return Ok(()) };
        let tokens = TokenKey::new(&key.to_bytes());
        taken.ward = last.device.ward.clone();
        let to = reply.answers.len().saturating_sub(1);
        let Some(body) = bundle.requests.get(to) else { return Ok(()) };
        let mut response = last.response.clone();
        while response.epoch_state == EpochState::Ok && response.more {
            let Some(next) = self.next_of_feed(&last, &response, &tokens)? else {
                break;
            };
            let Ok(sealed) = seal_response(&next, SYNC_PATH, hub, body, key) else { break };
            if !reply.push(to, 200, sealed) {
                return Ok(());
            }
            response = next;
        }
        taken.complete = response.epoch_state == EpochState::Ok && !response.more;
        Ok(())
    }

    /// Each call about a file through the handler of the sync listener, after the records that name
    /// the files. What only gave a piece is not carried back: the question behind it is.
    fn answer_files(
        &self,
        bundle: &Bundle,
        hub: &HubId,
        key: &DeviceKey,
        taken: &mut BundleAnswered,
        reply: &mut Reply,
    ) -> Result<(), BundleError> {
        if bundle.files.is_empty() {
            return Ok(());
        }
        self.project_all()?;
        for frame in &bundle.files {
            let (answer, about) = self.answer_file_frame(&frame.call, hub, key);
            if let Some((call, told)) = about {
                if !call.bytes.is_empty() {
                    continue;
                }
                let is_whole = call.want == 0 && told.known && told.have >= call.size;
                taken.files += u64::from(is_whole);
            }
            if !reply.push_file(&frame.call, answer) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The answer that a further call would bring, or `None` when it brings nothing more.
    fn next_of_feed(
        &self,
        last: &Answered,
        before: &Response,
        tokens: &TokenKey,
    ) -> Result<Option<Response>, BundleError> {
        let context = Context {
            schema: &self.inner.schema,
            condemned: &Condemned::default(),
            tokens,
            dice: self.dice(),
            now: self.now(),
        };
        let next = self.inner.store.write(|tx| {
            let port: &mut dyn HubPort = tx;
            let next =
                continue_feed(port, &last.device.id, &last.request, before.feed.to, &context);
            next.map_err(Failed::from)
        });
        match next {
            Ok(next) => Ok((next.feed.to != before.feed.to).then_some(next)),
            // The feed moved under a renewal, or the device was revoked: the next bundle will tell.
            Err(Failed::Rejected(_) | Failed::Moved) => Ok(None),
            Err(Failed::Store(error)) => Err(error.into()),
        }
    }
}

/// The answers of a reply, cut where a bundle would grow too large.
struct Reply {
    answers: Vec<Answer>,
    files: Vec<FileFrame>,
    bytes: usize,
}

impl Reply {
    /// A reply carries the calls again.
    fn over(requests: &[Vec<u8>]) -> Self {
        let bytes = requests.iter().map(|request| request.len() + 4).sum::<usize>();
        Self { answers: Vec::new(), files: Vec::new(), bytes: bytes + REPLY_ROOM_BYTES }
    }

    /// Adds a call about a file and its answer; false when there is no room for it.
    fn push_file(&mut self, call: &[u8], answer: HttpAnswer) -> bool {
        self.bytes += call.len() + answer.body.len() + 10;
        if self.bytes > BUNDLE_BYTES_MAX || self.files.len() >= BUNDLE_FILES_MAX {
            return false;
        }
        let HttpAnswer { status, body } = answer;
        self.files.push(FileFrame { call: call.to_vec(), status, answer: body });
        true
    }

    /// Adds an answer; false when there is no room for it.
    fn push(&mut self, to: usize, status: u16, body: Vec<u8>) -> bool {
        self.bytes += body.len() + 10;
        if self.bytes > BUNDLE_BYTES_MAX || self.answers.len() >= BUNDLE_ANSWERS_MAX {
            return false;
        }
        let Ok(to) = u32::try_from(to) else { return false };
        self.answers.push(Answer { to, status, body });
        true
    }
}

fn rejected(code: &str) -> BundleError {
    SyncError::Rejected { code: code.to_owned(), retry_after_s: 0 }.into()
}
