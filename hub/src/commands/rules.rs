//! `rules`: the city's rows in a file.

use std::path::Path;

use axum::http::Method;
use serde_json::{Value, json};
use wardbook_record::Lang;

use super::{Door, write_file};
use crate::cli::Cli;
use crate::error::HubFailure;

/// The rows of a file as the API takes them. What is no JSON goes on as it is: the answer says what
/// is wrong with it.
pub(super) fn body(file: &Path) -> Result<Value, HubFailure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| HubFailure::Unreadable(file.to_owned(), error))?;
    Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Writes the city's rows with their version, for wards that take them by file.
pub(super) async fn export(cli: &Cli, file: &Path) -> Result<Value, HubFailure> {
    let door = Door::open(&cli.data, cli.lang.into()).await?;
    let answer = door.json(Method::GET, "/api/v1/rules", None).await?;
    let city = &answer["city"];
    write_file(file, format!("{city:#}\n").as_bytes())?;
    let rows = city["rows"].as_array().map_or(0, Vec::len);
    Ok(json!({ "event": "rules_written", "version": city["version"], "rows": rows, "file": file }))
}

/// The answers for people.
pub(super) fn for_people(answer: &Value, lang: Lang) -> String {
    let count = |vi: &str, en: &str| {
        format!("{} {} {}", lang.pick(vi, en), answer["version"], rows(answer, lang))
    };
    match answer["event"].as_str().unwrap_or_default() {
        "rules" => count("Bảng quy tắc có hiệu lực, bản", "The rules are in force, version"),
        "rules_written" => count("Đã ghi bảng quy tắc, bản", "The rules are written, version"),
        _ => table(answer, lang),
    }
}

fn rows(answer: &Value, lang: Lang) -> String {
    format!("({} {})", answer["rows"], lang.pick("dòng của thành phố", "rows of the city"))
}

fn table(answer: &Value, lang: Lang) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("…").to_owned();
    let lines = answer["rows"].as_array().into_iter().flatten().map(|row| {
        format!(
            "{:<4} {:<10} {:<10} {}  {}\n     {}\n     {}",
            text(&row["rule"]),
            text(&row["valid_from"]),
            text(&row["valid_to"]),
            text(&row["confidence"]),
            text(&row["title"]),
            row["values"],
            text(&row[lang.pick("basis_vi", "basis_en")]),
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}
