//! Cards, lists of terms, tiles of figures, progress and the empty state.

use maud::{Markup, html};

use super::status::Tone;

/// A framed part of a page under a heading of its own (h2).
pub fn card(title: &str, actions: Option<&Markup>, body: &Markup) -> Markup {
    html! {
        section .card.wb-card {
            @if !title.is_empty() {
                div .card-header {
                    h2 .card-title { (title) }
                    @if let Some(actions) = actions { div .card-actions.btn-list { (actions) } }
                }
            }
            div .card-body { (body) }
        }
    }
}

/// Terms with what they stand for.
pub fn definition_list(entries: &[(String, Markup)]) -> Markup {
    html! {
        dl .wb-list {
            @for (term, text) in entries { div { dt { (term) } dd { (text) } } }
        }
    }
}

/// One figure with its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatTile {
    /// What is counted.
    pub label: String,
    /// The figure, ready to be read.
    pub value: String,
    /// A line under it; may be empty.
    pub note: String,
    /// Whether it needs attention.
    pub tone: Option<Tone>,
    /// Where the figure's list is.
    pub href: Option<String>,
}

/// Figures side by side.
pub fn stat_tiles(tiles: &[StatTile]) -> Markup {
    html! {
        ul .wb-tiles {
            @for tile in tiles {
                li class=(format!("wb-tile {}", tile.tone.map_or("", Tone::class))) {
                    span .wb-tile-label {
                        @if let Some(tone) = tile.tone { span .wb-shape aria-hidden="true" { (tone.shape()) } " " }
                        (tile.label)
                    }
                    span .wb-tile-value {
                        @match &tile.href {
                            Some(href) => a href=(href) { (tile.value) },
                            None => (tile.value),
                        }
                    }
                    @if !tile.note.is_empty() { span .wb-tile-note { (tile.note) } }
                }
            }
        }
    }
}

/// How far a job is, with the words beside it.
pub fn progress(label: &str, done: u64, total: u64) -> Markup {
    html! {
        div .wb-progress {
            span { (label) }
            progress aria-label=(label) value=(done.min(total)) max=(total.max(1)) {}
        }
    }
}

/// What to say and to offer where a list is empty.
pub fn empty_state(words: &str, actions: &Markup) -> Markup {
    html! { div .wb-empty { p { (words) } div .btn-list { (actions) } } }
}
