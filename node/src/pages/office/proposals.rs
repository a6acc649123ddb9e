//! Proposed corrections: to take or decline, for clerks; what became of the own ones, for staff.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_replica::{ProposalState, ProposalView};
use wardbook_web::kit::{
    Badge, ButtonKind, Column, Page, Tone, badge, button, empty_state, field, table,
};
use wardbook_web::{Markup, PageContext, format, html};

use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// The list.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    let viewer = screen.viewer.clone();
    let all = app.replica().run(move |replica| replica.proposals(&viewer)).await??;
    Ok(Shown(view(&screen, &all)).into_response())
}

/// Writes one into its record.
pub(crate) async fn take(
    State(app): State<App>,
    screen: Screen,
    UrlPath(key): UrlPath<String>,
) -> PageResult {
    let viewer = screen.viewer;
    app.replica().run(move |replica| replica.take_proposal(&viewer, &key)).await??;
    app.edited();
    Ok(Redirect::to("/proposals?done=saved").into_response())
}

/// Declines one.
pub(crate) async fn decline(
    State(app): State<App>,
    screen: Screen,
    UrlPath(key): UrlPath<String>,
    Form(form): Form<BTreeMap<String, String>>,
) -> PageResult {
    let viewer = screen.viewer;
    // The box bears the proposal's key in its name, because there are several on a page.
    let reason = form.into_values().next().unwrap_or_default();
    let declined =
        app.replica().run(move |replica| replica.decline_proposal(&viewer, &key, &reason));
    declined.await??;
    Ok(Redirect::to("/proposals?done=saved").into_response())
}

fn view(screen: &Screen, all: &[ProposalView]) -> Markup {
    let ctx = &screen.ctx;
    let takes = screen.viewer.role.may_edit();
    let columns = [
        Column::text(ctx.t("office-proposal-who")),
        Column::text(ctx.t("office-proposal-what")),
        Column::text(ctx.t("office-proposal-why")),
        Column::text(ctx.t("office-state")),
    ];
    let rows = html! { @for one in all { (row(ctx, one, takes)) } };
    let body = html! {
        @if all.is_empty() {
            (empty_state(&ctx.t("office-proposals-none"), &html! {}))
        } @else {
            (table(&ctx.t("office-proposals-caption"), &columns, &rows))
        }
    };
    let lead = if takes { "office-proposals-lead" } else { "office-proposals-mine" };
    Page::new(ctx.t("office-proposals-title")).lead(ctx.t(lead)).render(ctx, &body)
}

fn row(ctx: &PageContext, one: &ProposalView, takes: bool) -> Markup {
    let shown = |text: &str| {
        if text.is_empty() { ctx.t("record-empty-value") } else { text.to_owned() }
    };
    let base = format!("/proposals/{}", one.key);
    html! {
        tr {
            th scope="row" {
                a href=(format!("/people/{}", one.document)) { (one.full_name) }
                br; span .text-secondary { (format::date_time(one.at)) }
            }
            td { (one.label) ": " del { (shown(&one.now_shown)) } " → " ins { (shown(&one.wanted_shown)) } }
            td { (one.remark) }
            td {
                (badge(&state(ctx, one)))
                @if !one.reason.is_empty() { p { (one.reason) } }
                @if takes && one.state == ProposalState::Open {
                    form method="post" action=(format!("{base}/take")) {
                        (button(ButtonKind::Primary, &ctx.t("office-proposal-take")))
                    }
                    details {
                        summary { (ctx.t("office-proposal-decline")) }
                        form method="post" action=(format!("{base}/decline")) {
                            (field(&format!("reason.{}", one.key), &ctx.t("office-proposal-reason")).area(2))
                            (button(ButtonKind::Secondary, &ctx.t("office-proposal-decline")))
                        }
                    }
                }
            }
        }
    }
}

fn state(ctx: &PageContext, one: &ProposalView) -> Badge {
    let (tone, key) = match one.state {
        ProposalState::Open => (Tone::Warning, "office-proposal-open"),
        ProposalState::Taken => (Tone::Good, "office-proposal-taken"),
        ProposalState::Declined => (Tone::Idle, "office-proposal-declined"),
    };
    let by =
        if one.decided_by.is_empty() { String::new() } else { format!(" – {}", one.decided_by) };
    Badge::new(tone, format!("{}{by}", ctx.t(key)))
}
