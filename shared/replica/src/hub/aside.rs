//! What came from the wards and is not in their records: kept aside, or waiting for its ancestors.

use wardbook_base::{ChangeHash, DeviceId, DocumentId, Timestamp, WardId};
use wardbook_record::Lang;
use wardbook_store::{QuarantineFilter, Tx};
use wardbook_sync::check::RefusalCode;
use wardbook_sync::ports::Parked;

use super::events::Names;
use crate::error::{HubError, pair};
use crate::replica::Replica;
use crate::viewer::Viewer;

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
            let mut views = Vec::new();
            for item in tx.quarantine_rows(&filter, 0, limit as u64)? {
                let (device_name, ward) = names.device(&item.device);
                let row = tx.person_row(&item.document)?;
                views.push(AsideView {
                    document: item.document,
                    hash: item.hash,
                    full_name: row.map_or(String::new(), |row| row.facts.full_name),
                    device: item.device,
                    device_name,
                    ward_name: ward.as_ref().map(|ward| names.ward(ward)).unwrap_or_default(),
                    ward,
                    text: refusal_text(&item.code, viewer.lang),
                    code: item.code,
                    because_of: item.because_of,
                    replaced_by: item.replaced_by,
                    at: item.at,
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
            let mut all = parked_views(tx, &names, now)?;
            all.retain(|parked| ward.is_none() || parked.ward.as_ref() == ward);
            Ok(all)
        })
    }
}

pub(super) fn parked_views(
    tx: &dyn Tx,
    names: &Names,
    now: Timestamp,
) -> Result<Vec<ParkedView>, HubError> {
    let view = |parked: Parked| {
        let (device_name, ward) = names.device(&parked.device);
        ParkedView {
            document: parked.document,
            hash: parked.hash,
            device: parked.device,
            device_name,
            ward_name: ward.as_ref().map(|ward| names.ward(ward)).unwrap_or_default(),
            ward,
            at: parked.at,
            late: now.0 - parked.at.0 > PARKED_LATE_MS,
        }
    };
    let mut all: Vec<ParkedView> = tx.parked_changes()?.into_iter().map(view).collect();
    all.sort_by_key(|parked| parked.at);
    Ok(all)
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
        super::late::ACCEPTED => (
            "Sửa muộn của phường cũ đã được chấp nhận.",
            "A late edit of the former ward that was accepted.",
        ),
        super::late::DISMISSED => (
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
