//! Where a store lies and what it is for.

use std::path::{Path, PathBuf};

/// Which end of the sync a database serves. Fixed when the database is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A ward's node.
    Node,
    /// The city's hub.
    Hub,
}

impl Role {
    /// The name that stands in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Hub => "hub",
        }
    }
}

/// What [`crate::Store::open`] needs to know.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The folder of the database, its key and its lock. Made when missing.
    pub dir: PathBuf,
    /// The role the caller expects; another one in the database is an error.
    pub role: Role,
    /// Read-only connections, and so concurrent readers; at least 1.
    pub readers: usize,
}

impl StoreConfig {
    /// The usual settings for a folder: four readers.
    pub fn new(dir: impl Into<PathBuf>, role: Role) -> Self {
        Self { dir: dir.into(), role, readers: 4 }
    }

    /// True when a database was already made in this folder.
    pub fn exists(&self) -> bool {
        self.database().exists()
    }

    pub(crate) fn database(&self) -> PathBuf {
        database_in(&self.dir)
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        key_file_in(&self.dir)
    }

    pub(crate) fn keys(&self) -> PathBuf {
        keys_in(&self.dir)
    }

    pub(crate) fn lock_file(&self) -> PathBuf {
        self.dir.join("lock")
    }
}

pub(crate) fn database_in(dir: &Path) -> PathBuf {
    dir.join("wardbook.db")
}

pub(crate) fn key_file_in(dir: &Path) -> PathBuf {
    dir.join("database.key")
}

/// The keys of the documents.
pub(crate) fn keys_in(dir: &Path) -> PathBuf {
    dir.join("keys.db")
}
