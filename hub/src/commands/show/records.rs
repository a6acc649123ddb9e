//! Answers about single records.

use serde_json::Value;
use wardbook_record::Lang;

use super::{list, moment, text, writer};

/// The ledger of one record.
pub(super) fn custody(answer: &Value, lang: Lang) -> String {
    let view = &answer["custody"];
    let mut lines = vec![format!(
        "{} · {} · {}",
        text(&view["full_name"]),
        text(&view["ward_name"]),
        text(&view["document"]),
    )];
    for reader in list(&view["readers"]) {
        let lent = lang.pick("Biệt phái, được xem tại", "Seconded, read at");
        lines.push(format!("{lent} {}", text(&reader["name"])));
    }
    for entry in list(&view["entries"]) {
        lines.push(format!(
            "{:>3}. {}  {} {} · {}",
            entry["version"],
            moment(&entry["at"]),
            text(&entry["words"]),
            text(&entry["ward_name"]),
            text(&entry["decision"]),
        ));
    }
    for open in list(&view["open"]) {
        let waits = lang.pick("Chờ nơi cũ xác nhận", "Not yet confirmed by");
        lines.push(format!("{waits}: {} ({})", text(&open["ward_name"]), moment(&open["at"])));
    }
    lines.join("\n")
}

/// A ward that was merged or split.
pub(super) fn moved(answer: &Value, lang: Lang) -> String {
    let to = list(&answer["to"]).map(|to| {
        let unit = lang.pick("hồ sơ chuyển đến", "records went to");
        format!("{} {unit} {} ({})", to["records"], text(&to["name"]), text(&to["ward"]))
    });
    let left = lang.pick("Còn lại tại", "Left at");
    let last = format!("{left} {}: {}", text(&answer["from"]["name"]), answer["left"]);
    to.chain([last]).collect::<Vec<_>>().join("\n")
}

/// Where a ward went.
pub(super) fn successors(answer: &Value, lang: Lang) -> String {
    let line = |unit: &Value| {
        let whole = match unit["whole"].as_bool() {
            Some(true) => lang.pick("toàn bộ", "whole"),
            _ => lang.pick("một phần", "a part"),
        };
        let here = match unit["here"].as_bool() {
            Some(true) => "",
            _ => lang.pick(" · chưa có trên máy chủ", " · not on this hub yet"),
        };
        format!("{:<10} {} · {whole}{here}", text(&unit["ward"]), text(&unit["name"]))
    };
    let lines: Vec<String> = list(&answer["successors"]).map(line).collect();
    if lines.is_empty() {
        return lang
            .pick(
                "Phường này không đổi vào ngày 01/07/2025.",
                "This ward did not change on 1 July 2025.",
            )
            .to_owned();
    }
    lines.join("\n")
}

/// Whom an erasure means.
pub(super) fn purge_preview(answer: &Value, lang: Lang) -> String {
    let view = &answer["preview"];
    let held: Vec<&str> = list(&view["held_by"]).map(text).collect();
    format!(
        "{}: {} ({})\n{}: {}\n{}: {}\n{}",
        lang.pick("Hồ sơ sẽ bị xóa vĩnh viễn", "The record that would be erased"),
        text(&view["full_name"]),
        text(&view["document"]),
        lang.pick("Nơi quản lý", "Kept by"),
        text(&view["ward_name"]),
        lang.pick("Các nơi đang hoặc từng giữ", "Held, now or once, by"),
        held.join(", "),
        lang.pick(
            "Không lấy lại được sau khi xóa. Bản sao lưu cũ chỉ hết đọc được khi các bản khóa sao lưu hết hạn (35 ngày). Để xóa thật: thêm --yes.",
            "It cannot be had back. Older backups become unreadable only when the key backups have expired (35 days). To erase it: add --yes.",
        ),
    )
}

/// One erased record.
pub(super) fn purge(view: &Value, lang: Lang) -> String {
    let state = match view["complete"].as_bool() {
        Some(true) => lang.pick("mọi máy đã xác nhận", "all machines have confirmed"),
        _ => lang.pick("còn máy chưa xác nhận", "some machines have not confirmed"),
    };
    let mut lines = vec![format!(
        "{} {} · {} · {state}",
        lang.pick("Đã xóa", "Erased"),
        text(&view["document"]),
        moment(&view["at"]),
    )];
    for receipt in list(&view["receipts"]) {
        lines.push(format!(
            "  {:<24} {:<20} {} · {} {}",
            text(&receipt["ward_name"]),
            text(&receipt["device_name"]),
            text(&receipt["words"]),
            lang.pick("liên lạc", "contact"),
            moment(&receipt["last_contact"]),
        ));
    }
    lines.join("\n")
}

/// All erased records.
pub(super) fn purges(answer: &Value, lang: Lang) -> String {
    let shown: Vec<String> = list(&answer["purges"]).map(|view| purge(view, lang)).collect();
    if shown.is_empty() {
        return lang.pick("Chưa xóa hồ sơ nào.", "No record was erased.").to_owned();
    }
    shown.join("\n")
}

/// What wards ask for, two lines a request and one for what stands in the way.
pub(super) fn requests(answer: &Value, lang: Lang) -> String {
    let mut lines = Vec::new();
    for one in list(&answer["requests"]) {
        let request = &one["request"];
        lines.push(format!(
            "{} · {} · {} → {} · {}",
            text(&one["full_name"]),
            text(&one["kind"]),
            text(&one["ward_name"]),
            text(&request["to_org"]),
            text(&request["decision_no"]),
        ));
        lines.push(format!("  {} {}", text(&one["document"]), text(&one["row"])));
        for found in list(&one["found"]) {
            lines.push(format!(
                "  {} {} · {}",
                lang.pick("tìm thấy", "found"),
                text(&found["full_name"]),
                text(&found["ward_name"]),
            ));
        }
        if let Some(bar) = one["bar"]["text"].as_str() {
            lines.push(format!("  {bar}"));
        }
    }
    if lines.is_empty() {
        return lang.pick("Không có đề nghị nào đang chờ.", "No request waits.").to_owned();
    }
    lines.join("\n")
}

/// That a request was answered.
pub(super) fn answered(answer: &Value, lang: Lang) -> String {
    let (vi, en) = if answer["agreed"] == true {
        (
            "Đã đồng ý; các phường nhận việc này ở lần đồng bộ tới.",
            "Agreed; the wards learn of it with their next synchronising.",
        )
    } else {
        (
            "Đã trả lời không đồng ý; phường nhận lý do ở lần đồng bộ tới.",
            "Refused; the ward reads the reason with its next synchronising.",
        )
    };
    lang.pick(vi, en).to_owned()
}

/// Late edits, with both values of each field.
pub(super) fn late_edits(answer: &Value, lang: Lang) -> String {
    let mut lines = Vec::new();
    for card in list(&answer["late_edits"]) {
        lines.push(format!(
            "{} · {} · {} {} ({})",
            text(&card["name"]),
            text(&card["ward_name"]),
            lang.pick("sửa muộn từ", "late edit from"),
            text(&card["from_ward"]),
            writer(card),
        ));
        lines.push(format!("  {} {}", text(&card["document"]), text(&card["hash"])));
        for field in list(&card["fields"]) {
            lines.push(format!(
                "  {}: {} {:?} · {} {:?}",
                text(&field["label"]),
                lang.pick("đang là", "is"),
                text(&field["present_shown"]),
                lang.pick("nơi cũ ghi", "the former ward wrote"),
                text(&field["late_shown"]),
            ));
        }
    }
    if lines.is_empty() {
        return lang.pick("Không có sửa muộn nào chờ xử lý.", "No late edit waits.").to_owned();
    }
    lines.join("\n")
}

/// What became of a late edit.
pub(super) fn late_settled(answer: &Value, lang: Lang) -> String {
    match answer["event"].as_str() {
        Some("late_edit_accepted") => {
            lang.pick("Đã lấy giá trị của nơi cũ.", "The former ward's values were taken over.")
        }
        _ => lang.pick("Đã bỏ qua; hồ sơ giữ nguyên.", "Dismissed; the record stays as it is."),
    }
    .to_owned()
}

/// People whose number stands in more than one record.
pub(super) fn duplicates(answer: &Value, lang: Lang) -> String {
    let mut lines = Vec::new();
    for card in list(&answer["duplicates"]) {
        lines.push(text(&card["person_id_no"]).to_owned());
        for record in list(&card["records"]) {
            lines.push(format!(
                "  {}  {:<28} {}",
                text(&record["id"]),
                text(&record["full_name"]),
                text(&record["ward_name"]),
            ));
        }
    }
    if lines.is_empty() {
        return lang
            .pick("Không có hồ sơ trùng số định danh.", "No number stands twice.")
            .to_owned();
    }
    lines.join("\n")
}
