//! Compares a device's documents with the hub's, when the digests differ or the feed is another.

use std::collections::BTreeMap;

use wardbook_base::{DocumentId, WardId};

use super::{Context, HubError, custody, ward_feed};
use crate::RejectCode;
use crate::digest::{self, BUCKET_BYTES, BUCKETS};
use crate::message::{Compared, Detail, Difference, Differences, DocumentList};
use crate::ports::{DeviceRecord, DocumentState, HubPort, PortResult};

/// Custody words in one answer: with more of them it could hold too many CBOR items.
const WORDS_MAX: usize = 2_000;

/// The answer to a detail, at the newest position of the ward's feed.
pub(super) fn answer(
    port: &dyn HubPort,
    device: &DeviceRecord,
    detail: &Detail,
    ctx: &Context<'_>,
) -> Result<Compared, HubError> {
    let mut documents = port.documents_in_scope(&device.ward)?;
    documents.retain(|state| !state.heads.is_empty());
    match detail {
        Detail::Buckets(theirs) => differing_buckets(&documents, theirs).map(Compared::Buckets),
        Detail::List(list) => {
            let ward = ward_feed(port, &device.ward)?;
            Ok(Compared::List(Differences {
                at: ward.position,
                digest: ward.digest,
                documents: differences(port, &device.ward, &documents, list, ctx)?,
                token: ctx.tokens.feed(&device.ward, &ward.position),
            }))
        }
    }
}

fn differing_buckets(documents: &[DocumentState], theirs: &[u8]) -> Result<u64, HubError> {
    if theirs.len() != BUCKETS * BUCKET_BYTES {
        return Err(RejectCode::Malformed.into());
    }
    let ours = digest::bucket_sums(
        documents.iter().map(|state| (&state.id, state.generation, state.heads.as_slice())),
    );
    let pairs = ours.chunks(BUCKET_BYTES).zip(theirs.chunks(BUCKET_BYTES));
    let differ = pairs.enumerate().filter(|(_, (ours, theirs))| ours != theirs);
    Ok(differ.fold(0, |mask, (bucket, _)| mask | 1 << bucket))
}

fn differences(
    port: &dyn HubPort,
    ward: &WardId,
    documents: &[DocumentState],
    list: &DocumentList,
    ctx: &Context<'_>,
) -> Result<Vec<Difference>, HubError> {
    let mut theirs = entries(list)?;
    let mut found = Vec::new();
    let mut told = 0;
    for state in documents.iter().filter(|state| digest::in_buckets(&state.id, list.buckets)) {
        let writes = state.ward == *ward;
        let ours = digest::listed_leaf(&state.id, state.generation, &state.heads, writes);
        if theirs.remove(&digest::key(&state.id)) != Some(ours) {
            let mut words = None;
            if told < WORDS_MAX {
                words = custody::words_for(port, ctx.tokens, ward, &state.id)?;
                told += words.as_ref().map_or(0, Vec::len);
            }
            found.push(Difference { words, ..held(state, ward) });
        }
    }
    for key in theirs.into_keys() {
        found.push(not_in_scope(port, ward, key)?);
    }
    Ok(found)
}

fn entries(list: &DocumentList) -> Result<BTreeMap<[u8; 8], [u8; 8]>, HubError> {
    let (entries, rest) = list.entries.as_chunks::<16>();
    if !rest.is_empty() {
        return Err(RejectCode::Malformed.into());
    }
    let halves = entries.iter().map(|entry| {
        let (mut key, mut leaf) = ([0; 8], [0; 8]);
        key.copy_from_slice(&entry[..8]);
        leaf.copy_from_slice(&entry[8..]);
        (key, leaf)
    });
    Ok(halves.collect())
}

fn held(state: &DocumentState, ward: &WardId) -> Difference {
    Difference {
        key: digest::key(&state.id),
        document: Some(state.id),
        heads: state.heads.clone(),
        generation: state.generation,
        custody_version: state.custody_version,
        custodian: (state.ward != *ward).then(|| state.ward.clone()),
        words: None,
    }
}

/// What the hub says of a document that the device lists and that is not in its ward's scope: it
/// left the scope, or the hub does not know (any more) that the ward ever had it.
fn not_in_scope(port: &dyn HubPort, ward: &WardId, key: [u8; 8]) -> PortResult<Difference> {
    let mut document = None;
    for id in port.documents_by_key(&key)? {
        if port.custody(&id)?.iter().any(|entry| entry.ward == *ward) {
            document = Some(id);
        }
    }
    Ok(Difference {
        key,
        document,
        heads: Vec::new(),
        generation: 0,
        custody_version: 0,
        custodian: None,
        words: None,
    })
}

/// The documents of an answer that left the ward's scope: its device has jumped over the items of
/// the feed that said so.
pub(super) fn departed(compared: &Compared) -> impl Iterator<Item = DocumentId> {
    let documents = match compared {
        Compared::Buckets(_) => &[][..],
        Compared::List(found) => &found.documents,
    };
    documents.iter().filter(|it| it.heads.is_empty()).filter_map(|it| it.document)
}
