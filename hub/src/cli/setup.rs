//! How a hub is made and served, how machines join, and the forms of the report.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

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
