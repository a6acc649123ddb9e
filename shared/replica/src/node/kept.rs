//! Changes that were kept aside, for people: what each said, why it was refused, what became of the
//! edits after it.

use std::collections::BTreeMap;

use wardbook_base::{ChangeHash, DocumentId, Timestamp};
use wardbook_record::{HistoryEntry, Lang, path_label, path_value, read_change};
use wardbook_store::{KeptAside, QuarantineFilter, Tx};
use wardbook_sync::RefusalCode;

use crate::commit::elsewhere;
use crate::error::{EditError, ReplicaError, pair};
use crate::hub::late::{self, Decided, LateValues};
use crate::hub::{LateChoice, LateField, refusal_text};
use crate::replica::Replica;
use crate::viewer::Viewer;
use crate::who::{Author, Authors, before_kept};

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
    /// Who wrote it, as far as that is known.
    pub author: Author,
    /// What it said: field, value. Empty when reading it is not safe.
    pub content: Vec<KeptValue>,
    /// Later edits that built on it and were written anew.
    pub later_kept: u64,
    /// When somebody looked at it and put it away, here or, for a late edit, anywhere.
    pub seen_at: Option<Timestamp>,
    /// Who left the record as it is, for a late edit, and when.
    pub left_by: Option<Author>,
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
            let mut authors = Authors::new(tx, self.end(), viewer.lang)?;
            let mut shown = Vec::new();
            for kept in all.iter().filter(|kept| is_open(kept)).take(SHOWN_MAX) {
                let item = &kept.item;
                let decided = decided(tx, kept)?;
                if decided.as_ref().is_some_and(|decided| decided.taken) {
                    continue;
                }
                let left_by = decided.map(|it| it.author(&mut authors)).transpose()?;
                let entry = content(tx, kept, item.device == own)?;
                let late = match &left_by {
                    Some(_) => None,
                    None => late(tx, kept, viewer.lang)?,
                };
                shown.push(KeptChange {
                    document: item.document,
                    hash: item.hash,
                    full_name: name(tx, &item.document)?,
                    code: item.code.clone(),
                    reason: reason(&item.code, viewer.lang),
                    at: item.at,
                    written_at: entry.as_ref().map(|entry| entry.time),
                    own: item.device == own,
                    author: authors.of_kept(item)?,
                    content: entry.map(|entry| values(entry, viewer.lang)).unwrap_or_default(),
                    later_kept: later.get(&(item.document, item.hash)).copied().unwrap_or(0),
                    seen_at: kept.seen_at.or(left_by.as_ref().map(|author| author.at)),
                    left_by,
                    heads: late.as_ref().map(|late| late.heads.clone()).unwrap_or_default(),
                    late: late.map(|late| late.fields).unwrap_or_default(),
                });
            }
            Ok(shown)
        })
    }

    /// Puts a refused change away: somebody has looked at it. It stays kept. A late edit about which
    /// this ward may decide is decided so: the record stays as it is, and says so to all.
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
        let decides = self.inner.store.read(|tx| {
            let kept = tx.quarantined(document, hash)?.ok_or(EditError::NotFound)?;
            Ok::<_, EditError>(kept.code == late::LATE && late_here(tx, document)?)
        })?;
        if decides {
            return self
                .settle_late_edit(viewer, document, hash, &LateChoice::Dismiss)
                .map(drop)
                // The city or another machine of the ward was faster: what counts is that it is done.
                .or_else(|error| match error {
                    EditError::Settled { .. } => Ok(()),
                    error => Err(error),
                });
        }
        self.inner.store.write(|tx| {
            tx.put_kept_seen(document, hash, now)?;
            self.log_in(tx, viewer, "kept_seen", Some(*document), &hash.to_string())?;
            Ok(())
        })
    }
}

/// Closes the late edits about which somebody decided at another end, as the record says: nobody is
/// asked about them here any more, and they are counted no longer.
pub(super) fn close_decided(tx: &mut dyn Tx, now: Timestamp) -> Result<(), ReplicaError> {
    if tx.kept_aside_open()? == 0 {
        return Ok(());
    }
    let late =
        QuarantineFilter { code: Some(late::LATE.to_owned()), ..QuarantineFilter::default() };
    for item in tx.quarantine_rows(&late, 0, u64::MAX)? {
        let loaded = tx.load_document(&item.document)?;
        let decision = loaded.and_then(|loaded| loaded.late_decision(&item.hash));
        if let Some(decision) = decision {
            let code = if decision.taken { late::ACCEPTED } else { late::DISMISSED };
            tx.settle_quarantined(&item.document, &item.hash, code)?;
            tx.put_kept_seen(&item.document, &item.hash, now)?;
        }
    }
    Ok(())
}

/// Whether it is a refusal that people should know of.
fn is_open(kept: &KeptAside) -> bool {
    kept.item.replaced_by.is_none() && kept.item.code != late::ACCEPTED
}

/// Both values of a late edit, where this ward keeps the record and may take it over.
fn late(tx: &dyn Tx, kept: &KeptAside, lang: Lang) -> Result<Option<LateValues>, ReplicaError> {
    let item = &kept.item;
    if item.code != late::LATE || !late_here(tx, &item.document)? {
        return Ok(None);
    }
    late::values(tx, &item.document, &item.hash, lang)
}

/// Whether this ward keeps the record, and so may decide.
fn late_here(tx: &dyn Tx, document: &DocumentId) -> Result<bool, ReplicaError> {
    Ok(tx.document(document)?.is_some() && elsewhere(tx, document)?.is_none())
}

/// What the record says was decided about a late edit, by whom.
fn decided(tx: &dyn Tx, kept: &KeptAside) -> Result<Option<Decided>, ReplicaError> {
    let item = &kept.item;
    if ![late::LATE, late::DISMISSED].contains(&item.code.as_str()) {
        return Ok(None);
    }
    let Some(loaded) = tx.load_document(&item.document)? else { return Ok(None) };
    late::decision(tx, &loaded, &item.hash)
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
    let before = before_kept(tx, item)?;
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
        None if code == late::DISMISSED => refusal_text(code, lang),
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
