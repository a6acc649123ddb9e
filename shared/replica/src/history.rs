//! Who changed what in a record, newest first.

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::{HistoryEntry, Lang, Path, Purpose, Scalar, path_label, path_value};

use crate::error::{ReplicaError, pair};
use crate::replica::Replica;
use crate::viewer::Viewer;
use crate::who::{Author, Authors, changes_by_hash};

/// One change of a record.
#[derive(Debug, Clone)]
pub struct HistoryView {
    /// The change.
    pub hash: ChangeHash,
    /// Who, where and when.
    pub author: Author,
    /// What kind of change.
    pub purpose: Purpose,
    /// The word for it.
    pub purpose_label: String,
    /// What changed.
    pub edits: Vec<HistoryEdit>,
}

/// One field of a change.
#[derive(Debug, Clone)]
pub struct HistoryEdit {
    /// Where.
    pub path: Path,
    /// The field's name for people.
    pub label: String,
    /// The value before, as stored (for "restore this value").
    pub old: Option<Scalar>,
    /// The value after.
    pub new: Option<Scalar>,
    /// The value before, for people.
    pub old_shown: String,
    /// The value after, for people.
    pub new_shown: String,
}

impl Replica {
    /// The changes of a record, newest first.
    pub fn history(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
    ) -> Result<Vec<HistoryView>, ReplicaError> {
        viewer.must_read()?;
        self.inner.store.read(|tx| {
            if !self.reaches(tx, viewer, document)? {
                return Err(ReplicaError::NotFound);
            }
            let loaded = tx.load_document(document)?.ok_or(ReplicaError::NotFound)?;
            let changes = changes_by_hash(tx, document)?;
            let mut authors = Authors::new(tx, self.end(), viewer.lang)?;
            let mut views = Vec::new();
            let history = loaded.history();
            authors.read(*document, &history);
            for entry in history {
                // A change that the store does not hold is part of the fixed beginning.
                let Some(change) = changes.get(&entry.hash) else { continue };
                let mut view = view(entry, authors.of(change)?, viewer.lang);
                let told = view.edits.len();
                view.edits.retain(|edit| viewer.access().reads_path(&edit.path));
                // A change of nothing but hidden fields is itself hidden.
                if view.edits.len() == told || !view.edits.is_empty() {
                    views.push(view);
                }
            }
            views.reverse();
            Ok(views)
        })
    }
}

fn view(entry: HistoryEntry, author: Author, lang: Lang) -> HistoryView {
    let purpose = entry.message.purpose;
    let edits = entry.edits.into_iter().filter(|(_, old, new)| old != new);
    HistoryView {
        hash: entry.hash,
        author,
        purpose,
        purpose_label: match entry.late.first() {
            Some((_, taken)) => late_label(*taken, lang),
            None => purpose_label(purpose, lang),
        },
        edits: edits.map(|(path, old, new)| edit(path, old, new, lang)).collect(),
    }
}

fn edit(path: Path, old: Option<Scalar>, new: Option<Scalar>, lang: Lang) -> HistoryEdit {
    HistoryEdit {
        label: path_label(&path, lang),
        old_shown: path_value(&path, old.as_ref(), lang),
        new_shown: path_value(&path, new.as_ref(), lang),
        path,
        old,
        new,
    }
}

fn late_label(taken: bool, lang: Lang) -> String {
    if taken {
        pair(
            lang,
            "Lấy giá trị sửa muộn của phường cũ",
            "A late edit of the former ward taken over",
        )
    } else {
        pair(lang, "Giữ nguyên hồ sơ, không lấy sửa muộn", "Left as it is; late edit not taken")
    }
}

fn purpose_label(purpose: Purpose, lang: Lang) -> String {
    match purpose {
        Purpose::Edit => pair(lang, "Sửa", "Edit"),
        Purpose::Import => pair(lang, "Nhập từ tệp", "Import"),
        Purpose::Resolve => pair(lang, "Xử lý xung đột", "Conflict settled"),
        Purpose::Undo => pair(lang, "Hoàn tác", "Undone"),
        Purpose::Create => pair(lang, "Tạo hồ sơ", "New record"),
        Purpose::Retire => pair(lang, "Ngừng dùng hồ sơ", "Record retired"),
        Purpose::Event => pair(lang, "Ghi quyết định, sự việc", "Personnel action"),
    }
}
