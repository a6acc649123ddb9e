//! Looks into an .xlsx archive before the workbook reader may: how many files it holds, how large
//! they really become, and how many texts it announces.

use std::io::{Cursor, Read};

use crate::error::SheetError;
use crate::limits::{ARCHIVE_ENTRIES_MAX, INFLATED_BYTES_MAX, SHARED_STRINGS_MAX};

/// The attribute by which the workbook reader reserves memory before it has read anything.
const ANNOUNCED: &str = "uniqueCount";
/// Enough after the attribute's name for `="`, spaces and more digits than are allowed.
const TAIL: usize = 64;

/// Refuses an archive that is broken or too large inside.
///
/// Declared sizes are not trusted: every file is inflated once, into nothing.
pub(crate) fn inspect(bytes: &[u8]) -> Result<(), SheetError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > ARCHIVE_ENTRIES_MAX {
        return Err(SheetError::Broken("too many entries".to_owned()));
    }
    let mut left = INFLATED_BYTES_MAX;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(broken)?;
        if file.size() > left {
            return Err(inflates());
        }
        // The workbook reader finds this file whatever the case of its name.
        let name = String::from_utf8_lossy(file.name_raw()).to_lowercase();
        let texts = name.ends_with("sharedstrings.xml");
        left = left.checked_sub(inspect_file(&mut file, texts, left)?).ok_or_else(inflates)?;
    }
    Ok(())
}

/// Reads one file to its end; gives its real size. `texts`: the file of shared texts, whose
/// announcement is looked at.
fn inspect_file(file: &mut impl Read, texts: bool, left: u64) -> Result<u64, SheetError> {
    let mut window = Vec::with_capacity(TAIL + 16_000);
    let mut buffer = [0; 16_000];
    let mut size = 0_u64;
    loop {
        let count = file.read(&mut buffer).map_err(broken)?;
        if texts {
            window.extend_from_slice(&buffer[..count]);
            if announces_too_much(&window) {
                return Err(SheetError::Broken("too many shared strings announced".to_owned()));
            }
            window.drain(..window.len().saturating_sub(TAIL));
        }
        if count == 0 {
            return Ok(size);
        }
        size += count as u64;
        if size > left {
            return Err(inflates());
        }
    }
}

fn announces_too_much(window: &[u8]) -> bool {
    // The search of `str` is compiled with the standard library: fast in every profile.
    let text = String::from_utf8_lossy(window);
    text.match_indices(ANNOUNCED).any(|(at, _)| {
        let digits = text[at + ANNOUNCED.len()..]
            .bytes()
            .skip_while(|byte| !byte.is_ascii_digit())
            .take_while(u8::is_ascii_digit)
            .fold(0_usize, |sum, byte| {
                sum.saturating_mul(10).saturating_add(usize::from(byte - b'0'))
            });
        digits > SHARED_STRINGS_MAX
    })
}

fn broken(error: impl std::fmt::Display) -> SheetError {
    SheetError::Broken(error.to_string())
}

fn inflates() -> SheetError {
    SheetError::Inflates { limit: INFLATED_BYTES_MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(name: &str, fill: impl Fn(&mut dyn std::io::Write)) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        fill(&mut zip);
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_small_archive_passes_and_a_cut_one_is_broken() {
        let whole = archive("a.xml", |out| out.write_all(b"<a/>").unwrap());
        assert_eq!(inspect(&whole), Ok(()));
        assert!(matches!(inspect(&whole[..whole.len() - 10]), Err(SheetError::Broken(_))));
        assert!(matches!(inspect(b"PK\x03\x04 and then nothing"), Err(SheetError::Broken(_))));
    }

    #[test]
    fn an_archive_that_inflates_is_refused_whatever_it_declares() {
        let block = vec![b'0'; 1024 * 1024];
        let mut bomb = archive("bomb.xml", |out| {
            for _ in 0..97 {
                out.write_all(&block).unwrap();
            }
        });
        assert!(bomb.len() < 200_000, "small outside");
        assert_eq!(inspect(&bomb), Err(inflates()), "declared");
        // The central directory now says 4 bytes; the file still inflates to 97 MiB.
        let at = bomb.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
        bomb[at + 24..at + 28].copy_from_slice(&4_u32.to_le_bytes());
        assert!(inspect(&bomb).is_err(), "lied about");
    }

    #[test]
    fn an_announcement_of_a_thousand_million_texts_is_refused() {
        let file = |count: &str| {
            archive("xl/sharedStrings.xml", |out| {
                write!(out, "<sst count=\"1\" uniqueCount = '{count}'></sst>").unwrap();
            })
        };
        assert_eq!(inspect(&file("3000")), Ok(()));
        assert!(inspect(&file("1000000000000")).is_err());
        assert!(inspect(&file("99999999999999999999999999")).is_err());
    }
}
