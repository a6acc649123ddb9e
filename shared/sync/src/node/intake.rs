//! Takes changes of an answer in: the checks, the store, and the heads at the feed position.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{ChangeHash, DocumentId, Timestamp};

use super::aside::{self, Reasons};
use super::past::Past;
use super::{Arrived, Context, NodeError, Outcome};
use crate::check::{Author, Custody, Judge, Judged, Rule, deps_of, read_change};
use crate::digest;
use crate::message::Digest;
use crate::ports::{ChangeMeta, Membership, NodePort, PortResult, Quarantined, StoredChange};
use crate::{Refusal, RefusalCode};

/// An answer while it is taken in.
pub(super) struct Intake<'a> {
    pub(super) port: &'a mut dyn NodePort,
    pub(super) membership: &'a Membership,
    pub(super) ctx: &'a Context<'a>,
    pub(super) now: Timestamp,
    /// The digest at the feed position, kept by the end of the answer.
    pub(super) digest: Digest,
    pub(super) outcome: &'a mut Outcome,
    /// The documents with own edits that the hub has not got, once somebody asked.
    pub(super) owed: Option<BTreeSet<DocumentId>>,
}

/// What became of a batch of changes. Nothing of it is written yet.
#[derive(Default)]
struct Sorted {
    stored: Vec<(ChangeMeta, Arrived)>,
    refused: Vec<(Refusal, Arrived)>,
    wanted: Vec<DocumentId>,
    heads: FeedHeads,
}

impl Intake<'_> {
    /// Takes changes in, each after those it builds on. One that cannot be accepted is kept aside
    /// and does not stop the others.
    pub(super) fn take(&mut self, mut arrived: Vec<Arrived>) -> Result<(), NodeError> {
        for change in &mut arrived {
            self.find_bytes(change)?;
            self.give_way(change)?;
        }
        let rule =
            Rule { author: Author::Any, custody: Custody::Any(self.membership.ward.clone()) };
        let port = &*self.port;
        let mut judge = Judge::new(port, self.ctx.schema).with_condemned(self.ctx.condemned);
        let mut sorted = Sorted::default();
        for change in arrived {
            sorted.sort(port, &mut judge, change, &rule)?;
        }
        let moved: Vec<_> = judge.moved().collect();
        for state in moved {
            self.port.put_document(&state)?;
        }
        self.write(sorted)?;
        Ok(())
    }

    /// A change of which the hub says that it is here may have been set aside: then its bytes are.
    fn find_bytes(&self, change: &mut Arrived) -> PortResult<()> {
        let (document, hash) = (&change.document, &change.hash);
        if change.bytes.is_some() || self.port.change_meta(document, hash)?.is_some() {
            return Ok(());
        }
        let Some(kept) = self.port.quarantined(document, hash)? else { return Ok(()) };
        change.bytes = Some(kept.bytes).filter(|bytes| !bytes.is_empty());
        (change.author, change.received_at) = (kept.device, kept.at);
        Ok(())
    }

    /// The feed wins: where it brings another change for a place (document, actor, seq) that is
    /// taken here, the one that is here goes aside. An older copy of this database wrote one of them.
    fn give_way(&mut self, change: &Arrived) -> PortResult<()> {
        let document = change.document;
        let Some(bytes) = &change.bytes else { return Ok(()) };
        if self.port.document(&document)?.is_none()
            || self.port.change_meta(&document, &change.hash)?.is_some()
        {
            return Ok(());
        }
        let Ok(parsed) = read_change(&document, bytes) else { return Ok(()) };
        let here = self.port.change_at(&document, &parsed.meta.actor, parsed.meta.seq)?;
        let Some(here) = here else { return Ok(()) };
        if !Past::of(self.port, &document)?.names(&here) {
            let roots = Reasons::from([(here, RefusalCode::DuplicateSequence.into())]);
            self.outcome.set_aside += aside::set_aside(self.port, &document, &roots, self.now)?;
        }
        Ok(())
    }

    fn write(&mut self, sorted: Sorted) -> PortResult<()> {
        let queued = self.port.to_reauthor()?;
        self.outcome.pulled_changes += sorted.stored.len() as u64;
        self.outcome.bad_items += sorted.refused.len() as u64;
        for (meta, Arrived { document, hash, bytes, author, received_at, .. }) in sorted.stored {
            self.outcome.pulled.push(document);
            let bytes = bytes.unwrap_or_default();
            self.port.put_change(&StoredChange { meta, bytes, author, received_at })?;
            // It came to be merged after all: there is nothing to write anew.
            if queued.contains(&(document, hash)) {
                self.port.put_reauthor(&document, &hash, false)?;
            }
        }
        for (refusal, change) in sorted.refused {
            self.port.quarantine(&kept_aside(change, refusal, self.now))?;
        }
        for document in sorted.wanted {
            self.port.put_wanted(&document, true)?;
        }
        sorted.heads.write(self.port, &mut self.digest)
    }
}

impl Sorted {
    fn sort(
        &mut self,
        port: &dyn NodePort,
        judge: &mut Judge<'_>,
        change: Arrived,
        rule: &Rule,
    ) -> PortResult<()> {
        let (document, hash, in_feed) = (change.document, change.hash, change.in_feed);
        let generation = change.generation;
        let deps = match &change.bytes {
            None => match port.change_meta(&document, &hash)? {
                Some(meta) => meta.deps,
                // Forgotten since: only its position is left.
                None => return Ok(()),
            },
            Some(bytes) => match judge.judge(&document, bytes, rule)? {
                Judged::Known(meta) => meta.deps,
                Judged::New(meta) => {
                    let deps = meta.deps.clone();
                    self.stored.push((meta, change));
                    deps
                }
                // The copy of the document that is here has a hole: ask for all of it.
                Judged::Refused(refusal) if refusal.code == RefusalCode::MissingAncestor => {
                    self.wanted.push(document);
                    deps_of(bytes)
                }
                Judged::Refused(refusal) => {
                    let deps = deps_of(bytes);
                    self.refused.push((refusal, change));
                    deps
                }
            },
        };
        if in_feed {
            self.heads.advance(port, &document, generation, &deps, &hash)?;
        }
        Ok(())
    }
}

fn kept_aside(change: Arrived, refusal: Refusal, at: Timestamp) -> Quarantined {
    Quarantined {
        document: change.document,
        hash: change.hash,
        device: change.author,
        code: refusal.code().to_owned(),
        because_of: refusal.because_of,
        // Of an erased document nothing is kept.
        bytes: change.bytes.filter(|_| refusal.code != RefusalCode::Purged).unwrap_or_default(),
        at,
        replaced_by: None,
    }
}

/// The heads at the feed position, of the documents that a stretch of the feed touches.
#[derive(Default)]
struct FeedHeads(BTreeMap<DocumentId, Heads>);

struct Heads {
    generation: u32,
    before: Vec<ChangeHash>,
    after: Vec<ChangeHash>,
}

impl FeedHeads {
    fn advance(
        &mut self,
        port: &dyn NodePort,
        document: &DocumentId,
        generation: u32,
        deps: &[ChangeHash],
        hash: &ChangeHash,
    ) -> PortResult<()> {
        if !self.0.contains_key(document) {
            let before = port.feed_heads(document)?;
            let after = before.clone();
            self.0.insert(*document, Heads { generation, before, after });
        }
        if let Some(heads) = self.0.get_mut(document) {
            heads.after = digest::advance(&heads.after, deps, hash);
        }
        Ok(())
    }

    fn write(self, port: &mut dyn NodePort, sum: &mut Digest) -> PortResult<()> {
        for (document, Heads { generation, before, after }) in self.0 {
            digest::replace(sum, &document, generation, &before, &after);
            port.put_feed_heads(&document, &after)?;
        }
        Ok(())
    }
}
