//! The scrub: goes through everything that is stored, again and again, and says what does not fit.
//!
//! Of each document it opens every change and compares its hash with its bytes, replays all changes
//! from the first, puts the document together from snapshot and tail, and compares both with each
//! other and with the heads that stand in the database. At the end of a pass it adds up the digests
//! of the feeds anew. It only looks: a finding is written down, nothing is repaired or removed.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::params;
use sha2::{Digest as _, Sha256};
use wardbook_base::{ChangeHash, DocumentId, Timestamp};
use wardbook_record::Document;
use wardbook_sync::digest;
use wardbook_sync::message::Digest;
use wardbook_sync::ports::{DocumentState, HubPort, Log as _, NodePort, StoredChange};

use crate::config::Role;
use crate::error::StoreError;
use crate::hub_admin::HubAdmin as _;
use crate::jobs::Job;
use crate::rows::time;
use crate::store::Store;
use crate::tx::SqlTx;

const JOB: &str = "scrub";
/// Magic and checksum before what a change's hash is made of.
const HASHED_FROM: usize = 8;

/// What a scrub found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A document's id, `ward:<id>` for a feed at the hub, `feed` for a node's copy of it.
    pub subject: String,
    /// A stable code: `unreadable`, `key_missing`, `hash`, `heads`, `replay`, `panic`, `digest`.
    pub code: String,
    /// What was found, in English, without personal data.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}

/// What a step of the scrub did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScrubReport {
    /// Documents looked at.
    pub documents: u64,
    /// What is wrong with them, and at the end of a pass with the digests.
    pub findings: Vec<Finding>,
    /// True when the pass came to its end.
    pub finished: bool,
}

/// Where the scrub stands: for status pages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScrubStatus {
    /// When the last full pass ended.
    pub last_pass: Option<Timestamp>,
    /// Documents in that one.
    pub documents: u64,
    /// Documents seen in the pass under way.
    pub seen: u64,
    /// What was found and has not been found right since, the newest first.
    pub findings: Vec<Finding>,
}

impl Store {
    /// Looks at the next `limit` documents. Reading happens beside other work; only the results are
    /// written. Call it again until the report says `finished`.
    ///
    /// # Errors
    /// When the database does not answer. What is wrong with documents is no error.
    pub fn scrub_step(&self, limit: usize) -> Result<ScrubReport, StoreError> {
        let shared = &self.inner.shared;
        let now = shared.clock.now();
        let job: Job = self.inner.readers.read_sql(shared, |tx| tx.job(JOB))?;
        let documents =
            self.inner.readers.read_sql(shared, |tx| tx.documents_after(job.cursor, limit))?;
        let finished = documents.len() < limit;
        let mut found = Vec::new();
        for (_, document) in &documents {
            found.extend(self.scrub_document(document)?);
        }
        if finished {
            let role = self.role();
            found.extend(self.inner.readers.read_sql(shared, |tx| tx.check_digests(role))?);
        }
        let findings: Vec<Finding> = found
            .into_iter()
            .map(|(subject, code, detail)| Finding {
                subject,
                code: code.to_owned(),
                detail,
                at: now,
            })
            .collect();
        let last = documents.last().map(|(key, _)| *key).filter(|_| !finished);
        let job = job.after(last, documents.len(), now);
        self.inner.writer.write_sql(shared, |tx| {
            for (_, document) in &documents {
                tx.execute("DELETE FROM scrub_finding WHERE subject = ?1", [document.to_string()])?;
            }
            findings.iter().try_for_each(|finding| tx.put_finding(finding))?;
            if finished {
                // What this pass did not find again is right now, or gone.
                tx.execute("DELETE FROM scrub_finding WHERE at < ?1", [job.started_at.0])?;
            }
            tx.put_job(JOB, &job)
        })?;
        Ok(ScrubReport { documents: documents.len() as u64, findings, finished })
    }

    /// Where the scrub stands.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn scrub_status(&self) -> Result<ScrubStatus, StoreError> {
        self.inner.readers.read_sql(&self.inner.shared, |tx| {
            let job = tx.job(JOB)?;
            let sql = "SELECT subject, code, detail, at FROM scrub_finding
                       ORDER BY at DESC, subject, code";
            let findings = tx.all(sql, [], |row| {
                Ok(Finding {
                    subject: row.get(0)?,
                    code: row.get(1)?,
                    detail: row.get(2)?,
                    at: time(row, 3)?,
                })
            })?;
            let seen = if job.cursor == 0 { 0 } else { job.seen };
            Ok(ScrubStatus { last_pass: job.passed_at, documents: job.passed, seen, findings })
        })
    }

    fn scrub_document(&self, document: &DocumentId) -> Result<Vec<Found>, StoreError> {
        let looked = self.inner.readers.read_sql(&self.inner.shared, |tx| {
            // A hostile document can make automerge panic; that is a finding like any other.
            let looked = catch_unwind(AssertUnwindSafe(|| tx.check_document(document)));
            looked.unwrap_or_else(|_| Ok(vec![("panic", "loading it ends in a panic".to_owned())]))
        });
        let found = match looked {
            Ok(found) => found,
            Err(StoreError::Document { reason, .. } | StoreError::Corrupt(reason)) => {
                vec![("unreadable", reason)]
            }
            Err(error) => return Err(error),
        };
        Ok(found.into_iter().map(|(code, text)| (document.to_string(), code, text)).collect())
    }
}

/// Subject, code, detail.
type Found = (String, &'static str, String);

impl SqlTx<'_> {
    fn check_document(&self, id: &DocumentId) -> Result<Vec<(&'static str, String)>, StoreError> {
        let Some(state) = self.document(id)? else { return Ok(Vec::new()) };
        if state.heads.is_empty() {
            return Ok(Vec::new());
        }
        if !self.has_key(id)? {
            return Ok(vec![("key_missing", "its key is not in keys.db".to_owned())]);
        }
        let changes = self.list_changes(id, 0, i64::MAX)?;
        let mut found = Vec::new();
        let other = changes.iter().find(|change| hash_of(&change.bytes) != change.meta.hash);
        if let Some(change) = other {
            found.push(("hash", format!("the bytes of {} have another hash", change.meta.hash)));
        }
        let mut replayed = Document::new(*id);
        for change in &changes {
            if let Err(error) = replayed.apply(&change.bytes) {
                found.push(("replay", format!("{}: {error}", change.meta.hash)));
                return Ok(found);
            }
        }
        let Some(loaded) = self.put_together(id, i64::MAX)? else {
            found.push(("unreadable", "it is listed and cannot be loaded".to_owned()));
            return Ok(found);
        };
        if newest(&changes) != state.heads {
            found.push(("heads", "its heads are not its newest changes".to_owned()));
        } else if loaded.heads() != state.heads || replayed.heads() != state.heads {
            found
                .push(("heads", "it loads with other heads than stand in the database".to_owned()));
        } else if loaded.read() != replayed.read() {
            found.push((
                "replay",
                "snapshot and tail give other values than all changes".to_owned(),
            ));
        }
        Ok(found)
    }

    /// Adds up the digests of the feeds anew.
    fn check_digests(&self, role: Role) -> Result<Vec<Found>, StoreError> {
        let mut found = Vec::new();
        let mut compare = |subject: String, sum: Digest, kept: Digest| {
            if sum != kept {
                let text = format!("{} documents add up, {} were counted", sum.n, kept.n);
                found.push((subject, "digest", text));
            }
        };
        match role {
            Role::Node => {
                let mut sum = Digest::default();
                for (document, generation, heads) in self.feed_documents()? {
                    digest::replace(&mut sum, &document, generation, &[], &heads);
                }
                compare("feed".to_owned(), sum, self.feed_digest()?);
            }
            Role::Hub => {
                for ward in self.wards()? {
                    let Some(feed) = self.ward_feed(&ward.id)? else { continue };
                    let mut sum = Digest::default();
                    for DocumentState { id, generation, heads, .. } in
                        self.documents_in_scope(&ward.id)?
                    {
                        digest::replace(&mut sum, &id, generation, &[], &heads);
                    }
                    compare(format!("ward:{}", ward.id), sum, feed.digest);
                }
            }
        }
        Ok(found)
    }

    fn put_finding(&self, finding: &Finding) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO scrub_finding (subject, code, detail, at)
                   VALUES (?1, ?2, ?3, ?4)";
        let values = params![finding.subject, finding.code, finding.detail, finding.at.0];
        self.execute(sql, values).map(drop)
    }
}

/// The hash of a raw change: SHA-256 over everything after magic and checksum.
fn hash_of(bytes: &[u8]) -> ChangeHash {
    ChangeHash(Sha256::digest(bytes.get(HASHED_FROM..).unwrap_or_default()).into())
}

/// The changes that no other builds on, sorted.
fn newest(changes: &[StoredChange]) -> Vec<ChangeHash> {
    let built_on: BTreeSet<ChangeHash> =
        changes.iter().flat_map(|change| change.meta.deps.iter().copied()).collect();
    let mut heads: Vec<ChangeHash> = changes
        .iter()
        .map(|change| change.meta.hash)
        .filter(|hash| !built_on.contains(hash))
        .collect();
    heads.sort_unstable();
    heads
}
