//! Joining the city: by the string or the file it handed out, by its address and a code alone (with
//! a fingerprint to compare), or without a line by carrying a file there and back.

use std::collections::BTreeMap;

use axum::extract::{Multipart, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect};
use wardbook_base::to_hex;
use wardbook_replica::{DEVICE_NAME_CHARACTERS_MAX, EnrolError, Replica, TransportError};
use wardbook_sync::enrol::{EnrolString, normalise_code};
use wardbook_web::kit::{
    ButtonKind, FieldError, Page, Tone, alert, button_named, card, definition_list, field, hidden,
    link_button,
};
use wardbook_web::{Markup, PageContext, html};

use super::{Who, steps};
use crate::app::App;
use crate::os;
use crate::pages::sent::Sent;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::percent::percent_encoded;
use crate::pin::{fingerprint, peek};
use crate::refusal::Refusal;

/// The first screen.
pub(crate) async fn get(
    State(app): State<App>,
    who: Who,
    Query(query): Query<BTreeMap<String, String>>,
) -> PageResult {
    let mut sent = Sent::default();
    sent.boxes.insert("setup".to_owned(), query.get("code").cloned().unwrap_or_default());
    if app.replica().membership()?.is_some() {
        // It has joined: whoever comes back goes on.
        let go_on =
            if who.is_first() { next(&who, &sent) } else { Redirect::to("/sync").into_response() };
        return Ok(go_on);
    }
    Ok(Shown(view(&app, &who, &sent, None).await?).into_response())
}

/// What was chosen on it.
pub(crate) async fn post(State(app): State<App>, who: Who, multipart: Multipart) -> PageResult {
    let sent = Sent::read(multipart).await?;
    if !who.may_go_on(&app, sent.of("setup")) {
        let message = who.ctx().t("setup-code-wrong");
        let wrong = FieldError { name: "setup".to_owned(), message };
        return Ok(not_accepted(view(&app, &who, &sent, Some(wrong)).await?));
    }
    if sent.of("name").chars().count() > DEVICE_NAME_CHARACTERS_MAX {
        let message = who.ctx().t("setup-name-long");
        let wrong = FieldError { name: "name".to_owned(), message };
        return Ok(not_accepted(view(&app, &who, &sent, Some(wrong)).await?));
    }
    match sent.of("how") {
        "skip" => Ok(next(&who, &sent)),
        "carry" => carry(&app, &who, &sent).await,
        "code" => by_code(&app, &who, &sent).await,
        "compare" => compared(&app, &who, &sent).await,
        _ => by_text(&app, &who, &sent).await,
    }
}

/// The text that was pasted, or stands in the file; the city's answer to a carried request, too.
async fn by_text(app: &App, who: &Who, sent: &Sent) -> PageResult {
    let name = device_name(sent);
    let text = text_of(sent);
    let joined = if text.is_empty() && !sent.file.is_empty() {
        // No text is in it: the city's answer, or a file chosen by mistake.
        let reply = sent.file.clone();
        app.replica().run(move |replica| replica.enrol_reply_file(&reply)).await?
    } else {
        app.replica().enrol(app.sync().client(), &text, &name).await
    };
    finished(app, who, sent, joined.map(drop), chosen(sent)).await
}

/// The box that what was sent came from.
fn chosen(sent: &Sent) -> &'static str {
    if sent.file.is_empty() { "string" } else { "file" }
}

/// The file for the city, when there is no line.
async fn carry(app: &App, who: &Who, sent: &Sent) -> PageResult {
    let (text, name) = (text_of(sent), device_name(sent));
    let made = app.replica().run(move |replica| replica.enrol_request_file(&text, &name)).await?;
    match made {
        Ok(bytes) => {
            let headers = [
                (CONTENT_TYPE, "application/octet-stream"),
                (CONTENT_DISPOSITION, "attachment; filename=\"phieu-xin-ghi-danh.wardenrol\""),
            ];
            Ok((headers, bytes).into_response())
        }
        Err(error) => finished(app, who, sent, Err(error), chosen(sent)).await,
    }
}

/// An address and a code: asks who answers there, and shows the fingerprint to compare.
async fn by_code(app: &App, who: &Who, sent: &Sent) -> PageResult {
    let ctx = who.ctx();
    let wrong = async |name: &str, key: &str| -> PageResult {
        let wrong = FieldError { name: name.to_owned(), message: ctx.t(key) };
        Ok(not_accepted(view(app, who, sent, Some(wrong)).await?))
    };
    if normalise_code(sent.of("code")).is_none() {
        return wrong("code", "setup-bad-code").await;
    }
    let Some(url) = whole_address(sent.of("address")) else {
        return wrong("address", "setup-bad-address").await;
    };
    match peek(&url).await {
        Some(pin) => Ok(Shown(compare(ctx, sent, &url, pin)).into_response()),
        None => wrong("address", "setup-nobody-there").await,
    }
}

/// Somebody has compared the fingerprint and says that it is the city's.
async fn compared(app: &App, who: &Who, sent: &Sent) -> PageResult {
    let pin = wardbook_base::from_hex(sent.of("pin")).map_err(|_| Refusal::unreadable())?;
    let (url, code, name) = (sent.of("address"), sent.of("code"), device_name(sent));
    let client = app.sync().client();
    let joined = app.replica().enrol_by_code(client, url, Some(pin), code, &name).await;
    finished(app, who, sent, joined.map(drop), "code").await
}

/// What came of a try to join.
async fn finished(
    app: &App,
    who: &Who,
    sent: &Sent,
    joined: Result<(), EnrolError>,
    at: &str,
) -> PageResult {
    match joined {
        Ok(()) => {
            app.edited();
            Ok(next(who, sent))
        }
        Err(error) => {
            // Without the hub's key its refusal cannot be read: what it means is the code.
            let is_refusal =
                matches!(error, EnrolError::Transport(TransportError::NotAHub(400..=499)));
            let message = if at == "code" && is_refusal {
                who.ctx().t("setup-code-refused")
            } else {
                Refusal::from(error).sentence(who.ctx().lang).to_owned()
            };
            let wrong = FieldError { name: at.to_owned(), message };
            Ok(not_accepted(view(app, who, sent, Some(wrong)).await?))
        }
    }
}

fn next(who: &Who, sent: &Sent) -> axum::response::Response {
    match who {
        Who::First(_) => {
            let code = percent_encoded(sent.of("setup"));
            Redirect::to(&format!("/setup/account?code={code}")).into_response()
        }
        Who::Admin(_) => Redirect::to("/sync?done=enrolled").into_response(),
    }
}

/// The text of the file, else of the box: whoever chose a file means it, even when the text that the
/// request was made from still stands in the box.
fn text_of(sent: &Sent) -> String {
    if sent.file.is_empty() {
        return sent.of("string").to_owned();
    }
    let text = String::from_utf8_lossy(&sent.file).into_owned();
    let line = text.lines().map(str::trim).find(|line| line.parse::<EnrolString>().is_ok());
    line.unwrap_or_default().to_owned()
}

fn device_name(sent: &Sent) -> String {
    let name = sent.of("name");
    if name.is_empty() { os::machine_name() } else { name.to_owned() }
}

/// An address as people type it.
fn whole_address(typed: &str) -> Option<String> {
    let typed = typed.trim_end_matches('/');
    let address = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let url = reqwest::Url::parse(&address).ok()?;
    (url.scheme() == "https" && url.host_str().is_some()).then_some(address)
}

async fn view(
    app: &App,
    who: &Who,
    sent: &Sent,
    wrong: Option<FieldError>,
) -> Result<Markup, Refusal> {
    let is_asked = app.replica().run(Replica::enrol_is_asked).await??;
    let ctx = who.ctx();
    let body = html! {
        @if who.is_first() { (steps(ctx, 1)) }
        p { (ctx.t("setup-join-lead")) }
        form method="post" action=(action(who)) enctype="multipart/form-data" {
            (setup_box(ctx, who, sent, wrong.as_ref()))
            (by_string_card(ctx, sent, wrong.as_ref(), is_asked))
        }
        form method="post" action=(action(who)) enctype="multipart/form-data" {
            @if who.is_first() { (hidden("setup", sent.of("setup"))) }
            (by_code_card(ctx, sent, wrong.as_ref()))
        }
        @if who.is_first() {
            (card(&ctx.t("setup-else"), None, &html! {
                p { (ctx.t("setup-skip-lead")) }
                div .btn-list {
                    form method="post" action="/setup" enctype="multipart/form-data" {
                        (hidden("setup", sent.of("setup")))
                        (button_named(ButtonKind::Secondary, &ctx.t("setup-skip"), "how", "skip"))
                    }
                    (link_button(ButtonKind::Quiet, &format!("/setup/restore?code={}", percent_encoded(sent.of("setup"))), &ctx.t("setup-restore")))
                }
            }))
        }
    };
    let title = if who.is_first() { "setup-title" } else { "node-join" };
    let page = Page::new(ctx.t(title)).narrow().errors(wrong.into_iter().collect());
    Ok(page.render(ctx, &body))
}

fn action(who: &Who) -> &'static str {
    if who.is_first() { "/setup" } else { "/setup/join" }
}

fn setup_box(ctx: &PageContext, who: &Who, sent: &Sent, wrong: Option<&FieldError>) -> Markup {
    let error = wrong.filter(|wrong| wrong.name == "setup").map(|wrong| wrong.message.clone());
    html! {
        @if who.is_first() {
            (field("setup", &ctx.t("setup-code")).value(sent.of("setup")).required().short()
                .hint(ctx.t("setup-code-hint")).error_if(error))
        }
    }
}

/// The string or the file: with a line, or carried.
fn by_string_card(
    ctx: &PageContext,
    sent: &Sent,
    wrong: Option<&FieldError>,
    is_asked: bool,
) -> Markup {
    let of = |name: &str| wrong.filter(|w| w.name == name).map(|wrong| wrong.message.clone());
    let (error, of_file) = (of("string"), of("file"));
    card(
        &ctx.t("setup-by-string"),
        None,
        &html! {
            @if is_asked { (alert(Tone::Busy, &ctx.t("setup-carried"), &html! { p { (ctx.t("setup-carried-lead")) } })) }
            (field("string", &ctx.t("node-enrol-string")).value(sent.of("string")).hint(ctx.t("node-enrol-hint"))
                .area(3).error_if(error))
            (field("file", &ctx.t("setup-file")).hint(ctx.t("setup-file-hint")).file(".wardenrol,.txt")
                .error_if(of_file))
            (field("name", &ctx.t("node-device-name")).value(device_name(sent)).error_if(of("name")))
            div .btn-list {
                (button_named(ButtonKind::Primary, &ctx.t("node-join"), "how", "text"))
                (button_named(ButtonKind::Secondary, &ctx.t("setup-carry"), "how", "carry"))
            }
            p .form-hint { (ctx.t("setup-carry-hint")) }
        },
    )
}

fn by_code_card(ctx: &PageContext, sent: &Sent, wrong: Option<&FieldError>) -> Markup {
    let error = |name: &str| wrong.filter(|w| w.name == name).map(|w| w.message.clone());
    let is_open = error("code").is_some() || error("address").is_some();
    html! {
        details .card.wb-card open[is_open] {
            summary .card-header { h2 .card-title { (ctx.t("setup-by-code")) } }
            div .card-body {
                (field("address", &ctx.t("setup-address")).value(sent.of("address"))
                    .hint(ctx.t("setup-address-hint")).error_if(error("address")))
                (field("code", &ctx.t("setup-hub-code")).value(sent.of("code")).short()
                    .hint(ctx.t("setup-hub-code-hint")).error_if(error("code")))
                (button_named(ButtonKind::Secondary, &ctx.t("setup-ask"), "how", "code"))
            }
        }
    }
}

/// The fingerprint of whoever answers, to compare by a way that is not this line.
fn compare(ctx: &PageContext, sent: &Sent, url: &str, pin: [u8; 32]) -> Markup {
    let is_first = !sent.of("setup").is_empty();
    let body = html! {
        @if is_first { (steps(ctx, 1)) }
        (alert(Tone::Warning, &ctx.t("setup-compare-title"), &html! { p { (ctx.t("setup-compare-lead")) } }))
        (definition_list(&[
            (ctx.t("setup-address"), html! { code { (url) } }),
            (ctx.t("setup-fingerprint"), html! { code .wb-fingerprint data-fingerprint="" { (fingerprint(&pin)) } }),
        ]))
        form method="post" action=(if is_first { "/setup" } else { "/setup/join" }) enctype="multipart/form-data" {
            (hidden("setup", sent.of("setup")))
            (hidden("address", url))
            (hidden("code", sent.of("code")))
            (hidden("pin", &to_hex(&pin)))
            (hidden("name", &device_name(sent)))
            div .btn-list {
                (button_named(ButtonKind::Primary, &ctx.t("setup-same"), "how", "compare"))
                (link_button(ButtonKind::Secondary, if is_first { "/setup" } else { "/setup/join" }, &ctx.t("setup-not-same")))
            }
        }
    };
    Page::new(ctx.t("setup-compare-title")).narrow().render(ctx, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_understood_as_people_type_it() {
        for (typed, url) in [
            ("10.0.0.1:8443", Some("https://10.0.0.1:8443")),
            ("https://hub.example/", Some("https://hub.example")),
            ("http://10.0.0.1", None),
            ("", None),
            ("a b", None),
        ] {
            assert_eq!(whole_address(typed).as_deref(), url, "{typed}");
        }
    }
}
