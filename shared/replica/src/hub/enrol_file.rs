//! Enrolment without a line: the request and the answer as files, each behind one plain line that
//! says what it is. Both are signed inside, and the request's code works once.

use wardbook_sync::ENROL_PATH;

use super::HttpAnswer;
use crate::bundle::BundleError;
use crate::replica::Replica;
use crate::viewer::Viewer;

/// What a request begins with.
pub(crate) const REQUEST_MAGIC: &[u8] = b"wardbook-enrol-request/1\n";
/// What an answer begins with.
const REPLY_MAGIC: &[u8] = b"wardbook-enrol-reply/1\n";
/// Where a carried request comes from, for the limiter.
const BY_HAND: &str = "by-hand";

impl Replica {
    /// Whether a file is a request to enrol.
    pub fn is_enrol_request(file: &[u8]) -> bool {
        file.starts_with(REQUEST_MAGIC)
    }

    /// Answers a request that was carried here; the answer, a refusal too, is to be carried back
    /// (hub).
    ///
    /// # Errors
    /// When the viewer may not administer, or the file is none.
    pub fn answer_enrol_file(&self, viewer: &Viewer, file: &[u8]) -> Result<Vec<u8>, BundleError> {
        viewer.must_administer()?;
        let body = file.strip_prefix(REQUEST_MAGIC).ok_or(BundleError::NotForUs)?;
        let answer = self.answer_enrol(ENROL_PATH, body, BY_HAND);
        Ok([REPLY_MAGIC, &answer.status.to_be_bytes(), &answer.body].concat())
    }
}

/// The answer in a file.
pub(crate) fn read_reply(file: &[u8]) -> Option<HttpAnswer> {
    let rest = file.strip_prefix(REPLY_MAGIC)?;
    let (status, body) = rest.split_first_chunk::<2>()?;
    Some(HttpAnswer { status: u16::from_be_bytes(*status), body: body.to_vec() })
}
