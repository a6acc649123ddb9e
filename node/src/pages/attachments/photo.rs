//! The photo: chosen in one step, cut in a second one, which can be looked at before it is kept.

use axum::Form;
use axum::extract::{Multipart, Path as UrlPath, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use wardbook_replica::{AttachError, Crop, for_screen, must_be_picture, photo};
use wardbook_web::kit::{ButtonKind, Page, Tone, alert, button, card, field, hidden, link_button};
use wardbook_web::{Markup, PageContext, html};

use super::{file_errors, served};
use crate::app::App;
use crate::pages::files::upload::file_of;
use crate::pages::people::{Open, may_edit, open};
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// Which picture, and which part of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Cut {
    picture: String,
    across: u8,
    down: u8,
    zoom: u16,
    /// The whole picture is wanted, to lay the frame on.
    whole: bool,
}

impl Default for Cut {
    fn default() -> Self {
        let Crop { across, down, zoom } = Crop::default();
        Self { picture: String::new(), across, down, zoom, whole: false }
    }
}

impl Cut {
    const fn crop(&self) -> Crop {
        Crop { across: self.across, down: self.down, zoom: self.zoom }
    }

    fn query(&self) -> String {
        let Self { picture, across, down, zoom, .. } = self;
        format!("picture={picture}&across={across}&down={down}&zoom={zoom}")
    }
}

/// The photo of a record.
pub(crate) async fn get(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
) -> PageResult {
    let document = crate::api::edits::document_of(&id)?;
    let viewer = screen.viewer.clone();
    let found =
        app.replica().run(move |replica| replica.person_photo(&viewer, &document)).await??;
    served(&screen.ctx, found, &format!("/people/{document}"))
}

/// The form to choose a picture.
pub(crate) async fn choose(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
) -> PageResult {
    let open = editable(&app, &screen, &id).await?;
    Ok(Shown(chooser(&screen.ctx, &open, None)).into_response())
}

/// Takes the chosen picture and goes on to cutting it. Nothing is written into the record.
pub(crate) async fn chosen(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    multipart: Multipart,
) -> PageResult {
    let open = editable(&app, &screen, &id).await?;
    let bytes = file_of(multipart).await?.map(|(_, bytes)| bytes).unwrap_or_default();
    let tried = app.replica().run(move |_| (try_out(&bytes), bytes)).await?;
    let (Ok(()), bytes) = tried else {
        let error = tried.0.err().unwrap_or(AttachError::BadPicture);
        let sentence = error.sentence(screen.ctx.lang);
        return Ok(not_accepted(chooser(&screen.ctx, &open, Some(sentence))));
    };
    let owner = screen.viewer.user;
    let key = app.pictures().keep(owner, open.view.person.id, bytes, app.dice());
    let cut = Cut { picture: key, ..Cut::default() };
    Ok(Redirect::to(&format!("{}/photo/cut?{}", open.base, cut.query())).into_response())
}

/// The chosen picture with the part that becomes the photo.
pub(crate) async fn cut(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    Query(cut): Query<Cut>,
) -> PageResult {
    let open = editable(&app, &screen, &id).await?;
    if app.pictures().get(screen.viewer.user, open.view.person.id, &cut.picture).is_none() {
        let sentence = screen.ctx.t("attach-picture-gone");
        return Ok(not_accepted(chooser(&screen.ctx, &open, Some(sentence))));
    }
    Ok(Shown(cutter(&screen.ctx, &open, &cut)).into_response())
}

/// That part, as it would be kept; or the whole picture, as small as a screen needs it.
pub(crate) async fn look(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    Query(cut): Query<Cut>,
) -> PageResult {
    let document = crate::api::edits::document_of(&id)?;
    let picture = app.pictures().get(screen.viewer.user, document, &cut.picture);
    let picture = picture.ok_or(wardbook_replica::ReplicaError::NotFound)?;
    let crop = cut.crop();
    let whole = cut.whole;
    let made = app
        .replica()
        .run(move |_| if whole { for_screen(&picture) } else { photo(&picture, crop) })
        .await??;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], made).into_response())
}

/// Keeps it in the record.
pub(crate) async fn keep(
    State(app): State<App>,
    screen: Screen,
    UrlPath(id): UrlPath<String>,
    Form(cut): Form<Cut>,
) -> PageResult {
    let open = editable(&app, &screen, &id).await?;
    let document = open.view.person.id;
    let Some(picture) = app.pictures().get(screen.viewer.user, document, &cut.picture) else {
        let sentence = screen.ctx.t("attach-picture-gone");
        return Ok(not_accepted(chooser(&screen.ctx, &open, Some(sentence))));
    };
    let (viewer, crop) = (screen.viewer.clone(), cut.crop());
    app.replica()
        .run(move |replica| replica.put_photo(&viewer, &document, &picture, crop))
        .await??;
    app.edited();
    Ok(Redirect::to(&format!("{}?done=saved", open.base)).into_response())
}

async fn editable(app: &App, screen: &Screen, id: &str) -> Result<Open, Refusal> {
    let open = open(app, screen, id).await?;
    may_edit(&open)?;
    if screen.viewer.access().writes("photo") {
        Ok(open)
    } else {
        Err(wardbook_replica::ReplicaError::NotAllowed.into())
    }
}

/// Whether a photo can be made of it at all.
fn try_out(bytes: &[u8]) -> Result<(), AttachError> {
    must_be_picture(bytes)?;
    photo(bytes, Crop::default()).map(drop)
}

fn chooser(ctx: &PageContext, open: &Open, wrong: Option<String>) -> Markup {
    let has_one = open.view.person.text("photo").is_some();
    let body = card(
        &ctx.t("attach-photo-choose"),
        None,
        &html! {
            @if has_one { p { img .wb-photo-large src=(format!("{}/photo", open.base)) alt=(ctx.t("attach-photo-now")); } }
            form method="post" enctype="multipart/form-data" action=(format!("{}/photo/choose", open.base)) {
                (field("file", &ctx.t("attach-photo-file"))
                    .file("image/jpeg,image/png")
                    .hint(ctx.t("attach-photo-hint"))
                    .required()
                    .error_if(wrong.clone()))
                div .btn-list {
                    (button(ButtonKind::Primary, &ctx.t("attach-photo-next")))
                    (link_button(ButtonKind::Secondary, &open.base, &ctx.t("attach-cancel")))
                }
            }
        },
    );
    Page::new(ctx.t("attach-photo-title"))
        .narrow()
        .crumbs(open.crumbs(ctx))
        .errors(file_errors(wrong))
        .render(ctx, &body)
}

fn cutter(ctx: &PageContext, open: &Open, cut: &Cut) -> Markup {
    let look = format!("{}/photo/look?{}", open.base, cut.query());
    let here = format!("{}/photo/cut", open.base);
    let body = html! {
        (alert(Tone::Idle, "", &html! { p { (ctx.t("attach-cut-lead")) } }))
        form .wb-cut method="post" action=(here) data-crop {
            (hidden("picture", &cut.picture))
            (frame(ctx, &look))
            div {
                // With a script the part under the frame is drawn here; without one the node makes it.
                canvas .wb-photo-large width="256" height="384" role="img" aria-label=(ctx.t("attach-cut-alt")) hidden {}
                noscript { img .wb-photo-large src=(look) alt=(ctx.t("attach-cut-alt")); }
                (range(ctx, "across", "attach-cut-across", cut.across.into(), (0, 100)))
                (range(ctx, "down", "attach-cut-down", cut.down.into(), (0, 100)))
                (range(ctx, "zoom", "attach-cut-zoom", cut.zoom, (100, 300)))
                div .btn-list {
                    (button(ButtonKind::Primary, &ctx.t("attach-cut-keep")))
                    button .btn type="submit" formmethod="get" { (ctx.t("attach-cut-look")) }
                    (link_button(ButtonKind::Quiet, &format!("{}/photo/choose", open.base), &ctx.t("attach-cut-other")))
                }
            }
        }
    };
    Page::new(ctx.t("attach-cut-title")).crumbs(open.crumbs(ctx)).render(ctx, &body)
}

/// The whole picture with the frame on it. Only a script can move the frame, so it shows this.
fn frame(ctx: &PageContext, look: &str) -> Markup {
    html! {
        div data-stage hidden {
            div .wb-crop {
                img src=(format!("{look}&whole=true")) alt=(ctx.t("attach-cut-whole")) loading="lazy" draggable="false";
                button .wb-crop-frame type="button" aria-label=(ctx.t("attach-cut-frame")) aria-describedby="crop-keys" {}
            }
            p #crop-keys .form-hint { (ctx.t("attach-cut-keys")) }
        }
    }
}

fn range(ctx: &PageContext, name: &str, label: &str, value: u16, (from, to): (u16, u16)) -> Markup {
    html! {
        div .mb-3 {
            label .form-label for=(format!("f-{name}")) { (ctx.t(label)) }
            input .form-range id=(format!("f-{name}")) type="range" name=(name) value=(value) min=(from) max=(to) step="1";
        }
    }
}

/// The way to a new photo, for the head of a record.
pub(crate) fn change_address(base: &str) -> String {
    format!("{base}/photo/choose")
}
