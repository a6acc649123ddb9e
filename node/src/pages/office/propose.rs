//! A staff member proposes another value for a field of the own record.

use std::collections::BTreeMap;

use axum::extract::{Multipart, Path as UrlPath, Query, State};
use axum::response::{IntoResponse, Redirect};
use wardbook_record::{Field, Kind, Path, parse_typed, schema, show_field};
use wardbook_replica::{AttachError, Correction, PROPOSAL_TEXT_MAX, ReplicaError};
use wardbook_web::kit::{
    ButtonKind, Crumb, FieldError, Page, button, card, field, hidden, link_button,
};
use wardbook_web::{Markup, PageContext, html};

use crate::app::App;
use crate::pages::people::{Open, open};
use crate::pages::screen::Screen;
use crate::pages::sent::Sent;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// The form as typed.
type Typed = BTreeMap<String, String>;

/// Which field, then which value.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    Query(query): Query<Typed>,
) -> PageResult {
    may_propose(&screen)?;
    let open = open(&app, &screen, &id).await?;
    let chosen = query.get("field").map_or("", String::as_str);
    Ok(Shown(view(&screen, &open, chosen, &Typed::new(), None)).into_response())
}

/// Sends the proposal.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    multipart: Multipart,
) -> PageResult {
    may_propose(&screen)?;
    let open = open(&app, &screen, &id).await?;
    let sent = Sent::read(multipart).await?;
    let form = &sent.boxes;
    let of = |name: &str| sent.of(name).to_owned();
    let key = of("field");
    let wrong = |name: &str, message: String| {
        let wrong = FieldError { name: name.to_owned(), message };
        Ok(not_accepted(view(&screen, &open, &key, form, Some(wrong))))
    };
    let Some(asked) = schema().field(&key).filter(|field| is_open(&screen, field)) else {
        return wrong("field", screen.ctx.t("office-propose-no-field"));
    };
    if of("remark").is_empty() {
        return wrong("remark", screen.ctx.t("office-propose-no-remark"));
    }
    if of("remark").chars().count() > PROPOSAL_TEXT_MAX {
        return wrong("remark", screen.ctx.t("office-propose-remark-long"));
    }
    let values = match parse_typed(asked, &of("value"), open.as_of) {
        Ok(values) => values,
        Err(problem) => {
            let lang = screen.ctx.lang;
            let label = asked.label(lang);
            return wrong(
                "value",
                format!("{label}: {} {}", problem.reason(lang), problem.remedy(lang)),
            );
        }
    };
    // A compound field has several keys.
    let values = values.into_iter();
    let values = values.map(|(suffix, value)| (Path::field(format!("{key}{suffix}")), value));
    let wanted =
        Correction { values: values.collect(), remark: of("remark"), proof: sent.file.clone() };
    let (viewer, document) = (screen.viewer.clone(), open.view.person.id);
    let proposed =
        app.replica().run(move |replica| replica.propose(&viewer, &document, &wanted)).await?;
    match proposed {
        Ok(()) => Ok(Redirect::to("/proposals?done=proposed").into_response()),
        Err(AttachError::Edit(error)) => Err(error.into()),
        Err(AttachError::Other(error)) => Err(error.into()),
        Err(error) => wrong("file", error.sentence(screen.ctx.lang)),
    }
}

fn may_propose(screen: &Screen) -> Result<(), Refusal> {
    if screen.viewer.access().proposes { Ok(()) } else { Err(ReplicaError::NotAllowed.into()) }
}

/// Single values that people fill in and that this member may see.
fn is_open(screen: &Screen, field: &Field) -> bool {
    let has_one_box = !matches!(
        field.kind,
        Kind::Uuid | Kind::Blob | Kind::DateTime | Kind::Codes | Kind::Object(_)
    );
    let is_own = field.section != "administration" && !field.computed;
    has_one_box && is_own && screen.viewer.access().reads(&field.key)
}

fn view(
    screen: &Screen,
    open: &Open,
    chosen: &str,
    typed: &Typed,
    wrong: Option<FieldError>,
) -> Markup {
    let ctx = &screen.ctx;
    let asked = schema().field(chosen).filter(|field| is_open(screen, field));
    let body = match asked {
        None => which(screen, open),
        Some(field) => box_of(ctx, open, field, typed, wrong.as_ref()),
    };
    Page::new(ctx.t("office-propose-title"))
        .lead(ctx.t("office-propose-lead"))
        .crumbs(vec![Crumb::new(open.base.clone(), open.name(ctx))])
        .errors(wrong.into_iter().collect())
        .render(ctx, &body)
}

/// The fields to choose from, as the form has them.
fn which(screen: &Screen, open: &Open) -> Markup {
    let ctx = &screen.ctx;
    let fields = schema().fields.iter().filter(|field| is_open(screen, field));
    let options: Vec<(String, String)> =
        fields.map(|field| (field.key.clone(), field.label(ctx.lang).to_owned())).collect();
    card(
        "",
        None,
        &html! {
            form method="get" action=(format!("{}/propose", open.base)) {
                (field("field", &ctx.t("office-propose-field")).select(options))
                (button(ButtonKind::Primary, &ctx.t("node-continue")))
            }
        },
    )
}

fn box_of(
    ctx: &PageContext,
    open: &Open,
    asked: &Field,
    typed: &Typed,
    wrong: Option<&FieldError>,
) -> Markup {
    let error = |name: &str| wrong.filter(|w| w.name == name).map(|w| w.message.clone());
    let of = |name: &str| typed.get(name).cloned().unwrap_or_default();
    let now = show_field(asked, &open.view.person, ctx.lang);
    let now = if now.is_empty() { ctx.t("record-empty-value") } else { now };
    let choices: Vec<(String, String)> = match &asked.kind {
        Kind::Enum(choices) => choices
            .iter()
            .map(|c| (c.label(ctx.lang).to_owned(), c.label(ctx.lang).to_owned()))
            .collect(),
        Kind::Code => {
            let items = asked.items_on(open.as_of);
            items
                .iter()
                .map(|i| (i.label(ctx.lang).to_owned(), i.label(ctx.lang).to_owned()))
                .collect()
        }
        _ => Vec::new(),
    };
    let value = field("value", asked.label(ctx.lang))
        .value(of("value"))
        .hint(format!("{} {now}", ctx.t("office-propose-now")))
        .error_if(error("value"));
    let value = match &asked.kind {
        Kind::LongText => value.area(4),
        _ if !choices.is_empty() => {
            value.suggestions(choices.into_iter().map(|(v, _)| v).collect())
        }
        _ => value,
    };
    card(
        "",
        None,
        &html! {
            form method="post" enctype="multipart/form-data" action=(format!("{}/propose", open.base)) {
                (hidden("field", &asked.key))
                (value)
                (field("remark", &ctx.t("office-propose-remark")).value(of("remark")).required()
                    .hint(ctx.t("office-propose-remark-hint")).area(3).error_if(error("remark")))
                (field("file", &ctx.t("office-propose-proof")).file(".pdf,.jpg,.jpeg,.png,.docx")
                    .hint(ctx.t("office-propose-proof-hint")).error_if(error("file")))
                div .btn-list {
                    (button(ButtonKind::Primary, &ctx.t("office-propose-send")))
                    (link_button(ButtonKind::Secondary, &open.base, &ctx.t("cancel")))
                }
            }
        },
    )
}
