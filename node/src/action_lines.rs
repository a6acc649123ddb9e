//! Personnel actions as lines of a terminal.

use wardbook_record::Lang;

use crate::api::events::ActionBody;

/// The actions, one a line; of a single one its boxes too.
pub(crate) fn actions(actions: &[ActionBody], lang: Lang) -> String {
    let line = |action: &ActionBody| {
        let city = lang.pick("  (thành phố quyết)", "  (the city decides)");
        let mark = if action.request { city } else { "" };
        format!("{:<18} {}{mark}", action.key, action.label)
    };
    let mut lines: Vec<String> = actions.iter().map(line).collect();
    if let [only] = actions {
        lines.extend(only.inputs.iter().map(|input| {
            let must = if input.required { "*" } else { " " };
            format!("  {must} {:<18} {}", input.key, input.label)
        }));
    }
    lines.join("\n")
}

/// What an action wrote, or would write.
pub(crate) fn action(written: bool, lines: &[String], findings: &[String], lang: Lang) -> String {
    let head = if written {
        lang.pick("Đã ghi.", "Written.")
    } else {
        lang.pick("Chỉ kiểm tra, chưa ghi gì.", "Checked only, nothing was written.")
    };
    let all = findings.iter().chain(lines).map(String::as_str);
    all.chain([head]).collect::<Vec<_>>().join("\n")
}
