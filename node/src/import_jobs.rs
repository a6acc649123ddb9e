//! Imports that are being written: how far each is, for the page that waits for it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use wardbook_replica::{ImportDone, ImportError, ImportProgress, ImportToken};

/// Finished ones are remembered until so many others came after them.
const KEPT_MAX: usize = 20;

/// Where an import stands.
#[derive(Debug, Clone)]
pub(crate) enum ImportJob {
    /// Being written.
    Running(ImportProgress),
    /// Written.
    Done(ImportDone),
    /// Nothing was written: why, in both languages.
    Failed {
        /// A stable code.
        code: String,
        /// The sentence for people, in the language of who asked.
        sentence: String,
    },
}

/// All imports of this program's life, by the token of their preview.
#[derive(Debug, Default)]
pub(crate) struct ImportJobs {
    jobs: Mutex<BTreeMap<ImportToken, ImportJob>>,
}

impl ImportJobs {
    /// Notes that one begins; false when it is running already.
    pub(crate) fn begin(&self, token: &ImportToken) -> bool {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(jobs.get(token), Some(ImportJob::Running(_))) {
            return false;
        }
        if jobs.len() >= KEPT_MAX {
            let ended = jobs.iter().find(|(_, job)| !matches!(job, ImportJob::Running(_)));
            if let Some(token) = ended.map(|(token, _)| token.clone()) {
                jobs.remove(&token);
            }
        }
        let start = ImportProgress { done: 0, total: 1 };
        jobs.insert(token.clone(), ImportJob::Running(start));
        true
    }

    /// How far it is.
    pub(crate) fn at(&self, token: &ImportToken, progress: ImportProgress) {
        self.set(token, ImportJob::Running(progress));
    }

    /// How it ended.
    pub(crate) fn end(&self, token: &ImportToken, result: Result<ImportDone, (String, String)>) {
        let job = match result {
            Ok(done) => ImportJob::Done(done),
            Err((code, sentence)) => ImportJob::Failed { code, sentence },
        };
        self.set(token, job);
    }

    /// Where it stands; `None` when nobody knows it any more.
    pub(crate) fn get(&self, token: &ImportToken) -> Option<ImportJob> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    fn set(&self, token: &ImportToken, job: ImportJob) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), job);
    }
}

/// Why it ended badly, as [`ImportJobs::end`] wants it.
pub(crate) fn told(error: &ImportError, lang: wardbook_record::Lang) -> (String, String) {
    (error.code().to_owned(), error.sentence(lang))
}
