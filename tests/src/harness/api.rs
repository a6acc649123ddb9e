//! The JSON API of a running program, as its command line uses it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

/// The JSON API of a running program, with the token of its control file.
#[derive(Debug, Clone)]
pub struct Api {
    url: String,
    token: String,
    client: reqwest::Client,
}

/// What an API call came to.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, `null` when it was no JSON.
    pub body: Value,
}

impl Answer {
    /// The body of a success.
    ///
    /// # Panics
    /// When it was none.
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{self:?}");
        self.body
    }
}

/// An HTTP client with a time-out.
///
/// # Panics
/// When it cannot be made.
pub fn http_client() -> reqwest::Client {
    // Fails when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(Duration::from_mins(1)).build().expect("a client")
}

impl Api {
    /// The JSON API of the program over a data folder, while it runs.
    ///
    /// # Panics
    /// When there is none.
    pub fn of(data: &Path) -> Self {
        let text = std::fs::read_to_string(data.join("control.json"))
            .expect("a running program has a control file");
        let control: Value = serde_json::from_str(&text).expect("the control file is JSON");
        let text = |key: &str| control[key].as_str().unwrap_or_default().to_owned();
        let client = http_client();
        Self { url: format!("http://{}/api/v1", text("address")), token: text("token"), client }
    }

    /// A call; an error when no answer came (the program was killed, say).
    ///
    /// # Errors
    /// When the connection failed.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request =
            self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        // Some endpoints answer with JSON lines: the last one is the result.
        let body = text.lines().rev().find_map(|line| serde_json::from_str(line).ok());
        let body = serde_json::from_str(&text).ok().or(body).unwrap_or(Value::Null);
        Ok(Answer { status, body })
    }

    /// A GET that must succeed.
    ///
    /// # Panics
    /// When it does not.
    pub async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await.expect("an answer").ok()
    }

    /// A POST that must succeed.
    ///
    /// # Panics
    /// When it does not.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        self.call(Method::POST, path, Some(body)).await.expect("an answer").ok()
    }

    /// One record.
    pub async fn person(&self, id: &str) -> Value {
        self.get(&format!("/people/{id}")).await
    }

    /// Every text in a record's history: each value that was ever written, among others.
    ///
    /// # Panics
    /// When there is no such record.
    pub async fn history_texts(&self, id: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        texts(&self.get(&format!("/people/{id}/history")).await, &mut found);
        found
    }

    /// Sets fields of a record, from its present heads.
    ///
    /// # Errors
    /// When the connection failed.
    pub async fn set(&self, id: &str, fields: &[(&str, &str)]) -> Result<Answer, reqwest::Error> {
        let now = self.call(Method::GET, &format!("/people/{id}"), None).await?;
        let edits: Vec<Value> = fields
            .iter()
            .map(|(path, value)| json!({"op": "set", "path": path, "value": value}))
            .collect();
        let body = json!({"base_heads": now.body["heads"], "edits": edits});
        self.call(Method::PATCH, &format!("/people/{id}"), Some(&body)).await
    }

    /// The ids of people that a search finds, in the list's order.
    ///
    /// # Panics
    /// When the list has no ids.
    pub async fn people(&self, query: &str) -> Vec<String> {
        let list = self.get(&format!("/people?{query}")).await;
        let people = list["people"].as_array().expect("a list of people");
        people.iter().map(|p| p["id"].as_str().expect("an id").to_owned()).collect()
    }
}

/// Every text in a JSON value.
fn texts(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            into.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, into)),
        _ => {}
    }
}
