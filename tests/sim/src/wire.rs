//! How the line carries a message: in most calls as a value, in some as bytes that are signed,
//! compressed and read again, in some with a key that only a newer program knows. No promise
//! depends on it, so it has dice of its own: a seed tells the same story however it is carried.
//!
//! In some cities from seed 1,000,000 on, some nodes run an older program, without the newest
//! optional keys of requests and answers.

use std::rc::Rc;

use wardbook_sync::frame::{from_cbor, to_cbor};
use wardbook_sync::message::{Compared, FeedItem, Request, Response};
use wardbook_sync::ports::HubPort as _;
use wardbook_sync::{RejectCode, SYNC_PATH, envelope, hub, node};

use crate::ends::{device_key, hub_key};
use crate::line::Call;
use crate::violation::{Oracle, Sim, Violation};
use crate::world::World;

/// One call in so many is signed, beside all calls of the cities that sign everything.
const SIGNED: u64 = 256;
/// In those cities one answer in so many is signed too: it costs what ten calls do.
const ANSWERS_SIGNED: u64 = 8;
/// One call in so many is between programs of different versions.
const NEWER: u64 = 16;
/// The key 1000 with a map, a list and a text under it: no version of the program has it.
const UNKNOWN_KEY: &[u8] = &[0x19, 0x03, 0xe8, 0xa1, 0x00, 0x82, 0x61, b'x', 0xf6];

/// How a call is carried, both ways.
#[derive(Debug)]
pub(crate) enum Carried {
    AsValue,
    WithUnknownKeys,
    /// Signed; the body of the request.
    Signed(Vec<u8>),
}

fn bad(what: impl Into<String>) -> Violation {
    Violation::new(Oracle::Rest, what)
}

/// A message of a newer program: one key more at the end of its map.
fn newer(mut cbor: Vec<u8>) -> Option<Vec<u8>> {
    match cbor.first_mut()? {
        head @ 0xa0..0xb7 => *head += 1,
        0xb8 => *cbor.get_mut(1).filter(|count| **count < u8::MAX)? += 1,
        head @ 0xb7 => {
            *head = 0xb8;
            cbor.insert(1, 24);
        }
        _ => return None,
    }
    cbor.extend_from_slice(UNKNOWN_KEY);
    Some(cbor)
}

/// What a node of an older program makes of an answer: it skips the keys that it does not know.
fn without_newer_keys(answer: &mut Response) {
    for item in &mut answer.feed.items {
        match item {
            FeedItem::Grant(grant) => grant.words = None,
            FeedItem::Release(release) => release.word = None,
            FeedItem::Forget(forget) => forget.word = None,
            _ => {}
        }
    }
    if let Some(Compared::List(differences)) = &mut answer.compared {
        differences.documents.iter_mut().for_each(|document| document.words = None);
    }
}

impl World {
    /// A request as a node's program writes it: an older one leaves the newer keys out.
    pub(crate) fn written_by(&self, at: usize, mut request: Request) -> Rc<Request> {
        if self.nodes[at].older {
            request.custody = None;
        }
        Rc::new(request)
    }

    /// A request as it comes out of the line, and how its answer is to be carried.
    pub(crate) fn request_over_the_line(&mut self, call: &Call) -> Sim<(Rc<Request>, Carried)> {
        let same = || Rc::clone(&call.request);
        let both_ways = self.side.one_in(SIGNED);
        if self.plan.sealed || both_ways {
            self.count("signed");
            let body = self.signed(call)?;
            let answer_too = both_ways || self.side.one_in(ANSWERS_SIGNED);
            let carried = if answer_too { Carried::Signed(body) } else { Carried::AsValue };
            return Ok((same(), carried));
        }
        if !self.side.one_in(NEWER) {
            return Ok((same(), Carried::AsValue));
        }
        self.count("with unknown keys");
        let bytes = newer(to_cbor(&*call.request)).ok_or_else(|| bad("a request is no map"))?;
        match from_cbor::<Request>(&bytes) {
            Ok(request) if request == *call.request => Ok((same(), Carried::WithUnknownKeys)),
            _ => Err(bad("a newer program's request is not understood")),
        }
    }

    /// Signs a request and opens it at the hub: the body.
    fn signed(&self, call: &Call) -> Sim<Vec<u8>> {
        let key = device_key(self.nodes[call.node].key);
        let body = node::seal_request(&*call.request, SYNC_PATH, &self.hub.id, &call.device, key)
            .map_err(|error| bad(format!("a request cannot be sealed: {error}")))?;
        let store = &self.hub.disk.store;
        match hub::open_envelope(&body, SYNC_PATH, &self.hub.id, |id| store.device(id)) {
            Ok((_, request)) if request == *call.request => Ok(body),
            Ok(_) => Err(bad("a request is another one behind the line")),
            // It is judged again, and rejected, behind.
            Err(RejectCode::RevokedDevice | RejectCode::UnknownDevice) => Ok(body),
            Err(code) => Err(bad(format!("an honest request is rejected: {}", code.as_str()))),
        }
    }

    /// An answer as it comes out of the line.
    pub(crate) fn answer_over_the_line(
        &self,
        by: &Carried,
        to: usize,
        answer: Response,
    ) -> Sim<Response> {
        let mut answer = self.carried_back(by, answer)?;
        if self.nodes[to].older {
            without_newer_keys(&mut answer);
        }
        Ok(answer)
    }

    fn carried_back(&self, by: &Carried, answer: Response) -> Sim<Response> {
        let read = match by {
            Carried::AsValue => return Ok(answer),
            Carried::WithUnknownKeys => {
                let bytes = newer(to_cbor(&answer)).ok_or_else(|| bad("an answer is no map"))?;
                from_cbor(&bytes).ok()
            }
            Carried::Signed(request) => {
                let (hub, key) = (&self.hub.id, hub_key());
                let body = envelope::seal_answer(&answer, SYNC_PATH, hub, request, key)
                    .map_err(|error| bad(format!("an answer cannot be sealed: {error}")))?;
                envelope::open_answer(&body, SYNC_PATH, hub, request, &key.public()).ok()
            }
        };
        if read.as_ref() == Some(&answer) {
            return Ok(answer);
        }
        Err(bad("an answer is another one behind the line"))
    }
}
