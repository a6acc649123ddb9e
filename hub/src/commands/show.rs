//! Answers of the API as text for a terminal.

mod records;
mod watch;

use serde_json::Value;
use wardbook_record::Lang;
use wardbook_web::format::{bytes, date_time};

/// An answer for people.
pub(super) fn for_people(answer: &Value, lang: Lang) -> String {
    match answer["event"].as_str().unwrap_or_default() {
        "wards" | "status" => status(answer, lang),
        "wards_added" => added(answer, lang),
        "enrol_code" => enrol_code(answer, lang),
        "devices" => devices(answer, lang),
        "device_revoked" => lang
            .pick(
                "Đã thu hồi thiết bị; máy đó không đồng bộ được nữa.",
                "The device is revoked; it can sync no more.",
            )
            .to_owned(),
        "backup" => backup(answer, lang),
        "user_added" => user_added(answer, lang),
        "users" => users(answer),
        "custody" | "transferred" | "lent" | "returned" => records::custody(answer, lang),
        "ward_merged" | "ward_split" => records::moved(answer, lang),
        "successors" => records::successors(answer, lang),
        "purge_preview" => records::purge_preview(answer, lang),
        "purged" => records::purge(&answer["purge"], lang),
        "purges" => records::purges(answer, lang),
        "late_edits" => records::late_edits(answer, lang),
        "late_edit_accepted" | "late_edit_dismissed" => records::late_settled(answer, lang),
        "requests" => records::requests(answer, lang),
        "answered" => records::answered(answer, lang),
        "rules" | "rules_written" | "rule_table" => super::rules::for_people(answer, lang),
        "duplicates" => records::duplicates(answer, lang),
        "audit" => watch::audit(&answer["audit"], lang),
        "events" => watch::events(answer, lang),
        "quarantine" => watch::quarantine(answer, lang),
        "scrub" => watch::scrub(answer, lang),
        "bundle" => watch::bundle(answer, lang),
        "restored" => watch::restored(answer, lang),
        "feeds_renewed" => watch::feeds_renewed(answer, lang),
        _ => answer.to_string(),
    }
}

fn status(answer: &Value, lang: Lang) -> String {
    let mut lines = Vec::new();
    if answer["event"] == "status" {
        lines.push(format!("{} · {}", text(&answer["name"]), text(&answer["units_as_of"])));
    }
    for ward in list(&answer["wards"]) {
        let contact = lang.pick("liên lạc", "contact");
        lines.push(format!(
            "{:<10} {:<24} {:>6} {} · {} · {contact} {}",
            text(&ward["ward"]),
            text(&ward["name"]),
            ward["people"],
            lang.pick("hồ sơ", "records"),
            text(&ward["words"]),
            moment(&ward["last_contact"]),
        ));
    }
    lines.join("\n")
}

fn added(answer: &Value, lang: Lang) -> String {
    let wards = list(&answer["wards"]).map(|ward| {
        let mark = if ward["created"] == true { '+' } else { '=' };
        format!("{mark} {:<10} {}", text(&ward["ward"]), text(&ward["name"]))
    });
    let total = format!("{} {}", lang.pick("Đã thêm:", "Added:"), answer["added"]);
    wards.chain([total]).collect::<Vec<_>>().join("\n")
}

fn enrol_code(answer: &Value, lang: Lang) -> String {
    format!(
        "{}: {} ({})\n{}: {}\n{}: {}\n{}: {}\n{}: {}",
        lang.pick("Phường", "Ward"),
        text(&answer["ward_name"]),
        text(&answer["ward"]),
        lang.pick("Mã ghi danh", "Code"),
        text(&answer["code"]),
        lang.pick("Chuỗi ghi danh", "Enrolment string"),
        text(&answer["string"]),
        lang.pick("Dấu khóa để so", "Key fingerprint to compare"),
        text(&answer["fingerprint"]),
        lang.pick("Dùng được đến", "Works until"),
        moment(&answer["expires"]),
    )
}

fn devices(answer: &Value, lang: Lang) -> String {
    let line = |device: &Value| {
        format!(
            "{}  {:<24} {:<20} {} · {}",
            text(&device["device"]),
            text(&device["ward_name"]),
            text(&device["name"]),
            text(&device["words"]),
            moment(&device["last_contact"]),
        )
    };
    let lines: Vec<String> = list(&answer["devices"]).map(line).collect();
    if lines.is_empty() {
        return lang.pick("Chưa có máy nào tham gia.", "No device has joined yet.").to_owned();
    }
    lines.join("\n")
}

fn backup(answer: &Value, lang: Lang) -> String {
    let size = bytes(lang, answer["bytes"].as_u64().unwrap_or_default());
    format!(
        "{} {} ({size})\n{} {}\n{}",
        lang.pick("Đã sao lưu vào", "Backed up to"),
        text(&answer["file"]),
        lang.pick("Khóa của hồ sơ ở", "Keys of the records in"),
        text(&answer["keys"]),
        lang.pick(
            "Giữ cả hai tệp; tệp khóa chỉ giữ 35 ngày, thiếu nó thì bản sao lưu không mở được.",
            "Keep both files; the key file for 35 days only: without it the backup cannot be opened.",
        ),
    )
}

fn user_added(answer: &Value, lang: Lang) -> String {
    format!(
        "{}: {}\n{}: {}",
        lang.pick("Tài khoản", "Account"),
        text(&answer["login"]),
        lang.pick("Mật khẩu một lần", "One-time password"),
        text(&answer["password"]),
    )
}

fn users(answer: &Value) -> String {
    let line = |user: &Value| {
        format!("{:<16} {:<10} {}", text(&user["login"]), text(&user["role"]), text(&user["name"]))
    };
    list(&answer["users"]).map(line).collect::<Vec<_>>().join("\n")
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// User and machine of who wrote a change, as far as they are known.
fn writer(change: &Value) -> String {
    let parts = [text(&change["user_name"]), text(&change["device_name"])];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" – ")
}

fn moment(value: &Value) -> String {
    let shown = |ms| date_time(wardbook_base::Timestamp(ms));
    value.as_i64().map_or_else(|| "–".to_owned(), shown)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_ward_is_one_line_with_words() {
        let answer = json!({ "event": "wards", "wards": [
            { "ward": "25888.1", "name": "Phường Uyên Hưng", "people": 240, "words": "Đã đồng bộ", "last_contact": null }
        ] });
        let shown = for_people(&answer, Lang::Vi);
        assert_eq!(shown.lines().count(), 1);
        for part in ["25888.1", "Uyên Hưng", "240", "Đã đồng bộ", "–"] {
            assert!(shown.contains(part), "{part} is missing in {shown}");
        }
    }
}
