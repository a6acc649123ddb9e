//! What came from the wards and is not in their records: kept aside, or waiting for its ancestors.

use wardbook_base::{ChangeHash, DeviceId, DocumentId, Timestamp, WardId};
use wardbook_record::Lang;
use wardbook_store::{QuarantineFilter, Tx};
use wardbook_sync::check::RefusalCode;
use wardbook_sync::ports::{Log, Parked, Quarantined};

use super::events::Names;
use super::late::{self, Decided};
use crate::error::{HubError, pair};
use crate::replica::Replica;
use crate::viewer::Viewer;
use crate::who::Authors;

/// A change that waits longer than this for what it builds on is reported, in milliseconds.
pub(super) const PARKED_LATE_MS: i64 = 24 * 3600 * 1000;

/// A change that was kept aside.
#[derive(Debug, Clone, serde::Serialize)]
pub struct AsideView {
    /// The record it was meant for.
    pub document: DocumentId,
    /// The change.
    pub hash: ChangeHash,
    /// The person's name, when this hub has the record.
    pub full_name: String,
    /// Who sent it.
    pub device: DeviceId,
    /// What people call that machine.
    pub device_name: String,
    /// Who wrote it, as far as that is known.
    pub user_name: String,
    /// Its ward.
    pub ward: Option<WardId>,
    /// The ward's name.
    pub ward_name: String,
    /// Why: a stable code.
    pub code: String,
    /// The same in words.
    pub text: String,
    /// The refused change it fell with.
    pub because_of: Option<ChangeHash>,
    /// The change by which its author's edit was written anew.
    pub replaced_by: Option<ChangeHash>,
    /// When it was kept aside.
    pub at: Timestamp,
    /// Who decided about it, for a late edit.
    pub decided_by: String,
    /// When that was.
    pub decided_at: Option<Timestamp>,
}

/// A change that waits for what it builds on.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ParkedView {
    /// The record.
    pub document: DocumentId,
    /// The change.
    pub hash: ChangeHash,
    /// Who sent it.
    pub device: DeviceId,
    /// What people call that machine.
    pub device_name: String,
    /// Who wrote it, as far as that is known.
    pub user_name: String,
    /// Its ward.
    pub ward: Option<WardId>,
    /// The ward's name.
    pub ward_name: String,
    /// Since when it waits.
    pub at: Timestamp,
    /// Whether it waits for more than a day.
    pub late: bool,
}

impl Replica {
    /// What was kept aside, newest first: of one ward's machines, or of all.
    pub fn kept_aside(
        &self,
        viewer: &Viewer,
        ward: Option<&WardId>,
        limit: usize,
    ) -> Result<Vec<AsideView>, HubError> {
        viewer.must_read()?;
        let filter = QuarantineFilter { ward: ward.cloned(), ..QuarantineFilter::default() };
        self.inner.store.read(|tx| {
            let names = Names::of(tx, viewer.lang)?;
            let mut authors = Authors::new(tx, self.end(), viewer.lang)?;
            let mut views = Vec::new();
            for item in tx.quarantine_rows(&filter, 0, limit as u64)? {
                let (device_name, ward) = names.device(&item.device);
                let whole = Log::quarantined(tx, &item.document, &item.hash)?;
                let author = whole.map(|whole| authors.of_kept(&whole)).transpose()?;
                let decided = decided(tx, &item)?;
                let code = match &decided {
                    Some(decided) if decided.taken => late::ACCEPTED.to_owned(),
                    Some(_) => late::DISMISSED.to_owned(),
                    None => item.code,
                };
                let settled_by = decided.map(|it| it.author(&mut authors)).transpose()?;
                let row = tx.person_row(&item.document)?;
                views.push(AsideView {
                    document: item.document,
                    hash: item.hash,
                    full_name: row.map_or(String::new(), |row| row.facts.full_name),
                    device: item.device,
                    device_name,
                    user_name: author.map(|author| author.user_name).unwrap_or_default(),
                    ward_name: ward.as_ref().map(|ward| names.ward(ward)).unwrap_or_default(),
                    ward,
                    text: refusal_text(&code, viewer.lang),
                    code,
                    because_of: item.because_of,
                    replaced_by: item.replaced_by,
                    at: item.at,
                    decided_at: settled_by.as_ref().map(|author| author.at),
                    decided_by: settled_by.map(|author| author.line()).unwrap_or_default(),
                });
            }
            Ok(views)
        })
    }

    /// What waits for its ancestors, oldest first.
    pub fn parked(
        &self,
        viewer: &Viewer,
        ward: Option<&WardId>,
    ) -> Result<Vec<ParkedView>, HubError> {
        viewer.must_read()?;
        let now = self.now();
        self.inner.store.read(|tx| {
            let names = Names::of(tx, viewer.lang)?;
            let mut authors = Authors::new(tx, self.end(), viewer.lang)?;
            let mut all = parked_views(tx, &names, &mut authors, now)?;
            all.retain(|parked| ward.is_none() || parked.ward.as_ref() == ward);
            Ok(all)
        })
    }
}

pub(super) fn parked_views(
    tx: &dyn Tx,
    names: &Names,
    authors: &mut Authors<'_>,
    now: Timestamp,
) -> Result<Vec<ParkedView>, HubError> {
    let mut all = Vec::new();
    for parked in tx.parked_changes()? {
        let (device_name, ward) = names.device(&parked.device);
        all.push(ParkedView {
            document: parked.document,
            hash: parked.hash,
            device: parked.device,
            device_name,
            user_name: authors.of_kept(&as_kept(&parked))?.user_name,
            ward_name: ward.as_ref().map(|ward| names.ward(ward)).unwrap_or_default(),
            ward,
            at: parked.at,
            late: now.0 - parked.at.0 > PARKED_LATE_MS,
        });
    }
    all.sort_by_key(|parked| parked.at);
    Ok(all)
}

/// What waits is read like what is kept aside.
fn as_kept(parked: &Parked) -> Quarantined {
    Quarantined {
        document: parked.document,
        hash: parked.hash,
        device: parked.device,
        code: String::new(),
        because_of: None,
        bytes: parked.bytes.clone(),
        at: parked.at,
        replaced_by: None,
    }
}

/// What the record says was decided about a late edit.
fn decided(tx: &dyn Tx, item: &Quarantined) -> Result<Option<Decided>, HubError> {
    if ![late::LATE, late::ACCEPTED, late::DISMISSED].contains(&item.code.as_str()) {
        return Ok(None);
    }
    let Some(loaded) = tx.load_document(&item.document)? else { return Ok(None) };
    Ok(late::decision(tx, &loaded, &item.hash)?)
}

/// The sentence of a code under which a change is kept aside.
pub fn refusal_text(code: &str, lang: Lang) -> String {
    if let Some(known) = RefusalCode::parse(code) {
        return pair(lang, known.vietnamese(), known.english());
    }
    let (vi, en) = match code {
        "superseded" => (
            "Bản gốc của một thay đổi đã được ghi lại sau khi khôi phục dữ liệu; nội dung không mất.",
            "The original of a change that was written anew after a restore; nothing is lost.",
        ),
        "late_edit" => (
            "Phường cũ đã sửa trước khi biết hồ sơ chuyển đi; cần người xem và quyết định.",
            "The former ward edited before it could know of the transfer; a person must decide.",
        ),
        late::ACCEPTED => (
            "Sửa muộn của phường cũ đã được chấp nhận.",
            "A late edit of the former ward that was accepted.",
        ),
        late::DISMISSED => (
            "Sửa muộn của phường cũ đã được bỏ qua.",
            "A late edit of the former ward that was dismissed.",
        ),
        "purged" => (
            "Hồ sơ này đã bị xóa vĩnh viễn; nội dung gửi lên không được giữ lại.",
            "This record was erased for good; what was sent of it is not kept.",
        ),
        "unsafe_change" => (
            "Thay đổi này sẽ làm hỏng hồ sơ nên không được nhận; hãy báo quản trị thành phố.",
            "This change would have damaged the record and was not taken; tell the city's admin.",
        ),
        _ => ("", ""),
    };
    match lang {
        Lang::Vi if vi.is_empty() => format!("Không nhận (mã {code})."),
        Lang::En if en.is_empty() => format!("Not taken (code {code})."),
        Lang::Vi => vi.to_owned(),
        Lang::En => en.to_owned(),
    }
}
