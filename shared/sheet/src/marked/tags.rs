//! The tags of an XML part, by their places in its text. The parts were read by the workbook reader
//! before, so they are well formed; what stands between the tags we change is copied byte by byte.

use std::borrow::Cow;

/// What a tag does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    /// Opens and closes.
    Empty,
}

/// One tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag<'a> {
    /// Where it begins and ends in the text.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
    /// The prefix with its colon; empty where there is none.
    pub(super) prefix: &'a str,
    /// The name without prefix.
    pub(super) name: &'a str,
    text: &'a str,
}

impl<'a> Tag<'a> {
    /// Whether an element begins here.
    pub(super) fn begins(&self, name: &str) -> bool {
        self.name == name && self.kind != Kind::Close
    }

    /// Whether it is an end tag.
    pub(super) fn closes(&self, name: &str) -> bool {
        self.name == name && self.kind == Kind::Close
    }

    /// The value of an attribute, by its name without prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        self.place(name).map(|(from, to)| unescape(&self.text[from..to]))
    }

    /// The tag with an attribute set.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        if let Some((from, to)) = self.place(name) {
            return format!("{}{}{}", &self.text[..from], escape(value), &self.text[to..]);
        }
        let tail = if self.kind == Kind::Empty { "/>" } else { ">" };
        let head = self.text.trim_end_matches('>').trim_end_matches('/').trim_end();
        format!("{head} {name}=\"{}\"{tail}", escape(value))
    }

    /// Where the value of an attribute stands in the tag.
    fn place(&self, name: &str) -> Option<(usize, usize)> {
        let text = self.text;
        let mut at = text.find(|c: char| c.is_ascii_whitespace())?;
        while let Some(equals) = text[at..].find('=').map(|found| at + found) {
            let key = text[at..equals].trim();
            let quote = equals + 1 + text[equals + 1..].find(['"', '\''])?;
            let mark = char::from(text.as_bytes()[quote]);
            let close = quote + 1 + text[quote + 1..].find(mark)?;
            if key.rsplit(':').next() == Some(name) && !key.starts_with("xmlns") {
                return Some((quote + 1, close));
            }
            at = close + 1;
        }
        None
    }
}

/// All tags, in order. Ends at what no part of a workbook needs, such as a DOCTYPE.
pub(super) fn tags(xml: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + xml[at..].find('<')?;
            let rest = &xml[start..];
            let passed = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
            if let Some((open, close)) = passed.iter().find(|(open, _)| rest.starts_with(open)) {
                at = start + open.len() + rest[open.len()..].find(close)? + close.len();
                continue;
            }
            if rest.starts_with("<!") {
                return None;
            }
            let end = start + length(rest)?;
            at = end;
            return tag(xml, start, end);
        }
    })
}

/// The length of the tag at the beginning of a text: up to the `>` that stands in no quotes.
fn length(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn tag(xml: &str, start: usize, end: usize) -> Option<Tag<'_>> {
    let text = &xml[start..end];
    let inner = text.strip_prefix('<')?.strip_suffix('>')?;
    let (kind, inner) = match (inner.strip_prefix('/'), inner.strip_suffix('/')) {
        (Some(inner), _) => (Kind::Close, inner),
        (None, Some(inner)) => (Kind::Empty, inner),
        (None, None) => (Kind::Open, inner),
    };
    let full = inner.split(|c: char| c.is_ascii_whitespace()).next()?;
    let (prefix, name) = full.split_at(full.find(':').map_or(0, |colon| colon + 1));
    Some(Tag { start, end, kind, prefix, name, text })
}

/// A text as it stands in XML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let known = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    Cow::Owned(known.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_with_their_attributes_and_can_be_changed() {
        let xml = "<?xml version=\"1.0\"?><!-- <a> --><x:a  r:id='1>2' s=\"3\"/><b>t</b >";
        let found: Vec<_> = tags(xml).collect();
        assert_eq!(found.len(), 3);
        let first = &found[0];
        assert_eq!((first.prefix, first.name, first.kind), ("x:", "a", Kind::Empty));
        assert_eq!(first.attribute("id").as_deref(), Some("1>2"));
        assert_eq!(first.attribute("x"), None);
        assert_eq!(first.with("s", "<9"), "<x:a  r:id='1>2' s=\"&lt;9\"/>");
        assert_eq!(first.with("t", "n"), "<x:a  r:id='1>2' s=\"3\" t=\"n\"/>");
        assert_eq!(found[1].with("s", "7"), "<b s=\"7\">");
        assert!(found[2].closes("b"));
        assert_eq!(tags("<!DOCTYPE a><a/>").count(), 0);
        assert_eq!(tags("<a").count(), 0, "cut off");
    }
}
