//! The newest lines of the log, kept in memory for the support bundle.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

/// Lines that are kept.
const LINES_MAX: usize = 2_000;
/// Characters of a line that are kept.
const LINE_MAX: usize = 600;

static RING: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

fn ring() -> std::sync::MutexGuard<'static, VecDeque<String>> {
    RING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes to standard error, and keeps a copy.
#[derive(Debug, Default)]
pub(crate) struct Tee;

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        keep(&mut ring(), &String::from_utf8_lossy(bytes));
        io::stderr().write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn keep(ring: &mut VecDeque<String>, text: &str) {
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if ring.len() == LINES_MAX {
            ring.pop_front();
        }
        ring.push_back(line.chars().take(LINE_MAX).collect());
    }
}

/// The lines, oldest first.
pub(crate) fn lines() -> Vec<String> {
    ring().iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_stay_and_none_is_endless() {
        let mut kept = VecDeque::new();
        for n in 0..LINES_MAX + 10 {
            keep(&mut kept, &format!("dòng {n}\n"));
        }
        keep(&mut kept, &"x".repeat(10_000));
        assert_eq!(kept.len(), LINES_MAX);
        assert_eq!(kept.front().map(String::as_str), Some("dòng 11"));
        assert!(kept.back().is_some_and(|line| line.len() == LINE_MAX));
    }
}
