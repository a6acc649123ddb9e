//! Synchronising by hand: a file for the city, and the city's reply.
//!
//! The file holds the same signed calls as the line would carry, as many as there is to send: the
//! records first, then files as far as they fit. The reply holds those calls again with the hub's
//! answers. Taking a reply in twice is harmless.

use serde::{Deserialize, Serialize};
use wardbook_base::{FeedEpoch, Timestamp};
use wardbook_store::Tx;
use wardbook_sync::SYNC_PATH;
use wardbook_sync::bundle::{Answer, BUNDLE_REQUESTS_MAX, Bundle, Header, Kind};
use wardbook_sync::envelope::open_own_request;
use wardbook_sync::message::Request;
use wardbook_sync::node::{CallLimits, Cursor, next_request, next_request_after, seal_request};
use wardbook_sync::ports::Membership;
use wardbook_sync::sign::DeviceKey;

use super::enrol::stored_key;
use super::round::{SyncRound, as_port, read_answer};
use crate::bundle::{BundleError, draw_identity, open_with, recipient_of, seal_to};
use crate::error::{ReplicaError, SyncError};
use crate::files::{FilesMoved, FilesOut};
use crate::hub::HttpAnswer;
use crate::replica::Replica;
use crate::settings::{BUNDLE_IDENTITY, DEVICE_KEY};
use crate::viewer::Viewer;

/// All calls of one bundle may have so many bytes, files among them; the rest goes with the next. A
/// weak PC of either end takes so much in well within the two minutes that a request may last.
pub const BUNDLE_CALLS_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What a bundle is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleWish {
    /// Files go on where the last bundle ended that waits for its reply.
    pub go_on: bool,
    /// All calls in it may have so many bytes.
    pub bytes_max: usize,
}

impl Default for BundleWish {
    fn default() -> Self {
        Self { go_on: false, bytes_max: BUNDLE_CALLS_BYTES_MAX }
    }
}

/// A bundle for the city.
#[derive(Debug, Clone)]
pub struct BundleMade {
    /// The sealed file.
    pub bytes: Vec<u8>,
    /// A name for it, without personal data.
    pub file_name: String,
    /// Changes in it.
    pub changes: u64,
    /// Changes that did not fit.
    pub left: u64,
    /// Files in it, to their end.
    pub files: u64,
    /// Files that wait for the next.
    pub files_left: u64,
}

/// What is remembered of the bundles that were written since the last reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleOut {
    /// When the last of them was written.
    pub at: Timestamp,
    /// Pieces of files that they carry.
    pieces: u64,
    /// Files that wait for the next.
    pub files_left: u64,
}

/// What a reply brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BundleTaken {
    /// What its answers did, added up; `rounds` counts those that were of use.
    pub round: SyncRound,
    /// All of it had been taken in before.
    pub already: bool,
    /// The code of a refusal in it, when the hub refused a call.
    pub refusal: Option<String>,
    /// What it said and brought of files.
    pub files: FilesMoved,
}

impl Replica {
    /// Writes what there is to tell the city into a bundle, and asks for what is new there.
    ///
    /// # Errors
    /// Before enrolment, or when the store fails.
    pub fn export_bundle(
        &self,
        viewer: &Viewer,
        wish: BundleWish,
    ) -> Result<BundleMade, BundleError> {
        viewer.must_edit()?;
        let before = self.bundle_out()?.filter(|_| wish.go_on);
        let sizes = self.inner.store.sizes()?;
        let reply_to = self.reply_recipient()?;
        let now = self.now();
        let id = self.dice().bytes::<16>();
        let (member, key, requests, changes, left, files) = self.inner.store.read(|tx| {
            let (member, key) = member_and_key(tx)?;
            let info = self.call_info(tx, &sizes)?;
            let mut bodies = Vec::new();
            let mut changes = 0;
            let mut size = 0;
            let mut request = next_request(as_port(tx), &info, &CallLimits::default())
                .map_err(SyncError::from)?;
            loop {
                let body = sealed(&request, &member, &key)?;
                size += body.len();
                bodies.push(body);
                changes += request.push.items.len() as u64;
                let Some(cursor) = after(tx, &request)? else { break };
                if bodies.len() == BUNDLE_REQUESTS_MAX || size > wish.bytes_max {
                    break;
                }
                request = next_request_after(as_port(tx), &info, &CallLimits::default(), &cursor)
                    .map_err(SyncError::from)?;
                if request.push.items.is_empty() {
                    break;
                }
            }
            let left = tx.pending()?.0.saturating_sub(changes);
            let mut files = FilesOut::default();
            let room = wish.bytes_max.saturating_sub(size);
            if before.is_none() {
                files.want(tx, (&member, &key))?;
            }
            files.give(tx, (&member, &key), before.map_or(0, |out| out.pieces), room)?;
            Ok::<_, BundleError>((member, key, bodies, changes, left, files))
        })?;
        let header = Header {
            kind: Kind::Up,
            id,
            hub: member.hub,
            device: member.device,
            made_at: now,
            reply_to,
        };
        let FilesOut { frames, files, left: files_left, pieces } = files;
        let bundle = Bundle { header, requests, answers: Vec::new(), files: frames };
        let bytes = seal_to(&member.sealing_recipient, &bundle.to_bytes(&key)?)?;
        self.note_bundle(Some(BundleOut { at: now, pieces, files_left }))?;
        self.log_seen(viewer, "export_bundle", None, &changes.to_string());
        let file_name = format!("{}-{}.wardbundle", member.ward, short(&id));
        Ok(BundleMade { bytes, file_name, changes, left, files, files_left })
    }

    /// Takes the city's reply in. What it says twice, or what came over the line meanwhile, changes
    /// nothing.
    ///
    /// # Errors
    /// When the file is none for this device; nothing was changed then.
    pub async fn import_reply(
        &self,
        viewer: &Viewer,
        sealed: Vec<u8>,
    ) -> Result<BundleTaken, BundleError> {
        viewer.must_edit()?;
        let _turn = self.inner.calling.lock().await;
        let viewer = viewer.clone();
        self.run(move |replica| replica.take_bundle(&viewer, &sealed)).await?
    }

    fn take_bundle(&self, viewer: &Viewer, sealed: &[u8]) -> Result<BundleTaken, BundleError> {
        let (member, key, identity) = self.inner.store.read(|tx| {
            let (member, key) = member_and_key(tx)?;
            let identity = tx.get_secret(BUNDLE_IDENTITY)?;
            Ok::<_, BundleError>((member, key, identity))
        })?;
        // Without an identity this node never asked for a reply.
        let identity = identity.and_then(|text| String::from_utf8(text).ok());
        let bytes = open_with(&identity.ok_or(BundleError::NotForUs)?, sealed)?;
        let mut wrong = None;
        let bundle = Bundle::from_bytes(&bytes, Kind::Down, |header| {
            wrong = whose(header, &member);
            wrong.is_none().then_some(member.hub_key)
        });
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        let bundle = bundle?;
        let epoch = self.inner.store.read(|tx| tx.author_epoch().map_err(ReplicaError::from))?;
        let mut taken = BundleTaken { already: true, ..BundleTaken::default() };
        let mut of_this_epoch = false;
        let mut hub_epoch = None;
        for answer in &bundle.answers {
            let Some(body) = bundle.requests.get(answer.to as usize) else { continue };
            let request = open_own_request(body, SYNC_PATH, &member.hub, &key.public())
                .map_err(|code| SyncError::BadAnswer(code.as_str().to_owned()))?;
            of_this_epoch |= request.epoch == epoch;
            hub_epoch = self.take_one(&member, body, &request, answer, &mut taken)?.or(hub_epoch);
        }
        if taken.already && !of_this_epoch && !bundle.answers.is_empty() {
            return Err(BundleError::Older);
        }
        // Which files the records name is known once they are projected.
        self.project_all()?;
        let position = self.inner.store.read(|tx| tx.feed_position())?;
        let is_current = position.is_some_and(|position| hub_epoch == Some(position.epoch));
        taken.files = self.take_files(&member, &key, &bundle.files, is_current)?;
        taken.already &= taken.files.sent + taken.files.pieces == 0;
        self.note_bundle(None)?;
        self.log_seen(viewer, "import_bundle", None, &short(&bundle.header.id));
        Ok(taken)
    }

    /// Takes one answer in; says in which incarnation of the feed it was given.
    fn take_one(
        &self,
        member: &Membership,
        body: &[u8],
        request: &Request,
        answer: &Answer,
        taken: &mut BundleTaken,
    ) -> Result<Option<FeedEpoch>, BundleError> {
        let Answer { status, body: answered, .. } = answer;
        let answer = HttpAnswer { status: *status, body: answered.clone() };
        let response = match read_answer(member, body, &answer) {
            Ok(response) => response,
            Err(SyncError::Rejected { code, .. }) => {
                taken.refusal = Some(code);
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let epoch = response.feed.to.epoch;
        let outcome = self.take_response(request, response)?;
        let mut round = SyncRound::of(&outcome);
        let is_new = !outcome.stale || round.pushed > 0;
        round.rounds = u32::from(is_new);
        taken.already &= !is_new;
        let proven = taken.round.proven_equal;
        taken.round.add(&round);
        // An answer that came too late proves nothing, and takes no proof back.
        taken.round.proven_equal = if outcome.stale { proven } else { round.proven_equal };
        Ok(Some(epoch))
    }

    /// The recipient of this node's replies; drawn at the first bundle.
    fn reply_recipient(&self) -> Result<String, BundleError> {
        self.inner.store.write(|tx| {
            if let Some(secret) = tx.get_secret(BUNDLE_IDENTITY)? {
                let text = String::from_utf8(secret).unwrap_or_default();
                return recipient_of(&text).ok_or(BundleError::Recipient);
            }
            let (secret, public) = draw_identity();
            tx.put_secret(BUNDLE_IDENTITY, secret.as_bytes())?;
            Ok(public)
        })
    }
}

fn member_and_key(tx: &dyn Tx) -> Result<(Membership, DeviceKey), SyncError> {
    let member = tx.membership()?.ok_or(SyncError::NotEnrolled)?;
    let key = stored_key(tx, DEVICE_KEY)?.ok_or(ReplicaError::Setting(DEVICE_KEY))?;
    Ok((member, key))
}

/// Why a reply is not for this member; `None` when it is.
fn whose(header: &Header, member: &Membership) -> Option<BundleError> {
    if header.hub != member.hub {
        Some(BundleError::OtherHub)
    } else if header.device != member.device {
        Some(BundleError::OtherDevice)
    } else {
        None
    }
}

fn sealed(request: &Request, member: &Membership, key: &DeviceKey) -> Result<Vec<u8>, SyncError> {
    seal_request(request, SYNC_PATH, &member.hub, &member.device, key)
        .map_err(|_| SyncError::BadAnswer("own_request".to_owned()))
}

/// Where the next call goes on; `None` when this one sends all there is.
fn after(tx: &dyn Tx, request: &Request) -> Result<Option<Cursor>, SyncError> {
    let count = request.push.items.len();
    if count == 0 {
        return Ok(None);
    }
    let rows = tx.local_rows(request.push.after, count)?;
    Ok(rows.last().map(|row| Cursor { after: row.lseq, chain: row.chain }))
}

fn short(id: &[u8; 16]) -> String {
    wardbook_base::to_hex(&id[..4])
}
