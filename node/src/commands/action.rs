//! `actions` and `action`: the personnel actions of the forms, by the same table and engine.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::api::events::Event;
use crate::cli::ActionArgs;
use crate::door::{Call, Door, unreadable};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::percent::percent_encoded;

/// The action that is about nobody who is here.
const ASK_IN: &str = "ask_in";

/// Lists the actions, or the boxes of one.
pub(super) async fn list(
    door: &Door,
    name: Option<&str>,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let answer = door.send(Call::get("/api/v1/actions")).await?.events(|_| {}).await?;
    let Event::Actions { mut actions } = answer else { return Ok(Exit::Failed) };
    if let Some(name) = name {
        actions.retain(|action| action.key == name);
        if actions.is_empty() {
            return Err(unknown(name, output));
        }
    }
    output.event(&Event::Actions { actions });
    Ok(Exit::Ok)
}

/// Checks an action and writes it.
pub(super) async fn run(
    door: &Door,
    args: &ActionArgs,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let inputs = boxes(&args.set, output)?;
    let (path, body) = match (&args.person, args.name.as_str()) {
        (None, ASK_IN) => {
            let body = json!({ "inputs": inputs, "only_check": args.dry_run });
            ("/api/v1/requests".to_owned(), body)
        }
        (None, _) => return Err(nobody(output)),
        (Some(person), name) => {
            let document = document(door, person, output).await?;
            let body = json!({
                "inputs": inputs, "reason": args.reason, "only_check": args.dry_run,
            });
            (format!("/api/v1/people/{document}/events/{}", percent_encoded(name)), body)
        }
    };
    let answer = door.send(Call::post(path.as_str(), &body)).await;
    let bytes = match answer {
        // Whose record it is was looked up before, so it is the action that is not there.
        Err(failure) if failure.status == 404 => return Err(unknown(&args.name, output)),
        other => other?.bytes().await?,
    };
    let answer: Value = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
    output.event(&done(&path, &answer, !args.dry_run));
    Ok(Exit::Ok)
}

fn boxes(set: &[String], output: &Output) -> Result<BTreeMap<String, String>, Failure> {
    let read = |text: &String| {
        let pair = text.split_once('=').filter(|(key, _)| !key.trim().is_empty());
        pair.map(|(key, value)| (key.trim().to_owned(), value.to_owned())).ok_or_else(|| {
            Failure::in_words(
                "usage",
                output.lang,
                &format!("\"{text}\" không đúng dạng; hãy viết --set ten_o=giá trị, ví dụ --set effective=01/07/2025."),
                &format!("\"{text}\" cannot be read; write --set box=value, for example --set effective=01/07/2025."),
            )
        })
    };
    set.iter().map(read).collect()
}

/// A record by its id, or by the number of its person.
async fn document(door: &Door, typed: &str, output: &Output) -> Result<String, Failure> {
    let typed = typed.trim();
    if typed.len() == 32 && typed.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(typed.to_owned());
    }
    let path = format!("/api/v1/people?q={}", percent_encoded(typed));
    let bytes = door.send(Call::get(path)).await?.bytes().await?;
    let found: Value = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
    let mut people = found["people"].as_array().into_iter().flatten();
    let mut fits = people.by_ref().filter(|person| person["person_id_no"] == typed);
    match (fits.next().and_then(|person| person["id"].as_str()), fits.next()) {
        (Some(id), None) => Ok(id.to_owned()),
        _ => Err(Failure::in_words(
            "not_found",
            output.lang,
            "Không có đúng một hồ sơ mang số này ở đây; hãy kiểm tra số định danh, hoặc dùng mã hồ sơ.",
            "There is not exactly one record with this number here; check the number, or use the record's id.",
        )
        .with_status(404)),
    }
}

fn done(path: &str, answer: &Value, written: bool) -> Event {
    let texts = |key: &str, one: &dyn Fn(&Value) -> String| {
        answer[key].as_array().into_iter().flatten().map(one).collect::<Vec<String>>()
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let id = answer["saved"]["id"].as_str().or_else(|| answer["id"].as_str());
    Event::Action {
        document: id.or_else(|| path.split('/').nth(4)).unwrap_or_default().to_owned(),
        written,
        change: answer["change"].as_str().map(str::to_owned),
        lines: texts("lines", &|line| {
            format!(
                "{}: {} → {}",
                text(&line["label"]),
                text(&line["before"]),
                text(&line["after"])
            )
        }),
        findings: texts("findings", &|one| {
            format!("{} ({}): {}", text(&one["effect"]), text(&one["rule"]), text(&one["sentence"]))
        }),
    }
}

fn unknown(name: &str, output: &Output) -> Failure {
    Failure::in_words(
        "unknown_action",
        output.lang,
        &format!("Không có việc \"{name}\" hoặc không có hồ sơ này; hãy xem tên các việc bằng lệnh actions."),
        &format!("There is no action \"{name}\", or no such record; see the names by the command actions."),
    )
    .with_status(404)
}

fn nobody(output: &Output) -> Failure {
    Failure::in_words(
        "usage",
        output.lang,
        "Chưa nói ghi cho ai; hãy thêm --person với mã hồ sơ hoặc số định danh.",
        "Nobody is named; add --person with the record's id or the person's number.",
    )
}
