//! The one-time code of a machine without accounts: whoever makes the first account must have seen
//! the program start, or be able to read its data folder.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use wardbook_base::Dice;

use crate::os;

/// Where the code lies for the person at the machine.
const FILE: &str = "setup-code.txt";
/// Wrong tries that a code outlives.
const TRIES_MAX: u32 = 5;

/// The code, while it is needed.
#[derive(Debug, Default)]
pub(crate) struct SetupCode {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    code: String,
    wrong: u32,
}

impl SetupCode {
    /// Draws a code and writes it down for the person at the machine. Returns it.
    pub(crate) fn draw(&self, data: &Path, dice: &dyn Dice) -> String {
        let code = wardbook_sync::enrol::new_code(dice);
        let text = format!("{code}\n");
        if let Err(error) = os::write_private(&file(data), text.as_bytes()) {
            tracing::warn!(%error, "the setup code could not be written down");
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State { code: code.clone(), wrong: 0 };
        code
    }

    /// Whether this is the code. After five wrong tries another one is drawn.
    pub(crate) fn fits(&self, typed: &str, data: &Path, dice: &dyn Dice) -> bool {
        let typed = wardbook_sync::enrol::normalise_code(typed);
        let is_worn = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if !state.code.is_empty() && typed.as_deref() == Some(state.code.as_str()) {
                return true;
            }
            state.wrong += 1;
            state.wrong >= TRIES_MAX
        };
        if is_worn {
            self.draw(data, dice);
        }
        false
    }

    /// The first account exists: the code is good for nothing any more.
    pub(crate) fn burn(&self, data: &Path) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
        let _ = std::fs::remove_file(file(data));
    }
}

/// Where the code is written down.
pub(crate) fn file(data: &Path) -> PathBuf {
    data.join(FILE)
}

#[cfg(test)]
mod tests {
    use wardbook_base::SeededDice;

    use super::*;

    #[test]
    fn a_code_works_until_it_is_burnt_and_dies_of_guessing() {
        let dir = tempfile::tempdir().unwrap();
        let dice = SeededDice::new(4);
        let setup = SetupCode::default();
        assert!(!setup.fits("", dir.path(), &dice), "no code fits before one is drawn");
        let code = setup.draw(dir.path(), &dice);
        let spaced = format!("{} {}", &code[..4], code[4..].to_lowercase());
        assert!(setup.fits(&spaced, dir.path(), &dice));
        for _ in 0..TRIES_MAX {
            assert!(!setup.fits("00000000", dir.path(), &dice));
        }
        assert!(!setup.fits(&code, dir.path(), &dice), "guessing wore it out");
        let next = std::fs::read_to_string(file(dir.path())).unwrap();
        assert!(setup.fits(next.trim(), dir.path(), &dice));
        setup.burn(dir.path());
        assert!(!setup.fits(next.trim(), dir.path(), &dice) && !file(dir.path()).exists());
    }
}
