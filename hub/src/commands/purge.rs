//! `person purge`: first whom it means, then, with `--yes`, the erasure.

use axum::http::Method;
use serde_json::json;

use super::{Door, in_path, show};
use crate::cli::Cli;
use crate::error::HubFailure;

/// Shows whom an erasure means. With `yes` it is done at once after that, and only if the record is
/// still as it was shown.
pub(super) async fn run(
    cli: &Cli,
    record: &str,
    reason: &str,
    yes: bool,
) -> Result<(), HubFailure> {
    let door = Door::open(&cli.data, cli.lang.into()).await?;
    let path = format!("/api/v1/people/{}/purge", in_path(record));
    let preview = door.json(Method::GET, &path, None).await?;
    show(cli, &preview)?;
    if !yes {
        return Ok(());
    }
    let confirm = &preview["preview"]["confirm"];
    let body = json!({ "reason": reason, "confirm": confirm });
    show(cli, &door.json(Method::POST, &path, Some(body)).await?)
}
