//! `import-bundle`: a ward's calls in a file, and the reply to carry back.

use std::path::Path;

use serde_json::Value;

use super::{Door, show};
use crate::cli::Cli;
use crate::error::HubFailure;

/// Takes the file in and writes the reply to a file that does not exist yet.
pub(super) async fn run(cli: &Cli, file: &Path, reply: &Path) -> Result<(), HubFailure> {
    if reply.exists() {
        let why = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
        return Err(HubFailure::File(reply.to_owned(), why));
    }
    let bytes =
        std::fs::read(file).map_err(|error| HubFailure::Unreadable(file.to_owned(), error))?;
    let answer =
        Door::open(&cli.data, cli.lang.into()).await?.send("/api/v1/bundles", bytes).await?;
    write_new(reply, &answer.body)?;
    let mut facts: Value = serde_json::from_str(&answer.bundle).unwrap_or_default();
    facts["reply"] = reply.display().to_string().into();
    show(cli, &facts)
}

/// Nothing stands at `path` before all of it is on the disk.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), HubFailure> {
    let written = (|| {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = std::path::PathBuf::from(part);
        let mut file = std::fs::File::create(&part)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, path)
    })();
    written.map_err(|error| HubFailure::File(path.to_owned(), error))
}
