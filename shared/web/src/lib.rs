//! The UI kit that the ward's and the city's pages are composed of: layout, fields, tables, charts,
//! languages, assets, security headers and the HTTP server itself.
//!
//! The only crate that knows HTML. Everything in [`kit`] is a pure function from plain values to
//! markup; views take a [`PageContext`] first, never wait and never fail. Texts come from Fluent
//! files under `locales/` by [`t`] and [`t_args`]. Every page works without JavaScript.

mod assets;
pub mod check;
mod context;
mod drain;
mod error_page;
mod file_page;
pub mod format;
pub mod help;
mod i18n;
#[cfg(test)]
mod i18n_tests;
pub mod kit;
pub mod print;
pub mod record_view;
mod request_info;
mod security;
pub mod serve;
mod session;

pub use assets::{asset_url, assets_router};
pub use context::{AppKind, NavItem, PageContext, TextSize, UserInfo};
pub use error_page::{PageError, error_response};
pub use file_page::{file_not_here, file_response};
pub use fluent_templates::fluent_bundle::FluentValue;
pub use i18n::{t, t_args};
pub use maud::{Markup, html};
pub use request_info::RequestInfo;
pub use security::{SecurityConfig, security_layer};
pub use session::{clear_session_cookie, session_cookie, session_token};
pub use wardbook_record::Lang;
