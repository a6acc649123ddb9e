//! What happened to this node's data that people should know of, newest first.

use wardbook_base::{DeviceId, Timestamp};
use wardbook_record::Lang;
use wardbook_store::Tx;
use wardbook_sync::ports::{DeviceEvent, HubPort};

use crate::error::ReplicaError;
use crate::replica::Replica;
use crate::viewer::Viewer;

/// What happened. The words of the code stand in the store and in the JSON interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventCode {
    /// A backup was put back.
    Restored,
    /// The witness found an older copy, or another machine.
    Doubtful,
    /// The hub knew more than this database.
    RolledBack,
    /// The hub knew another log at the same positions.
    Cloned,
    /// The hub was put back to an older copy.
    HubRolledBack,
    /// The two ends differed and compare everything.
    Mismatch,
    /// So many own changes were written anew.
    WrittenAnew,
    /// So many changes could not be written anew; they are kept aside.
    NotWrittenAnew,
    /// So many own changes were refused.
    Refused,
    /// So many changes that the hub sent were not taken in.
    BadItems,
    /// So many records came to this ward.
    Granted,
    /// So many records went to another ward.
    Released,
    /// So many records were taken off this machine.
    Forgotten,
    /// So many records whose conflicts were listed wrongly were put right.
    ConflictsRepaired,
    /// So many records did not pass the check of what is stored.
    Damaged,
}

/// All of them, with their words.
const CODES: &[(EventCode, &str)] = &[
    (EventCode::Restored, "restored"),
    (EventCode::Doubtful, "doubtful"),
    (EventCode::RolledBack, "rolled_back"),
    (EventCode::Cloned, "cloned"),
    (EventCode::HubRolledBack, "hub_rolled_back"),
    (EventCode::Mismatch, "mismatch"),
    (EventCode::WrittenAnew, "written_anew"),
    (EventCode::NotWrittenAnew, "not_written_anew"),
    (EventCode::Refused, "refused"),
    (EventCode::BadItems, "bad_items"),
    (EventCode::Granted, "granted"),
    (EventCode::Released, "released"),
    (EventCode::Forgotten, "forgotten"),
    (EventCode::ConflictsRepaired, "conflicts_repaired"),
    (EventCode::Damaged, "damaged"),
];

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub code: EventCode,
    /// How many; 0 where nothing is counted.
    pub count: u64,
}

impl EventCode {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        CODES.iter().find(|(code, _)| *code == self).map_or("", |(_, word)| word)
    }

    fn parse(word: &str) -> Option<Self> {
        CODES.iter().find(|(_, known)| *known == word).map(|(code, _)| *code)
    }
}

impl SyncEvent {
    /// The sentence for people: what happened, and what it means for their work.
    pub fn sentence(&self, lang: Lang) -> String {
        let n = self.count;
        let (vi, en) = match self.code {
            EventCode::Restored => (
                "Dữ liệu trên máy này được khôi phục từ bản cũ; đã tự tiếp tục với mã mới, không mất lần sửa nào.".to_owned(),
                "The data here was restored from a backup; work goes on under a new code, no edit is lost.".to_owned(),
            ),
            EventCode::Doubtful => (
                "Dữ liệu trên máy này là bản cũ hơn lần chạy trước hoặc được chép sang máy khác; đã tự tiếp tục với mã mới, không mất lần sửa nào.".to_owned(),
                "The data here is an older copy or was copied to another machine; work goes on under a new code, no edit is lost.".to_owned(),
            ),
            EventCode::RolledBack => (
                "Thành phố đã có nhiều thay đổi của máy này hơn chính máy này (dữ liệu ở đây là bản cũ); đã tự tiếp tục với mã mới và lấy lại những gì còn thiếu.".to_owned(),
                "The city had more of this machine's changes than the machine itself (the data here was older); it went on under a new code and fetched what was missing.".to_owned(),
            ),
            EventCode::Cloned => (
                "Một máy khác đang dùng bản sao dữ liệu của máy này; mỗi máy đã tự tiếp tục với mã riêng, không mất lần sửa nào. Hãy báo thành phố để ghi danh lại máy kia.".to_owned(),
                "Another machine uses a copy of this machine's data; each goes on under a code of its own, no edit is lost. Tell the city to enrol the other one anew.".to_owned(),
            ),
            EventCode::HubRolledBack => (
                "Máy chủ thành phố được khôi phục từ bản cũ; máy này đã tự đối chiếu và gửi lại những gì thành phố thiếu.".to_owned(),
                "The city's hub was restored from an older copy; this machine compared by itself and gives back what the city lost.".to_owned(),
            ),
            EventCode::Mismatch => (
                "Dữ liệu hai nơi không khớp ở một lần đối chiếu; máy này tự so từng hồ sơ với thành phố.".to_owned(),
                "The two ends differed at one comparison; this machine compares record by record by itself.".to_owned(),
            ),
            EventCode::WrittenAnew => (
                format!("{n} thay đổi của máy này được ghi lại dưới mã mới và vẫn giữ nguyên nội dung, người sửa và giờ sửa."),
                format!("{n} changes of this machine were written anew, with the same content, author and time."),
            ),
            EventCode::NotWrittenAnew => (
                format!("{n} thay đổi chưa ghi lại được; nội dung được giữ riêng ở mục thay đổi bị từ chối bên dưới."),
                format!("{n} changes could not be written anew; they are kept among the refused changes below."),
            ),
            EventCode::Refused => (
                format!("Thành phố từ chối {n} thay đổi; nội dung và lý do ở mục bên dưới, các thay đổi khác vẫn được nhận."),
                format!("The city refused {n} changes; content and reason stand below, all other changes were taken."),
            ),
            EventCode::BadItems => (
                format!("{n} thay đổi từ thành phố không an toàn nên không được dùng trên máy này; hãy báo thành phố."),
                format!("{n} changes from the city were not safe and were not used here; tell the city."),
            ),
            EventCode::Granted => (
                format!("{n} hồ sơ được chuyển đến hoặc biệt phái đến phường này."),
                format!("{n} records came to this ward."),
            ),
            EventCode::Released => (
                format!("{n} hồ sơ đã chuyển sang phường khác; ở đây chỉ còn xem được."),
                format!("{n} records went to another ward; here they can only be read."),
            ),
            EventCode::Forgotten => (
                format!("{n} hồ sơ đã được lấy khỏi máy này theo lệnh của thành phố."),
                format!("{n} records were taken off this machine by the city's order."),
            ),
            EventCode::ConflictsRepaired => (
                format!("Kiểm tra hằng đêm: danh sách xung đột của {n} hồ sơ bị sai và đã được sửa lại."),
                format!("Nightly check: the conflicts of {n} records were listed wrongly and were put right."),
            ),
            EventCode::Damaged => (
                format!("Kiểm tra hằng đêm: {n} chỗ dữ liệu lưu trên đĩa bị hỏng; hãy sao lưu, kiểm tra ổ đĩa và báo người quản trị."),
                format!("Nightly check: {n} places of the stored data are damaged; back up, check the disk and tell the administrator."),
            ),
        };
        lang.pick(&vi, &en).to_owned()
    }
}

/// Writes down what happened.
pub(crate) fn note(
    tx: &mut dyn Tx,
    at: Timestamp,
    code: EventCode,
    count: u64,
) -> Result<(), ReplicaError> {
    let port: &mut dyn HubPort = tx;
    let (code, detail) = (code.as_str().to_owned(), format!("count={count}"));
    Ok(port.note_event(&DeviceEvent { at, device: DeviceId::default(), code, detail })?)
}

impl Replica {
    /// What happened to this node's data, newest first.
    ///
    /// # Errors
    /// When the viewer may not read, or the store fails.
    pub fn node_events(
        &self,
        viewer: &Viewer,
        limit: usize,
    ) -> Result<Vec<SyncEvent>, ReplicaError> {
        viewer.must_read()?;
        let rows = self.inner.store.read(|tx| tx.device_events(None, limit))?;
        Ok(rows.into_iter().filter_map(|row| read(&row)).collect())
    }
}

fn read(row: &DeviceEvent) -> Option<SyncEvent> {
    let count = row.detail.strip_prefix("count=")?.parse().ok()?;
    Some(SyncEvent { at: row.at, code: EventCode::parse(&row.code)?, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_a_word_and_two_sentences() {
        for (code, word) in CODES {
            assert_eq!(EventCode::parse(word), Some(*code));
            let event = SyncEvent { at: Timestamp(0), code: *code, count: 3 };
            let (vi, en) = (event.sentence(Lang::Vi), event.sentence(Lang::En));
            assert!(vi.ends_with('.') && en.ends_with('.') && vi != en, "{word}");
        }
    }
}
