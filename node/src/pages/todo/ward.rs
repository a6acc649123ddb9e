//! What the rules over many people find in this ward: shares, limits, training against the plan,
//! people who stand in two records. Looked at when somebody asks, not kept.

use axum::extract::State;
use axum::response::IntoResponse;
use wardbook_record::rules::{Effect, Finding, title};
use wardbook_web::kit::{Badge, Column, Crumb, Page, Tone, badge, empty_state, table, tag};
use wardbook_web::{Markup, PageContext, html};

use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown};

/// The page.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    let viewer = screen.viewer.clone();
    let found = app.replica().run(move |replica| replica.ward_findings(&viewer)).await??;
    Ok(Shown(view(&screen.ctx, &found)).into_response())
}

fn view(ctx: &PageContext, found: &[Finding]) -> Markup {
    let columns = [
        Column::text(ctx.t("todo-effect")),
        Column::text(ctx.t("todo-what")),
        Column::text(ctx.t("todo-who")),
    ];
    let rows = html! { @for finding in found { (row(ctx, finding)) } };
    let body = html! {
        @if found.is_empty() {
            (empty_state(&ctx.t("todo-ward-none"), &html! {}))
        } @else {
            (table(&ctx.t("todo-ward-caption"), &columns, &rows))
        }
    };
    Page::new(ctx.t("todo-ward-title"))
        .lead(ctx.t("todo-ward-lead"))
        .crumbs(vec![Crumb::new("/todo", ctx.t("todo-title"))])
        .render(ctx, &body)
}

fn row(ctx: &PageContext, finding: &Finding) -> Markup {
    let tone = match finding.effect {
        Effect::Block => Tone::Bad,
        Effect::Warn => Tone::Warning,
        Effect::Remind => Tone::Info,
    };
    html! {
        tr data-rule=(finding.rule) {
            td { (badge(&Badge::new(tone, finding.effect_label(ctx.lang)))) }
            th scope="row" {
                strong { (title(&finding.rule, ctx.lang)) } " " (tag(&finding.rule))
                p .wb-todo-words { (finding.sentence(ctx.lang)) }
                p .wb-todo-basis { (ctx.t("todo-basis")) " " (finding.basis(ctx.lang)) }
            }
            td {
                @for (number, document) in (1..).zip(&finding.people) {
                    @if number > 1 { ", " }
                    a href=(format!("/people/{document}")) { (ctx.t("todo-record")) " " (number) }
                }
            }
        }
    }
}
