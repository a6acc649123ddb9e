//! How the JSON interface says that something was not done (RFC 9457).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A problem document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code says which problem it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A stable code, such as `stale`.
    pub code: String,
    /// What happened and what to do, in the language asked for.
    pub detail: String,
    /// What to do, on its own.
    #[serde(default)]
    pub remedy: String,
    /// Further members, such as `fields` of a stale edit.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub more: serde_json::Map<String, serde_json::Value>,
}
