//! Files in and out: the import wizard, export, the template.

pub(crate) mod done;
pub(crate) mod mapping;
pub(crate) mod preview;
pub(crate) mod rows;
pub(crate) mod upload;
pub(crate) mod write;

use axum::extract::{Query, State};
use wardbook_replica::ExportColumns;

use crate::api::exports::download;
use crate::api::list_query::ListQuery;
use crate::app::App;
use crate::pages::PageResult;
use crate::pages::screen::Screen;

/// The people of the list as a workbook.
pub(crate) async fn export(
    State(app): State<App>,
    screen: Screen,
    Query(query): Query<ListQuery>,
) -> PageResult {
    let people = query.to_people_query(&app);
    let viewer = screen.viewer;
    let file = app
        .replica()
        .run(move |replica| replica.export_people(&viewer, &people, &ExportColumns::All))
        .await??;
    Ok(download(file))
}

/// The empty template.
pub(crate) async fn template(State(app): State<App>, screen: Screen) -> PageResult {
    let lang = screen.ctx.lang;
    let file = app.replica().run(move |replica| replica.template(lang)).await??;
    Ok(download(file))
}
