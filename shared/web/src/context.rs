//! What every page needs to know about its surroundings: language, user, navigation, sync badge.

use wardbook_record::Lang;

use crate::kit::Badge;
use crate::request_info::RequestInfo;

/// Which of the two programs shows the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AppKind {
    /// The office of one ward.
    #[default]
    Node,
    /// The city.
    Hub,
}

/// How large the text is, by the switch A / A+ / A++.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextSize {
    /// A: 16 px.
    #[default]
    Normal,
    /// A+: 18 px.
    Large,
    /// A++: 21 px.
    Largest,
}

impl TextSize {
    /// The sizes, smallest first.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Large, Self::Largest];

    /// How the cookie and the address call it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Normal => "a",
            Self::Large => "a1",
            Self::Largest => "a2",
        }
    }

    /// The size of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.code() == code)
    }
}

/// Who is signed in, as the header shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserInfo {
    /// The person's name.
    pub name: String,
    /// The role in words of the page's language.
    pub role: String,
}

/// An entry of the main navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavItem {
    /// Where it leads.
    pub href: String,
    /// What it is called.
    pub label: String,
    /// A number beside the label (open conflicts and the like); 0 is not shown.
    pub count: u64,
    /// Of the page that is shown; set by [`PageContext::with_nav`] from the path.
    pub current: bool,
}

impl NavItem {
    /// An entry without a number.
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { href: href.into(), label: label.into(), count: 0, current: false }
    }

    /// The same with a number beside it.
    #[must_use]
    pub const fn count(mut self, count: u64) -> Self {
        self.count = count;
        self
    }
}

/// What a page needs to know; handed to every view first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageContext {
    /// The language of the page.
    pub lang: Lang,
    /// The path asked for, without the query.
    pub path: String,
    /// The query asked for, without `?`; empty when there is none.
    pub query: String,
    /// Who is signed in.
    pub user: Option<UserInfo>,
    /// The state of sync, in the header of every page.
    pub sync_badge: Option<Badge>,
    /// Which program shows the page.
    pub app: AppKind,
    /// The office, as its letters are headed; shown in capitals.
    pub agency: String,
    /// htmx asks for a part of the page only.
    pub is_fragment: bool,
    /// The size of the text.
    pub text_size: TextSize,
    /// The main navigation; empty before sign-in.
    pub nav: Vec<NavItem>,
    /// Where the menu of the signed-in user leads ("my account"); empty shows no link.
    pub account_href: String,
    /// Where the sync badge gets itself anew from (a GET that answers [`crate::kit::sync_badge`]);
    /// empty: the badge stands still until the next page.
    pub badge_href: String,
    /// The help page of this screen; empty shows no link.
    pub help_href: String,
    /// Where the key for "new" leads; empty: the key does nothing.
    pub new_href: String,
    /// Something that is due, beside the sync badge.
    pub reminder: Option<Badge>,
    /// Where the screen is locked and opened again; empty: it cannot be locked.
    pub lock_href: String,
    /// After how many seconds without use the screen locks itself; 0: never.
    pub lock_after_s: u32,
    /// A message about what was just done, shown once above the page.
    pub notice: Option<String>,
}

impl PageContext {
    /// A page without user and navigation, by what the request says.
    pub fn new(app: AppKind, request: &RequestInfo) -> Self {
        Self {
            app,
            lang: request.lang,
            path: request.path.clone(),
            query: request.query.clone(),
            is_fragment: request.is_fragment,
            text_size: request.text_size,
            ..Self::default()
        }
    }

    /// The same with a main navigation; the entry with the longest path that leads to this page is
    /// marked as current.
    #[must_use]
    pub fn with_nav(mut self, mut nav: Vec<NavItem>) -> Self {
        let here = &self.path;
        let leads_here = |href: &str| {
            here == href
                || (href != "/" && here.starts_with(&format!("{}/", href.trim_end_matches('/'))))
        };
        let best =
            nav.iter().filter(|item| leads_here(&item.href)).map(|item| item.href.len()).max();
        for item in &mut nav {
            item.current = leads_here(&item.href) && Some(item.href.len()) == best;
        }
        self.nav = nav;
        self
    }

    /// htmx asks for a part of the page only.
    pub const fn is_fragment(&self) -> bool {
        self.is_fragment
    }

    /// The text of a key in the page's language.
    pub fn t(&self, key: &str) -> String {
        crate::t(self.lang, key)
    }

    /// A plain value of the query, as it stands in the address.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find_map(|(key, value)| (key == name).then_some(value))
    }

    /// This page's address with one query value replaced (for the language and text size switches).
    pub fn href_with(&self, name: &str, value: &str) -> String {
        let prefix = format!("{name}=");
        let kept =
            self.query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with(&prefix));
        let mut query: Vec<&str> = kept.collect();
        let pair = format!("{prefix}{value}");
        query.push(&pair);
        format!("{}?{}", self.path, query.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str, query: &str) -> PageContext {
        PageContext { path: path.to_owned(), query: query.to_owned(), ..PageContext::default() }
    }

    #[test]
    fn the_deepest_entry_of_the_navigation_is_current() {
        let nav = vec![
            NavItem::new("/", "A"),
            NavItem::new("/people", "B"),
            NavItem::new("/people/new", "C"),
        ];
        let current = |path: &str| {
            let page = at(path, "").with_nav(nav.clone());
            page.nav.iter().filter(|i| i.current).map(|i| i.label.clone()).collect::<String>()
        };
        assert_eq!(current("/"), "A");
        assert_eq!(current("/people/7"), "B");
        assert_eq!(current("/people/new"), "C");
        assert_eq!(current("/peoples"), "");
    }

    #[test]
    fn a_switch_keeps_the_rest_of_the_address() {
        assert_eq!(
            at("/people", "page=2&lang=vi").href_with("lang", "en"),
            "/people?page=2&lang=en"
        );
        assert_eq!(at("/", "").href_with("lang", "vi"), "/?lang=vi");
    }
}
