//! `restore`: puts a backup back into an empty folder. No server can be running there.

use std::path::Path;

use serde_json::json;
use wardbook_store::{open_backup, open_backup_with};

use super::{print, show};
use crate::cli::{Cli, RestoreArgs};
use crate::error::HubFailure;

/// How a recovery identity begins.
const IDENTITY: &str = "AGE-SECRET-KEY-";

/// Restores, and proves that the result opens as a hub.
pub(super) fn run(cli: &Cli, args: &RestoreArgs) -> Result<(), HubFailure> {
    let identity = identity(&args.identity)?;
    let done = match &args.keys {
        Some(keys) => open_backup_with(&args.file, keys, &identity, &cli.data)?,
        None => open_backup(&args.file, &identity, &cli.data)?,
    };
    let replica = super::door::open_data(&cli.data)?;
    let (name, _) = replica.city()?;
    let answer = json!({
        "event": "restored",
        "data": cli.data,
        "name": name,
        "documents": done.documents,
    });
    if cli.json { print(&answer.to_string()) } else { show(cli, &answer) }
}

/// The identity itself, or what stands in the file of that name.
fn identity(given: &str) -> Result<String, HubFailure> {
    if given.trim_start().to_ascii_uppercase().starts_with(IDENTITY) {
        return Ok(given.trim().to_owned());
    }
    let path = Path::new(given);
    let text = std::fs::read_to_string(path)
        .map_err(|error| HubFailure::Unreadable(path.to_owned(), error))?;
    let line = text.lines().map(str::trim).find(|line| line.starts_with(IDENTITY));
    Ok(line.unwrap_or_default().to_owned())
}
