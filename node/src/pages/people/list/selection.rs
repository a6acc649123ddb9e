//! Which people a form over the list means: the ticked ones, the page, or all that were found; and
//! the workbook of them.

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use wardbook_base::DocumentId;
use wardbook_replica::{ExportColumns, ReplicaError};
use wardbook_store::{PeopleFilter, PeopleQuery};

use super::{PER_PAGE, Sent, columns, one};
use crate::api::exports::download;
use crate::api::list_query::ListQuery;
use crate::app::App;
use crate::pages::PageResult;
use crate::pages::screen::Screen;
use crate::refusal::Refusal;

/// People kept by other wards who can be meant at once.
const ELSEWHERE_MAX: u64 = 1_000;

/// The names of a form that say who is meant.
pub(super) fn is_about_people(name: &str) -> bool {
    name == "id"
        || name == "scope"
        || ListQuery::from_words(&[(name.to_owned(), "1".to_owned())]) != ListQuery::default()
}

/// The people who are meant, as a query without pages; `None` when nobody is ticked.
pub(crate) async fn meant(
    app: &App,
    screen: &Screen,
    sent: &Sent,
) -> Result<Option<PeopleQuery>, Refusal> {
    let list = ListQuery::from_words(sent);
    let query = PeopleQuery { offset: 0, ..list.to_people_query(app) };
    let only = match one(sent, "scope") {
        "all" if !list.is_elsewhere() => return Ok(Some(query)),
        scope @ ("page" | "all") => {
            let page = (list.offset, PER_PAGE);
            let (offset, limit) = if scope == "all" { (0, ELSEWHERE_MAX) } else { page };
            let asked = PeopleQuery { offset, limit, ..query.clone() };
            let (viewer, elsewhere) = (screen.viewer.clone(), list.is_elsewhere());
            let read = app.replica().run(move |replica| {
                let page = ListQuery::people(elsewhere, replica, &viewer, &asked)?;
                Ok::<_, ReplicaError>(page.rows.into_iter().map(|row| row.document).collect())
            });
            read.await??
        }
        _ => ticked(sent),
    };
    let filter = PeopleFilter { only, with_retired: true, ..PeopleFilter::default() };
    let is_empty = filter.only.is_empty();
    let query = PeopleQuery { search: String::new(), filter, ..query };
    Ok((!is_empty).then_some(query))
}

fn ticked(sent: &Sent) -> Vec<DocumentId> {
    let ids = sent.iter().filter(|(name, _)| name == "id");
    ids.filter_map(|(_, id)| id.parse().ok()).collect()
}

/// Back to the list, which says that nobody was ticked.
pub(super) fn nobody(sent: &Sent) -> axum::response::Response {
    let address = ListQuery::from_words(sent).address("/people");
    let sign = if address.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{address}{sign}done=nobody-ticked")).into_response()
}

/// The people who are meant as a workbook that can be imported again.
pub(crate) async fn export(
    State(app): State<App>,
    screen: Screen,
    Form(sent): Form<Sent>,
) -> PageResult {
    let Some(query) = meant(&app, &screen, &sent).await? else { return Ok(nobody(&sent)) };
    let (viewer, shown) = (screen.viewer.clone(), one(&sent, "columns") == "shown");
    let file = app
        .replica()
        .run(move |replica| {
            let columns = if shown {
                let chosen = columns::chosen(replica, &viewer)?;
                let keys = chosen.iter().flat_map(|column| column.keys());
                // Without the number nobody could be told apart when the file comes back.
                let mut keys: Vec<String> = keys.map(|key| (*key).to_owned()).collect();
                if !keys.iter().any(|key| key == "person_id_no") {
                    keys.insert(1, "person_id_no".to_owned());
                }
                ExportColumns::Keys(keys)
            } else {
                ExportColumns::All
            };
            replica.export_people(&viewer, &query, &columns)
        })
        .await??;
    Ok(download(file))
}
