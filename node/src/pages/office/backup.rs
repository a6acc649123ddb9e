//! Backup to a drive: choose where by what is there, written, opened once more and counted.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use axum::Form;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde::Deserialize;
use wardbook_base::to_hex;
use wardbook_record::PartialDate;
use wardbook_replica::{LastBackup, Replica, ReplicaError, Viewer};
use wardbook_web::kit::{
    Badge, ButtonKind, Crumb, Page, Tone, alert, badge, button, card, definition_list, hidden,
    link_button,
};
use wardbook_web::{Markup, PageContext, format, html, t_args};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{last_words, must_keep};
use crate::app::App;
use crate::office::places::{Listing, Place, listing, name_of, places};
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::percent::percent_encoded;
use crate::refusal::Refusal;
use crate::session::AtThisMachine;

/// Where to, as chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PlaceForm {
    at: String,
}

impl PlaceForm {
    /// The folder.
    pub(crate) fn at(&self) -> &str {
        &self.at
    }
}

/// A backup that is whole.
pub(crate) struct Written {
    file: PathBuf,
    keys: PathBuf,
    bytes: u64,
    documents: u64,
}

/// The places, and what lies in the chosen one.
pub(crate) async fn get(
    State(app): State<App>,
    _: AtThisMachine,
    screen: Screen,
    Query(query): Query<BTreeMap<String, String>>,
) -> PageResult {
    must_keep(&screen.viewer)?;
    let at = query.get("at").cloned().unwrap_or_default();
    let last = app.replica().run(Replica::last_backup).await??;
    let chooser = chooser(&screen.ctx, &app, &at, "/office/backup", "/office/backup").await?;
    Ok(Shown(view(&screen.ctx, last.as_ref(), &chooser, None)).into_response())
}

/// Writes the backup, opens it once more, counts, and only then says that it is done.
pub(crate) async fn post(
    State(app): State<App>,
    _: AtThisMachine,
    screen: Screen,
    Form(form): Form<PlaceForm>,
) -> PageResult {
    must_keep(&screen.viewer)?;
    match write(&app, &screen.viewer, &form.at).await {
        Ok(written) => Ok(Shown(done(&screen.ctx, &written)).into_response()),
        Err(refusal) => {
            let last = app.replica().run(Replica::last_backup).await??;
            let chooser =
                chooser(&screen.ctx, &app, &form.at, "/office/backup", "/office/backup").await?;
            let words = refusal.sentence(screen.ctx.lang).to_owned();
            Ok(not_accepted(view(&screen.ctx, last.as_ref(), &chooser, Some(&words))))
        }
    }
}

/// Both files in one archive, for a browser that keeps it where its user wants.
pub(crate) async fn download(
    State(app): State<App>,
    _: AtThisMachine,
    screen: Screen,
) -> PageResult {
    must_keep(&screen.viewer)?;
    let folder = app.config().data.join(format!("download-{}", to_hex(&app.dice().bytes::<6>())));
    let viewer = screen.viewer.clone();
    let name = file_name(&app).await?;
    let zip_name = format!("{name}.zip");
    let packed = app.replica().run(move |replica| {
        let packed = pack(replica, &viewer, &folder, &name);
        let _ = std::fs::remove_dir_all(&folder);
        packed
    });
    let bytes = packed.await??;
    let disposition = format!("attachment; filename=\"{zip_name}\"");
    let headers =
        [(CONTENT_TYPE, "application/zip".to_owned()), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, bytes).into_response())
}

fn pack(
    replica: &Replica,
    viewer: &Viewer,
    folder: &Path,
    name: &str,
) -> Result<Vec<u8>, ReplicaError> {
    let lost = |_| ReplicaError::Interrupted;
    std::fs::create_dir_all(folder).map_err(lost)?;
    let file = folder.join(name);
    let report = replica.store().backup_to(&file)?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // Sealed bytes do not get smaller.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for path in [&file, &report.keys] {
        let bytes = std::fs::read(path).map_err(lost)?;
        zip.start_file(name_of(path), options).map_err(|_| ReplicaError::Interrupted)?;
        zip.write_all(&bytes).map_err(lost)?;
    }
    let bytes = zip.finish().map_err(|_| ReplicaError::Interrupted)?.into_inner();
    let note = LastBackup { at: replica.now(), place: String::new(), documents: report.documents };
    replica.note_backup(viewer, &note)?;
    Ok(bytes)
}

/// Writes a backup into a folder of the places.
pub(crate) async fn write(app: &App, viewer: &Viewer, at: &str) -> Result<Written, Refusal> {
    let all = places(&app.config().backup_places);
    let folder = listing(&all, Path::new(at)).ok_or_else(no_place)?.path;
    let file = folder.join(file_name(app).await?);
    let viewer = viewer.clone();
    let written = app.replica().run(move |replica| {
        let report = replica.backup(&file)?;
        let (at, documents) = (replica.now(), report.documents);
        let place = folder.display().to_string();
        replica.note_backup(&viewer, &LastBackup { at, place, documents })?;
        Ok::<_, ReplicaError>(Written { file, keys: report.keys, bytes: report.bytes, documents })
    });
    Ok(written.await??)
}

/// A name without personal data that says whose and of when it is.
async fn file_name(app: &App) -> Result<String, Refusal> {
    let read = app.replica().run(|replica| {
        let ward = replica.membership()?.map(|member| member.ward.to_string());
        let day = PartialDate::in_vietnam(replica.now()).stored();
        Ok::<_, ReplicaError>((
            ward.unwrap_or_else(|| "chua-ghi-danh".to_owned()),
            day,
            replica.now(),
        ))
    });
    let (ward, day, now) = read.await??;
    let minute = now.plus_ms(7 * 3_600_000).0.div_euclid(60_000).rem_euclid(24 * 60);
    Ok(format!("so-ho-so-{ward}-{day}-{:02}{:02}.wardbackup", minute / 60, minute % 60))
}

fn no_place() -> Refusal {
    Refusal::new(
        axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        "no_such_place",
        "Không thấy thư mục này nữa (USB có thể đã bị rút ra); hãy cắm lại USB rồi chọn lại thư mục.",
        "This folder is not there any more (the drive may have been taken out); plug it in and choose again.",
    )
}

/// The places and folders to choose from. `here` shows a folder, `action` takes the chosen one.
pub(crate) async fn chooser(
    ctx: &PageContext,
    app: &App,
    at: &str,
    here: &str,
    action: &str,
) -> Result<Markup, Refusal> {
    let (named, at) = (app.config().backup_places.clone(), at.to_owned());
    let looked = app.replica().run(move |_| {
        let all = places(&named);
        let found = if at.is_empty() { None } else { listing(&all, Path::new(&at)) };
        (all, found)
    });
    let (all, found) = looked.await?;
    Ok(match found {
        Some(found) => chosen(ctx, &found, here, action),
        None => roots(ctx, &all, here),
    })
}

/// The drives and folders to begin at.
fn roots(ctx: &PageContext, all: &[Place], here: &str) -> Markup {
    html! {
        p { (ctx.t("office-place-lead")) }
        ul .wb-places {
            @for place in all {
                li {
                    a .btn href=(at_address(here, &place.path)) {
                        (ctx.t(if place.removable { "office-place-drive" } else { "office-place-home" }))
                        ": " strong { (name_of(&place.path)) }
                    }
                    " " code { (place.path.display()) }
                }
            }
        }
        @if all.iter().all(|place| !place.removable) { p { (ctx.t("office-place-none")) } }
        p { a href=(here) { (ctx.t("office-place-again")) } }
    }
}

/// One folder: the ones in it, and the button.
fn chosen(ctx: &PageContext, found: &Listing, here: &str, action: &str) -> Markup {
    html! {
        (definition_list(&[(ctx.t("office-place-chosen"), html! { code { (found.path.display()) } })]))
        form method="post" action=(action) {
            (hidden("at", &found.path.display().to_string()))
            div .btn-list {
                (button(ButtonKind::Primary, &ctx.t("office-backup-here")))
                (link_button(ButtonKind::Secondary, here, &ctx.t("office-place-other")))
            }
        }
        @if !found.backups.is_empty() {
            p { (t_args(ctx.lang, "office-place-backups", &[("count", found.backups.len() as u64)])) }
        }
        @if !found.folders.is_empty() || found.above.is_some() {
            h3 { (ctx.t("office-place-folders")) }
            ul .wb-places {
                @if let Some(above) = &found.above {
                    li { a href=(at_address(here, above)) { "↑ " (ctx.t("office-place-above")) } }
                }
                @for folder in &found.folders {
                    li { a href=(at_address(here, folder)) { (name_of(folder)) } }
                }
            }
        }
    }
}

fn at_address(here: &str, path: &Path) -> String {
    format!("{here}?at={}", percent_encoded(&path.display().to_string()))
}

fn view(
    ctx: &PageContext,
    last: Option<&LastBackup>,
    chooser: &Markup,
    wrong: Option<&str>,
) -> Markup {
    let tone = if last.is_some() { Tone::Good } else { Tone::Warning };
    let body = html! {
        @if let Some(words) = wrong { (alert(Tone::Bad, "", &html! { p { (words) } })) }
        p { (badge(&Badge::new(tone, last_words(ctx, last)))) }
        (card(&ctx.t("office-backup-where"), None, chooser))
        (card(&ctx.t("office-backup-download-title"), None, &html! {
            p { (ctx.t("office-backup-download-lead")) }
            form method="post" action="/office/backup/download" {
                (button(ButtonKind::Secondary, &ctx.t("office-backup-download")))
            }
        }))
    };
    Page::new(ctx.t("office-backup-title"))
        .lead(ctx.t("office-backup-lead"))
        .crumbs(vec![Crumb::new("/office", ctx.t("office-title"))])
        .render(ctx, &body)
}

fn done(ctx: &PageContext, written: &Written) -> Markup {
    let body = html! {
        (result(ctx, written))
        div .btn-list { (link_button(ButtonKind::Primary, "/office", &ctx.t("node-continue"))) }
    };
    Page::new(ctx.t("office-backup-done"))
        .crumbs(vec![Crumb::new("/office", ctx.t("office-title"))])
        .render(ctx, &body)
}

/// What was written and found in it.
pub(crate) fn result(ctx: &PageContext, written: &Written) -> Markup {
    let kilobytes = format::number(ctx.lang, written.bytes.div_ceil(1024));
    html! {
        (alert(Tone::Good, &t_args(ctx.lang, "office-backup-counted", &[("count", written.documents)]),
            &html! { p { (ctx.t("office-backup-keep-both")) } }))
        (definition_list(&[
            (ctx.t("office-backup-file"), html! { code { (name_of(&written.file)) } }),
            (ctx.t("office-backup-keys"), html! { code { (name_of(&written.keys)) } }),
            (ctx.t("office-backup-size"), html! { (kilobytes) " KB" }),
        ]))
    }
}
