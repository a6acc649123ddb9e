//! Agreements that no compiler checks, each a few lines.

mod errors;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

/// The files git would commit: tracked, or new and not ignored.
fn files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    let text = String::from_utf8(output.stdout).expect("paths in UTF-8");
    let files: Vec<PathBuf> =
        text.lines().map(PathBuf::from).filter(|p| root().join(p).is_file()).collect();
    assert!(files.len() > 50, "git listed only {} files", files.len());
    files
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_default()
}

fn rust_files() -> Vec<PathBuf> {
    files().into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs")).collect()
}

#[test]
fn each_crate_uses_only_the_rooms_below_it() {
    let below = BTreeMap::from([
        ("shared/base", ""),
        ("shared/record", "base"),
        ("shared/sync", "base"),
        ("shared/store", "base record sync"),
        ("shared/sheet", "base record"),
        ("shared/replica", "base record sync store sheet"),
        ("shared/report", "base record store"),
        ("shared/web", "base record"),
        ("node", "base record sync store sheet replica report web"),
        ("hub", "base record sync store sheet replica report web"),
    ]);
    for (folder, allowed) in below {
        let manifest = read(&Path::new(folder).join("Cargo.toml"));
        let names: BTreeSet<&str> = manifest
            .lines()
            .filter_map(|line| line.strip_prefix("wardbook-"))
            .map(|rest| rest.split(['.', ' ']).next().unwrap_or_default())
            .collect();
        let allowed: BTreeSet<&str> = allowed.split_whitespace().collect();
        assert!(
            names.is_subset(&allowed),
            "{folder} reaches into {:?}",
            names.difference(&allowed)
        );
    }
}

#[test]
fn sql_the_crdt_and_spreadsheets_each_have_their_crates() {
    let owners = [
        ("rusqlite", vec!["shared/store"]),
        ("refinery", vec!["shared/store"]),
        ("automerge", vec!["shared/record", "shared/sync"]),
        ("calamine", vec!["shared/sheet"]),
        ("getrandom", vec!["shared/base"]),
    ];
    for (library, crates) in owners {
        for manifest in files().iter().filter(|p| p.file_name().is_some_and(|n| n == "Cargo.toml"))
        {
            let folder = manifest.parent().expect("a folder").to_string_lossy().into_owned();
            if folder.is_empty() || folder.starts_with("tests") || folder == "anchor" {
                continue;
            }
            let text = read(manifest);
            let shipped = text.split("[dev-dependencies]").next().unwrap_or_default();
            let names = shipped.lines().any(|line| line.starts_with(&format!("{library}.")));
            assert!(!names || crates.contains(&folder.as_str()), "{folder} names {library}");
        }
    }
}

#[test]
fn each_source_file_says_what_it_is_for() {
    for path in rust_files() {
        let text = read(&path);
        assert!(
            text.starts_with("//! "),
            "{} does not open with a sentence after //!",
            path.display()
        );
    }
}

#[test]
fn nothing_is_left_open_and_every_test_runs() {
    let marks = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("FIX", "ME"),
        concat!("#[ign", "ore"),
    ];
    for path in rust_files() {
        let text = read(&path);
        for mark in marks {
            assert!(!text.contains(mark), "{} has {mark}", path.display());
        }
    }
}

#[test]
fn no_file_names_a_machine_or_a_registry_host() {
    let marks = [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("\"resol", "ved\": \"http")];
    for path in files() {
        let text = read(&path);
        for mark in marks {
            assert!(!text.contains(mark), "{} names {mark}", path.display());
        }
    }
}

#[test]
fn every_path_that_the_documents_name_exists() {
    for document in files().iter().filter(|p| p.extension().is_some_and(|e| e == "md")) {
        for quoted in read(document).split('`').skip(1).step_by(2) {
            let is_path = ["node/", "hub/", "shared/", "tests/", "docs/", ".ci/"]
                .iter()
                .any(|top| quoted.starts_with(top))
                && !quoted.contains(['*', ' ', '<', '{', '…']);
            let built = quoted.contains("/dist");
            let path = quoted.split("::").next().unwrap_or(quoted);
            assert!(
                !is_path || built || root().join(path).exists(),
                "{} names {quoted}, which is not there",
                document.display()
            );
        }
    }
}

#[test]
fn migrations_are_numbered_without_gaps() {
    let folder = root().join("shared/store/migrations");
    let mut numbers: Vec<u32> = std::fs::read_dir(folder)
        .expect("the migrations")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .map(|name| {
            let (number, what) =
                name.strip_prefix('V').and_then(|n| n.split_once("__")).expect("V1__what.sql");
            assert!(Path::new(what).extension().is_some_and(|e| e == "sql"), "{name}");
            number.parse().expect("a number")
        })
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=u32::try_from(numbers.len()).expect("few")).collect::<Vec<_>>());
}

#[test]
fn every_dependency_has_a_licence_we_may_ship() {
    let allowed = [
        "MIT",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "Zlib",
        "Unicode-3.0",
        "Unlicense",
        "CC0-1.0",
        "0BSD",
        "BlueOak-1.0.0",
        "CDLA-Permissive-2.0",
        "MPL-2.0",
        "BSL-1.0",
        "MIT-0",
        "NCSA",
        "OpenSSL",
        "Apache-2.0 WITH LLVM-exception",
    ];
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 100);
    for package in packages {
        let name = &package["name"];
        if package["source"].is_null() {
            continue;
        }
        let licence = package["license"].as_str().unwrap_or_default().replace('/', " OR ");
        let fits = licence.split(" AND ").all(|part| {
            part.trim_matches(['(', ')'])
                .split(" OR ")
                .any(|one| allowed.contains(&one.trim_matches(['(', ')', ' '])))
        });
        assert!(fits, "{name} is under {licence:?}");
    }
}
