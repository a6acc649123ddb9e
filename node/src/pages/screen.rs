//! What every page behind the sign-in needs: who looks, and the frame around what they see.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use wardbook_record::Lang;
use wardbook_replica::{Replica, ReplicaError, SyncState, SyncStatus, Tone as SyncTone, Viewer};
use wardbook_web::kit::{Badge, Tone};
use wardbook_web::{AppKind, NavItem, PageContext, RequestInfo, UserInfo};

use crate::app::App;
use crate::refusal::Refusal;
use crate::session::User;

/// A signed-in person in front of a page.
pub(crate) struct Screen {
    /// Who.
    pub(crate) viewer: Viewer,
    /// The frame.
    pub(crate) ctx: PageContext,
}

impl FromRequestParts<App> for Screen {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let User { viewer, .. } = User::from_request_parts(parts, app).await?;
        let info = RequestInfo::read(&parts.uri, &parts.headers);
        let ctx = frame(app, &viewer, &info).await.map_err(IntoResponse::into_response)?;
        Ok(Self { viewer, ctx })
    }
}

/// The frame of a page for somebody who is signed in.
pub(crate) async fn frame(
    app: &App,
    viewer: &Viewer,
    info: &RequestInfo,
) -> Result<PageContext, Refusal> {
    let mut ctx = PageContext::new(AppKind::Node, info);
    ctx.user =
        Some(UserInfo { name: viewer.name.clone(), role: viewer.role.label(info.lang).to_owned() });
    "/account/password".clone_into(&mut ctx.account_href);
    ctx.help_href = format!("/help/{}", wardbook_web::help::screen_of(&info.path));
    if viewer.role.may_edit() {
        "/people/new".clone_into(&mut ctx.new_href);
    }
    ctx.notice = notice(&ctx);
    "/lock".clone_into(&mut ctx.lock_href);
    if info.is_fragment {
        return Ok(ctx);
    }
    let (asking, lang) = (viewer.clone(), info.lang);
    let around = app.replica().run(move |replica| Around::read(replica, &asking, lang)).await??;
    ctx.agency.clone_from(&around.agency);
    ctx.sync_badge = Some(badge_of(&around.sync));
    ctx.lock_after_s = around.lock_minutes * 60;
    if around.backup_due {
        let due = Badge::new(Tone::Warning, ctx.t("office-backup-due"));
        ctx.reminder = Some(due.href("/office/backup"));
    }
    "/sync/badge".clone_into(&mut ctx.badge_href);
    let nav = navigation(&ctx, viewer, &around);
    Ok(ctx.with_nav(nav))
}

/// The badge of the header.
pub(crate) fn badge_of(status: &SyncStatus) -> Badge {
    let by_state = match status.state {
        SyncState::Equal => Tone::Good,
        SyncState::Syncing | SyncState::FilesWaiting => Tone::Busy,
        SyncState::NotEnrolled | SyncState::Waiting | SyncState::Offline => Tone::Idle,
        SyncState::Attention => Tone::Warning,
        SyncState::Error => Tone::Bad,
    };
    let tone = match status.tone {
        SyncTone::Red => Tone::Bad,
        SyncTone::Amber => Tone::Warning,
        SyncTone::Good | SyncTone::Neutral => by_state,
    };
    Badge::new(tone, status.text.clone()).href("/sync")
}

struct Around {
    agency: String,
    sync: SyncStatus,
    conflicts: u64,
    todo: u64,
    proposals: u64,
    backup_due: bool,
    lock_minutes: u32,
}

impl Around {
    fn read(replica: &Replica, viewer: &Viewer, lang: Lang) -> Result<Self, ReplicaError> {
        Ok(Self {
            agency: replica.membership()?.map(|joined| joined.ward_name).unwrap_or_default(),
            sync: replica.sync_status(lang)?,
            conflicts: replica.conflicts_open(viewer, None)?,
            todo: replica.todo_count(viewer)?,
            proposals: replica.proposals_open(viewer)? + wishes(replica, viewer)?,
            backup_due: keeps_office(viewer) && replica.backup_due()?,
            lock_minutes: replica.lock_minutes()?,
        })
    }
}

/// How many accounts wait for this person's yes.
fn wishes(replica: &Replica, viewer: &Viewer) -> Result<u64, ReplicaError> {
    let waiting = viewer.access().approves.then(|| replica.account_wishes(viewer)).transpose()?;
    Ok(waiting.map_or(0, |wishes| wishes.len() as u64))
}

/// Backup, network and support are for whoever keeps the records or the machine.
fn keeps_office(viewer: &Viewer) -> bool {
    viewer.role.may_edit() || viewer.role.may_administer()
}

fn navigation(ctx: &PageContext, viewer: &Viewer, around: &Around) -> Vec<NavItem> {
    let mut nav = vec![
        NavItem::new("/people", ctx.t("node-nav-people")),
        NavItem::new("/todo", ctx.t("todo-nav")).count(around.todo),
        NavItem::new("/conflicts", ctx.t("node-nav-conflicts")).count(around.conflicts),
    ];
    if viewer.role.may_edit() {
        nav.push(NavItem::new("/import", ctx.t("node-nav-import")));
        nav.push(NavItem::new("/requests", ctx.t("events-nav-requests")));
    }
    if viewer.access().reads_all() {
        nav.push(NavItem::new("/statistics", ctx.t("statistics-nav")));
    }
    let access = viewer.access();
    if access.whole || access.proposes || access.approves {
        nav.push(NavItem::new("/proposals", ctx.t("office-nav-proposals")).count(around.proposals));
    }
    nav.push(NavItem::new("/sync", ctx.t("node-nav-sync")));
    if keeps_office(viewer) {
        nav.push(NavItem::new("/office", ctx.t("office-nav")));
    }
    if viewer.role.may_administer() {
        nav.push(NavItem::new("/accounts", ctx.t("node-nav-accounts")));
    }
    nav
}

/// What was just done, by the `done` of the address. Only known words are shown.
fn notice(ctx: &PageContext) -> Option<String> {
    let done = ctx.query.split('&').find_map(|pair| pair.strip_prefix("done="))?;
    let known = [
        "saved",
        "unchanged",
        "created",
        "retired",
        "restored",
        "resolved",
        "synced",
        "enrolled",
        "password",
        "seen",
        "proposed",
        "asked",
        "allowed",
        "declined",
        "columns",
        "filter-saved",
        "filter-nameless",
        "filter-gone",
        "filter-deleted",
        "nobody-ticked",
        "import-converted",
        "import-checked",
        "import-chosen",
        "import-mapped",
        "todo-done",
        "todo-later",
        "todo-undone",
        "undone",
        "value-restored",
        "draft-gone",
        "row-retired",
        "event",
        "request-sent",
        "request-withdrawn",
        "late-taken",
    ];
    known.contains(&done).then(|| ctx.t(&format!("node-done-{done}")))
}
