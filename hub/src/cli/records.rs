//! What can be asked about single records, and about the database as a whole.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup.
    pub file: PathBuf,
    /// The recovery identity that `init` printed, or a file that holds it.
    #[arg(long, env = "WARDBOOK_IDENTITY", hide_env_values = true)]
    pub identity: String,
    /// The file with the keys of the documents; the one beside the backup when left out.
    #[arg(long)]
    pub keys: Option<PathBuf>,
}

/// `feed`.
#[derive(Debug, Subcommand)]
pub enum FeedCommand {
    /// Ask all wards to compare what they hold with the hub at their next call.
    Renew,
}

/// `rules`.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Show every row of the table: thresholds, days, legal basis, how sure.
    Show,
    /// Put rows over the released ones from a file `{"rows": [..]}`; nothing changes unless every
    /// row can be used.
    Set {
        /// The file.
        file: PathBuf,
    },
    /// Write the city's rows for wards that take them by file.
    Export {
        /// The file to write.
        file: PathBuf,
    },
}

/// `custody`.
#[derive(Debug, Subcommand)]
pub enum CustodyCommand {
    /// Give a record to another ward.
    Transfer {
        /// The record's id.
        record: String,
        /// The ward that takes it: id, code or name.
        #[arg(long)]
        to: String,
        /// The decision: number, day, signer.
        #[arg(long)]
        decision: String,
    },
    /// Let another ward read a record (secondment).
    Lend {
        /// The record's id.
        record: String,
        /// The ward that may read it.
        #[arg(long)]
        to: String,
        /// The decision: number, day, signer.
        #[arg(long)]
        decision: String,
    },
    /// End a secondment.
    Return {
        /// The record's id.
        record: String,
        /// The ward that reads it no longer.
        #[arg(long)]
        from: String,
        /// The decision: number, day, signer.
        #[arg(long)]
        decision: String,
    },
    /// Show the ledger of a record.
    History {
        /// The record's id.
        record: String,
    },
}

/// `ward split`.
#[derive(Debug, Args)]
pub struct SplitArgs {
    /// The ward that gives: id, code or name.
    #[arg(long)]
    pub from: String,
    /// The ward that takes what names no other one.
    #[arg(long, required_unless_present = "list")]
    pub to: Option<String>,
    /// A CSV file: record id or identification number, and perhaps the ward that takes it.
    #[arg(long, required_unless_present = "division", conflicts_with = "division")]
    pub list: Option<PathBuf>,
    /// All people of this division (the code of `org_unit`).
    #[arg(long, requires = "to")]
    pub division: Option<String>,
    /// The decision: number, day, signer.
    #[arg(long)]
    pub decision: String,
}

/// `person`.
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// Show whom an erasure would mean; with `--yes`, erase the record here and at every ward.
    Purge {
        /// The record's id.
        record: String,
        /// The decision: number, day, signer.
        #[arg(long)]
        reason: String,
        /// Erase it.
        #[arg(long)]
        yes: bool,
    },
    /// List erased records, and which machines have said that they hold nothing of them any more.
    PurgeStatus,
}

/// `request`.
#[derive(Debug, Subcommand)]
pub enum RequestCommand {
    /// List the requests that wait, with whom they mean and what stands in the way of a yes.
    List {
        /// Only of this ward.
        #[arg(long)]
        ward: Option<String>,
    },
    /// Say yes: the record moves, is lent or returns at once.
    Agree {
        /// The record that asks.
        record: String,
        /// Its row, as the list shows it.
        row: String,
        /// A remark for the ward and the ledger.
        #[arg(long, default_value = "")]
        reason: String,
        /// Another receiving ward than the one asked for: id, code or name.
        #[arg(long)]
        to: Option<String>,
    },
    /// Say no, with the reason.
    Refuse {
        /// The record that asks.
        record: String,
        /// Its row, as the list shows it.
        row: String,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

/// `late`.
#[derive(Debug, Subcommand)]
pub enum LateCommand {
    /// List late edits that wait for a decision, with both values.
    List {
        /// Only of this ward's records.
        #[arg(long)]
        ward: Option<String>,
    },
    /// Take the values of a late edit over.
    Accept {
        /// The record's id.
        record: String,
        /// The change that names the card.
        hash: String,
        /// Only these fields, such as `phone`; all of them when left out.
        #[arg(long)]
        path: Vec<String>,
    },
    /// Leave the record as it is.
    Dismiss {
        /// The record's id.
        record: String,
        /// The change that names the card.
        hash: String,
    },
}
