//! Things to do, as the address of the page and of the JSON interface names them.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wardbook_replica::{TodoItem, TodoQuery, TodoState, TodoWhen};

use crate::app::App;
use crate::percent::percent_encoded;
use crate::refusal::Refusal;
use crate::session::ApiUser;

/// Things on one page.
pub(crate) const PER_PAGE: u64 = 50;
/// ... and at most for programs.
const AT_ONCE_MAX: u64 = 5_000;

/// Which things to do, in the words of an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct TodoAddress {
    /// The kind of work, such as `retirement`.
    pub(crate) kind: String,
    /// `now`, `overdue`, `month`, `quarter`, `year`, `undated` or `all`.
    when: String,
    /// `open`, `later` or `done`.
    state: String,
    /// The page, from 1.
    page: u64,
    /// Programs: how many.
    limit: u64,
    /// Pages: the key of what was marked just now.
    #[serde(skip_serializing)]
    pub(crate) last: String,
}

impl TodoAddress {
    /// From its text form; whatever cannot be read is as if it were not there.
    pub(crate) fn of(text: &str) -> Self {
        let mut address = Self::default();
        for (name, value) in text.split('&').filter_map(|pair| pair.split_once('=')) {
            let plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            match name {
                "kind" if plain => value.clone_into(&mut address.kind),
                "when" if plain => value.clone_into(&mut address.when),
                "state" if plain => value.clone_into(&mut address.state),
                "page" => address.page = value.parse().unwrap_or(0),
                _ => {}
            }
        }
        address
    }

    /// The text form, without the key of the last mark.
    pub(crate) fn text(&self) -> String {
        let page = self.page_number();
        format!(
            "kind={}&when={}&state={}&page={page}",
            percent_encoded(&self.kind),
            self.when().word(),
            self.state().word(),
        )
    }

    /// The address of the page.
    pub(crate) fn href(&self) -> String {
        format!("/todo?{}", self.text())
    }

    /// By when; what is not known means now.
    pub(crate) fn when(&self) -> TodoWhen {
        let known = TodoWhen::ALL.into_iter().find(|when| when.word() == self.when);
        known.unwrap_or_default()
    }

    /// How they stand; what is not known means to be done.
    pub(crate) fn state(&self) -> TodoState {
        let known = TodoState::ALL.into_iter().find(|state| state.word() == self.state);
        known.unwrap_or_default()
    }

    pub(crate) fn page_number(&self) -> u64 {
        self.page.max(1)
    }

    pub(crate) fn with_when(&self, when: TodoWhen) -> Self {
        Self { when: when.word().to_owned(), page: 0, ..self.clone() }
    }

    pub(crate) fn with_state(&self, state: TodoState) -> Self {
        Self { state: state.word().to_owned(), page: 0, ..self.clone() }
    }

    pub(crate) fn with_kind(&self, kind: &str) -> Self {
        Self { kind: kind.to_owned(), page: 0, ..self.clone() }
    }

    pub(crate) fn on_page(&self, page: u64) -> Self {
        Self { page, ..self.clone() }
    }

    /// As the replica understands it.
    pub(crate) fn query(&self) -> TodoQuery {
        let limit = if self.limit == 0 { PER_PAGE } else { self.limit.min(AT_ONCE_MAX) };
        TodoQuery {
            kind: self.kind.clone(),
            when: self.when(),
            state: self.state(),
            offset: (self.page_number() - 1).saturating_mul(limit),
            limit,
        }
    }
}

/// What falls due, the most urgent first.
#[utoipa::path(get, path = "/api/v1/todo", responses((status = 200, body = Object)))]
pub(crate) async fn list(
    State(app): State<App>,
    ApiUser(viewer): ApiUser,
    Query(address): Query<TodoAddress>,
) -> Result<Json<Value>, Refusal> {
    let (lang, query) = (viewer.lang, address.query());
    let page = app.replica().run(move |replica| replica.todo(&viewer, &query)).await??;
    let items: Vec<Value> = page
        .items
        .iter()
        .map(|item: &TodoItem| {
            json!({
                "key": item.key,
                "document": item.document,
                "who": item.who,
                "rule": item.finding.rule,
                "kind": item.finding.kind(),
                "due": item.finding.due,
                "days_left": item.days_left,
                "alert": item.alert,
                "effect": item.finding.effect,
                "title": item.finding.title(lang),
                "sentence": item.finding.sentence(lang),
                "basis": item.finding.basis(lang),
                "verified": item.finding.verified(),
                "path": item.finding.path,
                "mark": item.mark,
            })
        })
        .collect();
    Ok(Json(json!({
        "today": page.today,
        "total": page.total,
        "by_kind": page.by_kind.iter().copied().collect::<std::collections::BTreeMap<_, _>>(),
        "by_when": page.by_when,
        "by_state": page.by_state,
        "items": items,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives_its_text_form_and_garbage_means_the_usual_list() {
        let address = TodoAddress::of("kind=party&when=month&state=later&page=3");
        assert_eq!(address.text(), "kind=party&when=month&state=later&page=3");
        assert_eq!((address.when(), address.state()), (TodoWhen::Month, TodoState::Later));
        assert_eq!(address.query().offset, 2 * PER_PAGE);
        let usual = "kind=&when=now&state=open&page=1";
        for garbage in ["", "x", "when=%22&page=-1", "kind=<b>&state=gone", "page=1e9&when="] {
            assert_eq!(TodoAddress::of(garbage).text(), usual, "{garbage}");
        }
        assert_eq!(TodoAddress { page: u64::MAX, ..address }.query().limit, PER_PAGE);
    }
}
