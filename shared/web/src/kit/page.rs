//! The frame of every page: head, header with office, sync and user, navigation, the one h1.

use maud::{DOCTYPE, Markup, html};

use super::icon::icon;
use super::message::{FieldError, error_summary, notice};
use super::navigation::{Crumb, breadcrumbs};
use super::status::{badge, sync_badge};
use crate::context::TextSize;
use crate::{AppKind, Lang, NavItem, PageContext, asset_url, format, t, t_args};

/// What htmx may do: evaluate nothing, keep no history in the browser, ask this host alone, and show
/// the answer of a form that was refused.
const HTMX: &str = r#"{"allowEval":false,"historyCacheSize":0,"includeIndicatorStyles":false,"selfRequestsOnly":true,"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"422","swap":true},{"code":"[45]..","swap":false,"error":true}]}"#;

/// The keys that work on every page, as the footer and the key `?` show them.
const KEYS: [(&str, &str); 11] = [
    ("/", "keyboard-search"),
    ("Alt + N", "keyboard-new"),
    ("F2", "keyboard-edit"),
    ("Tab, Enter", "keyboard-on"),
    ("↓ ↑", "keyboard-list"),
    ("Ctrl + S", "keyboard-save"),
    ("Ctrl + Enter", "keyboard-save-next"),
    ("Ctrl + Z", "keyboard-undo"),
    ("1 2 3", "keyboard-choose"),
    ("Esc", "keyboard-escape"),
    ("?", "keyboard-keys"),
];

/// A page with nothing but a title and a body; see [`Page`] for more.
pub fn page(ctx: &PageContext, title: &str, body: &Markup) -> Markup {
    Page::new(title).render(ctx, body)
}

/// A page in the making.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Page {
    title: String,
    lead: String,
    beside: Option<Markup>,
    under: Option<Markup>,
    crumbs: Vec<Crumb>,
    actions: Option<Markup>,
    errors: Vec<FieldError>,
    narrow: bool,
}

impl Page {
    /// A page under its title, which is also its h1.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// A line under the title.
    pub fn lead(mut self, lead: impl Into<String>) -> Self {
        self.lead = lead.into();
        self
    }

    /// A picture before the title.
    pub fn beside(mut self, picture: Markup) -> Self {
        self.beside = Some(picture);
        self
    }

    /// States and the like, in a row under the title and its line.
    pub fn under(mut self, marks: Markup) -> Self {
        self.under = Some(marks);
        self
    }

    /// The way to the page.
    pub fn crumbs(mut self, crumbs: Vec<Crumb>) -> Self {
        self.crumbs = crumbs;
        self
    }

    /// Buttons beside the title.
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = Some(actions);
        self
    }

    /// What is wrong in the page's form: summed up first, and told in the window's title.
    pub fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// A column for reading and short forms (sign-in, enrolment).
    pub const fn narrow(mut self) -> Self {
        self.narrow = true;
        self
    }

    /// The whole page around its body.
    pub fn render(&self, ctx: &PageContext, body: &Markup) -> Markup {
        let lang = ctx.lang;
        let size = match ctx.text_size {
            TextSize::Normal => "text-a",
            TextSize::Large => "text-a1",
            TextSize::Largest => "text-a2",
        };
        html! {
            (DOCTYPE)
            html lang=(lang.code()) class=(size) {
                (self.head(ctx))
                body {
                    a .wb-skip href="#main" { (t(lang, "skip-to-content")) }
                    (header(ctx))
                    main #main tabindex="-1" class=(if self.narrow { "wb-main wb-narrow" } else { "wb-main" }) {
                        (breadcrumbs(lang, &self.crumbs))
                        div .wb-title {
                            @if let Some(picture) = &self.beside { (picture) }
                            div .wb-title-text {
                                h1 { (self.title) }
                                @if !self.lead.is_empty() { p .wb-lead { (self.lead) } }
                                @if let Some(marks) = &self.under { (marks) }
                            }
                            @if let Some(actions) = &self.actions { div .btn-list { (actions) } }
                        }
                        @if let Some(words) = &ctx.notice { (notice(words)) }
                        (error_summary(lang, &self.errors))
                        (body)
                    }
                    (footer(ctx))
                }
            }
        }
    }

    fn head(&self, ctx: &PageContext) -> Markup {
        let prefix =
            if self.errors.is_empty() { String::new() } else { t(ctx.lang, "error-prefix") + " " };
        html! {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light";
                meta name="htmx-config" content=(HTMX);
                title { (prefix) (self.title) " – " (t(ctx.lang, "product-name")) }
                link rel="icon" type="image/svg+xml" href=(asset_url("mark.svg"));
                link rel="preload" as="font" type="font/woff2" crossorigin href=(asset_url("be-vietnam-pro-vietnamese-400.woff2"));
                link rel="stylesheet" href=(asset_url("app.css"));
                script src=(asset_url("htmx.js")) defer {}
                script src=(asset_url("app.js")) type="module" {}
            }
        }
    }
}

fn header(ctx: &PageContext) -> Markup {
    let lang = ctx.lang;
    html! {
        header .wb-header {
            div .wb-bar {
                a .wb-brand href="/" {
                    img .wb-mark src=(asset_url("mark.svg")) alt="" width="44" height="44";
                    span {
                        @if !ctx.agency.is_empty() { span .wb-agency { (ctx.agency.to_uppercase()) } }
                        span .wb-product { (t(lang, "product-name")) " · " (t(lang, app_key(ctx.app))) }
                    }
                }
                div .wb-tools {
                    div #sync-badge .wb-sync role="status" hx-get=[live(&ctx.badge_href)] hx-trigger=[live(&ctx.badge_href).map(|_| "every 10s")] hx-target="#sync-badge" hx-swap="innerHTML" {
                        @if let Some(state) = &ctx.sync_badge { (sync_badge(state)) }
                    }
                    @if let Some(reminder) = &ctx.reminder { (badge(reminder)) }
                    @if !ctx.help_href.is_empty() {
                        a .btn.wb-help href=(ctx.help_href) { (t(lang, "help-link")) }
                    }
                    (text_sizes(ctx))
                    (languages(ctx))
                    @if ctx.user.is_some() { (user_menu(ctx)) }
                }
            }
            @if !ctx.nav.is_empty() { (main_nav(ctx)) }
        }
    }
}

fn main_nav(ctx: &PageContext) -> Markup {
    let entry = |item: &NavItem| {
        html! {
            li {
                a href=(item.href) aria-current=[item.current.then_some("page")] {
                    (item.label)
                    @if item.count > 0 { " " span .wb-count { (format::number(ctx.lang, item.count)) } }
                }
            }
        }
    };
    html! {
        nav .wb-nav aria-label=(t(ctx.lang, "main-navigation")) {
            ul { @for item in &ctx.nav { (entry(item)) } }
        }
    }
}

fn user_menu(ctx: &PageContext) -> Markup {
    let user = ctx.user.clone().unwrap_or_default();
    html! {
        details .wb-menu {
            summary { (icon("user")) span { (user.name) } }
            div .wb-menu-body {
                @if !user.role.is_empty() { p { (user.role) } }
                @if !ctx.account_href.is_empty() { a href=(ctx.account_href) { (t(ctx.lang, "my-account")) } }
                @if !ctx.lock_href.is_empty() {
                    form method="post" action=(ctx.lock_href) {
                        button .btn type="submit" { (t(ctx.lang, "lock-now")) }
                    }
                }
                form method="post" action="/sign-out" {
                    button .btn type="submit" { (t(ctx.lang, "sign-out")) }
                }
            }
        }
    }
}

fn languages(ctx: &PageContext) -> Markup {
    let switch = |lang: Lang, short: &str, name: &str| {
        html! {
            a href=(ctx.href_with("lang", lang.code())) lang=(lang.code()) hreflang=(lang.code()) rel="nofollow"
                aria-current=[(ctx.lang == lang).then_some("true")] aria-label=(format!("{short} – {name}")) { (short) }
        }
    };
    html! {
        div .wb-switch role="group" aria-label=(t(ctx.lang, "language")) {
            (switch(Lang::Vi, "VI", "Tiếng Việt"))
            (switch(Lang::En, "EN", "English"))
        }
    }
}

fn text_sizes(ctx: &PageContext) -> Markup {
    let names =
        [("A", "text-size-normal"), ("A+", "text-size-large"), ("A++", "text-size-largest")];
    html! {
        div .wb-switch role="group" aria-label=(t(ctx.lang, "text-size")) {
            @for (size, (short, key)) in TextSize::ALL.into_iter().zip(names) {
                a href=(ctx.href_with("text", size.code())) rel="nofollow"
                    aria-current=[(ctx.text_size == size).then_some("true")]
                    aria-label=(format!("{short} – {}", t(ctx.lang, key))) { (short) }
            }
        }
    }
}

fn footer(ctx: &PageContext) -> Markup {
    let lang = ctx.lang;
    html! {
        footer .wb-footer {
            details #keys {
                summary { (t(lang, "keyboard")) }
                dl .wb-keys {
                    @for (keys, key) in KEYS {
                        div { dt { kbd { (keys) } } dd { (t(lang, key)) } }
                    }
                }
            }
            p {
                (t(lang, "product-name")) " " (env!("CARGO_PKG_VERSION")) " · "
                a href=(asset_url("licences.txt")) { (t(lang, "licences")) }
            }
            // What app.js says, in the language of the page.
            template #texts data-failed=(t(lang, "request-failed")) data-new=[live(&ctx.new_href)]
                data-day=(t(lang, "heard-day")) data-month=(t(lang, "heard-month")) data-year=(t(lang, "heard-year"))
                data-century=(t(lang, "heard-century")) data-pick-page=(t(lang, "list-pick-page")) data-draft-failed=(t(lang, "dossier-draft-failed")) {}
            @if ctx.lock_after_s > 0 { (lock_screen(ctx)) }
            div #announce .visually-hidden role="status" {}
        }
    }
}

const fn app_key(app: AppKind) -> &'static str {
    match app {
        AppKind::Node => "app-node",
        AppKind::Hub => "app-hub",
    }
}

fn live(href: &str) -> Option<&str> {
    (!href.is_empty()).then_some(href)
}

/// The screen that covers the page when nobody used it for a while. What was typed stays under it.
fn lock_screen(ctx: &PageContext) -> Markup {
    let lang = ctx.lang;
    let name = ctx.user.as_ref().map(|user| user.name.clone()).unwrap_or_default();
    html! {
        dialog #lock-screen .wb-lock data-after=(ctx.lock_after_s) aria-labelledby="lock-title" {
            h2 #lock-title { (t(lang, "lock-title")) }
            p { (t(lang, "lock-lead")) }
            form method="post" action="/unlock" {
                div .wb-field {
                    label .form-label for="f-lock-password" { (t_args(lang, "lock-password", &[("name", name)])) }
                    p .wb-error #lock-error role="alert" hidden {}
                    input .form-control type="password" id="f-lock-password" name="password" autocomplete="current-password";
                }
                div .btn-list {
                    button .btn.btn-primary type="submit" { (t(lang, "lock-open")) }
                    a .btn href=(ctx.lock_href) { (t(lang, "lock-other")) }
                }
            }
        }
    }
}
