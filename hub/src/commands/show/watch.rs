//! Answers about the database as a whole.

use serde_json::Value;
use wardbook_record::Lang;
use wardbook_web::format::bytes;

use super::{list, moment, text, writer};

/// The account of every ward, and what must be looked at.
pub(super) fn audit(report: &Value, lang: Lang) -> String {
    let head = lang.pick(
        "Phường                    viết = đã nhập + để riêng + đang chờ (chờ ở đây + chưa gửi) + đã xóa",
        "Ward                      authored = merged + kept aside + pending (parked + unsent) + purged",
    );
    let mut lines = vec![head.to_owned()];
    for ward in list(&report["wards"]) {
        lines.extend(ward_lines(ward, lang));
    }
    let mut section = |title: &str, entries: Vec<String>| {
        if !entries.is_empty() {
            lines.push(format!("{title}:"));
            lines.extend(entries.into_iter().map(|entry| format!("  {entry}")));
        }
    };
    let parked = list(&report["parked_late"]).map(|parked| {
        format!(
            "{} {} · {} {} · {}",
            text(&parked["document"]),
            text(&parked["hash"]),
            text(&parked["ward_name"]),
            text(&parked["device_name"]),
            moment(&parked["at"]),
        )
    });
    section(
        lang.pick("Chờ phần còn thiếu hơn 24 giờ", "Waiting for more than 24 hours"),
        parked.collect(),
    );
    let two = list(&report["two_places"]).map(|device| {
        format!(
            "{} {} · {}",
            text(&device["ward_name"]),
            text(&device["name"]),
            moment(&device["since"])
        )
    });
    section(lang.pick("Một máy chạy ở hai nơi", "One device, two places"), two.collect());
    let rotations = list(&report["rotations"]).map(|event| {
        format!(
            "{} {} {} · {}",
            moment(&event["at"]),
            text(&event["ward_name"]),
            text(&event["device_name"]),
            text(&event["text"]),
        )
    });
    section(
        lang.pick("Máy đã khôi phục hoặc sao chép", "Restored or copied machines"),
        rotations.collect(),
    );
    let open = list(&report["open_releases"]).map(|open| {
        format!(
            "{} · {} · {}",
            text(&open["document"]),
            text(&open["ward_name"]),
            moment(&open["at"])
        )
    });
    section(
        lang.pick(
            "Hồ sơ đã chuyển, nơi cũ chưa xác nhận",
            "Moved, not yet confirmed by the former ward",
        ),
        open.collect(),
    );
    if let Some(n) = report["audit_altered_at"].as_u64() {
        let altered =
            lang.pick("Nhật ký truy cập bị sửa từ dòng", "The access log was altered from entry");
        lines.push(format!("{altered} {n}"));
    }
    let purged = lang.pick("Hồ sơ đã xóa vĩnh viễn", "Records erased for good");
    lines.push(format!("{purged}: {}", report["purged_documents"]));
    lines.push(match report["ok"].as_bool() {
        Some(true) => lang.pick("Kết quả: KHỚP (OK)", "Result: OK").to_owned(),
        _ => lang.pick("Kết quả: KHÔNG KHỚP", "Result: DOES NOT ADD UP").to_owned(),
    });
    lines.join("\n")
}

fn ward_lines(ward: &Value, lang: Lang) -> Vec<String> {
    let mark = if ward["ok"] == true { "OK" } else { "!!" };
    let mut lines = vec![format!(
        "{mark} {:<22} {} = {} + {} + {} ({} + {}) + {}",
        text(&ward["name"]),
        ward["authored"],
        ward["merged"],
        ward["quarantined"],
        ward["pending"],
        ward["parked"],
        ward["unsent"],
        ward["purged"],
    )];
    let codes: Vec<String> =
        list(&ward["codes"]).map(|code| format!("{} {}", text(&code[0]), code[1])).collect();
    if !codes.is_empty() {
        lines.push(format!("     {}: {}", lang.pick("để riêng", "kept aside"), codes.join(", ")));
    }
    for (key, words) in [
        ("missing", lang.pick("không thấy ở đâu", "nowhere")),
        ("unfed", lang.pick("không có trong luồng gửi", "in no feed")),
    ] {
        for named in list(&ward[key]) {
            lines.push(format!(
                "     {words}: {} {}",
                text(&named["document"]),
                text(&named["hash"])
            ));
        }
    }
    if ward["digest_ok"] == false {
        let wrong = lang
            .pick("dấu đối chiếu không đúng với hồ sơ", "the digest is not that of the records");
        lines.push(format!("     {wrong}"));
    }
    lines
}

/// What happened, newest first.
pub(super) fn events(answer: &Value, lang: Lang) -> String {
    let line = |event: &Value| {
        format!(
            "{}  {} {} · {}",
            moment(&event["at"]),
            text(&event["ward_name"]),
            text(&event["device_name"]),
            text(&event["text"]),
        )
    };
    let lines: Vec<String> = list(&answer["events"]).map(line).collect();
    if lines.is_empty() {
        return lang.pick("Chưa có sự kiện nào.", "Nothing happened yet.").to_owned();
    }
    lines.join("\n")
}

/// Who decided about a late edit.
fn decided(item: &Value, lang: Lang) -> String {
    match text(&item["decided_by"]) {
        "" => String::new(),
        by => format!(" ({}: {by}, {})", lang.pick("do", "by"), moment(&item["decided_at"])),
    }
}

/// What was kept aside, and what waits.
pub(super) fn quarantine(answer: &Value, lang: Lang) -> String {
    let aside = list(&answer["quarantine"]).map(|item| {
        let replaced = match item["replaced_by"].as_str() {
            Some(by) => format!(" → {}", &by[..by.len().min(12)]),
            None => String::new(),
        };
        format!(
            "{}  {} {} · {} {} · {}{replaced}{}",
            moment(&item["at"]),
            text(&item["ward_name"]),
            writer(item),
            text(&item["code"]),
            text(&item["document"]),
            text(&item["text"]),
            decided(item, lang),
        )
    });
    let waits = lang.pick("đang chờ phần còn thiếu", "waits for what it builds on");
    let parked = list(&answer["parked"]).map(|item| {
        format!(
            "{}  {} {} · {} · {waits}",
            moment(&item["at"]),
            text(&item["ward_name"]),
            text(&item["device_name"]),
            text(&item["document"]),
        )
    });
    let lines: Vec<String> = aside.chain(parked).collect();
    if lines.is_empty() {
        return lang
            .pick("Không có gì để riêng hay đang chờ.", "Nothing is kept aside or waits.")
            .to_owned();
    }
    lines.join("\n")
}

/// What a look over the whole database found.
pub(super) fn scrub(answer: &Value, lang: Lang) -> String {
    let seen = lang.pick("hồ sơ đã kiểm tra", "documents looked at");
    let findings = list(&answer["findings"]).map(ToString::to_string);
    let verdict = match answer["ok"].as_bool() {
        Some(true) => lang.pick("Không có lỗi.", "All is well."),
        _ => lang.pick("Có lỗi.", "Something is wrong."),
    };
    let last = [format!("{} {seen}", answer["documents"]), verdict.to_owned()];
    findings.chain(last).collect::<Vec<_>>().join("\n")
}

/// A bundle that was taken in.
pub(super) fn bundle(answer: &Value, lang: Lang) -> String {
    let size = bytes(lang, answer["reply_bytes"].as_u64().unwrap_or_default());
    let rest = match answer["complete"].as_bool() {
        Some(true) => lang.pick(
            "Tệp trả lời mang đủ dữ liệu mới; hãy mang về máy của phường.",
            "The reply holds all that is new; carry it back to the ward's machine.",
        ),
        _ => lang.pick(
            "Tệp trả lời chưa đủ: sau khi nhập ở phường, hãy xuất tệp mới và làm thêm một lượt.",
            "The reply does not hold everything: after importing it at the ward, export again and repeat.",
        ),
    };
    format!(
        "{} {} · {} {} · {} {}\n{} {} ({size})\n{rest}",
        lang.pick("Phường", "Ward"),
        text(&answer["ward"]),
        lang.pick("thay đổi nhận", "changes received"),
        answer["pushed"],
        lang.pick("để riêng", "kept aside"),
        answer["refused"],
        lang.pick("Tệp trả lời", "Reply"),
        text(&answer["reply"]),
    )
}

/// A hub that was put back.
pub(super) fn restored(answer: &Value, lang: Lang) -> String {
    format!(
        "{} {} ({} {})\n{}",
        lang.pick("Đã khôi phục", "Restored"),
        text(&answer["name"]),
        answer["documents"],
        lang.pick("hồ sơ", "records"),
        lang.pick(
            "Hãy chạy serve: các phường sẽ tự đối chiếu và gửi lại phần mà bản sao lưu thiếu.",
            "Run serve: the wards compare by themselves and give back what the backup lacks.",
        ),
    )
}

/// All wards are asked to compare.
pub(super) fn feeds_renewed(answer: &Value, lang: Lang) -> String {
    format!(
        "{} {}",
        lang.pick(
            "Số máy sẽ đối chiếu toàn bộ ở lần liên lạc tới:",
            "Devices that will compare all they hold at their next call:"
        ),
        answer["devices"],
    )
}
