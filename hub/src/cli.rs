//! The command line: what can be asked of `wardbook-hub`, and the codes it exits with.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused or invalid input, 5 the data folder or a
//! port is in use, 6 the data cannot be used (wrong key, damaged, newer program, disk full).

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The city's end of Wardbook: takes in what the wards send, and reports over all of them.
#[derive(Debug, Parser)]
#[command(name = "wardbook-hub", version, about, max_term_width = 100)]
pub struct Cli {
    /// The folder with the hub's database and keys.
    #[arg(long, global = true, env = "WARDBOOK_DATA", default_value = "wardbook-hub-data")]
    pub data: PathBuf,
    /// The language of messages.
    #[arg(long, global = true, env = "WARDBOOK_LANG", value_enum, default_value_t = Language::Vi)]
    pub lang: Language,
    /// Results as JSON, one object a line.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// The words of the command, for messages.
    pub const fn command_name(&self) -> &'static str {
        match self.command {
            Command::Init(_) => "init",
            Command::Serve(_) => "serve",
            Command::Ward(_) => "ward",
            Command::EnrolCode(_) => "enrol-code",
            Command::Status => "status",
            Command::Report(_) => "report",
            Command::Backup { .. } => "backup",
            Command::User(_) => "user",
            Command::Device(_) => "device",
        }
    }
}

/// The languages of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}

impl From<Language> for wardbook_record::Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::Vi => Self::Vi,
            Language::En => Self::En,
        }
    }
}

/// What the hub can be asked to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new hub: database, keys, TLS identity and the first administrator.
    Init(InitArgs),
    /// Serve the pages to the city's staff and the sync to the wards.
    Serve(ServeArgs),
    /// Add and list wards.
    #[command(subcommand)]
    Ward(WardCommand),
    /// Make a one-time code by which one machine joins a ward.
    EnrolCode(EnrolCodeArgs),
    /// Tell how every ward stands.
    Status,
    /// Print the number and quality of leaders and staff.
    Report(ReportArgs),
    /// Write an encrypted backup to a file that does not exist yet.
    Backup {
        /// The file to write.
        file: PathBuf,
    },
    /// Manage accounts.
    #[command(subcommand)]
    User(UserCommand),
    /// List and revoke devices.
    #[command(subcommand)]
    Device(DeviceCommand),
}

/// `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The city's name, such as "Thành phố Tân Uyên".
    #[arg(long)]
    pub name: String,
    /// The day as of which units and posts are meant, YYYY-MM-DD; today when left out.
    #[arg(long)]
    pub units_as_of: Option<String>,
    /// The login of the first administrator.
    #[arg(long, default_value = "admin")]
    pub login: String,
}

/// `serve`. Each setting may also stand in `hub.toml` in the data folder.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeArgs {
    /// Where the pages are served [default: 127.0.0.1:8090; port 0 takes any free one].
    #[arg(long, env = "WARDBOOK_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// Where the wards call [default: 127.0.0.1:8443].
    #[arg(long, env = "WARDBOOK_SYNC_LISTEN")]
    pub sync_listen: Option<SocketAddr>,
    /// Sync over plain HTTP: on loopback addresses only.
    #[arg(long, env = "WARDBOOK_SYNC_PLAIN")]
    pub sync_plain: bool,
    /// The address the wards use to reach this hub, such as `https://10.0.0.1:8443`.
    #[arg(long, env = "WARDBOOK_SYNC_ADDRESS")]
    pub sync_address: Option<String>,
    /// Further host names under which the pages may be opened.
    #[arg(long, env = "WARDBOOK_HOSTS", value_delimiter = ',')]
    pub hosts: Vec<String>,
    /// Print the settings in force and stop.
    #[arg(long)]
    pub print_config: bool,
}

/// `ward`.
#[derive(Debug, Subcommand)]
pub enum WardCommand {
    /// Add one ward by its code or name, or all wards of a district.
    Add {
        /// The official code (25888), the id (25888.1) or the name of the ward.
        #[arg(required_unless_present = "district", conflicts_with = "district")]
        ward: Option<String>,
        /// The code of a district: all its wards on the hub's day.
        #[arg(long)]
        district: Option<String>,
    },
    /// List the wards.
    List,
}

/// `enrol-code`.
#[derive(Debug, Args)]
pub struct EnrolCodeArgs {
    /// The ward: id, code or name.
    pub ward: String,
    /// How many days the code may be used.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=90))]
    pub days: u32,
    /// The address the machine will call; the running server's own when left out.
    #[arg(long)]
    pub address: Option<String>,
}

/// `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The day the figures are meant for, YYYY-MM-DD; the hub's day when left out.
    #[arg(long)]
    pub as_of: Option<String>,
    /// The form of the answer; `--json` alone means `json`.
    #[arg(long, value_enum)]
    pub format: Option<ReportFormat>,
    /// Write to this file instead of the terminal.
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// The forms a report comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// A table for people.
    Text,
    /// JSON.
    Json,
    /// A workbook; needs `--out`.
    Xlsx,
}

/// `user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add an account; prints its one-time password.
    Add {
        /// What the person types to sign in.
        login: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// What the person may do.
        #[arg(long, value_enum, default_value_t = StaffRole::Officer)]
        role: StaffRole,
    },
    /// List the accounts.
    List,
}

/// What an account at the hub may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StaffRole {
    /// Edits any record and settles conflicts.
    Officer,
    /// Reads records and reports.
    Leader,
    /// Everything.
    Admin,
}

impl StaffRole {
    /// The word the API takes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Leader => "leader",
            Self::Admin => "admin",
        }
    }
}

/// `device`.
#[derive(Debug, Subcommand)]
pub enum DeviceCommand {
    /// List the devices.
    List {
        /// Only of this ward.
        #[arg(long)]
        ward: Option<String>,
    },
    /// Revoke a device: it can sync no more.
    Revoke {
        /// The device's id.
        device: String,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn json_may_stand_after_the_command() {
        let cli = Cli::try_parse_from(["wardbook-hub", "ward", "list", "--json", "--data", "d"]);
        let cli = cli.unwrap();
        assert!(cli.json && matches!(cli.command, Command::Ward(WardCommand::List)));
        assert!(Cli::try_parse_from(["wardbook-hub", "ward", "add"]).is_err());
    }
}
