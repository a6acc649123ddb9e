//! What happened to devices and to the hub, in words without personal data.

use std::collections::BTreeMap;

use wardbook_base::{DeviceId, Timestamp, WardId};
use wardbook_record::Lang;
use wardbook_store::Tx;
use wardbook_sync::ports::{DeviceEvent, DeviceRecord};

use crate::error::{HubError, pair};
use crate::replica::Replica;
use crate::viewer::Viewer;
use crate::who::{unit_name, ward_names};

/// Something that happened to a device, or to the hub itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct EventView {
    /// When.
    pub at: Timestamp,
    /// The device; `None` for the hub.
    pub device: Option<DeviceId>,
    /// What people call it.
    pub device_name: String,
    /// Its ward.
    pub ward: Option<WardId>,
    /// The ward's name.
    pub ward_name: String,
    /// A stable code: `rotated`, `two_places`, `hub_rolled_back`, `reconciled`, ...
    pub code: String,
    /// Facts, such as `reason=restored`.
    pub detail: String,
    /// The sentence for people.
    pub text: String,
}

impl Replica {
    /// The newest events, newest first: of one ward's devices, or of all and of the hub.
    pub fn events(
        &self,
        viewer: &Viewer,
        ward: Option<&WardId>,
        limit: usize,
    ) -> Result<Vec<EventView>, HubError> {
        viewer.must_read()?;
        self.inner.store.read(|tx| {
            let names = Names::of(tx, viewer.lang)?;
            let mut found = Vec::new();
            match ward {
                None => found = tx.device_events(None, limit)?,
                Some(ward) => {
                    for device in tx.devices(Some(ward))? {
                        found.extend(tx.device_events(Some(&device.id), limit)?);
                    }
                    found.sort_by_key(|event| std::cmp::Reverse(event.at));
                    found.truncate(limit);
                }
            }
            Ok(found.into_iter().map(|event| names.event(event, viewer.lang)).collect())
        })
    }
}

/// The names of wards and devices, looked up once for a list.
pub(super) struct Names {
    wards: BTreeMap<WardId, String>,
    devices: BTreeMap<DeviceId, DeviceRecord>,
    hub: String,
}

impl Names {
    pub(super) fn of(tx: &dyn Tx, lang: Lang) -> Result<Self, HubError> {
        let devices = tx.devices(None)?.into_iter().map(|device| (device.id, device)).collect();
        Ok(Self {
            wards: ward_names(tx, crate::End::Hub)?,
            devices,
            hub: pair(lang, "Máy chủ thành phố", "The city's hub"),
        })
    }

    /// A ward's name; that of the register when it is not one of this hub.
    pub(super) fn ward(&self, ward: &WardId) -> String {
        self.wards.get(ward).cloned().unwrap_or_else(|| unit_name(ward))
    }

    /// A device's name and ward; the hub's own for the id of zeros.
    pub(super) fn device(&self, id: &DeviceId) -> (String, Option<WardId>) {
        match self.devices.get(id) {
            Some(device) => (device.name.clone(), Some(device.ward.clone())),
            None if *id == DeviceId::default() => (self.hub.clone(), None),
            None => (String::new(), None),
        }
    }

    pub(super) fn event(&self, event: DeviceEvent, lang: Lang) -> EventView {
        let (device_name, ward) = self.device(&event.device);
        EventView {
            at: event.at,
            device: (event.device != DeviceId::default()).then_some(event.device),
            device_name,
            ward_name: ward.as_ref().map(|ward| self.ward(ward)).unwrap_or_default(),
            ward,
            text: event_text(&event.code, &event.detail, lang),
            code: event.code,
            detail: event.detail,
        }
    }
}

/// The sentence of an event.
pub fn event_text(code: &str, detail: &str, lang: Lang) -> String {
    let reason = fact(detail, "reason");
    let (vi, en) = match (code, reason) {
        ("rotated", "restored") => (
            "Máy này đã khôi phục từ bản sao lưu; chương trình tự lấy lại dữ liệu và gửi lại các thay đổi chưa gửi.",
            "This machine was restored from a backup; the program fetches what is missing and sends again what was not sent.",
        ),
        ("rotated", "witness") => (
            "Dữ liệu trên máy này cũ hơn lần làm việc trước hoặc đã sang máy khác; chương trình tự đối chiếu lại.",
            "The data of this machine is older than it was, or lies on another machine; the program compares again by itself.",
        ),
        ("rotated", "rolled_back") => (
            "Dữ liệu trên máy này bị đưa về bản cũ; chương trình tự lấy lại dữ liệu, không mất thay đổi nào đã gửi.",
            "The data of this machine was put back to an older copy; the program fetches the rest, nothing that was sent is lost.",
        ),
        ("rotated", "cloned") => (
            "Dữ liệu của máy này đã được sao chép và cả hai bản cùng ghi; các thay đổi của cả hai đều được giữ.",
            "The data of this machine was copied and both copies were written to; the changes of both are kept.",
        ),
        ("rotated", _) => (
            "Máy này bắt đầu một sổ gửi mới; chương trình tự đối chiếu lại.",
            "This machine began a new log; the program compares again by itself.",
        ),
        ("two_places", _) => (
            "Một máy đang chạy ở hai nơi với cùng một khóa. Hãy tìm bản thứ hai, thu hồi máy này và ghi danh lại từng máy bằng mã mới.",
            "One device runs in two places with one key. Find the second copy, revoke this device and enrol each machine by a new code.",
        ),
        ("hub_rolled_back", "restored") => (
            "Máy chủ thành phố đã khôi phục từ bản sao lưu; các phường đang đối chiếu và gửi lại phần còn thiếu.",
            "The hub was restored from a backup; the wards compare and give back what is missing.",
        ),
        ("hub_rolled_back", "asked") => (
            "Quản trị viên yêu cầu mọi phường đối chiếu lại toàn bộ dữ liệu.",
            "An administrator asked all wards to compare all they hold.",
        ),
        ("hub_rolled_back", _) => (
            "Máy chủ thành phố nhận ra dữ liệu của mình bị đưa về bản cũ; các phường đang đối chiếu và gửi lại phần còn thiếu.",
            "The hub noticed that its own data was put back to an older copy; the wards compare and give back what is missing.",
        ),
        ("reconciled", _) => (
            "Máy này đã đối chiếu xong và giống với thành phố.",
            "This device has compared all it holds and equals the hub.",
        ),
        ("custody_learnt", _) => (
            "Máy chủ thành phố đã nhận lại quyết định chuyển, cho mượn hoặc xóa hồ sơ mà bản sao lưu chưa có, từ chính các phường.",
            "The hub has learnt again, from the wards, a decision about a record that its backup did not have.",
        ),
        ("purged", _) => (
            "Một hồ sơ đã bị xóa vĩnh viễn theo quyết định.",
            "A record was erased for good by a decision.",
        ),
        ("forgotten" | "receipt", _) => (
            "Máy này báo đã xóa hồ sơ theo yêu cầu.",
            "This device reports that it has erased the record as told.",
        ),
        ("parked", _) => (
            "Có thay đổi đến trước phần mà nó dựa vào; đang chờ phần còn thiếu.",
            "A change came before what it builds on, and waits for it.",
        ),
        ("mismatch", _) => (
            "Dữ liệu hai bên chưa khớp; chương trình đang đối chiếu chi tiết.",
            "The two ends do not hold equal data; the program compares in detail.",
        ),
        _ => ("", ""),
    };
    match lang {
        Lang::Vi if vi.is_empty() => format!("Sự kiện {code}."),
        Lang::En if en.is_empty() => format!("Event {code}."),
        Lang::Vi => vi.to_owned(),
        Lang::En => en.to_owned(),
    }
}

/// One fact of an event's detail: `restored` of `reason=restored from=...`.
pub(super) fn fact<'a>(detail: &'a str, name: &str) -> &'a str {
    let found = detail.split_whitespace().filter_map(|part| part.split_once('='));
    found.into_iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_known_event_has_a_sentence_of_its_own_in_both_languages() {
        let reasons = ["restored", "witness", "rolled_back", "cloned"];
        let mut seen = std::collections::BTreeSet::new();
        for reason in reasons {
            let detail = format!("reason={reason} from=00ff");
            let vi = event_text("rotated", &detail, Lang::Vi);
            assert_ne!(vi, event_text("rotated", &detail, Lang::En));
            assert!(!vi.contains("00ff") && seen.insert(vi));
        }
        for code in ["two_places", "hub_rolled_back", "reconciled", "purged", "custody_learnt"] {
            assert!(seen.insert(event_text(code, "", Lang::Vi)), "{code}");
        }
        assert_eq!(event_text("of_tomorrow", "", Lang::Vi), "Sự kiện of_tomorrow.");
    }
}
