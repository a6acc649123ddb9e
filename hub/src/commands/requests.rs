//! The request of the API that a command stands for.

use axum::http::Method;
use serde_json::{Value, json};

use super::{in_path, rules, split};
use crate::cli::{
    Cli, Command, CustodyCommand, DeviceCommand, EnrolCodeArgs, FeedCommand, LateCommand,
    PersonCommand, RequestCommand, RulesCommand, UserCommand, WardCommand,
};
use crate::error::HubFailure;

type Asked = (Method, String, Option<Value>);

/// What to ask for a command.
pub(super) fn request(cli: &Cli, command: &Command) -> Result<Asked, HubFailure> {
    Ok(match command {
        Command::Ward(command) => ward(cli, command)?,
        Command::EnrolCode(EnrolCodeArgs { ward, days, address }) => {
            let path = format!("/api/v1/wards/{}/enrol-codes", in_path(ward));
            post(path, json!({ "days": days, "address": address }))
        }
        Command::Status => get("/api/v1/status"),
        Command::Backup { file } => {
            // The server may run in another folder.
            let file = std::path::absolute(file)?;
            post("/api/v1/backup", json!({ "file": file }))
        }
        Command::Feed(FeedCommand::Renew) => post("/api/v1/feed/renew", json!({})),
        Command::Custody(command) => custody(command),
        Command::Person(PersonCommand::PurgeStatus) => get("/api/v1/purges"),
        Command::Late(command) => late(command),
        Command::Request(command) => answer(command),
        Command::Rules(RulesCommand::Show) => get("/api/v1/rules"),
        Command::Rules(RulesCommand::Set { file }) => post("/api/v1/rules", rules::body(file)?),
        Command::Duplicates => get("/api/v1/duplicates"),
        Command::Audit => get("/api/v1/audit"),
        Command::Events { ward, limit } => get(listed("events", ward.as_deref(), Some(*limit))),
        Command::Quarantine { ward, limit } => {
            get(listed("quarantine", ward.as_deref(), Some(*limit)))
        }
        Command::Scrub => post("/api/v1/scrub", json!({})),
        Command::User(UserCommand::Add { login, name, role }) => {
            post("/api/v1/users", json!({ "login": login, "name": name, "role": role.as_str() }))
        }
        Command::User(UserCommand::List) => get("/api/v1/users"),
        Command::Device(DeviceCommand::List { ward }) => {
            get(listed("devices", ward.as_deref(), None))
        }
        Command::Device(DeviceCommand::Revoke { device }) => {
            (Method::POST, format!("/api/v1/devices/{}/revoke", in_path(device)), None)
        }
        Command::Init(_)
        | Command::Serve(_)
        | Command::Report(_)
        | Command::Restore(_)
        | Command::ImportBundle { .. }
        | Command::Rules(RulesCommand::Export { .. })
        | Command::Person(PersonCommand::Purge { .. }) => {
            return Err(HubFailure::Usage(cli.command_name()));
        }
    })
}

fn get(path: impl Into<String>) -> Asked {
    (Method::GET, path.into(), None)
}

fn post(path: impl Into<String>, body: Value) -> Asked {
    (Method::POST, path.into(), Some(body))
}

/// A list of the API, of one ward or of all.
fn listed(what: &str, ward: Option<&str>, limit: Option<usize>) -> String {
    let ward = ward.map(|ward| format!("ward={}", in_path(ward)));
    let limit = limit.map(|limit| format!("limit={limit}"));
    let query: Vec<String> = ward.into_iter().chain(limit).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/api/v1/{what}{mark}{}", query.join("&"))
}

fn ward(cli: &Cli, command: &WardCommand) -> Result<Asked, HubFailure> {
    Ok(match command {
        WardCommand::Add { ward, district } => {
            post("/api/v1/wards", json!({ "ward": ward, "district": district }))
        }
        WardCommand::List => get("/api/v1/wards"),
        WardCommand::Merge { from, to, decision, force } => {
            let path = format!("/api/v1/wards/{}/merge", in_path(from));
            post(path, json!({ "to": to, "decision": decision, "force": force }))
        }
        WardCommand::Split(args) => {
            let path = format!("/api/v1/wards/{}/split", in_path(&args.from));
            post(path, split::body(args, cli.lang.into())?)
        }
        WardCommand::Successors { ward } => {
            get(format!("/api/v1/wards/{}/successors", in_path(ward)))
        }
    })
}

fn custody(command: &CustodyCommand) -> Asked {
    let act = |record: &str, act: &str, ward: &str, decision: &str| {
        let path = format!("/api/v1/people/{}/custody/{act}", in_path(record));
        post(path, json!({ "ward": ward, "decision": decision }))
    };
    match command {
        CustodyCommand::Transfer { record, to, decision } => act(record, "transfer", to, decision),
        CustodyCommand::Lend { record, to, decision } => act(record, "lend", to, decision),
        CustodyCommand::Return { record, from, decision } => act(record, "return", from, decision),
        CustodyCommand::History { record } => {
            get(format!("/api/v1/people/{}/custody", in_path(record)))
        }
    }
}

fn answer(command: &RequestCommand) -> Asked {
    let place =
        |record: &str, row: &str| format!("/api/v1/requests/{}/{}", in_path(record), in_path(row));
    match command {
        RequestCommand::List { ward } => get(listed("requests", ward.as_deref(), None)),
        RequestCommand::Agree { record, row, reason, to } => {
            post(place(record, row), json!({ "agree": true, "reason": reason, "to": to }))
        }
        RequestCommand::Refuse { record, row, reason } => {
            post(place(record, row), json!({ "agree": false, "reason": reason }))
        }
    }
}

fn late(command: &LateCommand) -> Asked {
    let card = |record: &str, hash: &str, done: &str| {
        format!("/api/v1/late-edits/{}/{}/{done}", in_path(record), in_path(hash))
    };
    match command {
        LateCommand::List { ward } => get(listed("late-edits", ward.as_deref(), None)),
        LateCommand::Accept { record, hash, path } => {
            post(card(record, hash, "accept"), json!({ "paths": path }))
        }
        LateCommand::Dismiss { record, hash } => {
            (Method::POST, card(record, hash, "dismiss"), None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_its_ward_and_its_length() {
        assert_eq!(listed("events", None, None), "/api/v1/events");
        assert_eq!(listed("events", None, Some(5)), "/api/v1/events?limit=5");
        assert_eq!(
            listed("events", Some("Uyên Hưng"), Some(5)),
            "/api/v1/events?ward=Uy%C3%AAn%20H%C6%B0ng&limit=5"
        );
    }
}
