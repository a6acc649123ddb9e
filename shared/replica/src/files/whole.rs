//! Whether a file is all there. One whose copying was cut short lacks its end, which nobody would
//! notice before the paper is needed. What stands behind the end does no harm: gateways and cameras
//! write there.

use wardbook_record::Media;

/// Where the end of a PDF is looked for, in bytes from the end of the file.
const PDF_TAIL: usize = 2 * 1024;
/// The record at the end of a ZIP archive, without its remark.
const ZIP_END: usize = 22;
/// The longest remark of a ZIP archive.
const ZIP_REMARK_MAX: usize = 65_535;

/// Whether the end of a file of this kind is there.
pub(super) fn is_whole(media: Media, bytes: &[u8]) -> bool {
    match media {
        Media::Pdf => has_pdf_end(bytes),
        Media::Jpeg => jpeg_end(bytes).is_some(),
        Media::Png => png_end(bytes).is_some(),
        Media::Docx => zip_entries(bytes).is_some(),
    }
}

/// One of the two words that stand at the end of every PDF. Copies may be filled up with zeros.
fn has_pdf_end(bytes: &[u8]) -> bool {
    let is_filling = |byte: &u8| matches!(byte, 0 | b'\n' | b'\r' | b' ');
    let end = bytes.iter().rposition(|byte| !is_filling(byte)).map_or(0, |last| last + 1);
    let tail = &bytes[end.saturating_sub(PDF_TAIL)..end];
    let says = |word: &[u8]| tail.windows(word.len()).any(|window| window == word);
    says(b"%%EOF") || says(b"startxref")
}

/// Where a JPEG ends: its segments are gone through one by one, because the small picture that
/// cameras put into one of them has an end of its own.
fn jpeg_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        // Between segments, and within the dots of the picture, everything else is passed over.
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)? + 1;
        match *bytes.get(at)? {
            0xd9 => return Some(at + 1),
            // A filling byte: the next one may be the mark.
            0xff => {}
            0x00 | 0x01 | 0xd0..=0xd8 => at += 1,
            _ => at += 1 + big(bytes, at + 1, 2)?,
        }
    }
}

/// Where a PNG ends: behind its last chunk.
fn png_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 8;
    loop {
        let length = big(bytes, at, 4)?;
        let end = at.checked_add(length)?.checked_add(12)?;
        let kind = bytes.get(..end)?.get(at + 4..at + 8)?;
        if kind == b"IEND" {
            return Some(end);
        }
        at = end;
    }
}

/// How many files a ZIP archive holds; none when its directory, at its end, is not there or names a
/// file that is not.
fn zip_entries(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(ZIP_END + ZIP_REMARK_MAX);
    let end = from + bytes[from..].windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let remark = little(bytes, end + 20, 2)?;
    bytes.get(..end + ZIP_END + remark)?;
    let count = little(bytes, end + 10, 2)?;
    let mut at = little(bytes, end + 16, 4)?;
    for _ in 0..count {
        let is_entry = bytes.get(at..)?.starts_with(b"PK\x01\x02");
        let file = little(bytes, at + 42, 4)?;
        if !is_entry || !bytes.get(file..)?.starts_with(b"PK\x03\x04") {
            return None;
        }
        // Its name, what is added to it, and its remark.
        let texts = [28, 30, 32].map(|field| little(bytes, at + field, 2));
        at += 46 + texts.into_iter().sum::<Option<usize>>()?;
    }
    (at <= end && count > 0).then_some(count)
}

/// A number of so many bytes, the highest first.
fn big(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let found = bytes.get(at..at.checked_add(length)?)?;
    Some(found.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)))
}

/// A number of so many bytes, the lowest first.
fn little(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let found = bytes.get(at..at.checked_add(length)?)?;
    Some(found.iter().rev().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgb, RgbImage};

    use super::*;

    fn pdf(end: &str) -> Vec<u8> {
        [b"%PDF-1.7\n".to_vec(), vec![b'x'; 9_000], end.as_bytes().to_vec()].concat()
    }

    fn picture(format: ImageFormat) -> Vec<u8> {
        let image = RgbImage::from_fn(90, 60, |x, y| {
            let n = ((x * 31) ^ (y * 17)).to_le_bytes()[0];
            Rgb([n, n.wrapping_mul(7), 255 - n])
        });
        let mut out = Cursor::new(Vec::new());
        image.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    /// A picture with a small picture in its second segment, as cameras make it.
    fn camera() -> Vec<u8> {
        let (jpeg, small) = (picture(ImageFormat::Jpeg), picture(ImageFormat::Jpeg));
        let length = u16::try_from(small.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xff, 0xe1], &length, &small, &jpeg[2..]].concat()
    }

    /// A ZIP archive without compression, written by hand.
    fn docx(remark: &str) -> Vec<u8> {
        let small = |n: usize| u16::try_from(n).unwrap().to_le_bytes();
        let large = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for (name, body) in [("[Content_Types].xml", "<a/>"), ("word/document.xml", "<b/>")] {
            let at = out.len();
            let of = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &[7; 4]].concat();
            let sizes = [large(body.len()), large(body.len())].concat();
            let lengths = [small(name.len()), small(0)].concat();
            for part in
                [&b"PK\x03\x04"[..], &of, &sizes, &lengths, name.as_bytes(), body.as_bytes()]
            {
                out.extend(part);
            }
            for part in [&b"PK\x01\x02\x14\0"[..], &of, &sizes, &lengths, &[0; 10], &large(at)] {
                directory.extend(part);
            }
            directory.extend(name.as_bytes());
        }
        let at = out.len();
        out.extend(&directory);
        for part in [&b"PK\x05\x06\0\0\0\0"[..], &small(2), &small(2), &large(directory.len())] {
            out.extend(part);
        }
        for part in [&large(at)[..], &small(remark.len()), remark.as_bytes()] {
            out.extend(part);
        }
        out
    }

    #[test]
    fn whole_files_are_taken_whatever_follows_their_end() {
        let end = "\nxref\n0 1\ntrailer\n<<>>\nstartxref\n9000\n%%EOF";
        let (jpeg, png) = (picture(ImageFormat::Jpeg), picture(ImageFormat::Png));
        let behind = |bytes: &[u8], junk: Vec<u8>| [bytes, &junk].concat();
        let cases = [
            ("a PDF", Media::Pdf, pdf(&format!("{end}\n"))),
            ("a PDF without the last line's end", Media::Pdf, pdf(end)),
            ("a PDF with ends of lines as on a Mac", Media::Pdf, pdf(&end.replace('\n', "\r"))),
            (
                "a PDF with 2 KB of a gateway's words",
                Media::Pdf,
                behind(&pdf(end), vec![b'<'; 2_000]),
            ),
            ("a PDF filled up with zeros", Media::Pdf, behind(&pdf(end), vec![0; 60_000])),
            ("a PDF without its last word", Media::Pdf, pdf(&end.replace("%%EOF", ""))),
            ("a PDF with half of its last word", Media::Pdf, pdf(&end.replace("%%EOF", "%%E"))),
            ("a PDF without its last number", Media::Pdf, pdf("\n%%EOF\n")),
            ("a PDF that was signed", Media::Pdf, pdf(&format!("{end}\n1 0 obj{end}"))),
            ("a JPEG", Media::Jpeg, jpeg.clone()),
            ("a camera's JPEG", Media::Jpeg, camera()),
            ("a JPEG with a telephone's words", Media::Jpeg, behind(&jpeg, vec![7; 9_000])),
            ("a PNG", Media::Png, png.clone()),
            ("a PNG with words behind it", Media::Png, behind(&png, vec![0; 99])),
            ("a DOCX", Media::Docx, docx("")),
            ("a DOCX with a remark", Media::Docx, docx(&"a remark ".repeat(99))),
        ];
        for (name, media, bytes) in cases {
            assert_eq!(Media::sniff(&bytes), Some(media), "{name}");
            assert!(is_whole(media, &bytes), "{name}");
        }
    }

    #[test]
    fn files_that_were_cut_are_found_wherever_they_were_cut() {
        let end = "\nxref\n0 1\ntrailer\n<<>>\nstartxref\n9000\n%%EOF";
        let earlier = pdf(&format!("{end}\n{}", "y".repeat(9_000)));
        let cases = [
            ("a PDF", Media::Pdf, pdf(""), 6),
            ("a PDF with zeros for the rest", Media::Pdf, [pdf(""), vec![0; 9_000]].concat(), 6),
            ("a PDF whose last part is cut", Media::Pdf, earlier, 12_000),
            ("a JPEG", Media::Jpeg, picture(ImageFormat::Jpeg), 3),
            ("a camera's JPEG", Media::Jpeg, camera(), 3),
            ("a PNG", Media::Png, picture(ImageFormat::Png), 8),
            ("a DOCX", Media::Docx, docx(""), 4),
        ];
        for (name, media, bytes, from) in cases {
            let (cut, step) =
                if media == Media::Pdf { (bytes.len(), 89) } else { (bytes.len() - 1, 1) };
            for at in (from..=cut).step_by(step) {
                assert!(!is_whole(media, &bytes[..at]), "{name} of {} cut at {at}", bytes.len());
            }
        }
        // A piece from the middle is missing: the directory points elsewhere.
        let (whole, mut holed) = (docx(""), docx(""));
        holed.drain(40..50);
        assert!(is_whole(Media::Docx, &whole) && !is_whole(Media::Docx, &holed));
    }
}
