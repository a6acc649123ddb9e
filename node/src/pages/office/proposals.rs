//! Proposed corrections: to take or decline, with the old value, the new one and the proof, for who
//! approves; to give back, for clerks; what became of the own ones, for staff. Above them the accounts
//! that wait for a yes.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_replica::{ProposalState, ProposalView, ReplicaError};
use wardbook_web::kit::{
    Badge, ButtonKind, Column, Page, Tone, badge, button, empty_state, field, table,
};
use wardbook_web::{Markup, PageContext, format, html};

use super::wishes;
use crate::app::App;
use crate::pages::attachments::served;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// The list.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    let viewer = screen.viewer.clone();
    let access = viewer.access();
    if !(access.whole || access.approves || access.proposes) {
        return Err(ReplicaError::NotAllowed.into());
    }
    let read = app.replica().run(move |replica| {
        let wishes = replica.account_wishes(&viewer)?;
        Ok::<_, ReplicaError>((replica.proposals(&viewer)?, wishes))
    });
    let (all, asked) = read.await??;
    let above = wishes::view(&screen.ctx, &asked, access.approves);
    Ok(Shown(view(&screen, &all, &above)).into_response())
}

/// The paper that proves one.
pub(crate) async fn proof(
    State(app): State<App>,
    screen: Screen,
    UrlPath(key): UrlPath<String>,
) -> PageResult {
    let viewer = screen.viewer.clone();
    let found = app.replica().run(move |replica| replica.proposal_proof(&viewer, &key)).await??;
    served(&screen.ctx, Some(found), "/proposals")
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
    Ok(Redirect::to("/proposals?done=declined").into_response())
}

fn view(screen: &Screen, all: &[ProposalView], above: &Markup) -> Markup {
    let ctx = &screen.ctx;
    let access = screen.viewer.access();
    let columns = [
        Column::text(ctx.t("office-proposal-who")),
        Column::text(ctx.t("office-proposal-what")),
        Column::text(ctx.t("office-proposal-why")),
        Column::text(ctx.t("office-state")),
    ];
    let rows = html! { @for one in all { (row(ctx, one)) } };
    let body = html! {
        (above)
        @if all.is_empty() {
            (empty_state(&ctx.t("office-proposals-none"), &html! {}))
        } @else {
            (table(&ctx.t("office-proposals-caption"), &columns, &rows))
        }
    };
    let lead = match (access.approves, access.whole) {
        (true, _) => "office-proposals-lead",
        (false, true) => "office-proposals-clerk",
        (false, false) => "office-proposals-mine",
    };
    Page::new(ctx.t("office-proposals-title")).lead(ctx.t(lead)).render(ctx, &body)
}

fn row(ctx: &PageContext, one: &ProposalView) -> Markup {
    let shown = |text: &str| {
        if text.is_empty() { ctx.t("record-empty-value") } else { text.to_owned() }
    };
    let base = format!("/proposals/{}", one.key);
    let is_open = one.state == ProposalState::Open;
    let moved = is_open && one.now_shown != one.was_shown;
    html! {
        tr data-proposal=(one.key) {
            th scope="row" {
                a href=(format!("/people/{}", one.document)) { (one.full_name) }
                br; span .text-secondary { (format::date_time(one.at)) }
            }
            td {
                strong { (one.label) }
                dl .wb-old-new {
                    div { dt { (ctx.t("office-proposal-old")) } dd { del { (shown(&one.was_shown)) } } }
                    div { dt { (ctx.t("office-proposal-new")) } dd { ins { (shown(&one.wanted_shown)) } } }
                    @if moved { div { dt { (ctx.t("office-proposal-now")) } dd { (shown(&one.now_shown)) } } }
                }
            }
            td {
                (one.remark)
                p {
                    @if let Some(file) = &one.proof {
                        a href=(format!("{base}/proof")) {
                            (ctx.t("office-proposal-proof")) " (" (file.media.extension()) ", " (format::number(ctx.lang, file.bytes.div_ceil(1024))) " KB)"
                        }
                    } @else { span .text-secondary { (ctx.t("office-proposal-no-proof")) } }
                }
            }
            td {
                (badge(&state(ctx, one)))
                @if !one.reason.is_empty() { p { (one.reason) } }
                @if one.may_take {
                    form method="post" action=(format!("{base}/take")) {
                        (button(ButtonKind::Primary, &ctx.t("office-proposal-take")))
                    }
                } @else if one.may_decline { p { (ctx.t("office-proposal-leader")) } }
                @if one.may_decline {
                    details {
                        summary { (ctx.t("office-proposal-decline")) }
                        form method="post" action=(format!("{base}/decline")) {
                            (field(&format!("reason.{}", one.key), &ctx.t("office-proposal-reason")).required().area(2))
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
