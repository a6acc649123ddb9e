//! Why synchronising or enrolling did not succeed.

use wardbook_record::Lang;

use super::{ReplicaError, code_sentence};
use crate::deep::DeepUnavailable;

/// Why a call to the hub brought no bytes. The node's HTTP client fills these in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The hub's address answers nothing.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// The line went silent.
    #[error("the hub did not answer in time")]
    TimedOut,
    /// The certificate is not the pinned one: TLS inspection or a false hub.
    #[error("the certificate is not the hub's")]
    WrongCertificate,
    /// What answered is no hub: a captive portal, a proxy page.
    #[error("what answered is no hub (HTTP status {0})")]
    NotAHub(u16),
    /// The address itself cannot be used.
    #[error("the address cannot be used: {0}")]
    BadAddress(String),
}

impl TransportError {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "hub_unreachable",
            Self::TimedOut => "timed_out",
            Self::WrongCertificate => "wrong_certificate",
            Self::NotAHub(_) => "not_a_hub",
            Self::BadAddress(_) => "bad_address",
        }
    }

    /// The sentence for people.
    pub fn sentence(&self, lang: Lang) -> String {
        code_sentence(self.code(), lang)
    }
}

/// Why one round of synchronising did not succeed. Nothing is lost: the next round repeats it.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// This node never joined a city.
    #[error("this node is not enrolled")]
    NotEnrolled,
    /// No bytes came back.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The hub refused the request as a whole; the code is [`wardbook_sync::RejectCode`]'s.
    #[error("the hub refused the request: {code}")]
    Rejected {
        /// The stable code.
        code: String,
        /// Ask again after so many seconds; 0 when that does not help.
        retry_after_s: u32,
    },
    /// The answer is not signed by the pinned hub, or is no answer.
    #[error("the answer is not the hub's: {0}")]
    BadAnswer(String),
    /// What came could not be tried on a copy, so none of it was taken in.
    #[error(transparent)]
    Unchecked(#[from] DeepUnavailable),
    /// Anything else.
    #[error(transparent)]
    Other(#[from] ReplicaError),
}

impl SyncError {
    /// A stable code.
    pub fn code(&self) -> String {
        match self {
            Self::NotEnrolled => "not_enrolled".to_owned(),
            Self::Transport(error) => error.code().to_owned(),
            Self::Rejected { code, .. } => code.clone(),
            Self::BadAnswer(_) => "bad_answer".to_owned(),
            Self::Unchecked(_) => "deep_check_unavailable".to_owned(),
            Self::Other(error) => error.code().to_owned(),
        }
    }

    /// Whether asking again cannot help before a person does something.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Rejected { retry_after_s, .. } => *retry_after_s == 0,
            Self::NotEnrolled
            | Self::Transport(TransportError::WrongCertificate | TransportError::BadAddress(_)) => {
                true
            }
            Self::Transport(_) | Self::BadAnswer(_) | Self::Unchecked(_) | Self::Other(_) => false,
        }
    }

    /// Whether the failure goes away by itself: the line is cut, the hub is busy.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Rejected { retry_after_s, .. } => *retry_after_s > 0,
            Self::Transport(error) => {
                matches!(error, TransportError::Unreachable(_) | TransportError::TimedOut)
            }
            Self::NotEnrolled | Self::BadAnswer(_) | Self::Unchecked(_) | Self::Other(_) => false,
        }
    }

    /// The sentence for people.
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Other(error) => error.sentence(lang),
            other => code_sentence(&other.code(), lang),
        }
    }
}

/// Why a node could not join a city.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The enrolment text cannot be read.
    #[error("the enrolment text cannot be read")]
    Text,
    /// This node has joined already.
    #[error("this node is enrolled already")]
    AlreadyEnrolled,
    /// No bytes came back.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The hub said no; the code is stable.
    #[error("the hub refused: {0}")]
    Rejected(String),
    /// The answer is not signed by the hub whose key is named in the enrolment text.
    #[error("the answer is not the hub's: {0}")]
    BadAnswer(String),
    /// The file that was carried back is not the answer.
    #[error("the file is not the answer: {0:?}")]
    File(EnrolFileFault),
    /// Anything else.
    #[error(transparent)]
    Other(#[from] ReplicaError),
}

/// What is wrong with a file that was carried back from the city.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnrolFileFault {
    /// It is no file of enrolment at all.
    NoReply,
    /// It is the request, which belongs to the city.
    OwnRequest,
    /// It answers another machine, or an older request of this one.
    OtherMachine,
    /// It was damaged on its way.
    Damaged,
    /// No request waits here for an answer: it was used already, or never written.
    NotAsked,
}

impl EnrolFileFault {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoReply => "enrol_file_unknown",
            Self::OwnRequest => "enrol_file_request",
            Self::OtherMachine => "enrol_file_other_machine",
            Self::Damaged => "enrol_file_damaged",
            Self::NotAsked => "enrol_file_not_asked",
        }
    }
}

impl EnrolError {
    /// A stable code.
    pub fn code(&self) -> String {
        match self {
            Self::Text => "bad_enrol_text".to_owned(),
            Self::AlreadyEnrolled => "already_enrolled".to_owned(),
            Self::Transport(error) => error.code().to_owned(),
            Self::Rejected(code) => code.clone(),
            Self::File(fault) => fault.code().to_owned(),
            Self::BadAnswer(_) => "bad_answer".to_owned(),
            Self::Other(error) => error.code().to_owned(),
        }
    }

    /// The sentence for people.
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Other(error) => error.sentence(lang),
            other => code_sentence(&other.code(), lang),
        }
    }
}
