//! Who calls the API: a command of this machine by its token, or a signed-in person by cookie.

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION};
use axum::http::{HeaderMap, request::Parts};
use wardbook_record::Lang;
use wardbook_replica::Viewer;

use crate::app::App;
use crate::failure::{Failure, Refusal};
use crate::pages::session::viewer_of_cookie;

/// The caller, with the rights of an account.
#[derive(Debug, Clone)]
pub struct Caller(pub Viewer);

impl FromRequestParts<App> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let lang = language(&parts.headers);
        if let Some(token) = bearer(&parts.headers) {
            return if same(token, &app.control_token) {
                Ok(Self(Viewer::system(lang)))
            } else {
                Err(Refusal::NotSignedIn.into())
            };
        }
        let viewer = viewer_of_cookie(app, &parts.headers).await?;
        viewer.map(Self).ok_or_else(|| Refusal::NotSignedIn.into())
    }
}

/// The language a caller reads, by its first wish; Vietnamese unless it is English.
pub fn language(headers: &HeaderMap) -> Lang {
    let wish = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    match wish {
        Some(wish) if wish.trim_start().starts_with("en") => Lang::En,
        _ => Lang::Vi,
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Compares without telling by its time how much was right.
fn same(given: &str, right: &str) -> bool {
    let differing = given.bytes().zip(right.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    given.len() == right.len() && !right.is_empty() && differing == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_opens_and_no_token_opens_nothing() {
        assert!(same("abc", "abc"));
        assert!(!same("ab", "abc") && !same("abd", "abc") && !same("", ""));
    }
}
