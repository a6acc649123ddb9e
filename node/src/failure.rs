//! Why a command ended badly: a stable code, one clear sentence with the remedy, an exit code.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wardbook_record::Lang;

/// The exit codes of `wardbook-node`, as documented in `--help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Failed for a reason that no other code names.
    Failed = 1,
    /// The command line cannot be understood.
    Usage = 2,
    /// Refused, or the input is not valid.
    Refused = 3,
    /// The hub, or the running program, cannot be reached.
    NotReachable = 4,
    /// Another program holds the data folder or the port.
    InUse = 5,
    /// The data cannot be used: wrong key, damage, a newer program's data, a full disk.
    DataUnusable = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error as people and programs read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// A stable code, such as `port_in_use`.
    pub code: String,
    /// What happened and what to do, one sentence.
    pub message: String,
    /// What to do, on its own; empty when the message does not separate it.
    pub remedy: String,
    /// The HTTP status that fits; 0 when none was involved.
    #[serde(default)]
    pub status: u16,
}

impl Failure {
    /// A failure whose sentence reads "what happened; what to do" or "What happened. What to do."
    pub fn new(code: impl Into<String>, sentence: impl Into<String>) -> Self {
        let message = sentence.into();
        let parts = message.split_once("; ").or_else(|| message.split_once(". "));
        let remedy = parts.map_or("", |(_, remedy)| remedy).to_owned();
        Self { code: code.into(), message, remedy, status: 0 }
    }

    /// The same with two languages to choose from.
    pub fn in_words(code: &str, lang: Lang, vi: &str, en: &str) -> Self {
        Self::new(code, lang.pick(vi, en))
    }

    /// The same with an HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The exit code that fits.
    pub fn exit(&self) -> Exit {
        match self.code.as_str() {
            "usage" => Exit::Usage,
            "hub_unreachable" | "timed_out" | "not_a_hub" | "not_running" => Exit::NotReachable,
            "locked" | "port_in_use" | "port_denied" | "no_such_address" => Exit::InUse,
            "wrong_key"
            | "corrupt"
            | "too_new"
            | "disk_full"
            | "disk_error"
            | "no_access"
            | "key_missing"
            | "key_exposed"
            | "key_malformed"
            | "wrong_role"
            | "wrong_identity"
            | "not_a_backup"
            | "keys_expired"
            | "keys_mismatch"
            | "document_unreadable" => Exit::DataUnusable,
            "not_empty" => Exit::Refused,
            _ if (400..500).contains(&self.status) => Exit::Refused,
            _ => Exit::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_exit() {
        for (code, status, exit) in [
            ("port_in_use", 0, 5),
            ("locked", 0, 5),
            ("wrong_key", 0, 6),
            ("disk_full", 507, 6),
            ("hub_unreachable", 502, 4),
            ("device_revoked", 409, 3),
            ("not_empty", 0, 3),
            ("unheard_of", 500, 1),
        ] {
            let failure = Failure::new(code, "x; y").with_status(status);
            assert_eq!(failure.exit() as u8, exit, "{code}");
            assert_eq!(failure.remedy, "y");
        }
    }
}
