//! Why a request was not answered as asked, before anybody has chosen a language or a form for it.
//!
//! A handler returns it with `?`. Its response carries the failure itself; the layer around the API
//! turns it into a problem document, the layer around the pages into a page.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use wardbook_record::{Lang, Problem};
use wardbook_replica::{
    AccountError, BundleError, EditError, HubError, LoginError, MergeView, ReplicaError,
};
use wardbook_report::ReportError;
use wardbook_store::StoreError;

/// What stopped a request.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A query or command.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The administration of wards and devices.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// A save.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The administration of accounts.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A sign-in.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// A report.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The request itself.
    #[error("{0:?}")]
    Request(Refusal),
}

/// What is wrong with a request as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody is signed in.
    NotSignedIn,
    /// There is no such page or resource.
    NotFound,
    /// The body or an address part cannot be read; what and where.
    Unreadable(String),
    /// Values that cannot be read, each with its reason.
    Invalid(Vec<Problem>),
    /// The file may not be written: it exists already, or its folder does not.
    File(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Replica(error.into())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Request(refusal)
    }
}

impl Failure {
    /// A stable code.
    pub fn code(&self) -> Cow<'static, str> {
        match self {
            Self::Replica(error) => error.code().into(),
            Self::Hub(error) => error.code().into(),
            Self::Edit(error) => error.code().into(),
            Self::Account(error) => error.code().into(),
            Self::Login(error) => error.code().into(),
            Self::Report(error) => error.code().into(),
            Self::Bundle(error) => error.code().into(),
            Self::Request(refusal) => refusal.code().into(),
        }
    }

    /// What, where and how to fix it.
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Replica(error) => error.sentence(lang),
            Self::Hub(error) => error.sentence(lang),
            Self::Edit(error) => error.sentence(lang),
            Self::Account(error) => error.sentence(lang),
            Self::Login(error) => error.sentence(lang),
            Self::Report(error) => error.sentence(lang),
            Self::Bundle(error) => error.sentence(lang),
            Self::Request(refusal) => refusal.sentence(lang),
        }
    }

    /// The HTTP status that fits.
    pub fn status(&self) -> StatusCode {
        status_of(&self.code())
    }

    /// What somebody else changed meanwhile, when that is the reason.
    pub fn stale(&self) -> Option<&MergeView> {
        match self {
            Self::Edit(EditError::Stale(merge)) => Some(merge),
            _ => None,
        }
    }

    /// The values that cannot be stored, when that is the reason.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Edit(EditError::Invalid(problems))
            | Self::Request(Refusal::Invalid(problems)) => problems,
            _ => &[],
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(code = %self.code(), "a request failed");
        }
        let mut response = status.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

fn status_of(code: &str) -> StatusCode {
    match code {
        "not_signed_in" => StatusCode::UNAUTHORIZED,
        "not_allowed" | "must_change_password" | "wrong_login" | "wrong_password" => {
            StatusCode::FORBIDDEN
        }
        "not_found" | "unknown_ward" | "unknown_unit" | "unknown_device" | "unknown_account"
        | "unknown_document" => StatusCode::NOT_FOUND,
        "stale"
        | "already_settled"
        | "already_answered"
        | "slip"
        | "move_gone"
        | "move_nobody"
        | "move_somebody_else"
        | "move_several"
        | "move_there"
        | "move_no_ward"
        | "move_not_lent"
        | "move_lent"
        | "move_unknown"
        | "not_custodian"
        | "ward_exists"
        | "login_taken"
        | "already_initialised"
        | "same_ward"
        | "no_succession"
        | "already_lent"
        | "not_lent"
        | "not_confirmed" => StatusCode::CONFLICT,
        "purged" => StatusCode::GONE,
        "login_wait" => StatusCode::TOO_MANY_REQUESTS,
        "locked" | "login_busy" | "busy" => StatusCode::SERVICE_UNAVAILABLE,
        "disk_full" => StatusCode::INSUFFICIENT_STORAGE,
        "unreadable" => StatusCode::BAD_REQUEST,
        "no_decision"
        | "no_reason"
        | "decision_too_long"
        | "nothing_to_move"
        | "not_in_ward"
        | "not_a_bundle"
        | "bundle_version"
        | "bundle_wrong_way"
        | "bundle_bad_signature"
        | "bundle_too_large"
        | "bundle_not_for_us"
        | "bundle_other_hub"
        | "bundle_other_device"
        | "bundle_older"
        | "bundle_recipient"
        | "device_revoked"
        | "invalid"
        | "refused"
        | "no_ward"
        | "bad_day"
        | "unit_not_valid"
        | "no_address"
        | "file"
        | "password_too_short"
        | "password_too_long"
        | "name_too_long"
        | "password_unchanged"
        | "bad_login"
        | "last_admin"
        | "bad_rules"
        | "old_rules"
        | "not_initialised" => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl Refusal {
    const fn code(&self) -> &'static str {
        match self {
            Self::NotSignedIn => "not_signed_in",
            Self::NotFound => "not_found",
            Self::Unreadable(_) => "unreadable",
            Self::Invalid(_) => "invalid",
            Self::File(_) => "file",
        }
    }

    fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::NotSignedIn => lang
                .pick(
                    "Bạn chưa đăng nhập hoặc phiên đã hết hạn; hãy đăng nhập lại.",
                    "You are not signed in, or the session is over; sign in again.",
                )
                .to_owned(),
            Self::NotFound => lang
                .pick(
                    "Không có trang này; hãy quay lại trang trước hoặc mở danh sách phường.",
                    "There is no such page; go back, or open the list of wards.",
                )
                .to_owned(),
            Self::Unreadable(what) => match lang {
                Lang::Vi => {
                    format!("Không đọc được yêu cầu ({what}); hãy kiểm tra lại rồi gửi lại.")
                }
                Lang::En => {
                    format!("The request cannot be read ({what}); check it and send it again.")
                }
            },
            Self::Invalid(problems) => problems
                .iter()
                .map(|p| format!("{}: {} {}", p.label(lang), p.reason(lang), p.remedy(lang)))
                .collect::<Vec<_>>()
                .join(" "),
            Self::File(path) => match lang {
                Lang::Vi => format!(
                    "Không ghi được tệp {path}; hãy chọn một tên tệp chưa có, ở nơi còn chỗ trống và có quyền ghi."
                ),
                Lang::En => format!(
                    "Cannot write {path}; choose a file that does not exist yet, where there is space and you may write."
                ),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_the_status_that_fits_and_a_sentence_in_both_languages() {
        let check = |failure: Failure, status| {
            assert_eq!(failure.status().as_u16(), status, "{failure}");
            assert_ne!(failure.sentence(Lang::Vi), failure.sentence(Lang::En));
        };
        check(Refusal::NotSignedIn.into(), 401);
        check(Refusal::NotFound.into(), 404);
        check(Refusal::Unreadable("x".to_owned()).into(), 400);
        check(ReplicaError::NotAllowed.into(), 403);
        check(HubError::UnknownWard("1".to_owned()).into(), 404);
        check(HubError::NoAddress.into(), 422);
    }
}
