//! The list of a ward that is split: a CSV file with a record a line.

use serde_json::{Value, json};
use wardbook_record::Lang;

use crate::cli::SplitArgs;
use crate::error::HubFailure;

/// The body of the request: the lines of the file, or the division.
pub(super) fn body(args: &SplitArgs, lang: Lang) -> Result<Value, HubFailure> {
    let records = match &args.list {
        None => Vec::new(),
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| HubFailure::Unreadable(file.clone(), error))?;
            let records = records(&text);
            if records.is_empty() {
                return Err(HubFailure::Usage(lang.pick(
                    "Tệp danh sách không có dòng nào; mỗi dòng cần mã hồ sơ hoặc số định danh, có thể thêm phường nhận.",
                    "The list has no lines; each needs a record id or an identification number, and perhaps the ward that takes it.",
                )));
            }
            records
        }
    };
    Ok(json!({
        "to": args.to,
        "division": args.division,
        "decision": args.decision,
        "records": records,
    }))
}

/// Each line's record and ward. The first line may be a heading.
fn records(text: &str) -> Vec<Value> {
    let lines = text.trim_start_matches('\u{feff}').lines();
    let mut records = Vec::new();
    for (index, line) in lines.enumerate() {
        let mut cells = line.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"'));
        let record = cells.next().unwrap_or_default();
        let ward = cells.next().filter(|ward| !ward.is_empty());
        let is_heading = index == 0 && !record.chars().any(|c| c.is_ascii_digit());
        if !record.is_empty() && !is_heading {
            records.push(json!({ "record": record, "to": ward }));
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_with_or_without_a_heading_and_wards() {
        let text = "\u{feff}ma_ho_so,phuong\n0a1b,25888.2\n\n\"074199012345\"\n";
        let found = records(text);
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0]["record"].as_str(), found[0]["to"].as_str()),
            (Some("0a1b"), Some("25888.2"))
        );
        assert_eq!(
            (found[1]["record"].as_str(), found[1]["to"].as_str()),
            (Some("074199012345"), None)
        );
    }
}
