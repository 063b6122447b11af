//! The order of the house: no file imports one above it, and no files import each other in a circle.
//!
//! Between crates the compiler sees to that. Within one, `LAYERS` lists the rooms from the lowest up: a room may use those
//! before it and none behind it. Files in a room may not use each other in a circle; a file and its own children are one
//! piece here, since a room's file declares and re-exports what is in the room.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The sources of each crate, and its rooms, the lowest first.
const LAYERS: &[(&str, &[&str])] = &[
    (
        "src",
        &[
            "text", "error", "numeric", "reading", "output", "flow", "model", "module", "builder",
        ],
    ),
    (
        "import/src",
        &[
            "names",
            "checkpoint",
            "standardise",
            "imported",
            "probe",
            "import",
            "rereading",
        ],
    ),
    (
        "lab/src",
        &[
            "table", "signal", "host", "judge", "onnx", "parts", "train", "board", "report",
        ],
    ),
    ("../src", &[]),
    (
        "cli/src",
        &[
            "blob", "choice", "sink", "files", "progress", "sign", "said", "source", "counts",
            "level", "front", "rows", "why", "summary", "unlike", "verb",
        ],
    ),
    (
        "python/src",
        &[
            "voice",
            "error",
            "column",
            "interrupt",
            "pool",
            "rows",
            "raw",
            "made",
            "scores",
            "look",
            "origin",
            "explain",
            "page",
            "calibrate",
            "generate",
            "model",
            "train",
            "import",
            "command",
        ],
    ),
];

/// A file with the paths that it imports and those that it re-exports, from the root of its crate.
struct File {
    module: Vec<String>,
    uses: Vec<Vec<String>>,
    exports: Vec<Vec<String>>,
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && name != "firmware" {
            sources(&path, found);
        } else if name.ends_with(".rs") && !["tests.rs", "build.rs", "main.rs"].contains(&&*name) {
            found.push(path);
        }
    }
}

/// `a/b.rs` is the module `a::b`; `lib.rs` is the root.
fn module(path: &Path, root: &Path) -> Vec<String> {
    let inside = path.strip_prefix(root).expect("below the root");
    let parts = inside.with_extension("");
    let parts = parts.iter().map(|part| part.to_string_lossy().into_owned());
    parts.filter(|part| part != "lib").collect()
}

/// The paths of a `use` tree, each from where it starts.
fn paths(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![path.split("::").map(|part| part.trim().into()).collect()];
    };
    let front: Vec<String> = tree[..open]
        .split("::")
        .map(|part| part.trim().into())
        .filter(|part: &String| !part.is_empty())
        .collect();
    let inside = &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())];
    let (mut depth, mut start, mut parts) = (0, 0, vec![]);
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inside[start..at]);
                start = at + 1;
            }
            _ => (),
        }
    }
    parts.push(&inside[start..]);
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    parts
        .flat_map(paths)
        .map(|path| front.iter().cloned().chain(path).collect())
        .collect()
}

/// What the statements of a file that begin with a keyword import from its own crate, its tests left out.
fn uses(text: &str, keyword: &str, module: &[String]) -> Vec<Vec<String>> {
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let mut found = vec![];
    for statement in code.split(&format!("\n{keyword} ")).skip(1) {
        for path in paths(statement.split(';').next().unwrap_or_default()) {
            let mut base = module.to_vec();
            let mut rest = path.as_slice();
            match rest.first().map(String::as_str) {
                Some("crate") => {
                    base.clear();
                    rest = &rest[1..];
                }
                Some("super") => {
                    while rest.first().is_some_and(|part| part == "super") {
                        base.pop();
                        rest = &rest[1..];
                    }
                }
                // A child of this file, or another crate.
                _ => (),
            }
            found.push(base.into_iter().chain(rest.iter().cloned()).collect());
        }
    }
    found
}

/// The file that a path leads to: the longest beginning of it that is one, or where that file has the name from.
fn target<'a>(path: &[String], files: &'a [File]) -> Option<&'a File> {
    let lengths = (0..=path.len()).rev();
    let mut found = lengths.filter_map(|length| {
        let module = &path[..length];
        let file = files.iter().find(|file| file.module == module);
        file.map(|file| (file, &path[length..]))
    });
    let (file, rest) = found.next()?;
    let name = rest.first();
    let export = file.exports.iter().find(|export| export.last() == name);
    match export {
        Some(export) if export.as_slice() != path => target(export, files),
        _ => Some(file),
    }
}

fn read(root: &Path) -> Vec<File> {
    let mut found = vec![];
    sources(root, &mut found);
    assert!(found.len() > 10, "{}", root.display());
    let file = |path: PathBuf| {
        let module = module(&path, root);
        let text = std::fs::read_to_string(&path).expect("a file");
        File {
            uses: uses(&text, "use", &module),
            exports: uses(&text, "pub use", &module),
            module,
        }
    };
    found.into_iter().map(file).collect()
}

fn root(crate_sources: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(crate_sources)
}

#[test]
fn no_room_uses_one_above_it() {
    for (sources, rooms) in LAYERS.iter().filter(|(_, rooms)| !rooms.is_empty()) {
        let floor = |room: &String| rooms.iter().position(|other| other == room);
        let files = read(&root(sources));
        for file in files.iter().filter(|file| !file.module.is_empty()) {
            let own = floor(&file.module[0]);
            assert!(
                own.is_some(),
                "{sources}: {} is in no layer",
                file.module[0]
            );
            for target in file.uses.iter().filter_map(|path| target(path, &files)) {
                let used = target.module.first().and_then(floor);
                let (user, used_module) = (file.module.join("::"), target.module.join("::"));
                assert!(
                    used <= own,
                    "{sources}: {user} uses {used_module}, above it"
                );
            }
        }
    }
}

/// Whether one is the other or stands above it in the tree of modules.
fn are_one_piece(a: &[String], b: &[String]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    for (sources, _) in LAYERS {
        let files = read(&root(sources));
        let mut used: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
        for file in &files {
            let targets = file.uses.iter().filter_map(|path| target(path, &files));
            let targets = targets.filter(|target| !are_one_piece(&target.module, &file.module));
            let targets = targets.map(|target| target.module.as_slice());
            used.entry(&file.module).or_default().extend(targets);
        }
        // What uses nothing that is left is in no circle, nor what nothing left uses.
        loop {
            let left: BTreeSet<&[String]> = used.keys().copied().collect();
            let targets: BTreeSet<&[String]> = used.values().flatten().copied().collect();
            used.retain(|module, uses| {
                uses.retain(|used| left.contains(used));
                !uses.is_empty() && targets.contains(module)
            });
            if used.len() == left.len() {
                break;
            }
        }
        assert!(used.is_empty(), "{sources}: {used:?}");
    }
}

#[test]
fn paths_of_a_use_are_all_found() {
    let found = paths("crate::{a::{self, B}, c::D as E, f}");
    let found: Vec<_> = found.iter().map(|path| path.join("::")).collect();
    assert_eq!(
        found,
        ["crate::a::self", "crate::a::B", "crate::c::D", "crate::f"]
    );
    let text =
        "//! x\nuse super::y::Z;\nuse crate::q::{R, s::T};\n#[cfg(test)]\nmod tests {\nuse w::V;";
    let module = ["a".to_string(), "b".to_string()];
    let found: Vec<_> = uses(text, "use", &module)
        .iter()
        .map(|path| path.join("::"))
        .collect();
    assert_eq!(found, ["a::y::Z", "q::R", "q::s::T"]);
}
