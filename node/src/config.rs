//! The settings of a node: flag before environment before file before default, checked once.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wardbook_record::Lang;

use crate::failure::Failure;
use crate::os;

/// The name of the settings file in the data folder.
pub const FILE_NAME: &str = "node.toml";

/// What is set, all of it valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Config {
    /// The folder with the database, its key and `control.json`. `--data`, `WARDBOOK_DATA`.
    /// Default: the account's folder for program data.
    pub data: PathBuf,
    /// Where the pages are served; this machine only. `--listen`, `WARDBOOK_LISTEN`, `listen`.
    /// Default 127.0.0.1:8080; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The language of the command line: `vi` or `en`. `--lang`, `WARDBOOK_LANG`, `lang`.
    /// Default `vi`. Pages begin in Vietnamese and have their own switch.
    pub lang: Lang,
    /// Seconds between two calls to the hub when nothing happens. `--sync-every`,
    /// `WARDBOOK_SYNC_EVERY`, `sync_every_s`. Default 300; at least 1.
    pub sync_every_s: u32,
    /// Whether the hub is not asked to tell at once when it has something new; then only the regular
    /// calls bring it. `--no-wait`, `WARDBOOK_NO_WAIT`, `no_wait`. Default false.
    pub no_wait: bool,
    /// Further host names under which a browser on this machine may ask. `--hosts`,
    /// `WARDBOOK_HOSTS`, `hosts`. Default none: 127.0.0.1, `[::1]` and localhost always work.
    pub hosts: Vec<String>,
    /// The witness: a small file outside the data folder by which an older copy of the data, or one
    /// on another machine, is noticed. `--witness`, `WARDBOOK_WITNESS`, `witness`. Default: the
    /// data folder's name with `.witness` behind it, beside the folder.
    pub witness: PathBuf,
    /// Further folders that the pages offer for backups, besides drives that are plugged in and the
    /// home folder. `--backup-places`, `WARDBOOK_BACKUP_PLACES`, `backup_places`. Default none.
    pub backup_places: Vec<PathBuf>,
    /// What is logged to stderr, in the words of tracing's filter. `WARDBOOK_LOG`, `log`.
    /// Default `warn,wardbook=info`.
    pub log: String,
}

/// What flags and environment say; `None` where they say nothing.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// See [`Config::data`].
    pub data: Option<PathBuf>,
    /// See [`Config::listen`].
    pub listen: Option<SocketAddr>,
    /// See [`Config::lang`].
    pub lang: Option<Lang>,
    /// See [`Config::sync_every_s`].
    pub sync_every_s: Option<u32>,
    /// See [`Config::no_wait`]; a flag can only turn it on.
    pub no_wait: bool,
    /// See [`Config::hosts`].
    pub hosts: Vec<String>,
    /// See [`Config::witness`].
    pub witness: Option<PathBuf>,
    /// See [`Config::backup_places`].
    pub backup_places: Vec<PathBuf>,
    /// See [`Config::log`].
    pub log: Option<String>,
}

/// The settings file: every key may be missing, none may be unknown.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSettings {
    listen: Option<SocketAddr>,
    lang: Option<Lang>,
    sync_every_s: Option<u32>,
    #[serde(default)]
    no_wait: bool,
    #[serde(default)]
    hosts: Vec<String>,
    witness: Option<PathBuf>,
    #[serde(default)]
    backup_places: Vec<PathBuf>,
    log: Option<String>,
}

impl Config {
    /// Puts flags, file and defaults together.
    ///
    /// # Errors
    /// When the file cannot be understood or a setting is out of its range (`usage`).
    pub fn load(flags: Flags) -> Result<Self, Failure> {
        let data = flags.data.unwrap_or_else(os::default_data_dir);
        let lang = flags.lang.unwrap_or_default();
        let file = read_file(&data.join(FILE_NAME), lang)?;
        let witness = flags.witness.or(file.witness).unwrap_or_else(|| witness_beside(&data));
        let config = Self {
            data,
            witness,
            listen: flags.listen.or(file.listen).unwrap_or(DEFAULT_LISTEN),
            lang: flags.lang.or(file.lang).unwrap_or_default(),
            sync_every_s: flags.sync_every_s.or(file.sync_every_s).unwrap_or(300),
            no_wait: flags.no_wait || file.no_wait,
            hosts: if flags.hosts.is_empty() { file.hosts } else { flags.hosts },
            backup_places: if flags.backup_places.is_empty() {
                file.backup_places
            } else {
                flags.backup_places
            },
            log: flags.log.or(file.log).unwrap_or_else(|| "warn,wardbook=info".to_owned()),
        };
        config.checked()
    }

    fn checked(self) -> Result<Self, Failure> {
        if !self.listen.ip().is_loopback() {
            return Err(Failure::in_words(
                "usage",
                self.lang,
                "Bản này chỉ phục vụ ngay trên máy đang chạy; hãy dùng --listen 127.0.0.1:8080 hoặc một cổng khác của 127.0.0.1.",
                "This version serves the machine it runs on only; use --listen 127.0.0.1:8080 or another port of 127.0.0.1.",
            ));
        }
        if self.sync_every_s == 0 {
            return Err(Failure::in_words(
                "usage",
                self.lang,
                "Khoảng cách giữa hai lần đồng bộ phải từ 1 giây; hãy sửa --sync-every.",
                "The pause between two calls must be at least 1 second; correct --sync-every.",
            ));
        }
        Ok(self)
    }

    /// The settings as TOML, for `--print-config`. There are no secrets among them.
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(self).unwrap_or_default()
    }
}

/// `<data>.witness`, beside the folder and never in it: both must not be put back together.
fn witness_beside(data: &Path) -> PathBuf {
    let whole = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
    let mut name = whole.file_name().unwrap_or_default().to_owned();
    name.push(".witness");
    whole.with_file_name(name)
}

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

fn read_file(path: &Path, lang: Lang) -> Result<FileSettings, Failure> {
    let Ok(text) = std::fs::read_to_string(path) else {
        return Ok(FileSettings::default());
    };
    toml::from_str(&text).map_err(|error| {
        let (file, what) = (path.display(), error.message());
        let sentence = match lang {
            Lang::Vi => format!("Tệp thiết lập {file} không đọc được ({what}); hãy sửa dòng đó hoặc xóa tệp để dùng mặc định."),
            Lang::En => format!("The settings file {file} cannot be read ({what}); correct that line or remove the file to use the defaults."),
        };
        Failure::new("usage", sentence)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
        let dir = tempfile::tempdir().unwrap();
        let text = "listen = \"127.0.0.1:9000\"\nsync_every_s = 60\nno_wait = true\nhosts = [\"node.example\"]\n";
        std::fs::write(dir.path().join(FILE_NAME), text).unwrap();
        let flags = |listen: Option<&str>| Flags {
            data: Some(dir.path().to_owned()),
            listen: listen.map(|text| text.parse().unwrap()),
            ..Flags::default()
        };
        let config = Config::load(flags(None)).unwrap();
        assert_eq!(config.listen.port(), 9000);
        assert_eq!((config.sync_every_s, config.hosts.len(), config.no_wait), (60, 1, true));
        assert_eq!(Config::load(flags(Some("127.0.0.1:0"))).unwrap().listen.port(), 0);
        assert_eq!(Config::load(flags(Some("0.0.0.0:80"))).unwrap_err().code, "usage");
        let beside = dir.path().with_file_name(format!(
            "{}.witness",
            dir.path().file_name().unwrap().to_str().unwrap()
        ));
        assert_eq!(config.witness, beside, "beside the folder, not in it");
        std::fs::write(dir.path().join(FILE_NAME), "colour = 1").unwrap();
        assert_eq!(Config::load(flags(None)).unwrap_err().code, "usage");
    }
}
