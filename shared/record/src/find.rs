//! Finding a person by what somebody types: which words stand in the index, what a typed text asks
//! for, how well a person fits it, and which letters of the name are the hit.
//!
//! Stores index [`indexed_words`] and ask for [`Wanted::terms`]; both change together, see
//! [`INDEX_VERSION`].

use crate::date::PartialDate;
use crate::facts::Facts;
use crate::legacy;
use crate::names::{fold, normalise};
use crate::rules::GONE;

/// Rises when [`indexed_words`] or the facts behind it change: what was indexed before is indexed
/// again.
pub const INDEX_VERSION: u32 = 2;

/// Digits typed in groups (`0912 345 678`) are one number from this many on.
const NUMBER_DIGITS_MIN: usize = 6;

/// The words by which a person is found.
///
/// The folded name, its initials from each word on (`nvta`, `vta`, `ta`), initials with the given
/// name on either side (`nvan`, `annv`), the name in one word, numbers, and the date of birth as
/// year, month and day.
pub fn indexed_words(facts: &Facts) -> Vec<String> {
    let folded = fold(&facts.full_name);
    let mut words: Vec<String> = folded.split(' ').map(str::to_owned).collect();
    words.extend(short_forms(&folded).into_iter().map(|(word, _)| word));
    let numbers = [&facts.person_id_no, &facts.old_id_no, &facts.phone];
    words.extend(numbers.into_iter().flatten().map(|number| national(&compact(number))));
    if let Some(code) = &facts.staff_code {
        let code = fold(code);
        words.push(code.chars().filter(|c| c.is_alphanumeric()).collect());
        words.push(code);
    }
    words.extend(facts.birth_date.iter().flat_map(|date| date_words(*date)));
    words.retain(|word| !word.is_empty());
    words
}

/// One thing that a person must have: any of these words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The beginnings of words that fit.
    pub prefixes: Vec<String>,
    /// The whole words that fit.
    pub words: Vec<String>,
    /// As typed, in small letters with their accents.
    typed: String,
}

/// What a typed text asks for: every term of it, in any order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    terms: Vec<Term>,
}

impl Wanted {
    /// Reads what was typed: names in any spelling and order, initials, numbers with their spaces
    /// and points, dates of birth; old encodings too.
    pub fn read(typed: &str) -> Self {
        let text = match legacy::detect(typed) {
            Some(from) => legacy::convert(typed, from),
            None => typed.to_owned(),
        };
        let text = normalise(&text).to_lowercase();
        let mut terms = Vec::new();
        let mut digits: Vec<&str> = Vec::new();
        for part in text.split(' ') {
            if is_numeric(part) {
                digits.push(part);
                continue;
            }
            flush(&mut digits, &mut terms);
            terms.extend(words_of(part));
        }
        flush(&mut digits, &mut terms);
        Self { terms }
    }

    /// The terms; none where there is nothing to look for.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// How well a person fits, more is better. Only meant to compare people who have every term.
    pub fn score(&self, facts: &Facts) -> i32 {
        let folded = fold(&facts.full_name);
        let accented = normalise(&facts.full_name).to_lowercase();
        let name: Vec<(&str, &str)> = folded.split(' ').zip(accented.split(' ')).collect();
        let mut used = vec![false; name.len()];
        let (mut score, mut asked_name) = (0, false);
        let mut places: Vec<Option<usize>> = vec![None; self.terms.len()];
        // Longer words choose first: `ng ngoc` is Nguyễn Ngọc, not twice the second word.
        let mut order: Vec<(usize, &Term)> = self.terms.iter().enumerate().collect();
        order.sort_by_key(|(_, term)| std::cmp::Reverse(term.folded().len()));
        for (nth, term) in order {
            let best = (0..name.len())
                .filter(|at| !used[*at])
                .map(|at| (term.fits(name[at], at + 1 == name.len()), at))
                .filter(|(points, _)| *points > 0)
                .max_by_key(|(points, at)| (*points, std::cmp::Reverse(*at)));
            if let Some((points, at)) = best {
                (used[at], asked_name) = (true, true);
                places[nth] = Some(at);
                score += points;
            } else {
                score += term.fits_other(&folded, facts, &used);
            }
        }
        if asked_name {
            let missing = used.iter().filter(|used| !**used).count();
            score -= 3 * i32::try_from(missing).unwrap_or(0);
            let places: Vec<usize> = places.into_iter().flatten().collect();
            score += if places.is_sorted() { 4 } else { 0 };
        }
        let whole: Vec<&str> = self.terms.iter().map(Term::folded).collect();
        score + if whole.join(" ") == folded { 40 } else { 0 }
    }

    /// The place of a person among those who have every term, the least first: who fits best; of
    /// those who fit equally well (`nva` is short for many) who serves before who has left and
    /// before retired records; then as names are sorted, by given name.
    pub fn order(&self, facts: &Facts) -> (std::cmp::Reverse<i32>, bool, Vec<u8>) {
        let has_left = facts.work_status.as_deref().is_some_and(|status| GONE.contains(&status));
        let is_behind = has_left || facts.retired.is_some();
        (std::cmp::Reverse(self.score(facts)), is_behind, facts.sort_key.clone())
    }

    /// The name in pieces: those that are the hit are marked.
    pub fn marks(&self, full_name: &str) -> Vec<(String, bool)> {
        let words: Vec<Vec<char>> =
            full_name.split_whitespace().map(|word| word.chars().collect()).collect();
        let folded: Vec<String> = full_name.split_whitespace().map(fold).collect();
        let mut marked: Vec<usize> = vec![0; words.len()];
        for term in &self.terms {
            let wanted = term.folded();
            let hit = folded.iter().enumerate().find(|(at, word)| {
                !wanted.is_empty() && word.starts_with(wanted) && marked[*at] < wanted.len()
            });
            if let Some((at, _)) = hit {
                marked[at] = wanted.chars().count();
                continue;
            }
            let forms = short_forms(&folded.join(" "));
            if let Some((_, letters)) = forms.iter().find(|(form, _)| form.starts_with(wanted)) {
                for (have, wanted) in marked.iter_mut().zip(letters) {
                    *have = (*have).max(*wanted);
                }
            }
        }
        pieces(&words, &marked)
    }
}

impl Term {
    fn folded(&self) -> &str {
        self.prefixes.first().map_or("", String::as_str)
    }

    /// How well one word of the name fits; 0 = not at all.
    fn fits(&self, (folded, accented): (&str, &str), is_given: bool) -> i32 {
        let wanted = self.folded();
        if wanted.is_empty() || !folded.starts_with(wanted) {
            return 0;
        }
        let given = if is_given { 4 } else { 0 };
        // With accents typed, the word with the same accents comes first.
        let same = if accented.starts_with(&self.typed) { 4 } else { 0 };
        if folded == wanted {
            return 24 + given + same;
        }
        let share = 8 * wanted.len() / folded.len();
        8 + i32::try_from(share).unwrap_or(0) + given + same
    }

    /// How well anything else of the person fits.
    ///
    /// Initials count for words that no other term has taken: in `ng ngoc giang`, `ng` is not short
    /// for the other two.
    fn fits_other(&self, folded: &str, facts: &Facts, used: &[bool]) -> i32 {
        let wanted = self.folded();
        if wanted == facts.initials {
            return 60;
        }
        let numbers = [&facts.person_id_no, &facts.old_id_no, &facts.phone, &facts.staff_code];
        let numbers: Vec<String> =
            numbers.into_iter().flatten().map(|number| national(&compact(&fold(number)))).collect();
        if self.prefixes.iter().any(|prefix| numbers.contains(prefix)) {
            return 60;
        }
        let is_born = facts
            .birth_date
            .is_some_and(|date| date_words(date).iter().any(|word| self.words.contains(word)));
        if is_born {
            return 30;
        }
        if self.prefixes.iter().any(|p| numbers.iter().any(|number| number.starts_with(p))) {
            return 20;
        }
        let forms = short_forms(folded);
        let is_free = |letters: &[usize]| {
            letters.iter().zip(used).all(|(letters, used)| *letters == 0 || !used)
        };
        if forms.iter().any(|(form, letters)| form == wanted && is_free(letters)) { 30 } else { 8 }
    }
}

/// Short forms of a folded name, each with how many letters of each word it takes.
fn short_forms(folded: &str) -> Vec<(String, Vec<usize>)> {
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let Some((given, rest)) = words.split_last().filter(|(_, rest)| !rest.is_empty()) else {
        return Vec::new();
    };
    let firsts = |words: &[&str]| words.iter().filter_map(|word| word.chars().next()).collect();
    let mut forms: Vec<(String, Vec<usize>)> = Vec::new();
    for from in 0..rest.len() {
        let letters = (0..words.len()).map(|at| usize::from(at >= from)).collect();
        forms.push((firsts(&words[from..]), letters));
    }
    let initials: String = firsts(rest);
    let mut letters = vec![1; words.len()];
    letters[rest.len()] = given.chars().count();
    forms.push((format!("{initials}{given}"), letters.clone()));
    forms.push((format!("{given}{initials}"), letters));
    forms.push((words.concat(), words.iter().map(|word| word.chars().count()).collect()));
    forms
}

fn pieces(words: &[Vec<char>], marked: &[usize]) -> Vec<(String, bool)> {
    let mut pieces: Vec<(String, bool)> = Vec::new();
    let mut push = |text: String, mark: bool| match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some((last, same)) if *same == mark => last.push_str(&text),
        _ => pieces.push((text, mark)),
    };
    for (at, (word, count)) in words.iter().zip(marked).enumerate() {
        if at > 0 {
            push(" ".to_owned(), false);
        }
        let count = (*count).min(word.len());
        push(word[..count].iter().collect(), true);
        push(word[count..].iter().collect(), false);
    }
    pieces
}

/// Digits with what people put between them; a date is one too.
fn is_numeric(part: &str) -> bool {
    part.chars().any(|c| c.is_ascii_digit())
        && part
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '/' | '(' | ')' | '+'))
}

/// What a run of numeric parts means: one number or date, else each part for itself.
fn flush(parts: &mut Vec<&str>, terms: &mut Vec<Term>) {
    let together = parts.join(" ");
    let count = together.chars().filter(char::is_ascii_digit).count();
    if parts.len() > 1 && (count >= NUMBER_DIGITS_MIN || !dates(&together).is_empty()) {
        // `0912 345 678`, `28 02 1990`; but not a number and a year.
        if count <= 12 && !parts.iter().any(|part| part.contains('/')) {
            terms.extend(number_or_date(&together));
            parts.clear();
            return;
        }
    }
    for part in parts.drain(..) {
        terms.extend(number_or_date(part));
    }
}

fn number_or_date(text: &str) -> Vec<Term> {
    let born = dates(text);
    let digits = compact(text);
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits && (digits.len() >= NUMBER_DIGITS_MIN || !born.is_empty()) {
        let number = national(&digits);
        let mut prefixes = vec![digits];
        if !prefixes.contains(&number) {
            prefixes.push(number);
        }
        return vec![Term { prefixes, words: born, typed: text.to_owned() }];
    }
    if born.is_empty() {
        return words_of(text);
    }
    vec![Term { prefixes: Vec::new(), words: born, typed: text.to_owned() }]
}

/// The days, months or years of birth that a text can mean, as words of the index.
fn dates(text: &str) -> Vec<String> {
    let read = PartialDate::parse_typed(text);
    let all = read.map_or_else(|_| PartialDate::centuries(text), |date| vec![date]);
    all.into_iter().filter_map(|date| date_words(date).pop()).collect()
}

/// Year, month and day, as far as they are known. The letter keeps them apart from numbers.
fn date_words(date: PartialDate) -> Vec<String> {
    let mut words = vec![format!("b{:04}", date.year)];
    if let Some(month) = date.month {
        words.push(format!("b{:04}{month:02}", date.year));
        words.extend(date.day.map(|day| format!("b{:04}{month:02}{day:02}", date.year)));
    }
    words
}

fn words_of(part: &str) -> Vec<Term> {
    let pieces = part.split(|c: char| !c.is_alphanumeric()).filter(|piece| !piece.is_empty());
    pieces
        .map(|piece| Term {
            prefixes: vec![fold(piece)],
            words: Vec::new(),
            typed: piece.to_owned(),
        })
        .filter(|term| !term.folded().is_empty())
        .collect()
}

/// Without the signs that people put into numbers.
fn compact(number: &str) -> String {
    number
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-' | '/' | '(' | ')' | '+'))
        .collect()
}

/// A telephone number as it is dialled inside the country: `84912..` is `0912..`.
fn national(digits: &str) -> String {
    match digits.strip_prefix("84") {
        Some(rest) if digits.len() == 11 => format!("0{rest}"),
        _ => digits.to_owned(),
    }
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
