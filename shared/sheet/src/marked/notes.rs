//! Comments at cells: the list of them, and the boxes in which a spreadsheet program shows them.
//! Comments of other people stay; those of an earlier check give way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::tags::{Kind, escape, tags};
use crate::raw::{cell_name, place_of};

/// The author of our comments.
const AUTHOR: &str = "Wardbook";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// What is said at which cell: row (from 1), column (from 0).
pub(super) type Said = BTreeMap<(u32, u32), String>;

/// The comments part with ours, and the cells whose earlier comments went.
pub(super) fn comments(
    present: Option<&str>,
    said: &Said,
) -> Option<(String, BTreeSet<(u32, u32)>)> {
    let empty = format!(
        "<comments xmlns=\"{MAIN}\"><authors></authors><commentList></commentList></comments>"
    );
    let xml = present.unwrap_or(&empty);
    let authors = authors(xml)?;
    let ours = authors.iter().position(|name| name == AUTHOR);
    let number = ours.unwrap_or(authors.len());
    let (mut out, mut at) = (String::with_capacity(xml.len() + said.len() * 200), 0);
    let mut gone = BTreeSet::new();
    let mut open = None;
    let mut is_listed = false;
    for tag in tags(xml) {
        let p = tag.prefix;
        if tag.closes("authors") && ours.is_none() {
            out += xml.get(at..tag.start)?;
            let _ = write!(out, "<{p}author>{AUTHOR}</{p}author>");
            at = tag.start;
        } else if tag.begins("comment") {
            let place = tag.attribute("ref").and_then(|place| place_of(&place))?;
            let author = tag.attribute("authorId").and_then(|id| id.parse().ok());
            let goes = said.contains_key(&place) || author.is_some_and(|id| ours == Some(id));
            open = goes.then_some((tag.start, place));
        } else if tag.closes("comment") {
            if let Some((start, place)) = open.take() {
                out += xml.get(at..start)?;
                at = tag.end;
                gone.insert(place);
            }
        } else if tag.closes("commentList") {
            out += xml.get(at..tag.start)?;
            at = tag.start;
            is_listed = true;
            for (&(row, column), text) in said {
                let (place, text) = (cell_name(row, column), text.lines().map(escape));
                let text = text.collect::<Vec<_>>().join("\n");
                let _ = write!(
                    out,
                    "<{p}comment ref=\"{place}\" authorId=\"{number}\"><{p}text><{p}r><{p}t xml:space=\"preserve\">{text}</{p}t></{p}r></{p}text></{p}comment>"
                );
            }
        }
    }
    // The reader of workbooks does not look at this part, so it need not be well formed.
    let is_whole = is_listed && open.is_none();
    is_whole.then(|| (out + &xml[at..], gone))
}

fn authors(xml: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut from = None;
    for tag in tags(xml) {
        match tag.kind {
            Kind::Open if tag.name == "author" => from = Some(tag.end),
            Kind::Close if tag.name == "author" => {
                names.push(xml.get(from.take()?..tag.start)?.to_owned());
            }
            Kind::Empty if tag.name == "author" => names.push(String::new()),
            Kind::Empty if tag.name == "authors" => return None,
            Kind::Close if tag.name == "authors" => return Some(names),
            _ => {}
        }
    }
    None
}

/// The drawing part with our boxes, without those of comments that went.
pub(super) fn drawing(
    present: Option<&str>,
    said: &Said,
    gone: &BTreeSet<(u32, u32)>,
) -> Option<String> {
    let empty = "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" xmlns:x=\"urn:schemas-microsoft-com:office:excel\"></xml>";
    let xml = present.unwrap_or(empty);
    let (mut out, mut at) = (String::with_capacity(xml.len() + said.len() * 600), 0);
    let mut open = None;
    let mut used = 0;
    for tag in tags(xml) {
        if tag.begins("shape") {
            open = (tag.kind == Kind::Open).then_some(tag.start);
            let id = tag.attribute("id").unwrap_or_default();
            let digits = id.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
            used = used.max(digits.parse().unwrap_or(0_u32));
        } else if tag.closes("shape") {
            let start = open.take()?;
            if cell_of(&xml[start..tag.end]).is_some_and(|place| gone.contains(&place)) {
                out += xml.get(at..start)?;
                at = tag.end;
            }
        } else if tag.closes("xml") {
            out += xml.get(at..tag.start)?;
            at = tag.start;
            if !xml.contains("id=\"_x0000_t202\"") {
                out += "<v:shapetype id=\"_x0000_t202\" coordsize=\"21600,21600\" o:spt=\"202\" path=\"m,l,21600r21600,l21600,xe\"><v:stroke joinstyle=\"miter\"/><v:path gradientshapeok=\"t\" o:connecttype=\"rect\"/></v:shapetype>";
            }
            let first = used.max(2048).checked_add(1)?;
            let end = first.checked_add(u32::try_from(said.len()).ok()?)?;
            for (number, place) in (first..end).zip(said.keys()) {
                out += &shape(number, *place);
            }
        }
    }
    (at > 0).then(|| out + &xml[at..])
}

/// The cell that a box belongs to.
fn cell_of(shape: &str) -> Option<(u32, u32)> {
    let number = |name: &str| {
        let tag = tags(shape).find(|tag| tag.begins(name))?;
        let text = &shape[tag.end..];
        text[..text.find('<')?].trim().parse::<u32>().ok()
    };
    Some((number("Row")?.checked_add(1)?, number("Column")?))
}

fn shape(number: u32, (row, column): (u32, u32)) -> String {
    let (line, top) = (row - 1, row.saturating_sub(2));
    let (left, right, bottom) = (column + 1, column + 5, top + 6);
    format!(
        "<v:shape id=\"_x0000_s{number}\" type=\"#_x0000_t202\" style=\"position:absolute;width:240pt;height:84pt;visibility:hidden\" fillcolor=\"#ffffe1\" o:insetmode=\"auto\"><v:fill color2=\"#ffffe1\"/><v:shadow on=\"t\" color=\"black\" obscured=\"t\"/><v:path o:connecttype=\"none\"/><v:textbox style=\"mso-direction-alt:auto\"/><x:ClientData ObjectType=\"Note\"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{left}, 15, {top}, 2, {right}, 15, {bottom}, 2</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{line}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_of_others_stay_and_those_of_an_earlier_check_go() {
        let first = Said::from([((2, 0), "one & two\nthree".to_owned()), ((2, 3), "x".to_owned())]);
        let (comments_1, gone) = comments(None, &first).unwrap();
        assert!(gone.is_empty() && comments_1.contains("ref=\"A2\" authorId=\"0\""));
        assert!(comments_1.contains("one &amp; two\nthree"));
        let drawing_1 = drawing(None, &first, &gone).unwrap();
        assert_eq!(drawing_1.matches("<v:shape ").count(), 2);

        let foreign = comments_1.replace(
            "</commentList>",
            "<comment ref=\"B9\" authorId=\"1\"><text><t>mine</t></text></comment></commentList>",
        );
        let foreign = foreign.replace("</authors>", "<author>An</author></authors>");
        let second = Said::from([((5, 1), "y".to_owned())]);
        let (comments_2, gone) = comments(Some(&foreign), &second).unwrap();
        assert_eq!(gone, [(2, 0), (2, 3)].into());
        assert_eq!(comments_2.matches("<comment ").count(), 2);
        assert!(comments_2.contains("mine") && comments_2.contains("ref=\"B5\" authorId=\"0\""));
        let drawing_2 = drawing(Some(&drawing_1), &second, &gone).unwrap();
        assert_eq!(drawing_2.matches("<v:shape ").count(), 1);
        assert!(drawing_2.contains("_x0000_s2051"), "no number twice: {drawing_2}");
        assert_eq!(drawing_2.matches("<v:shapetype").count(), 1);
    }

    /// The reader of workbooks never looks at these parts, so they may hold anything.
    #[test]
    fn parts_that_are_not_well_formed_are_left_alone() {
        let said = Said::from([((2, 0), "x".to_owned())]);
        let crossed = [
            "<c><authors></authors><commentList><comment ref=\"A2\"></commentList></comment></c>",
            "<c><authors></authors><comment ref=\"A2\"></authors></comment></c>",
            "<c></authors><comment ref=\"A2\"></c>",
            "<c><authors></author></authors></c>",
        ];
        for xml in crossed {
            assert_eq!(comments(Some(xml), &said), None, "{xml}");
        }
        let gone = BTreeSet::from([(2, 0), (1, 0)]);
        let data = |row: &str| format!("<x:Row>{row}</x:Row><x:Column>0</x:Column>");
        let crossed = format!("<xml><shape>{}</xml></shape>", data("1"));
        assert_eq!(drawing(Some(&crossed), &said, &gone), None);
        // Numbers that leave no next one.
        let last = format!("<xml><shape id=\"s4294967295\">{}</shape></xml>", data("4294967295"));
        assert_eq!(drawing(Some(&last), &said, &gone), None);
    }
}
