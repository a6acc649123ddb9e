//! The settings of `serve`: flag before environment before `hub.toml` in the data folder.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cli::ServeArgs;
use crate::error::HubFailure;

/// The settings in force, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Config {
    /// Where the pages are served. Key `listen`, default `127.0.0.1:8090`.
    pub listen: SocketAddr,
    /// Where the wards call. Key `sync_listen`, default `127.0.0.1:8443`.
    pub sync_listen: SocketAddr,
    /// Plain HTTP for sync, on loopback only. Key `sync_plain`, default false.
    pub sync_plain: bool,
    /// The address the wards use, when it is not the one listened on (behind NAT or a proxy).
    /// Key `sync_address`, default none.
    pub sync_address: Option<String>,
    /// Host names beside loopback under which the pages may be opened. Key `hosts`, default none.
    pub hosts: Vec<String>,
}

/// `hub.toml`. An unknown key is an error, so that a typing mistake does not pass in silence.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    listen: Option<SocketAddr>,
    sync_listen: Option<SocketAddr>,
    sync_plain: Option<bool>,
    sync_address: Option<String>,
    #[serde(default)]
    hosts: Vec<String>,
}

impl Config {
    /// The settings of the flags and the environment (already in `args`), then of the file.
    ///
    /// # Errors
    /// When the file cannot be read, or plain HTTP is asked for on an address that others reach.
    pub fn load(data: &Path, args: &ServeArgs) -> Result<Self, HubFailure> {
        let file = read_file(&data.join("hub.toml"))?;
        let hosts = if args.hosts.is_empty() { file.hosts } else { args.hosts.clone() };
        Self {
            listen: args.listen.or(file.listen).unwrap_or(loopback(8090)),
            sync_listen: args.sync_listen.or(file.sync_listen).unwrap_or(loopback(8443)),
            sync_plain: args.sync_plain || file.sync_plain.unwrap_or(false),
            sync_address: args.sync_address.clone().or(file.sync_address),
            hosts,
        }
        .checked()
    }

    fn checked(self) -> Result<Self, HubFailure> {
        if self.sync_plain && !self.sync_listen.ip().is_loopback() {
            return Err(HubFailure::PlainSyncNotLoopback(self.sync_listen));
        }
        if !self.listen.ip().is_loopback() {
            return Err(HubFailure::PagesNotLoopback(self.listen));
        }
        Ok(self)
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn read_file(path: &Path) -> Result<ConfigFile, HubFailure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(ConfigFile::default());
        }
        Err(error) => return Err(HubFailure::ConfigFile(path.to_owned(), error.to_string())),
    };
    toml::from_str(&text)
        .map_err(|error| HubFailure::ConfigFile(path.to_owned(), error.message().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("hub.toml"), "sync_listen = \"127.0.0.1:1\"\n").unwrap();
        let args = ServeArgs { listen: Some(loopback(2)), ..ServeArgs::default() };
        let config = Config::load(dir.path(), &args).unwrap();
        assert_eq!((config.listen, config.sync_listen), (loopback(2), loopback(1)));
        assert!(!config.sync_plain);
    }

    #[test]
    fn a_wrong_key_in_the_file_and_plain_sync_for_others_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("hub.toml"), "sync_lisen = \"127.0.0.1:1\"\n").unwrap();
        assert!(Config::load(dir.path(), &ServeArgs::default()).is_err());
        let everyone = SocketAddr::from(([0, 0, 0, 0], 80));
        let args =
            ServeArgs { sync_listen: Some(everyone), sync_plain: true, ..Default::default() };
        assert!(matches!(
            Config::load(Path::new("/nonexistent"), &args),
            Err(HubFailure::PlainSyncNotLoopback(_))
        ));
    }
}
