//! Every decoder of foreign bytes over honest bytes, the seeds of the fuzz targets, and a few
//! thousand changed ones, in a process whose memory is bounded.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "the counts stand in the test's output")]

use std::path::Path;

use wardbook_base::{Dice as _, SeededDice};
use wardbook_hostile::decoders::DECODERS;

/// Inputs of one decoder; fewer for those that write files.
const INPUTS: usize = 3_000;
/// A decoder that asks for memory by what bytes claim does not get it: the process is aborted.
#[cfg(unix)]
const MEMORY_MAX: u64 = 2 << 30;

#[test]
fn no_decoder_falls_over_bytes() {
    #[cfg(unix)]
    rlimit::Resource::AS.set(MEMORY_MAX, MEMORY_MAX).unwrap();
    for decoder in DECODERS {
        let mut seeds = (decoder.samples)();
        let honest = seeds.len();
        assert!(honest > 0, "{}", decoder.name);
        if let Some(folder) = std::env::var_os("WARDBOOK_SEEDS") {
            keep(&Path::new(&folder).join(decoder.name), &seeds);
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(decoder.name);
        for file in std::fs::read_dir(folder).into_iter().flatten() {
            seeds.push(std::fs::read(file.unwrap().path()).unwrap());
        }
        for seed in &seeds {
            (decoder.read)(seed);
        }
        let dice = SeededDice::new(7);
        let inputs = match decoder.name {
            "backup" => INPUTS / 20,
            "xlsx" => INPUTS / 3,
            _ => INPUTS,
        };
        for _ in 0..inputs {
            let seed = &seeds[below(&dice, seeds.len())];
            (decoder.read)(&changed(seed, &seeds, &dice));
        }
        println!("{}: {} seeds, {inputs} changed ones", decoder.name, seeds.len());
    }
}

/// Gives the fuzz targets something honest to start from.
fn keep(folder: &Path, seeds: &[Vec<u8>]) {
    std::fs::create_dir_all(folder).unwrap();
    for (n, seed) in seeds.iter().enumerate() {
        std::fs::write(folder.join(format!("sample-{n}")), seed).unwrap();
    }
}

fn below(dice: &SeededDice, bound: usize) -> usize {
    usize::try_from(dice.below(bound.max(1) as u64)).unwrap()
}

/// Flips, cuts, repeats, splices, and puts in numbers at the edges.
fn changed(seed: &[u8], seeds: &[Vec<u8>], dice: &SeededDice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(4) {
        let at = below(dice, bytes.len() + 1);
        match dice.below(8) {
            0 => bytes.truncate(at),
            1 => {
                let other = &seeds[below(dice, seeds.len())];
                let from = below(dice, other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            2 => {
                let again = bytes[at..(at + 16).min(bytes.len())].to_vec();
                bytes.splice(at..at, again.repeat(1 + below(dice, 40)));
            }
            3 => {
                let edges: [&[u8]; 6] = [
                    &[0xff; 9],
                    &[0x7f],
                    &[0x80; 8],
                    &[0; 8],
                    &[0x9b, 0xff, 0xff, 0xff, 0xff],
                    &[0x1b],
                ];
                bytes.splice(at..at, edges[below(dice, edges.len())].iter().copied());
            }
            _ if at < bytes.len() => match dice.below(3) {
                0 => bytes[at] = dice.u64().to_le_bytes()[0],
                1 => bytes[at] ^= 1 << dice.below(8),
                _ => bytes[at] = bytes[at].wrapping_add(1),
            },
            _ => bytes.push(dice.u64().to_le_bytes()[0]),
        }
    }
    bytes
}
