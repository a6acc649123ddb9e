//! Takes changes out of a document, with all that builds on them, and keeps them aside.

use std::collections::{BTreeMap, BTreeSet};

use wardbook_base::{ChangeHash, DeviceId, DocumentId, Timestamp};

use super::UNENROLLED;
use crate::RefusalCode;
use crate::graph;
use crate::ports::{ChangeMeta, NodePort, PortError, PortResult, Quarantined};

/// Why changes are taken out, by change: a code, and the change it fell with.
pub(super) type Reasons = BTreeMap<ChangeHash, Reason>;

/// Why one change is taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) code: String,
    pub(super) because_of: Option<ChangeHash>,
}

impl From<RefusalCode> for Reason {
    fn from(code: RefusalCode) -> Self {
        Self { code: code.as_str().to_owned(), because_of: None }
    }
}

impl Reason {
    /// Why what builds on a change goes with it. Where the reason is the document itself, it is the
    /// same for both.
    fn of_descendant(&self, root: ChangeHash) -> Self {
        let code = match RefusalCode::parse(&self.code) {
            Some(
                code @ (RefusalCode::Superseded
                | RefusalCode::Stranded
                | RefusalCode::LateEdit
                | RefusalCode::NotCustodian
                | RefusalCode::Purged),
            ) => code,
            _ => RefusalCode::RefusedAncestor,
        };
        Self { code: code.as_str().to_owned(), because_of: Some(root) }
    }

    /// Whether the author should write the edit anew. A code of a newer hub is taken as a judgement
    /// of the content.
    fn is_about_place(&self) -> bool {
        RefusalCode::parse(&self.code).is_some_and(RefusalCode::is_about_place)
    }
}

/// Sets changes of one document aside with all that builds on them. Own edits with which nothing
/// is wrong are queued for writing anew, in causal order. How many changes went.
pub(super) fn set_aside(
    port: &mut dyn NodePort,
    document: &DocumentId,
    roots: &Reasons,
    now: Timestamp,
) -> PortResult<u64> {
    let metas = port.change_metas(document)?;
    let gone = graph::descendants(&metas, &roots.keys().copied().collect());
    if gone.is_empty() {
        return Ok(0);
    }
    let device = port.membership()?.map_or(DeviceId::default(), |member| member.device);
    for (hash, reason) in reasons(&metas, &gone, roots) {
        let stored = port.stored_change(document, &hash)?;
        let stored = stored.ok_or_else(|| PortError("a change has no bytes".into()))?;
        let kept = port.quarantined(document, &hash)?;
        // Edits from before enrolment carry no device.
        let own = stored.author == device || stored.author == DeviceId::default();
        let copied = kept.is_some_and(|kept| kept.replaced_by.is_some());
        if own && !copied && reason.is_about_place() {
            port.put_reauthor(document, &hash, true)?;
        }
        port.quarantine(&Quarantined {
            document: *document,
            hash,
            device: stored.author,
            code: reason.code,
            because_of: reason.because_of,
            bytes: stored.bytes,
            at: now,
            replaced_by: None,
        })?;
    }
    take_out(port, document, &metas, &gone)?;
    Ok(gone.len() as u64)
}

/// The reason of each change that goes, in causal order.
fn reasons(
    metas: &[ChangeMeta],
    gone: &[ChangeHash],
    roots: &Reasons,
) -> Vec<(ChangeHash, Reason)> {
    let mut root_of: BTreeMap<ChangeHash, ChangeHash> = BTreeMap::new();
    let deps: BTreeMap<&ChangeHash, &Vec<ChangeHash>> =
        metas.iter().map(|meta| (&meta.hash, &meta.deps)).collect();
    let mut found = Vec::new();
    for hash in gone {
        let mut deps = deps.get(hash).into_iter().copied().flatten();
        let inherited = deps.find_map(|dep| root_of.get(dep)).copied();
        let root = if roots.contains_key(hash) { *hash } else { inherited.unwrap_or(*hash) };
        root_of.insert(*hash, root);
        let reason = match (roots.get(hash), roots.get(&root)) {
            (Some(reason), _) => reason.clone(),
            (None, Some(reason)) => reason.of_descendant(root),
            (None, None) => RefusalCode::RefusedAncestor.into(),
        };
        found.push((*hash, reason));
    }
    found
}

fn take_out(
    port: &mut dyn NodePort,
    document: &DocumentId,
    metas: &[ChangeMeta],
    gone: &[ChangeHash],
) -> PortResult<()> {
    let gone_set: BTreeSet<&ChangeHash> = gone.iter().collect();
    let left = metas.iter().filter(|meta| !gone_set.contains(&meta.hash));
    let Some(mut state) = port.document(document)? else {
        return port.remove_changes(document, gone);
    };
    state.heads = graph::heads(left);
    port.put_document(&state)?;
    port.remove_changes(document, gone)?;
    // A document without changes is no longer here. But whose it is must stay known: what is
    // written anew would make another ward's document this ward's again.
    let own = port.membership()?.is_none_or(|member| member.ward == state.ward);
    if state.heads.is_empty() && !own && state.ward.as_str() != UNENROLLED {
        port.put_document(&state)?;
    }
    Ok(())
}
