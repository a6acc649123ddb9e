//! The command line: what can be asked of `wardbook-hub`, and the codes it exits with.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused or invalid input, 5 the data folder or a
//! port is in use, 6 the data cannot be used (wrong key, damaged, newer program, disk full).

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

mod records;
mod setup;

pub use records::{
    CustodyCommand, FeedCommand, LateCommand, PersonCommand, RequestCommand, RestoreArgs,
    RulesCommand, SplitArgs,
};
pub use setup::{EnrolCodeArgs, InitArgs, ReportArgs, ReportFormat, ServeArgs};

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
            Command::Restore(_) => "restore",
            Command::Feed(_) => "feed",
            Command::Custody(_) => "custody",
            Command::Person(_) => "person",
            Command::Late(_) => "late",
            Command::Request(_) => "request",
            Command::Rules(_) => "rules",
            Command::Duplicates => "duplicates",
            Command::Audit => "audit",
            Command::Events { .. } => "events",
            Command::Quarantine { .. } => "quarantine",
            Command::ImportBundle { .. } => "import-bundle",
            Command::Scrub => "scrub",
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
    /// Put a backup back into an empty data folder. The wards compare at their next call and give
    /// back what the backup lacks.
    Restore(RestoreArgs),
    /// The feeds of the wards.
    #[command(subcommand)]
    Feed(FeedCommand),
    /// Who keeps a record: transfer, secondment, and the ledger of it.
    #[command(subcommand)]
    Custody(CustodyCommand),
    /// Erase a person's record for good.
    #[command(subcommand)]
    Person(PersonCommand),
    /// Edits that a former ward made before it could know of a transfer.
    #[command(subcommand)]
    Late(LateCommand),
    /// What wards ask for: transfers, secondments, people of other wards; and the answer.
    #[command(subcommand)]
    Request(RequestCommand),
    /// The dated table of rules: show it, put rows of the city over it.
    #[command(subcommand)]
    Rules(RulesCommand),
    /// List people whose number stands in more than one record.
    Duplicates,
    /// Draw up the account of every change of every ward; exit code 1 when it does not add up.
    Audit,
    /// List what happened to devices and to the hub.
    Events {
        /// Only of this ward.
        #[arg(long)]
        ward: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// List changes that were kept aside, and those that wait for what they build on.
    Quarantine {
        /// Only of this ward's machines.
        #[arg(long)]
        ward: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Take in a file that a ward's node wrote by `export-bundle`, and write the reply.
    ImportBundle {
        /// The file from the ward.
        file: PathBuf,
        /// The reply to carry back; a file that does not exist yet.
        #[arg(long)]
        reply: PathBuf,
    },
    /// Look all documents over; exit code 1 when something is wrong.
    Scrub,
    /// Manage accounts.
    #[command(subcommand)]
    User(UserCommand),
    /// List and revoke devices.
    #[command(subcommand)]
    Device(DeviceCommand),
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
    /// Give all records of a ward to another one: the first was merged into the second.
    Merge {
        /// The ward that gives: id, code or name.
        #[arg(long)]
        from: String,
        /// The ward that takes.
        #[arg(long)]
        to: String,
        /// The decision: number, day, signer.
        #[arg(long)]
        decision: String,
        /// Although the country's register does not say that the whole ward went there.
        #[arg(long)]
        force: bool,
    },
    /// Give some records of a ward to others: the ward was split.
    Split(SplitArgs),
    /// Tell where a ward went on 1 July 2025.
    Successors {
        /// The ward: id, code or name.
        ward: String,
    },
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
