//! A state as word, shape and colour; never colour alone.

use maud::{Markup, html};

/// What a state means for the person who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// ● All is well.
    Good,
    /// ◐ Being worked on.
    Busy,
    /// ○ At rest or away; nothing to do.
    #[default]
    Idle,
    /// ▲ Somebody should look.
    Warning,
    /// ✖ Something failed.
    Bad,
    /// ◆ Something to know.
    Info,
}

impl Tone {
    /// The shape that goes with the word.
    pub const fn shape(self) -> &'static str {
        match self {
            Self::Good => "●",
            Self::Busy => "◐",
            Self::Idle => "○",
            Self::Warning => "▲",
            Self::Bad => "✖",
            Self::Info => "◆",
        }
    }

    /// The class that colours it.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Good => "tone-good",
            Self::Busy => "tone-busy",
            Self::Idle => "tone-idle",
            Self::Warning => "tone-warning",
            Self::Bad => "tone-bad",
            Self::Info => "tone-info",
        }
    }
}

/// A state in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Badge {
    /// What it means.
    pub tone: Tone,
    /// The words.
    pub words: String,
    /// Where a click on it leads.
    pub href: Option<String>,
}

impl Badge {
    /// A badge that leads nowhere.
    pub fn new(tone: Tone, words: impl Into<String>) -> Self {
        Self { tone, words: words.into(), href: None }
    }

    /// The same with a link.
    #[must_use]
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }
}

/// A state for tables and headings.
pub fn badge(badge: &Badge) -> Markup {
    let class = format!("wb-badge {}", badge.tone.class());
    let inner =
        html! { span .wb-shape aria-hidden="true" { (badge.tone.shape()) } " " (badge.words) };
    html! {
        @match &badge.href {
            Some(href) => a class=(class) href=(href) { (inner) },
            None => span class=(class) { (inner) },
        }
    }
}

/// The inside of the header's sync slot; what `PageContext::badge_href` answers.
pub fn sync_badge(state: &Badge) -> Markup {
    badge(state)
}

/// A quiet mark without a meaning of its own ("Đảng viên", "2 dòng").
pub fn tag(words: &str) -> Markup {
    html! { span .wb-tag { (words) } }
}
