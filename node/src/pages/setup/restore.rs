//! Putting a backup back: choose the file by what is there, give the recovery key, see of when it is
//! and what would be lost, and only then swap. The data before is kept beside.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use axum::Form;
use axum::extract::{Query, State};
use axum::response::IntoResponse;
use serde::Deserialize;
use wardbook_base::{Redacted, to_hex};
use wardbook_store::{StoreError, backup_made_at, keys_file_of, open_backup_with};
use wardbook_web::kit::{
    ButtonKind, FieldError, Page, Tone, alert, button, card, definition_list, field, hidden,
    link_button,
};
use wardbook_web::{Markup, PageContext, format, html, t_args};

use super::Who;
use crate::app::App;
use crate::office::packed::{is_packed, unpacked};
use crate::office::places::{Listing, Place, listing, name_of, places};
use crate::office::restart::{Unpacked, beside};
use crate::pages::{PageResult, Shown, not_accepted};
use crate::percent::percent_encoded;
use crate::refusal::Refusal;

/// The form as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RestoreForm {
    setup: String,
    file: String,
    key: String,
    token: String,
}

/// The backups that are there.
pub(crate) async fn get(
    State(app): State<App>,
    who: Who,
    Query(query): Query<BTreeMap<String, String>>,
) -> PageResult {
    let of = |name: &str| query.get(name).cloned().unwrap_or_default();
    let form = RestoreForm { setup: of("code"), file: of("file"), ..RestoreForm::default() };
    Ok(Shown(view(&app, &who, &form, &of("at"), None).await?).into_response())
}

/// Unpacks the backup beside the data and shows what it holds.
pub(crate) async fn post(
    State(app): State<App>,
    who: Who,
    Form(form): Form<RestoreForm>,
) -> PageResult {
    let ctx = who.ctx();
    if !who.may_go_on(&app, &form.setup) {
        let wrong = FieldError { name: "setup".to_owned(), message: ctx.t("setup-code-wrong") };
        return Ok(not_accepted(view(&app, &who, &form, "", Some(wrong)).await?));
    }
    match unpack(&app, &form).await? {
        Ok(unpacked) => {
            let page = look(ctx, &who, &form, &unpacked);
            app.restart().keep(unpacked);
            Ok(Shown(page).into_response())
        }
        Err(error) => {
            let name = if matches!(error, StoreError::WrongIdentity) { "key" } else { "file" };
            let wrong = FieldError { name: name.to_owned(), message: error.sentence(ctx.lang) };
            Ok(not_accepted(view(&app, &who, &form, "", Some(wrong)).await?))
        }
    }
}

/// Swaps. The program opens again over the restored data under the same address.
pub(crate) async fn swap(
    State(app): State<App>,
    who: Who,
    Form(form): Form<RestoreForm>,
) -> PageResult {
    let ctx = who.ctx();
    if !who.may_go_on(&app, &form.setup) {
        return Err(Refusal::unreadable());
    }
    let unpacked = app.restart().take(&form.token).ok_or_else(Refusal::unreadable)?;
    app.restart().ask(unpacked.folder);
    let body = html! {
        (alert(Tone::Good, &ctx.t("setup-restored-title"), &html! { p { (ctx.t("setup-restored-lead")) } }))
        div .btn-list { (link_button(ButtonKind::Primary, "/sign-in", &ctx.t("node-sign-in"))) }
    };
    // Nobody is signed in any more: the accounts are those of the backup.
    let bare = PageContext { user: None, nav: Vec::new(), sync_badge: None, ..ctx.clone() };
    let bare = PageContext {
        account_href: String::new(),
        badge_href: String::new(),
        lock_after_s: 0,
        ..bare
    };
    Ok(Shown(Page::new(ctx.t("office-restore-title")).narrow().render(&bare, &body))
        .into_response())
}

async fn unpack(app: &App, form: &RestoreForm) -> Result<Result<Unpacked, StoreError>, Refusal> {
    let token = to_hex(&app.dice().bytes::<8>());
    let folder = beside(&app.config().data, "restore", &token[..8]);
    let named = app.config().backup_places.clone();
    // Copied from paper: spaces and small letters are no mistake.
    let key: String = form.key.chars().filter(|letter| !letter.is_whitespace()).collect();
    let (file, key) = (PathBuf::from(&form.file), Redacted(key.to_uppercase()));
    let beside_it = beside(&app.config().data, "archive", &token[..8]);
    let done = app.replica().run(move |_| {
        let all = places(&named);
        let parent = file.parent().unwrap_or(&file);
        let there = listing(&all, parent).is_some_and(|found| {
            file.canonicalize().is_ok_and(|file| found.backups.contains(&file))
        });
        if !there {
            return Err(StoreError::NotABackup("not in a place that is offered".to_owned()));
        }
        let file = if is_packed(&file) {
            let found = unpacked(&file, &beside_it).map_err(StoreError::from);
            let found = found.and_then(|found| {
                found.ok_or_else(|| StoreError::NotABackup("the archive is damaged".to_owned()))
            });
            found.inspect_err(|_| drop(std::fs::remove_dir_all(&beside_it)))?
        } else {
            file
        };
        let keys = keys_file_of(&file);
        let report = open_backup_with(&file, &keys, &key.0, &folder);
        if report.is_err() {
            let _ = std::fs::remove_dir_all(&folder);
        }
        let made_at = backup_made_at(&keys);
        let _ = std::fs::remove_dir_all(&beside_it);
        let documents = report?.documents;
        Ok(Unpacked { folder, made_at, documents, token })
    });
    Ok(done.await?)
}

async fn view(
    app: &App,
    who: &Who,
    form: &RestoreForm,
    at: &str,
    wrong: Option<FieldError>,
) -> Result<Markup, Refusal> {
    let ctx = who.ctx();
    let named = app.config().backup_places.clone();
    let at = at.to_owned();
    let looked = app.replica().run(move |_| {
        let all = places(&named);
        let found = if at.is_empty() { None } else { listing(&all, Path::new(&at)) };
        (all, found)
    });
    let (all, found) = looked.await?;
    let error =
        |name: &str| wrong.as_ref().filter(|w| w.name == name).map(|wrong| wrong.message.clone());
    let body = html! {
        @if let Some(words) = error("setup") { (alert(Tone::Bad, "", &html! { p { (words) } })) }
        @if form.file.is_empty() {
            (card(&ctx.t("setup-restore-choose"), None, &choose(ctx, who, form, &all, found.as_ref())))
        } @else {
            form .card.wb-card method="post" action=(action(who)) {
                div .card-body {
                    (hidden("setup", &form.setup))
                    (hidden("file", &form.file))
                    (definition_list(&[(ctx.t("office-backup-file"), html! { code { (name_of(Path::new(&form.file))) } })]))
                    @if let Some(words) = error("file") { (alert(Tone::Bad, "", &html! { p { (words) } })) }
                    (field("key", &ctx.t("setup-restore-key")).required().password().autofocus()
                        .hint(ctx.t("setup-restore-key-hint")).error_if(error("key")))
                    div .btn-list {
                        (button(ButtonKind::Primary, &ctx.t("setup-restore-look")))
                        (link_button(ButtonKind::Secondary, &with_code(who, form, ""), &ctx.t("setup-restore-other")))
                    }
                }
            }
        }
    };
    let page = Page::new(ctx.t("office-restore-title")).lead(ctx.t("setup-restore-lead")).narrow();
    let linked = wrong.iter().filter(|wrong| wrong.name == "key").cloned().collect();
    Ok(page.errors(linked).render(ctx, &body))
}

fn action(who: &Who) -> &'static str {
    if who.is_first() { "/setup/restore" } else { "/office/restore" }
}

/// The wizard's own address with the code that opens it, and what is chosen.
fn with_code(who: &Who, form: &RestoreForm, rest: &str) -> String {
    format!("{}?code={}{rest}", action(who), percent_encoded(&form.setup))
}

fn choose(
    ctx: &PageContext,
    who: &Who,
    form: &RestoreForm,
    all: &[Place],
    found: Option<&Listing>,
) -> Markup {
    let link = |what: &str, path: &Path| {
        let value = percent_encoded(&path.display().to_string());
        with_code(who, form, &format!("&{what}={value}"))
    };
    html! {
        @match found {
            None => {
                p { (ctx.t("setup-restore-place")) }
                ul .wb-places {
                    @for place in all { li { a .btn href=(link("at", &place.path)) { (name_of(&place.path)) } " " code { (place.path.display()) } } }
                }
            }
            Some(found) => {
                p { code { (found.path.display()) } }
                @if found.backups.is_empty() { p { (ctx.t("setup-restore-none")) } }
                ul .wb-places {
                    @if let Some(above) = &found.above { li { a href=(link("at", above)) { "↑ " (ctx.t("office-place-above")) } } }
                    @for file in &found.backups {
                        li {
                            a .btn href=(link("file", file)) { (name_of(file)) }
                            @if let Some(at) = backup_made_at(&keys_file_of(file)) { " " (format::date_time(at)) }
                        }
                    }
                    @for folder in &found.folders { li { a href=(link("at", folder)) { (name_of(folder)) } } }
                }
                p { a href=(with_code(who, form, "")) { (ctx.t("office-place-other")) } }
            }
        }
    }
}

/// What the backup holds, and what goes.
fn look(ctx: &PageContext, who: &Who, form: &RestoreForm, unpacked: &Unpacked) -> Markup {
    let at = unpacked.made_at.map(format::date_time).unwrap_or_default();
    let lost = t_args(ctx.lang, "setup-restore-lost", &[("at", at.clone())]);
    let body = html! {
        (definition_list(&[
            (ctx.t("setup-restore-made"), html! { (at) }),
            (ctx.t("setup-restore-people"), html! { (format::number(ctx.lang, unpacked.documents)) }),
        ]))
        (alert(Tone::Warning, &lost, &html! {
            p { (ctx.t("setup-restore-sent")) }
            p { (ctx.t("setup-restore-kept")) }
            p { (ctx.t("setup-restore-new-device")) }
        }))
        form method="post" action="/setup/restore/swap" {
            (hidden("setup", &form.setup))
            (hidden("token", &unpacked.token))
            div .btn-list {
                (button(ButtonKind::Danger, &ctx.t("setup-restore-do")))
                (link_button(ButtonKind::Secondary, action(who), &ctx.t("cancel")))
            }
        }
    };
    Page::new(ctx.t("setup-restore-look")).narrow().render(ctx, &body)
}
