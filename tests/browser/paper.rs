//! What Chromium makes of a print page, read back with Debian's poppler-utils.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use wardbook_tests::harness::artefact_path;

use crate::browser::Browser;

/// One PDF.
pub(crate) struct Pdf {
    /// Where it is kept.
    path: PathBuf,
    /// The text of each page, in the order in which it was written.
    pub(crate) pages: Vec<String>,
}

impl Pdf {
    /// Prints the page that the browser shows, as its print button would, and keeps PDF and pictures.
    pub(crate) async fn print(browser: &Browser, name: &str) -> Self {
        // Chromium loads a font when it lays text out with it: the screen has done so by then.
        let fonts = "const done = arguments[arguments.length - 1]; document.fonts.ready.then(() => done(true));";
        browser.driver.execute_async(fonts, Vec::new()).await.expect("fonts");
        let wanted = json!({"preferCSSPageSize": true, "printBackground": true});
        let made: Value =
            browser.driver.cdp().send_raw("Page.printToPDF", wanted).await.expect("a PDF");
        let bytes = from_base64(made["data"].as_str().expect("the PDF's bytes"));
        let path = artefact_path(&format!("{name}.pdf"));
        std::fs::write(&path, bytes).expect("kept");
        let text = tool("pdftotext", &["-raw", &word(&path), "-"]);
        let mut pages: Vec<String> = text.split('\u{c}').map(str::to_owned).collect();
        // A form feed stands after each page, the last one too.
        pages.pop();
        let pdf = Self { path, pages };
        let picture = word(&artefact_path(name));
        tool("pdftoppm", &["-r", "70", "-png", "-l", "12", &word(&pdf.path), &picture]);
        pdf
    }

    /// All text without any white space: line breaks of the paper say nothing. Page numbers are
    /// left out: they may stand amid a sentence.
    pub(crate) fn text(&self) -> String {
        let is_number = |line: &&str| line.trim().parse::<u8>().is_ok();
        let lines = self.pages.iter().flat_map(|page| {
            page.lines().enumerate().filter(|(at, line)| *at > 0 || !is_number(line))
        });
        lines.map(|(_, line)| bare(line)).collect()
    }

    /// What pdfinfo says of the size of every page.
    pub(crate) fn sizes(&self) -> Vec<String> {
        let last = self.pages.len().to_string();
        let info = tool("pdfinfo", &["-f", "1", "-l", &last, &word(&self.path)]);
        let sizes = info.lines().filter(|line| line.starts_with("Page ") && line.contains("size:"));
        let sizes = sizes.filter_map(|line| line.split_once("size:"));
        sizes.map(|(_, size)| size.trim().to_owned()).collect()
    }

    /// The fonts: name, and whether it is embedded.
    pub(crate) fn fonts(&self) -> Vec<(String, bool)> {
        let list = tool("pdffonts", &[&word(&self.path)]);
        let font = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            // From the end: embedded, subset, unicode, object, generation.
            let embedded = words.len().checked_sub(5).and_then(|at| words.get(at));
            let name = words.first().copied().unwrap_or_default();
            (name.rsplit('+').next().unwrap_or(name).to_owned(), embedded == Some(&"yes"))
        };
        list.lines().skip(2).map(font).collect()
    }

    /// The margins that the words leave, in millimetres: left, top, right, bottom. The page number,
    /// which stands in the upper margin, is passed over.
    pub(crate) fn margins(&self, (width, height): (f64, f64)) -> [f64; 4] {
        let boxes = tool("pdftotext", &["-bbox", &word(&self.path), "-"]);
        let number = |line: &str, name: &str| -> Option<f64> {
            let rest = line.split_once(&format!("{name}=\""))?.1;
            rest.split_once('"')?.0.parse().ok()
        };
        let mut edges = [f64::MAX, f64::MAX, 0.0, 0.0];
        for line in boxes.lines().filter(|line| line.contains("<word")) {
            let at = |name| number(line, name).expect("a box");
            if at("yMax") < mm(20.0) {
                continue;
            }
            edges[0] = edges[0].min(at("xMin"));
            edges[1] = edges[1].min(at("yMin"));
            edges[2] = edges[2].max(at("xMax"));
            edges[3] = edges[3].max(at("yMax"));
        }
        let to_mm = |points: f64| points * 25.4 / 72.0;
        [to_mm(edges[0]), to_mm(edges[1]), width - to_mm(edges[2]), height - to_mm(edges[3])]
    }
}

/// Millimetres as points.
fn mm(length: f64) -> f64 {
    length * 72.0 / 25.4
}

/// Text without any white space.
pub(crate) fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn word(path: &std::path::Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

fn tool(program: &str, words: &[&str]) -> String {
    let output = Command::new(program)
        .args(words)
        .output()
        .unwrap_or_else(|error| panic!("{program} (Debian: poppler-utils): {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

pub(crate) fn from_base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| -> u32 {
        let at = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            _ => 63,
        };
        u32::from(at)
    };
    let digits: Vec<u32> = text.bytes().filter(|byte| *byte != b'=').map(digit).collect();
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for four in digits.chunks(4) {
        let bits = four.iter().fold(0, |bits, digit| (bits << 6) | digit) << (6 * (4 - four.len()));
        let three = bits.to_be_bytes();
        bytes.extend_from_slice(&three[1..four.len()]);
    }
    bytes
}

#[test]
fn base64_is_read() {
    assert_eq!(from_base64("JVBERi0xLjQ="), b"%PDF-1.4");
    assert_eq!(from_base64("QUI="), b"AB");
    assert_eq!(from_base64("QQ=="), b"A");
}
