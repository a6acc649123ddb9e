//! Enrolment without a line: the request and the answer as files, each behind one plain line that
//! says what it is. Both are signed inside, and the request's code works once. Two digests behind
//! the line tell people what is wrong with a file that fits nothing: that it answers another machine,
//! or that it was damaged on its way. Trust rests on the signatures alone.

use sha2::{Digest as _, Sha256};
use wardbook_sync::enrol::open_request;
use wardbook_sync::{ENROL_PATH, RejectCode};

use super::HttpAnswer;
use crate::bundle::BundleError;
use crate::error::EnrolFileFault;
use crate::replica::Replica;
use crate::viewer::Viewer;

/// What a request begins with.
pub(crate) const REQUEST_MAGIC: &[u8] = b"wardbook-enrol-request/1\n";
/// What an answer begins with.
const REPLY_MAGIC: &[u8] = b"wardbook-enrol-reply/2\n";
/// Where a carried request comes from, for the limiter.
const BY_HAND: &str = "by-hand";
/// Bytes of a digest.
const DIGEST: usize = 32;

impl Replica {
    /// Whether a file is a request to enrol.
    pub fn is_enrol_request(file: &[u8]) -> bool {
        file.starts_with(REQUEST_MAGIC)
    }

    /// Answers a request that was carried here; the answer, a refusal too, is to be carried back
    /// (hub).
    ///
    /// # Errors
    /// When the viewer may not administer, or the file is none or damaged.
    pub fn answer_enrol_file(&self, viewer: &Viewer, file: &[u8]) -> Result<Vec<u8>, BundleError> {
        viewer.must_administer()?;
        let body = file.strip_prefix(REQUEST_MAGIC).ok_or(BundleError::NotForUs)?;
        // An answer to what nobody asked would be carried back for nothing.
        let unreadable = [RejectCode::Malformed, RejectCode::TooLarge, RejectCode::BadSignature];
        if open_request(body).is_err_and(|code| unreadable.contains(&code)) {
            return Err(BundleError::EnrolRequest);
        }
        let answer = self.answer_enrol(ENROL_PATH, body, BY_HAND);
        let said = [&answer.status.to_be_bytes(), answer.body.as_slice()].concat();
        Ok([REPLY_MAGIC, digest(body).as_slice(), &digest(&said), &said].concat())
    }
}

/// The answer in a file, which must be one to this request.
pub(crate) fn read_reply(file: &[u8], request: &[u8]) -> Result<HttpAnswer, EnrolFileFault> {
    if Replica::is_enrol_request(file) {
        return Err(EnrolFileFault::OwnRequest);
    }
    let rest = file.strip_prefix(REPLY_MAGIC).ok_or(EnrolFileFault::NoReply)?;
    let (asked, rest) = rest.split_first_chunk::<DIGEST>().ok_or(EnrolFileFault::Damaged)?;
    let (of_said, said) = rest.split_first_chunk::<DIGEST>().ok_or(EnrolFileFault::Damaged)?;
    if *of_said != digest(said) {
        return Err(EnrolFileFault::Damaged);
    }
    if *asked != digest(request) {
        return Err(EnrolFileFault::OtherMachine);
    }
    let (status, body) = said.split_first_chunk::<2>().ok_or(EnrolFileFault::Damaged)?;
    Ok(HttpAnswer { status: u16::from_be_bytes(*status), body: body.to_vec() })
}

fn digest(bytes: &[u8]) -> [u8; DIGEST] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_file_is_called_by_its_name() {
        let said = [200_u16.to_be_bytes().as_slice(), b"body"].concat();
        let of = |request: &[u8]| {
            [REPLY_MAGIC, digest(request).as_slice(), &digest(&said), &said].concat()
        };
        let right = of(b"mine");
        let fault = |file: &[u8]| read_reply(file, b"mine").err();
        assert_eq!(
            read_reply(&right, b"mine").map(|a| (a.status, a.body)),
            Ok((200, b"body".to_vec()))
        );
        assert_eq!(fault(&of(b"theirs")), Some(EnrolFileFault::OtherMachine));
        assert_eq!(fault(&right[..right.len() - 1]), Some(EnrolFileFault::Damaged));
        assert_eq!(fault(&right[..30]), Some(EnrolFileFault::Damaged));
        let mut flipped = right.clone();
        *flipped.last_mut().unwrap() ^= 1;
        assert_eq!(fault(&flipped), Some(EnrolFileFault::Damaged));
        let own = [REQUEST_MAGIC, b"x"].concat();
        assert_eq!(fault(&own), Some(EnrolFileFault::OwnRequest));
        for other in [b"".as_slice(), b"PK\x03\x04", b"wardbook:"] {
            assert_eq!(fault(other), Some(EnrolFileFault::NoReply));
        }
    }
}
