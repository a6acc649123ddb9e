//! Nothing that would destroy a record gets past the two checks, and nothing honest is held up.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "the counts stand in the test's output")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use wardbook_base::{Dice as _, SeededDice};
use wardbook_hostile::histories::history;
use wardbook_hostile::mutate::Context;
use wardbook_hostile::trial::{Trial, Verdict};
use wardbook_hostile::{mutate, mutate_raw};
use wardbook_record::Document;
use wardbook_replica::deep::{DeepCheck, DeepWork, Patience, Workers, frame};

/// Honest changes that are tried at least.
const HONEST: usize = 9_000;
/// Mutants that are tried at least.
const MUTANTS: usize = 5_000;
/// Changes of one record.
const LENGTH: usize = 50;
/// What would take minutes and gigabytes if it were applied to see what it does.
const BOMBS: [&str; 6] = [
    "operation-bomb",
    "operation-bomb-of-nulls",
    "predecessor-bomb",
    "value-bomb",
    "column-length-bomb",
    "deps-count-bomb",
];

fn workers() -> Workers {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_wardbook-hostile-worker"));
    Workers::new(program, 2, Patience::default())
}

#[test]
fn no_honest_change_is_refused() {
    let workers = workers();
    let mut tried = 0;
    for seed in 0.. {
        let history = history(&SeededDice::new(seed), LENGTH);
        let judge = Trial::new(history.id, &[]);
        let all: Vec<&[u8]> = history.changes.iter().map(|(_, bytes)| bytes.as_slice()).collect();
        assert_eq!(judge.shallow_all(&all), Ok(()), "seed {seed}");
        // As a cold push brings it, or as a few changes on top of what is stored.
        let whole = DeepWork { fresh: history.changes.clone(), ..work(&history) };
        let half = LENGTH / 2;
        let base = Document::from_changes(all[..half].iter().copied()).unwrap();
        let on_top = DeepWork {
            saved: Some(base.save()),
            changes: history.bytes(half + 10).split_off(half),
            fresh: history.changes[half + 10..].to_vec(),
            ..work(&history)
        };
        let deep = if seed % 3 == 0 { on_top } else { whole };
        let report = workers.check(vec![deep]).unwrap();
        assert_eq!((report.condemned, report.damaged), (vec![], vec![]), "seed {seed}");
        assert_eq!(report.deaths, 0, "seed {seed}");
        tried += history.changes.len();
        if tried >= HONEST {
            break;
        }
    }
    println!("{tried} honest changes, none refused");
}

fn work(history: &wardbook_hostile::histories::History) -> DeepWork {
    DeepWork { document: history.id, ..DeepWork::default() }
}

/// One kind of mutant and what became of its mutants.
#[derive(Default)]
struct Tally {
    tried: usize,
    refused: BTreeMap<&'static str, usize>,
    condemned: usize,
    accepted: usize,
    /// Of those that the shallow check refused: how many were looked into ...
    looked_into: usize,
    /// ... and how many of these would have destroyed the record.
    would_harm: usize,
    /// Of those: how many the deep check would have caught had it stood alone.
    deep_alone: usize,
}

#[test]
fn no_mutant_that_would_harm_is_accepted() {
    let workers = workers();
    let keep = std::env::var_os("WARDBOOK_KEEP_CORPUS").map(PathBuf::from);
    let kinds = kinds();
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut tried = 0;
    let mut round = 0;
    while tried < MUTANTS {
        let dice = SeededDice::new(1_000 + round);
        // Short ones too: the first changes of a record have rules of their own.
        let length = [2, 6, 15][usize::try_from(round % 3).unwrap()];
        let history = history(&dice, length);
        let at = usize::try_from(dice.below(length as u64)).unwrap();
        let honest = &history.changes[at].1;
        let (trial, context) =
            (Trial::new(history.id, &history.bytes(at)), Context::new(&history, at));
        assert_eq!(trial.shallow(honest), Ok(()));
        for (name, make) in &kinds {
            let Some(mutant) = make(honest, &context, &dice) else { continue };
            tried += 1;
            let tally = tallies.entry(name).or_default();
            tally.tried += 1;
            let verdict = trial.judge(&mutant, &workers);
            match &verdict {
                Verdict::Refused(code) => {
                    *tally.refused.entry(code).or_default() += 1;
                    // Some of them, to see that the mutants are worth refusing.
                    if tried % 15 == 0 && !BOMBS.contains(name) {
                        tally.looked_into += 1;
                        if trial.harm(&mutant).is_some() {
                            tally.would_harm += 1;
                            let report = workers.check(vec![trial.work(&mutant)]).unwrap();
                            tally.deep_alone += report.condemned.len();
                        }
                    }
                }
                Verdict::Condemned => tally.condemned += 1,
                Verdict::Accepted => {
                    tally.accepted += 1;
                    let harm = trial.harm(&mutant);
                    if harm.is_some() {
                        keep_case(&corpus(), name, "dangerous", tally.tried, &trial, &mutant);
                    }
                    assert_eq!(harm, None, "{name}, round {round}: kept in the corpus");
                }
            }
            if let Some(folder) = &keep
                && history.changes.len() <= 8
            {
                let verdict = word(&verdict);
                if !folder.join(file_name(name, verdict, 0)).exists() {
                    keep_case(folder, name, verdict, 0, &trial, &mutant);
                }
            }
        }
        round += 1;
    }
    report(&tallies, tried);
    assert!(tallies.len() >= 40, "{} kinds", tallies.len());
    assert!(tallies.values().all(|tally| tally.tried >= 20), "each kind is tried");
    let harm: usize = tallies.values().map(|tally| tally.would_harm).sum();
    assert!(harm > 120, "only {harm} would have done harm: these mutants prove nothing");
}

type Make = Box<dyn Fn(&[u8], &Context, &SeededDice) -> Option<Vec<u8>>>;

fn kinds() -> Vec<(&'static str, Make)> {
    let meant = (0..mutate::KINDS.len()).map(|kind| {
        let make: Make =
            Box::new(move |honest, context, dice| mutate::mutant(kind, honest, context, dice));
        (mutate::KINDS[kind].0, make)
    });
    let formed = (0..mutate_raw::KINDS.len()).map(|kind| {
        let make: Make = Box::new(move |honest, _, dice| mutate_raw::mutant(kind, honest, dice));
        (mutate_raw::KINDS[kind].0, make)
    });
    meant.chain(formed).collect()
}

fn report(tallies: &BTreeMap<&str, Tally>, tried: usize) {
    for (name, tally) in tallies {
        let Tally { tried, refused, condemned, accepted, looked_into, would_harm, deep_alone } =
            tally;
        println!(
            "{name:34} {tried:4} tried, {accepted:3} accepted and harmless, {condemned:2} condemned, \
             {would_harm:2} of {looked_into:2} refused would have done harm \
             (the deep check alone sees {deep_alone:2}); {refused:?}"
        );
    }
    let sum = |of: fn(&Tally) -> usize| tallies.values().map(of).sum::<usize>();
    println!(
        "{tried} mutants of {} kinds: {} refused by the shallow check (of {} looked into {} would \
         have done harm; the deep check alone would have seen {}), {} by the deep check, {} accepted, 0 of these dangerous",
        tallies.len(),
        sum(|tally| tally.refused.values().sum()),
        sum(|tally| tally.looked_into),
        sum(|tally| tally.would_harm),
        sum(|tally| tally.deep_alone),
        sum(|tally| tally.condemned),
        sum(|tally| tally.accepted),
    );
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join("changes")
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Refused(code) => code,
        Verdict::Condemned => "condemned",
        Verdict::Accepted => "accepted",
    }
}

fn file_name(kind: &str, verdict: &str, n: usize) -> String {
    let n = if n == 0 { String::new() } else { format!(".{n}") };
    format!("{kind}.{verdict}{n}.work")
}

/// A case is the frame that a worker would get: a record and the mutant.
fn keep_case(folder: &Path, kind: &str, verdict: &str, n: usize, trial: &Trial, mutant: &[u8]) {
    let work = trial.work(mutant);
    std::fs::create_dir_all(folder).unwrap();
    let file = folder.join(file_name(kind, verdict, n));
    std::fs::write(file, frame::encode_work(&work, &work.fresh)).unwrap();
}

/// Every mutant that was ever worth keeping. The second word of its name says what became of it
/// then; `dangerous` ones got past both checks once.
#[test]
fn the_corpus_is_judged_as_it_was() {
    let workers = workers();
    let mut cases = 0;
    for file in std::fs::read_dir(corpus()).unwrap() {
        let file = file.unwrap().path();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let work = frame::decode_work(&std::fs::read(&file).unwrap()).unwrap();
        let mutant = work.fresh[0].1.clone();
        let trial = Trial::new(work.document, &work.changes);
        let verdict = trial.judge(&mutant, &workers);
        // Which rule refuses a mutant may change; that one does may not.
        let is_refused = verdict != Verdict::Accepted;
        let is_kept = is_refused == (name.split('.').nth(1).unwrap() != "accepted");
        assert!(is_kept, "{name}: {verdict:?}");
        if verdict == Verdict::Accepted {
            assert_eq!(trial.harm(&mutant), None, "{name}");
        }
        cases += 1;
    }
    println!("{cases} cases of the corpus");
    assert!(cases >= 40, "{cases} cases");
}
