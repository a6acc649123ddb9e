//! The server's side: a few worker processes, replaced when they die.

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wardbook_base::ChangeHash;

use super::search::{Tried, guilty};
use super::{
    DeepCheck, DeepReport, DeepUnavailable, DeepWork, HashedChange, SUBCOMMAND, Verdict, frame,
};

/// How many workers may die in one check before what kills them is no longer looked into.
const DEATHS_MAX: u32 = 12;
/// A worker is replaced after so many documents: its limit of CPU time is for all of them.
const DOCUMENTS_PER_WORKER: u32 = 2048;

/// How long a worker is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For one document.
    pub document: Duration,
    /// For one document once too many workers have died in one check.
    pub strained: Duration,
    /// A worker without work for so long ends.
    pub idle: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            document: Duration::from_secs(10),
            strained: Duration::from_secs(1),
            idle: Duration::from_mins(1),
        }
    }
}

/// Checks in worker processes, started when they are needed and ended when they are idle.
#[derive(Debug)]
pub struct Workers {
    program: PathBuf,
    patience: Patience,
    max: usize,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    busy: usize,
    idle: Vec<Worker>,
}

impl Workers {
    /// At most `max` workers, each this very program: its `main` must call
    /// [`super::serve_if_asked`] first.
    ///
    /// # Errors
    /// When the system does not say where this program is.
    pub fn of_this_program(max: usize) -> io::Result<Self> {
        // Stays good when the file is replaced by an update while this process runs.
        let proc = PathBuf::from("/proc/self/exe");
        let program = if proc.exists() { proc } else { std::env::current_exe()? };
        Ok(Self::new(program, max, Patience::default()))
    }

    /// At most `max` workers of a program.
    pub fn new(program: PathBuf, max: usize, patience: Patience) -> Self {
        let (state, freed) = (Mutex::default(), Condvar::new());
        Self { program, patience, max: max.max(1), state, freed }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a free place, and takes an idle worker along if there is one.
    fn turn(&self) -> Turn<'_> {
        let waits = |state: &mut State| state.busy >= self.max;
        let state = self.freed.wait_while(self.state(), waits);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.busy += 1;
        Turn { workers: self, worker: state.idle.pop(), deaths: 0 }
    }
}

impl DeepCheck for Workers {
    fn check(&self, work: Vec<DeepWork>) -> Result<DeepReport, DeepUnavailable> {
        let mut report = DeepReport::default();
        if work.is_empty() {
            return Ok(report);
        }
        let mut turn = self.turn();
        for work in &work {
            match turn.document(work)? {
                Verdict::Fine => {}
                Verdict::Damaged => report.damaged.push(work.document),
                Verdict::Guilty(hashes) => {
                    report.condemned.extend(hashes.into_iter().map(|hash| (work.document, hash)));
                }
            }
        }
        report.deaths = turn.deaths;
        Ok(report)
    }
}

/// One check's use of one worker at a time.
struct Turn<'a> {
    workers: &'a Workers,
    worker: Option<Worker>,
    deaths: u32,
}

impl Turn<'_> {
    /// What becomes of one document. A worker that dies on it is replaced, and the document tried
    /// with fewer of its changes, so that one change alone is found guilty.
    fn document(&mut self, work: &DeepWork) -> Result<Verdict, DeepUnavailable> {
        if let Some(verdict) = self.ask(work, &work.fresh)? {
            return Ok(verdict);
        }
        let (mut last, mut failure) = (Verdict::Fine, None);
        let mut killers = guilty(&work.document, &work.fresh, |changes| {
            if self.deaths > DEATHS_MAX {
                return Tried::GivenUp;
            }
            match self.ask(work, changes) {
                Ok(Some(verdict)) => {
                    last = verdict;
                    Tried::Passes
                }
                Ok(None) => Tried::Fails,
                Err(error) => {
                    failure = Some(error);
                    Tried::GivenUp
                }
            }
        });
        match (failure, last) {
            (Some(error), _) => Err(error),
            (None, Verdict::Damaged) => Ok(Verdict::Damaged),
            (None, verdict) => {
                // What only fails was found by the worker, beside what kills it.
                if let Verdict::Guilty(others) = verdict {
                    let others: Vec<ChangeHash> =
                        others.into_iter().filter(|hash| !killers.contains(hash)).collect();
                    killers.extend(others);
                }
                Ok(if killers.is_empty() { Verdict::Fine } else { Verdict::Guilty(killers) })
            }
        }
    }

    /// Asks a worker; none when it died of it.
    fn ask(
        &mut self,
        work: &DeepWork,
        fresh: &[HashedChange],
    ) -> Result<Option<Verdict>, DeepUnavailable> {
        let question = frame::encode_work(work, fresh);
        if question.len() > frame::FRAME_BYTES_MAX {
            return Ok(Some(Verdict::Guilty(fresh.iter().map(|(hash, _)| *hash).collect())));
        }
        let patience = self.workers.patience;
        let strained = self.deaths > DEATHS_MAX;
        let wait = if strained { patience.strained } else { patience.document };
        let mut worker = match self.worker.take().filter(Worker::is_there) {
            Some(worker) => worker,
            None => Worker::start(&self.workers.program, patience)
                .map_err(|error| DeepUnavailable(error.to_string()))?,
        };
        let answer = worker.ask(question, wait);
        if answer.is_some() && worker.documents_left > 0 {
            self.worker = Some(worker);
        } else if answer.is_none() {
            self.deaths += 1;
        }
        Ok(answer)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.workers.state();
        state.busy -= 1;
        state.idle.extend(self.worker.take());
        self.workers.freed.notify_one();
    }
}

/// A worker process. A thread speaks with it, so that the server can stop waiting.
#[derive(Debug)]
struct Worker {
    child: Arc<Mutex<Child>>,
    questions: Option<Sender<Vec<u8>>>,
    answers: Receiver<Option<Verdict>>,
    documents_left: u32,
}

impl Worker {
    /// Starts one, and makes sure that it works at all: else every document would be condemned.
    fn start(program: &PathBuf, patience: Patience) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.arg(SUBCOMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // Nothing that is told to the server by its environment is any business of a worker.
        #[cfg(unix)]
        command.env_clear();
        let mut child = command.spawn()?;
        let (Some(mut input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let child = Arc::new(Mutex::new(child));
        let (questions, to_ask) = channel::<Vec<u8>>();
        let (answer, answers) = channel();
        let its_child = Arc::clone(&child);
        std::thread::Builder::new().name("deep-check".to_owned()).spawn(move || {
            while let Ok(question) = to_ask.recv_timeout(patience.idle) {
                let asked = frame::write(&mut input, &question);
                let said = asked.and_then(|()| frame::read(&mut output)).ok().flatten();
                let verdict = said.and_then(|frame| frame::decode_verdict(&frame).ok());
                let is_dead = verdict.is_none();
                if answer.send(verdict).is_err() || is_dead {
                    break;
                }
            }
            end(&its_child);
        })?;
        let documents_left = DOCUMENTS_PER_WORKER;
        let mut worker = Self { child, questions: Some(questions), answers, documents_left };
        let nothing = frame::encode_work(&DeepWork::default(), &[]);
        match worker.ask(nothing, patience.document) {
            Some(Verdict::Fine) => Ok(worker),
            _ => Err(io::Error::other("it does not answer")),
        }
    }

    /// Whether it has not ended for want of work.
    fn is_there(&self) -> bool {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(child.try_wait(), Ok(None))
    }

    /// Its verdict; none when it died or was too slow, and was ended.
    fn ask(&mut self, question: Vec<u8>, wait: Duration) -> Option<Verdict> {
        self.documents_left = self.documents_left.saturating_sub(1);
        self.questions.as_ref()?.send(question).ok()?;
        match self.answers.recv_timeout(wait) {
            Ok(verdict) => verdict,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                end(&self.child);
                None
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Its thread sees the closed channel, or the closed pipe, and ends.
        self.questions = None;
        end(&self.child);
    }
}

/// Ends a worker, whatever it does, and takes note of its end so that no trace is left.
fn end(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = child.kill();
    let _ = child.wait();
}
