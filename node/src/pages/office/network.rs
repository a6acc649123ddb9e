//! Use by other PCs of the office: a switch, the address, and how to trust the certificate.

use axum::Form;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_replica::{LanSettings, Replica, ReplicaError};
use wardbook_web::kit::{
    Badge, ButtonKind, Crumb, FieldError, Page, Tone, badge, button, card, checkbox, field,
    link_button,
};
use wardbook_web::{Markup, PageContext, html};

use crate::app::App;
use crate::office::lan::{LanError, authority_pem, may_be_called};
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;
use crate::session::AtThisMachine;

/// Names that may be given.
const NAMES_MAX: usize = 5;

/// The switch as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NetworkForm {
    on: String,
    port: String,
    names: String,
}

/// How it stands.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    must_administer(&screen)?;
    let lan = app.replica().run(Replica::lan).await??;
    let form = NetworkForm {
        on: if lan.on { "1".to_owned() } else { String::new() },
        port: lan.port.to_string(),
        names: lan.names.join(", "),
    };
    Ok(Shown(view(&screen.ctx, &app.lan().urls(), &form, None)).into_response())
}

/// Switches it on or off. Only at the machine itself.
pub(crate) async fn post(
    State(app): State<App>,
    _: AtThisMachine,
    screen: Screen,
    Form(form): Form<NetworkForm>,
) -> PageResult {
    must_administer(&screen)?;
    let ctx = &screen.ctx;
    let wrong = |name: &str, message: String| {
        let wrong = FieldError { name: name.to_owned(), message };
        Ok(not_accepted(view(ctx, &app.lan().urls(), &form, Some(&wrong))))
    };
    let Ok(port) = form.port.trim().parse::<u16>() else {
        return wrong("port", ctx.t("office-network-bad-port"));
    };
    let names: Vec<String> = form
        .names
        .split([',', ' ', ';'])
        .map(|name| name.trim().to_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    if names.len() > NAMES_MAX || !names.iter().all(|name| may_be_called(name)) {
        return wrong("names", ctx.t("office-network-bad-name"));
    }
    let lan = LanSettings { on: form.on == "1", port, names };
    // The certificate needs a key pair and the listener a port: neither waits long.
    if let Err(error) = app.lan().apply(&app, &lan) {
        app.lan().stop();
        let words = match error {
            LanError::Serve(error) => error.sentence(ctx.lang),
            LanError::Store(error) => return Err(error.into()),
            LanError::Certificate(_) => ctx.t("office-network-no-certificate"),
        };
        return wrong("port", words);
    }
    let viewer = screen.viewer.clone();
    app.replica().run(move |replica| replica.set_lan(&viewer, &lan)).await??;
    Ok(Redirect::to("/office/network?done=saved").into_response())
}

/// The authority's certificate, for another PC to trust. It is no secret.
pub(crate) async fn certificate(State(app): State<App>, screen: Screen) -> PageResult {
    must_administer(&screen)?;
    let pem = app.replica().run(|replica| authority_pem(replica.store())).await?;
    let pem = pem.map_err(|_| Refusal::from(ReplicaError::Interrupted))?;
    let headers = [
        (CONTENT_TYPE, "application/x-x509-ca-cert"),
        (CONTENT_DISPOSITION, "attachment; filename=\"chung-thu-noi-bo.crt\""),
    ];
    Ok((headers, pem).into_response())
}

fn must_administer(screen: &Screen) -> Result<(), Refusal> {
    if screen.viewer.role.may_administer() { Ok(()) } else { Err(ReplicaError::NotAllowed.into()) }
}

fn view(
    ctx: &PageContext,
    urls: &[String],
    form: &NetworkForm,
    wrong: Option<&FieldError>,
) -> Markup {
    let error = |name: &str| wrong.filter(|w| w.name == name).map(|wrong| wrong.message.clone());
    let state = if urls.is_empty() {
        Badge::new(Tone::Idle, ctx.t("office-network-off"))
    } else {
        Badge::new(Tone::Good, ctx.t("office-network-on"))
    };
    let body = html! {
        p { (badge(&state)) }
        @if !urls.is_empty() { (how(ctx, urls)) }
        (card(&ctx.t("office-network-settings"), None, &html! {
            form method="post" action="/office/network" {
                div .wb-field { (checkbox("on", &ctx.t("office-network-switch"), form.on == "1")) }
                (field("port", &ctx.t("office-network-port")).value(form.port.as_str()).number()
                    .hint(ctx.t("office-network-port-hint")).error_if(error("port")))
                (field("names", &ctx.t("office-network-names")).value(form.names.as_str())
                    .hint(ctx.t("office-network-names-hint")).error_if(error("names")))
                (button(ButtonKind::Primary, &ctx.t("office-save")))
            }
        }))
    };
    Page::new(ctx.t("office-network-title"))
        .lead(ctx.t("office-network-lead"))
        .crumbs(vec![Crumb::new("/office", ctx.t("office-title"))])
        .errors(wrong.cloned().into_iter().collect())
        .render(ctx, &body)
}

/// The address for the others, and what to do once on each of their PCs.
fn how(ctx: &PageContext, urls: &[String]) -> Markup {
    card(
        &ctx.t("office-network-how"),
        None,
        &html! {
            ol {
                li {
                    (ctx.t("office-network-step-certificate")) " "
                    (link_button(ButtonKind::Secondary, "/office/network/certificate", &ctx.t("office-network-get-certificate")))
                }
                li { (ctx.t("office-network-step-trust")) }
                li {
                    (ctx.t("office-network-step-open"))
                    ul { @for url in urls { li { code { (url) } } } }
                }
                li { (ctx.t("office-network-step-sign-in")) }
            }
        },
    )
}
