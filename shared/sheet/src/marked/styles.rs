//! The styles of a workbook with some added: those of wrong cells, like what the cell had before
//! but for the colour behind it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::tags::{Kind, Tag, tags};

/// What a cell's colour says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fill {
    /// Nothing: the colour of an earlier check is taken away.
    None,
    /// Doubtful.
    Warning,
    /// Wrong.
    Error,
}

const COLOURS: [(Fill, &str); 2] = [(Fill::Warning, "FFFFE699"), (Fill::Error, "FFFF9C9C")];

/// A stretch of the part.
type Span = (usize, usize);

/// The part that holds the styles, and what is added to it.
pub(super) struct Styles<'a> {
    xml: &'a str,
    prefix: &'a str,
    /// The list of fills and the list of cell formats: from begin tag to end tag.
    fills: Tag<'a>,
    formats: Tag<'a>,
    formats_end: usize,
    fills_end: usize,
    /// Fills that are here, as they stand there.
    all_fills: Vec<Span>,
    all_formats: Vec<Span>,
    added: BTreeMap<(usize, Fill), usize>,
}

impl<'a> Styles<'a> {
    /// `None` when the part has not the lists that are needed.
    pub(super) fn read(xml: &'a str) -> Option<Self> {
        let (fills, fills_end, all_fills) = list(xml, "fills", "fill")?;
        let (formats, formats_end, all_formats) = list(xml, "cellXfs", "xf")?;
        Some(Self {
            xml,
            prefix: fills.prefix,
            fills,
            formats,
            formats_end,
            fills_end,
            all_fills,
            all_formats,
            added: BTreeMap::new(),
        })
    }

    /// The number of the style that is like `base` with another fill; `None` when `base` is none.
    pub(super) fn like(&mut self, base: usize, fill: Fill) -> Option<usize> {
        self.all_formats.get(base)?;
        let next = self.all_formats.len() + self.added.len();
        Some(*self.added.entry((base, fill)).or_insert(next))
    }

    /// Whether an earlier check gave a style its colour.
    pub(super) fn is_ours(&self, style: usize) -> bool {
        let fill = self.all_formats.get(style).and_then(|span| {
            let fill =
                tags(self.slice(*span)).next()?.attribute("fillId")?.parse::<usize>().ok()?;
            self.all_fills.get(fill)
        });
        let is_ours = |text: &str| COLOURS.iter().any(|(_, colour)| text.contains(colour));
        fill.is_some_and(|span| is_ours(self.slice(*span)))
    }

    /// The part with what was added.
    pub(super) fn written(&self) -> Option<String> {
        let Self { xml, prefix: p, .. } = self;
        let mut fills = String::new();
        for (_, colour) in COLOURS {
            let pattern = format!(
                "<{p}patternFill patternType=\"solid\"><{p}fgColor rgb=\"{colour}\"/><{p}bgColor indexed=\"64\"/></{p}patternFill>"
            );
            let _ = write!(fills, "<{p}fill>{pattern}</{p}fill>");
        }
        let mut added: Vec<_> = self.added.iter().collect();
        added.sort_by_key(|(_, number)| **number);
        let mut formats = String::new();
        for ((base, fill), _) in added {
            let text = self.slice(*self.all_formats.get(*base)?);
            let tag = tags(text).next()?;
            let at = COLOURS.iter().position(|(colour, _)| colour == fill);
            let number = at.map_or(0, |at| self.all_fills.len() + at);
            let changed = tag.with("fillId", &number.to_string());
            let changed = tags(&changed).next()?.with("applyFill", "1");
            formats += &changed;
            formats += &text[tag.end..];
        }
        let count = |tag: &Tag<'_>, n: usize| tag.with("count", &n.to_string());
        let inserts = [
            (self.fills, self.fills_end, count(&self.fills, self.all_fills.len() + 2), fills),
            (
                self.formats,
                self.formats_end,
                count(&self.formats, self.all_formats.len() + self.added.len()),
                formats,
            ),
        ];
        let mut out = String::with_capacity(xml.len() + 4096);
        let mut at = 0;
        for (tag, end, head, added) in inserts {
            // Fills stand before cell formats in every workbook.
            out += xml.get(at..tag.start)?;
            out += &head;
            out += xml.get(tag.end..end)?;
            out += &added;
            at = end;
        }
        Some(out + &xml[at..])
    }

    fn slice(&self, (from, to): Span) -> &'a str {
        &self.xml[from..to]
    }
}

/// A list: its begin tag, where its end tag begins, and its items.
fn list<'a>(xml: &'a str, name: &str, item: &str) -> Option<(Tag<'a>, usize, Vec<Span>)> {
    let mut found = None;
    let mut items = Vec::new();
    let mut open = None;
    for tag in tags(xml) {
        match (&found, tag.kind) {
            (None, Kind::Open) if tag.name == name => found = Some(tag),
            (Some(list), Kind::Close) if tag.name == name => {
                return Some((*list, tag.start, items));
            }
            (Some(_), Kind::Empty) if tag.name == item => items.push((tag.start, tag.end)),
            (Some(_), Kind::Open) if tag.name == item => open = Some(tag.start),
            (Some(_), Kind::Close) if tag.name == item => items.push((open.take()?, tag.end)),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<styleSheet><fills count=\"1\"><fill><patternFill/></fill></fills><cellStyleXfs><xf/></cellStyleXfs><cellXfs count=\"2\"><xf numFmtId=\"0\" fillId=\"0\"/><xf numFmtId=\"14\" fillId=\"0\"><alignment/></xf></cellXfs></styleSheet>";

    #[test]
    fn a_style_is_made_like_another_and_told_apart_later() {
        let mut styles = Styles::read(XML).unwrap();
        assert_eq!(styles.like(1, Fill::Error), Some(2));
        assert_eq!(styles.like(0, Fill::Warning), Some(3));
        assert_eq!(styles.like(1, Fill::Error), Some(2));
        assert_eq!(styles.like(7, Fill::Error), None);
        let written = styles.written().unwrap();
        let like = "<xf numFmtId=\"14\" fillId=\"2\" applyFill=\"1\"><alignment/></xf><xf numFmtId=\"0\" fillId=\"1\" applyFill=\"1\"/></cellXfs>";
        assert!(written.contains(like), "{written}");
        assert!(
            written.contains("<cellXfs count=\"4\">") && written.contains("<fills count=\"3\">")
        );
        let again = Styles::read(&written).unwrap();
        assert_eq!([0, 1, 2, 3].map(|style| again.is_ours(style)), [false, false, true, true]);
        assert!(Styles::read("<styleSheet/>").is_none());
    }
}
