//! Proposed corrections: to take or decline, with the old value, the new one and the proof, for who
//! approves; to give back, for clerks; what became of the own ones, for staff. Above them the accounts
//! that wait for a yes.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path as UrlPath, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_replica::{PROPOSAL_TEXT_MAX, ProposalState, ProposalView, ReplicaError};
use wardbook_web::kit::{
    Badge, ButtonKind, Column, FieldError, Page, Tone, badge, button, empty_state, field, table,
};
use wardbook_web::{Markup, PageContext, format, html};

use super::wishes;
use crate::app::App;
use crate::pages::attachments::served;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// The list.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    let access = screen.viewer.access();
    if !(access.whole || access.approves || access.proposes) {
        return Err(ReplicaError::NotAllowed.into());
    }
    Ok(Shown(list(&app, &screen, None).await?).into_response())
}

/// A reason that was too long, and whose.
struct Wrong {
    key: String,
    typed: String,
}

async fn list(app: &App, screen: &Screen, wrong: Option<&Wrong>) -> Result<Markup, Refusal> {
    let viewer = screen.viewer.clone();
    let read = app.replica().run(move |replica| {
        let wishes = replica.account_wishes(&viewer)?;
        Ok::<_, ReplicaError>((replica.proposals(&viewer)?, wishes))
    });
    let (all, asked) = read.await??;
    let above = wishes::view(&screen.ctx, &asked, screen.viewer.access().approves);
    Ok(view(screen, &all, &above, wrong))
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
    if reason.trim().chars().count() > PROPOSAL_TEXT_MAX {
        let wrong = Wrong { key, typed: reason };
        return Ok(not_accepted(list(&app, &Screen { viewer, ..screen }, Some(&wrong)).await?));
    }
    let declined =
        app.replica().run(move |replica| replica.decline_proposal(&viewer, &key, &reason));
    declined.await??;
    Ok(Redirect::to("/proposals?done=declined").into_response())
}

fn view(screen: &Screen, all: &[ProposalView], above: &Markup, wrong: Option<&Wrong>) -> Markup {
    let ctx = &screen.ctx;
    let access = screen.viewer.access();
    let columns = [
        Column::text(ctx.t("office-proposal-who")),
        Column::text(ctx.t("office-proposal-what")),
        Column::text(ctx.t("office-proposal-why")),
        Column::text(ctx.t("office-state")),
    ];
    let rows =
        html! { @for one in all { (row(ctx, one, wrong.filter(|wrong| wrong.key == one.key))) } };
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
    let errors = wrong.map(|wrong| FieldError {
        name: reason_box(&wrong.key),
        message: ctx.t("office-proposal-reason-long"),
    });
    Page::new(ctx.t("office-proposals-title"))
        .lead(ctx.t(lead))
        .errors(errors.into_iter().collect())
        .render(ctx, &body)
}

/// There are several proposals on a page, each with its box.
fn reason_box(key: &str) -> String {
    format!("reason.{key}")
}

fn row(ctx: &PageContext, one: &ProposalView, wrong: Option<&Wrong>) -> Markup {
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
                    } @else if is_open { span .text-secondary { (ctx.t("office-proposal-no-proof")) } }
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
                    details open[wrong.is_some()] {
                        summary { (ctx.t("office-proposal-decline")) }
                        form method="post" action=(format!("{base}/decline")) {
                            (field(&reason_box(&one.key), &ctx.t("office-proposal-reason")).required().area(2)
                                .value(wrong.map_or("", |wrong| wrong.typed.as_str()))
                                .error_if(wrong.map(|_| ctx.t("office-proposal-reason-long"))))
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
