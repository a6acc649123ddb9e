//! What a node does when a document comes into its ward's scope, is released, or must be forgotten.
//!
//! The feed says it, in order; what the node has taken in it notes in its push log, so that the
//! hub knows what it knew when it wrote what follows. An own edit or file that the hub has not got yet
//! is never given up with a document that merely moved: it is sent first.

use std::collections::BTreeSet;

use wardbook_base::{ChangeHash, DocumentId, Lseq, Timestamp};

use super::intake::Intake;
use super::{Arrived, NodeError, heal};
use crate::RefusalCode;
use crate::chain;
use crate::check::item_hash;
use crate::digest;
use crate::message::{CustodyWord, Forget, ForgetReason, Grant, Notice, Release, Review};
use crate::ports::{DocumentState, LocalRow, NodePort, PortResult, Quarantined, Tombstone};

/// The document is the ward's to read, and to write when it names no custodian.
pub(super) fn grant(intake: &mut Intake<'_>, grant: Grant) -> Result<(), NodeError> {
    for word in grant.words.iter().flatten() {
        keep_word(intake.port, &grant.document, Some(word))?;
    }
    if grant.gone == Some(true) {
        return Ok(());
    }
    let document = grant.document;
    if let Some(grave) = intake.port.tombstone(&document)? {
        // A hub that was put back to before the purge: it must be purged there again.
        if grave.reason == ForgetReason::Purged {
            return Ok(());
        }
        intake.port.remove_tombstone(&document)?;
    }
    stop_forgetting(intake.port, &document)?;
    intake.take(grant.changes.into_iter().map(Arrived::from).collect())?;
    let own = intake.membership.ward.clone();
    let state = DocumentState {
        id: document,
        ward: grant.custodian.unwrap_or(own),
        custody_version: grant.custody_version,
        generation: grant.generation,
        heads: intake.port.document(&document)?.map_or_else(Vec::new, |state| state.heads),
    };
    intake.port.put_document(&state)?;
    feed_heads(intake, &document, grant.generation, &grant.heads)?;
    for head in &grant.heads {
        let here = intake.port.change_meta(&document, head)?.is_some()
            || intake.port.is_quarantined(&document, head)?;
        if !here {
            intake.port.put_wanted(&document, true)?;
        }
    }
    intake.outcome.custody.push(document);
    Ok(())
}

/// The document is another ward's now. It stays readable until it is to be forgotten.
pub(super) fn release(intake: &mut Intake<'_>, release: &Release) -> Result<(), NodeError> {
    let document = release.document;
    keep_word(intake.port, &document, release.word.as_ref())?;
    if heal::holds_lost_changes(intake.port, &document)? {
        intake.port.put_returning(&document, true)?;
    }
    feed_heads(intake, &document, release.generation, &[])?;
    if let Some(mut state) = intake.port.document(&document)? {
        state.ward.clone_from(&release.custodian);
        state.custody_version = release.custody_version;
        intake.port.put_document(&state)?;
        intake.outcome.custody.push(document);
    }
    intake.port.put_wanted(&document, false)?;
    let item =
        chain::custody_hash(release.custody_version, chain::RELEASED, release.custodian.as_str());
    append(intake.port, Some(Notice::Released), &document, &item, intake.now)?;
    Ok(())
}

/// The document must not be here any more.
pub(super) fn forget(intake: &mut Intake<'_>, forget: &Forget) -> Result<(), NodeError> {
    let document = forget.document;
    keep_word(intake.port, &document, forget.word.as_ref())?;
    feed_heads(intake, &document, forget.generation, &[])?;
    intake.port.put_wanted(&document, false)?;
    let grave = Tombstone {
        document,
        generation: forget.generation,
        reason: forget.reason,
        at: intake.now,
    };
    let item = chain::custody_hash(forget.custody_version, forget.reason as u8, "");
    // Taking the feed in adds nothing to what is owed, so one look is enough for a whole answer.
    let owed = match intake.owed.take() {
        Some(owed) => owed,
        None => owed(intake.port)?,
    };
    let waits = forget.reason == ForgetReason::Moved && owed.contains(&document);
    intake.owed = Some(owed);
    if waits {
        intake.port.put_forgetting(&grave, &item, true)?;
        return Ok(());
    }
    bury(intake.port, &grave, &item, intake.now)?;
    intake.outcome.forgotten.push(document);
    Ok(())
}

/// A late edit of the ward before is kept beside the document, for this ward to decide.
pub(super) fn review(intake: &mut Intake<'_>, review: Review) -> Result<(), NodeError> {
    if review.change.is_empty() || intake.port.document(&review.document)?.is_none() {
        return Ok(());
    }
    if item_hash(&review.change) != review.hash {
        return Err(NodeError::BadAnswer("a late edit is not the one it is said to be"));
    }
    intake.port.quarantine(&Quarantined {
        document: review.document,
        hash: review.hash,
        device: review.author,
        code: RefusalCode::LateEdit.as_str().to_owned(),
        because_of: None,
        bytes: review.change,
        at: intake.now,
        replaced_by: None,
    })?;
    intake.outcome.custody.push(review.document);
    Ok(())
}

/// Keeps the hub's word: should it lose the decision, it is shown it.
fn keep_word(
    port: &mut dyn NodePort,
    document: &DocumentId,
    word: Option<&CustodyWord>,
) -> PortResult<()> {
    word.map_or(Ok(()), |word| port.put_custody_word(document, word))
}

/// Forgets the documents that waited for their last own edits and files to reach the hub. Which.
pub(super) fn finish_forgetting(
    port: &mut dyn NodePort,
    now: Timestamp,
) -> PortResult<Vec<DocumentId>> {
    let mut forgotten = Vec::new();
    let waiting = port.forgetting()?;
    if waiting.is_empty() {
        return Ok(forgotten);
    }
    let owed = owed(port)?;
    for (grave, item) in waiting {
        if !owed.contains(&grave.document) {
            bury(port, &grave, &item, now)?;
            forgotten.push(grave.document);
        }
    }
    Ok(forgotten)
}

/// The notices that a new push log must repeat: of releases that are in force and not followed by
/// a forget, and receipts that the hub has not acknowledged.
pub(super) fn carried(port: &dyn NodePort) -> PortResult<Vec<LocalRow>> {
    let Some(membership) = port.membership()? else { return Ok(Vec::new()) };
    let (acked, _) = port.acked()?;
    let mut carried: Vec<LocalRow> = Vec::new();
    for row in port.local_rows(Lseq(0), usize::MAX)? {
        let keep = match row.notice {
            None => false,
            Some(Notice::Forgotten) => row.lseq > acked,
            // Also of a document that never was here: the hub waits for the word all the same.
            Some(Notice::Released) => match port.document(&row.document)? {
                Some(state) => state.ward != membership.ward,
                None => port.tombstone(&row.document)?.is_none(),
            },
        };
        if keep {
            // Of several releases of a document only the last is in force.
            carried.retain(|old| old.document != row.document || old.notice != row.notice);
            carried.push(row);
        }
    }
    Ok(carried)
}

/// Appends a change to the push log, in front of the notice that its document is released: for an
/// edit that was made before that notice and is only written anew. Once the hub has acknowledged
/// something of this log, nothing in it may move any more, and the change goes to its end.
pub(super) fn append_before_notice(
    port: &mut dyn NodePort,
    document: &DocumentId,
    hash: &ChangeHash,
    now: Timestamp,
) -> PortResult<()> {
    let noticed = match port.acked()?.0 {
        Lseq(0) => port
            .local_rows(Lseq(0), usize::MAX)?
            .into_iter()
            .find(|row| row.document == *document && row.notice == Some(Notice::Released)),
        _ => None,
    };
    let behind = match noticed {
        Some(row) => port.truncate_local(Lseq(row.lseq.0 - 1))?,
        None => Vec::new(),
    };
    append(port, None, document, hash, now)?;
    for row in behind {
        append(port, row.notice, &row.document, &row.hash, row.at)?;
    }
    Ok(())
}

/// Appends one position to the push log.
pub(super) fn append(
    port: &mut dyn NodePort,
    notice: Option<Notice>,
    document: &DocumentId,
    hash: &ChangeHash,
    at: Timestamp,
) -> PortResult<Lseq> {
    let (head, chain) = port.push_head()?;
    let kind = chain::pushed_kind(notice);
    let lseq = head.next();
    port.append_local(&LocalRow {
        notice,
        lseq,
        chain: chain::next(&chain, kind, document, 0, hash),
        document: *document,
        hash: *hash,
        at,
    })?;
    Ok(lseq)
}

/// Sets a document's heads at the feed position and moves the digest.
fn feed_heads(
    intake: &mut Intake<'_>,
    document: &DocumentId,
    generation: u32,
    heads: &[ChangeHash],
) -> PortResult<()> {
    let before = intake.port.feed_heads(document)?;
    digest::replace(&mut intake.digest, document, generation, &before, heads);
    intake.port.put_feed_heads(document, heads)
}

/// The documents of which the hub has not got all own edits and files.
pub(super) fn owed(port: &dyn NodePort) -> PortResult<BTreeSet<DocumentId>> {
    let mut owed = edits_owed(port)?;
    owed.extend(port.files_owed()?);
    Ok(owed)
}

/// The documents of which the hub has not got all own edits: not acknowledged yet, or waiting to be
/// written anew.
///
/// # Errors
/// When the store fails.
pub fn edits_owed(port: &dyn NodePort) -> PortResult<BTreeSet<DocumentId>> {
    let (acked, _) = port.acked()?;
    let unsent = port.local_rows(acked, usize::MAX)?.into_iter();
    let mut owed: BTreeSet<DocumentId> =
        unsent.filter(|row| row.notice.is_none()).map(|row| row.document).collect();
    owed.extend(port.returning()?);
    owed.extend(port.orphans()?.into_iter().map(|(document, _)| document));
    owed.extend(port.to_reauthor()?.into_iter().map(|(document, _)| document));
    Ok(owed)
}

/// Removes a document and says so in the push log.
fn bury(
    port: &mut dyn NodePort,
    grave: &Tombstone,
    item: &ChangeHash,
    now: Timestamp,
) -> PortResult<()> {
    let document = grave.document;
    for (of, hash) in port.orphans()? {
        if of == document {
            port.put_orphan(&of, &hash, false)?;
        }
    }
    for (of, hash) in port.to_reauthor()? {
        if of == document {
            port.put_reauthor(&of, &hash, false)?;
        }
    }
    port.put_returning(&document, false)?;
    stop_forgetting(port, &document)?;
    port.forget_document(grave)?;
    append(port, Some(Notice::Forgotten), &document, item, now)?;
    Ok(())
}

pub(super) fn stop_forgetting(port: &mut dyn NodePort, document: &DocumentId) -> PortResult<()> {
    for (grave, item) in port.forgetting()? {
        if grave.document == *document {
            port.put_forgetting(&grave, &item, false)?;
        }
    }
    Ok(())
}
