//! The moves of this ward that wait for the city.

use axum::extract::State;
use axum::response::IntoResponse;
use wardbook_base::WardId;
use wardbook_record::{Scalar, schema, show};
use wardbook_replica::RequestView;
use wardbook_web::kit::{Column, Page, empty_state, table};
use wardbook_web::{Markup, PageContext, html};

use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// The list.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    let viewer = screen.viewer.clone();
    let found = app
        .replica()
        .run(move |replica| replica.move_requests(&viewer, &WardId::default()))
        .await??;
    Ok(Shown(view(&screen.ctx, &found)).into_response())
}

fn view(ctx: &PageContext, found: &[RequestView]) -> Markup {
    let body = if found.is_empty() {
        empty_state(&ctx.t("events-requests-none"), &html! {})
    } else {
        let columns = ["who", "what", "where", "when", "decision"]
            .map(|key| Column::text(ctx.t(&format!("events-requests-{key}"))));
        let rows = html! { @for one in found { (row(ctx, one)) } };
        table(&ctx.t("events-requests-caption"), &columns, &rows)
    };
    Page::new(ctx.t("events-requests-title")).lead(ctx.t("events-requests-lead")).render(ctx, &body)
}

fn row(ctx: &PageContext, one: &RequestView) -> Markup {
    let request = &one.request;
    let kind = schema().column("movements", "kind");
    let kind = kind.map(|column| show(column, &Scalar::from(request.kind.as_str()), ctx.lang));
    let until = request.until.map(|day| format!(" – {day}")).unwrap_or_default();
    html! {
        tr {
            th scope="row" {
                a href=(format!("/people/{}", one.document)) { (one.full_name) }
                @if !one.title.is_empty() { br; (one.title) }
            }
            td { (kind.unwrap_or_default()) }
            td { (request.to_org) }
            td { @if let Some(day) = request.effective { (day) } (until) }
            td { (request.decision_no) }
        }
    }
}
