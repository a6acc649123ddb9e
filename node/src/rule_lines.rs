//! The table of rules as lines of a terminal.

use serde_json::Value;
use wardbook_record::Lang;

/// Three lines a row: rule, days and confidence; the thresholds; the legal basis.
pub(crate) fn rule_table(version: u64, rows: &[Value], lang: Lang) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("…").to_owned();
    let line = |row: &Value| {
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
    };
    let head = format!("{} {version}", lang.pick("Bản của thành phố:", "Version of the city:"));
    std::iter::once(head).chain(rows.iter().map(line)).collect::<Vec<_>>().join("\n")
}
