//! One type for everything that stops a request. It knows both languages and the status; the layer
//! below turns it into problem+json for programs and into a page for people.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use wardbook_record::Lang;
use wardbook_replica::bundle::BundleError;
use wardbook_replica::{
    AccountError, EditError, EnrolError, ImportError, LoginError, ReplicaError, SyncError,
};
use wardbook_web::RequestInfo;

use crate::api::problem::Problem;
use crate::failure::Failure;

/// Why a request was not served.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// Boxed, because results carry a refusal far more often than they are one.
    said: Box<Said>,
}

#[derive(Debug, Clone)]
struct Said {
    code: String,
    vi: String,
    en: String,
    /// Further members of the problem document, such as the fields of a stale edit.
    more: serde_json::Map<String, serde_json::Value>,
}

impl Refusal {
    /// A refusal in both languages.
    pub(crate) fn new(status: StatusCode, code: &str, vi: &str, en: &str) -> Self {
        let (code, vi, en) = (code.to_owned(), vi.to_owned(), en.to_owned());
        Self { status, said: Box::new(Said { code, vi, en, more: serde_json::Map::new() }) }
    }

    /// Nobody is signed in.
    pub(crate) fn signed_out() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "signed_out",
            "Bạn chưa đăng nhập hoặc phiên làm việc đã hết; hãy đăng nhập rồi làm lại.",
            "You are not signed in, or the session is over; sign in and try again.",
        )
    }

    /// Something in the address or the body cannot be read.
    pub(crate) fn unreadable() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "unreadable",
            "Yêu cầu gửi lên không đúng dạng; hãy tải lại trang rồi làm lại.",
            "The request cannot be read; reload the page and try again.",
        )
    }

    /// A choice that the page had not offered: an old page, or a form that was tampered with.
    pub(crate) fn unknown_choice() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unknown_choice",
            "Mục được chọn trong biểu mẫu vừa gửi không có trong danh sách của trang, nên chưa ghi gì; \
             hãy quay lại, tải lại trang rồi chọn lại.",
            "A choice in the form is not one that the page offers, so nothing was written; go back, \
             reload the page and choose again.",
        )
    }

    /// The same with further members of the problem document.
    pub(crate) fn with(mut self, more: serde_json::Map<String, serde_json::Value>) -> Self {
        self.said.more = more;
        self
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &str {
        &self.said.code
    }

    /// The sentence of a language.
    pub(crate) fn sentence(&self, lang: Lang) -> &str {
        lang.pick(&self.said.vi, &self.said.en)
    }

    /// The same as the command line reports it.
    pub(crate) fn failure(&self, lang: Lang) -> Failure {
        Failure::new(self.code(), self.sentence(lang)).with_status(self.status.as_u16())
    }

    fn of(code: &str, usual: StatusCode, sentence: impl Fn(Lang) -> String) -> Self {
        let status = status_of_store(code).unwrap_or(usual);
        Self::new(status, code, &sentence(Lang::Vi), &sentence(Lang::En))
    }
}

/// The status of what can go wrong below any command; `None` for everything else.
fn status_of_store(code: &str) -> Option<StatusCode> {
    match code {
        "disk_full" => Some(StatusCode::INSUFFICIENT_STORAGE),
        "not_allowed" | "must_change_password" => Some(StatusCode::FORBIDDEN),
        "not_found" | "unknown_batch" | "unknown_account" => Some(StatusCode::NOT_FOUND),
        "bad_rules" | "old_rules" => Some(StatusCode::UNPROCESSABLE_ENTITY),
        "preview_gone" => Some(StatusCode::GONE),
        "login_busy" | "login_wait" => Some(StatusCode::TOO_MANY_REQUESTS),
        "busy" => Some(StatusCode::SERVICE_UNAVAILABLE),
        "wrong_key"
        | "corrupt"
        | "disk_error"
        | "no_access"
        | "document_unreadable"
        | "interrupted"
        | "bad_setting"
        | "internal" => Some(StatusCode::INTERNAL_SERVER_ERROR),
        _ => None,
    }
}

impl From<ReplicaError> for Refusal {
    fn from(error: ReplicaError) -> Self {
        tracing::debug!(%error, "refused");
        Self::of(error.code(), StatusCode::INTERNAL_SERVER_ERROR, |lang| error.sentence(lang))
    }
}

impl From<EditError> for Refusal {
    fn from(error: EditError) -> Self {
        let usual = match &error {
            EditError::Stale(_)
            | EditError::Settled { .. }
            | EditError::Answered
            | EditError::Slip
            | EditError::EditedSince { .. }
            | EditError::KeptElsewhere { .. } => StatusCode::CONFLICT,
            EditError::NotFound => StatusCode::NOT_FOUND,
            EditError::Invalid(_) | EditError::NoWard | EditError::Refused(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            EditError::Other(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::of(error.code(), usual, |lang| error.sentence(lang))
    }
}

impl From<ImportError> for Refusal {
    fn from(error: ImportError) -> Self {
        let usual = match &error {
            ImportError::Other(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::of(error.code(), usual, |lang| error.sentence(lang))
    }
}

impl From<LoginError> for Refusal {
    fn from(error: LoginError) -> Self {
        Self::of(error.code(), StatusCode::UNAUTHORIZED, |lang| error.sentence(lang))
    }
}

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Self {
        let usual = match &error {
            AccountError::Other(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::of(error.code(), usual, |lang| error.sentence(lang))
    }
}

impl From<SyncError> for Refusal {
    fn from(error: SyncError) -> Self {
        let usual = match &error {
            SyncError::NotEnrolled | SyncError::Rejected { .. } => StatusCode::CONFLICT,
            SyncError::Transport(_) | SyncError::BadAnswer(_) => StatusCode::BAD_GATEWAY,
            SyncError::Unchecked(_) | SyncError::Other(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::of(&error.code(), usual, |lang| error.sentence(lang))
    }
}

impl From<BundleError> for Refusal {
    fn from(error: BundleError) -> Self {
        match error {
            BundleError::Sync(error) => error.into(),
            other => Self::of(&other.code(), StatusCode::UNPROCESSABLE_ENTITY, |lang| {
                other.sentence(lang)
            }),
        }
    }
}

impl From<EnrolError> for Refusal {
    fn from(error: EnrolError) -> Self {
        let usual = match &error {
            EnrolError::Text
            | EnrolError::AlreadyEnrolled
            | EnrolError::Rejected(_)
            | EnrolError::File(_) => StatusCode::UNPROCESSABLE_ENTITY,
            EnrolError::Transport(_) | EnrolError::BadAnswer(_) => StatusCode::BAD_GATEWAY,
            EnrolError::Other(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::of(&error.code(), usual, |lang| error.sentence(lang))
    }
}

impl IntoResponse for Refusal {
    /// Carries itself in the extensions; [`in_words`] writes the body.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of a refusal in the language and the form that was asked for.
pub(crate) async fn in_words(info: RequestInfo, request: Request, next: Next) -> Response {
    let for_programs = info.path.starts_with("/api/");
    let response = next.run(request).await;
    let Some(refusal) = response.extensions().get::<Refusal>().cloned() else {
        return response;
    };
    if refusal.status.is_server_error() {
        tracing::error!(code = refusal.code(), path = info.path, "a request failed");
    }
    if for_programs {
        problem_json(&refusal, info.lang)
    } else {
        crate::pages::error_page(&refusal, &info)
    }
}

fn problem_json(refusal: &Refusal, lang: Lang) -> Response {
    let failure = refusal.failure(lang);
    let problem = Problem {
        kind: "about:blank".to_owned(),
        title: refusal.status.canonical_reason().unwrap_or_default().to_owned(),
        status: refusal.status.as_u16(),
        code: failure.code,
        detail: failure.message,
        remedy: failure.remedy,
        more: refusal.said.more.clone(),
    };
    let mut response = (refusal.status, axum::Json(problem)).into_response();
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
