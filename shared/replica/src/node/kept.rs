//! Changes that were kept aside, for people: what each said, why it was refused, what became of the
//! edits after it.

use std::collections::BTreeMap;

use wardbook_base::{ChangeHash, DocumentId, Timestamp};
use wardbook_record::{HistoryEntry, Lang, path_label, path_value, read_change};
use wardbook_store::{KeptAside, Tx};
use wardbook_sync::RefusalCode;

use crate::commit::elsewhere;
use crate::error::{EditError, ReplicaError, pair};
use crate::hub::LateField;
use crate::hub::late::{self, LateValues};
use crate::replica::Replica;
use crate::viewer::Viewer;

/// Changes that a page shows at most.
const SHOWN_MAX: usize = 200;

/// One change that was refused and is kept, with all it said.
#[derive(Debug, Clone)]
pub struct KeptChange {
    /// The record it was meant for.
    pub document: DocumentId,
    /// Names it.
    pub hash: ChangeHash,
    /// The person's name, when the record is still here.
    pub full_name: String,
    /// The stable code of the reason.
    pub code: String,
    /// Why, in one sentence.
    pub reason: String,
    /// When it was kept aside.
    pub at: Timestamp,
    /// When its author made it, by that machine's clock.
    pub written_at: Option<Timestamp>,
    /// It was written on this machine.
    pub own: bool,
    /// What it said: field, value. Empty when reading it is not safe.
    pub content: Vec<KeptValue>,
    /// Later edits that built on it and were written anew.
    pub later_kept: u64,
    /// When somebody looked at it and put it away.
    pub seen_at: Option<Timestamp>,
    /// For a late edit of the ward before: each place with both values, to take over or not.
    pub late: Vec<LateField>,
    /// The heads of the record against which these were read.
    pub heads: Vec<ChangeHash>,
}

/// One value of a change that was kept aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptValue {
    /// The field's name for people.
    pub label: String,
    /// The value it put; empty when it emptied the field.
    pub value: String,
}

impl Replica {
    /// The refused changes, newest first. Those that were written anew are no refusals; those that
    /// fell with another are told with it, unless they could not be written anew.
    ///
    /// # Errors
    /// When the viewer may not read, or the store fails.
    pub fn kept_changes(&self, viewer: &Viewer) -> Result<Vec<KeptChange>, ReplicaError> {
        viewer.must_read()?;
        if !viewer.access().reads_all() {
            // What was refused may be of any person and any field.
            return Ok(Vec::new());
        }
        self.inner.store.read(|tx| {
            let all = tx.kept_aside(usize::MAX)?;
            let mut later: BTreeMap<(DocumentId, ChangeHash), u64> = BTreeMap::new();
            for KeptAside { item, .. } in &all {
                if let (Some(root), Some(_)) = (item.because_of, item.replaced_by) {
                    *later.entry((item.document, root)).or_default() += 1;
                }
            }
            let own = tx.membership()?.map(|member| member.device).unwrap_or_default();
            let mut shown = Vec::new();
            for kept in all.iter().filter(|kept| is_open(kept)).take(SHOWN_MAX) {
                let item = &kept.item;
                let entry = content(tx, kept, item.device == own)?;
                let late = late(tx, kept, viewer.lang)?;
                shown.push(KeptChange {
                    document: item.document,
                    hash: item.hash,
                    full_name: name(tx, &item.document)?,
                    code: item.code.clone(),
                    reason: reason(&item.code, viewer.lang),
                    at: item.at,
                    written_at: entry.as_ref().map(|entry| entry.time),
                    own: item.device == own,
                    content: entry.map(|entry| values(entry, viewer.lang)).unwrap_or_default(),
                    later_kept: later.get(&(item.document, item.hash)).copied().unwrap_or(0),
                    seen_at: kept.seen_at,
                    heads: late.as_ref().map(|late| late.heads.clone()).unwrap_or_default(),
                    late: late.map(|late| late.fields).unwrap_or_default(),
                });
            }
            Ok(shown)
        })
    }

    /// Puts a refused change away: somebody has looked at it. It stays kept.
    ///
    /// # Errors
    /// When the viewer may not edit, there is no such change, or the store fails.
    pub fn dismiss_kept(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        hash: &ChangeHash,
    ) -> Result<(), EditError> {
        viewer.must_edit()?;
        let now = self.now();
        self.inner.store.write(|tx| {
            if tx.quarantined(document, hash)?.is_none() {
                return Err(EditError::NotFound);
            }
            tx.put_kept_seen(document, hash, now)?;
            self.log_in(tx, viewer, "kept_seen", Some(*document), &hash.to_string())?;
            Ok(())
        })
    }
}

/// Whether it is a refusal that people should know of.
fn is_open(kept: &KeptAside) -> bool {
    kept.item.replaced_by.is_none() && kept.item.code != late::ACCEPTED
}

/// Both values of a late edit, where this ward keeps the record and may take it over.
fn late(tx: &dyn Tx, kept: &KeptAside, lang: Lang) -> Result<Option<LateValues>, ReplicaError> {
    let item = &kept.item;
    if item.code != late::LATE || elsewhere(tx, &item.document)?.is_some() {
        return Ok(None);
    }
    late::values(tx, &item.document, &item.hash, lang)
}

fn name(tx: &dyn Tx, document: &DocumentId) -> Result<String, ReplicaError> {
    Ok(tx.person_row(document)?.map(|row| row.facts.full_name).unwrap_or_default())
}

/// What a change said. Bytes of others that are not in the one strict form, or that would destroy a
/// document, are not decoded.
fn content(tx: &dyn Tx, kept: &KeptAside, own: bool) -> Result<Option<HistoryEntry>, ReplicaError> {
    let item = &kept.item;
    let is_unsafe = !own && item.code == RefusalCode::Unsafe.as_str();
    if is_unsafe || wardbook_sync::check::read_change(&item.document, &item.bytes).is_err() {
        return Ok(None);
    }
    let mut before: Vec<Vec<u8>> =
        tx.changes_of(&item.document)?.into_iter().map(|change| change.bytes).collect();
    // It may build on others that were kept aside: only the places inside rows need them.
    let mut open = vec![item.bytes.clone()];
    let mut aside = Vec::new();
    while let Some(bytes) = open.pop() {
        let Ok(read) = wardbook_sync::check::read_change(&item.document, &bytes) else { continue };
        for dep in read.meta.deps {
            if let Some(found) = tx.quarantined(&item.document, &dep)?
                && aside.len() < SHOWN_MAX
            {
                aside.push(found.bytes.clone());
                open.push(found.bytes);
            }
        }
    }
    before.extend(aside.into_iter().rev());
    Ok(read_change(before.iter().map(Vec::as_slice), &item.bytes))
}

fn values(entry: HistoryEntry, lang: Lang) -> Vec<KeptValue> {
    let edits = entry.edits.into_iter();
    edits
        .map(|(path, _, new)| KeptValue {
            label: path_label(&path, lang),
            value: path_value(&path, new.as_ref(), lang),
        })
        .collect()
}

fn reason(code: &str, lang: Lang) -> String {
    match RefusalCode::parse(code) {
        Some(code) => pair(lang, code.vietnamese(), code.english()),
        None if code == "superseded" => pair(
            lang,
            "Thay đổi này được viết trên bản dữ liệu cũ và chưa ghi lại được; hãy nhập lại nội dung bên dưới nếu còn cần.",
            "This change was written on an older copy of the data and could not be written anew; enter it again if it is still needed.",
        ),
        None => match lang {
            Lang::Vi => format!(
                "Thành phố không nhận thay đổi này (mã {code}); hãy báo mã này cho thành phố."
            ),
            Lang::En => {
                format!("The city did not take this change (code {code}); tell the city the code.")
            }
        },
    }
}
