//! The firmware crate: a template contained in this program, and a generated module.

use super::{Element, Simulator, write};
use crate::board::target::Region;
use nice_flow_codegen::module::{Part, PartKind};
use nice_flow_codegen::output::Scratch;
use nice_flow_codegen::{Error, Result};
use std::path::Path;

const TEMPLATE: [(&str, &str); 9] = [
    ("Cargo.toml", include_str!("firmware/manifest.toml")),
    (".cargo/config.toml", include_str!("firmware/config.toml")),
    ("build.rs", include_str!("firmware/build.rs")),
    ("memory.x", include_str!("firmware/memory.x")),
    ("src/lib.rs", include_str!("firmware/lib.rs")),
    ("src/files.rs", include_str!("firmware/files.rs")),
    ("src/meter.rs", include_str!("firmware/meter.rs")),
    ("src/stack.rs", include_str!("firmware/stack.rs")),
    ("src/bin/empty.rs", include_str!("firmware/bin/empty.rs")),
];

/// What takes rows, and what takes raw samples, if the module has a front end: the binaries that run and that are measured.
const ROWS: [(&str, &str); 2] = [
    ("src/main.rs", include_str!("firmware/main.rs")),
    ("src/bin/score.rs", include_str!("firmware/bin/score.rs")),
];
const RAW: [(&str, &str); 3] = [
    ("src/main.rs", include_str!("firmware/raw.rs")),
    ("src/front.rs", include_str!("firmware/front.rs")),
    (
        "src/bin/score.rs",
        include_str!("firmware/bin/raw_score.rs"),
    ),
];

/// Is in every module with a front end.
const FRONT: &str = "\npub const FRONT: Front";

/// Whether a module has a front end.
pub fn is_raw(module: &str) -> bool {
    module.contains(FRONT)
}

/// Is in every module whose detector does more with samples than to put them into a window.
const COLLECTOR: &str = "\npub type Collector";

/// The type that the module's detector of counts takes.
fn of_counts(element: Element) -> &'static str {
    match element {
        Element::F32 => "",
        Element::I32 => "<i32>",
    }
}

/// The threshold that the module's detector takes, if the module has none: nothing is above it.
fn limit(module: &str) -> &'static str {
    let mut lines = module.lines();
    let start = lines.find(|line| {
        line.starts_with("pub const fn detector(") || line.starts_with("pub const fn detector<")
    });
    match start.and_then(|line| line.split_once("threshold: ")) {
        None => "",
        Some((_, kind)) if kind.starts_with("f32") => "f32::MAX",
        Some(_) => "nice_flow::fixed::Fixed::from_bits(i32::MAX)",
    }
}

/// Whether the module's code has a word, which in a name or a comment means nothing.
fn has(module: &str, word: &str) -> bool {
    let mut lines = module.lines();
    lines.any(|line| line.contains(word) && !line.contains('"') && !line.starts_with("//"))
}

/// The detector of the module, or of the blob.
fn detector(module: &str, is_blob: bool) -> String {
    match is_blob {
        true => "firmware::model::detector_of(&firmware::origin::contents())".into(),
        false => format!("firmware::model::detector({})", limit(module)),
    }
}

/// Names and contents of the files.
pub struct CrateFiles(Vec<(&'static str, Vec<u8>)>);

impl CrateFiles {
    /// The template for a simulator, with the module and, if the model is to come from one, a blob.
    pub fn new(simulator: &Simulator, module: &str, blob: Option<&[u8]>) -> Result<Self> {
        let board = simulator.target.board();
        let wanted = [
            (has(module, "Micromath"), "micromath"),
            (blob.is_some(), "blob"),
        ];
        let wanted = wanted.iter().filter(|(is_wanted, _)| *is_wanted);
        let features: Vec<&str> = wanted.map(|(_, feature)| *feature).collect();
        let element = Element::of(module);
        let values = [
            ("@ELEMENT@", element.name().into()),
            ("@OF_COUNTS@", of_counts(element).into()),
            ("@DETECTOR@", detector(module, blob.is_some())),
            ("@INSTRUCTIONS@", board.tick.instructions()),
            ("@RUNTIME@", simulator.runtime.dependency(&features)?),
            ("@OPT_LEVEL@", opt_level(simulator)),
            ("@TRIPLE@", board.triple.into()),
            ("@CPU@", board.cpu.into()),
            ("@CODEGEN@", codegen(board.codegen)),
            ("@RUNNER@", quoted(&super::qemu::command(simulator.target))),
            (
                "@DEPENDENCIES@",
                board.family.dependencies.trim_end().into(),
            ),
            ("@FLASH@", region(board.flash)),
            ("@CODE@", code(board.code)),
            ("@RAM@", region(board.ram)),
            ("@ALIASES@", board.family.aliases.into()),
        ];
        let fill = |text: &str| {
            let fill_in = |text: String, (key, value): &(&str, String)| text.replace(key, value);
            values.iter().fold(text.to_string(), fill_in)
        };
        let mut files: Vec<_> = TEMPLATE.map(|(name, text)| (name, fill(text))).into();
        let origin = match blob {
            Some(_) => include_str!("firmware/slot.rs"),
            None => include_str!("firmware/linked.rs"),
        };
        files.push(("src/origin.rs", origin.to_string()));
        files.push(("src/machine.rs", board.family.machine.to_string()));
        files.push(("src/clock.rs", board.family.clock.to_string()));
        let programs: &[_] = if is_raw(module) { &RAW } else { &ROWS };
        files.extend(programs.iter().map(|(name, text)| (*name, fill(text))));
        let stream = match module.contains(COLLECTOR) {
            true => include_str!("firmware/collected.rs"),
            false => include_str!("firmware/plain.rs"),
        };
        files.push(("src/stream.rs", fill(stream)));
        files.push(("src/model.rs", module.to_string()));
        let bytes = files
            .into_iter()
            .map(|(name, text)| (name, text.into_bytes()));
        let blob = blob.map(|blob| ("blob.bin", blob.to_vec()));
        Ok(Self(bytes.chain(blob).collect()))
    }

    /// Adds the binary that runs the parts of the model separately.
    pub fn with_trace(mut self, parts: &[Part]) -> Self {
        let trace = include_str!("firmware/bin/trace.rs");
        self.0.push(("src/bin/trace.rs", trace.into()));
        self.0.push(("src/parts.rs", parts_source(parts).into()));
        self
    }

    /// Adds the binary that explains rows by at most so many inputs.
    pub fn with_why(mut self, element: Element, most: usize) -> Self {
        let why = include_str!("firmware/bin/why.rs");
        let why = why.replace("@ELEMENT@", element.name());
        let why = why.replace("@MOST@", &most.to_string());
        self.0.push(("src/bin/why.rs", why.into()));
        self
    }

    /// Writes only files that differ, so that cargo rebuilds no more than necessary.
    pub fn write(&self, folder: &Path) -> Result<()> {
        for (name, bytes) in &self.0 {
            let path = folder.join(name);
            if std::fs::read(&path).is_ok_and(|old| old == *bytes) {
                continue;
            }
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(|error| Error::caused_in(parent, error))?;
            }
            write(&path, bytes)?;
        }
        Ok(())
    }

    /// Writes all files into a folder that is new or empty.
    pub fn write_new(&self, folder: &Path) -> Result<()> {
        let is_used = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
        if is_used {
            let message = "expected a new or empty folder to leave the firmware in";
            return Err(Error::file(folder, message));
        }
        // Either all files are written or none: they are written to a temporary folder, which is then renamed.
        let parent = match folder.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        std::fs::create_dir_all(parent).map_err(|error| Error::caused_in(parent, error))?;
        let cannot = |error| Error::file(folder, format!("cannot write: {error}"));
        let pending = Scratch::new(parent).map_err(cannot)?;
        let made = pending.path().join("firmware");
        self.write(&made).map_err(|error| error.at(folder))?;
        let target = folder.canonicalize();
        std::fs::rename(made, target.as_deref().unwrap_or(folder)).map_err(cannot)
    }
}

/// The source of the calls that `trace.rs` measures.
fn parts_source(parts: &[Part]) -> String {
    let call = |path: &str, function: &str| {
        format!("    |_, state| drop(black_box(MODEL{path}.{function}(state))),\n")
    };
    let calls = parts.iter().map(|part| {
        let path = &part.path;
        match part.kind {
            PartKind::Encoder => format!("    |x, state| *state = MODEL{path}.encode(x),\n"),
            PartKind::Layer => call(path, "forward"),
            PartKind::OneWay => {
                let tally = "&mut Tally::new(MODEL.flow().knots())";
                format!("    |_, state| MODEL{path}.advance(state, {tally}),\n")
            }
            PartKind::Prior => call(path, "log_density"),
            PartKind::Member => {
                format!("    |x, _| drop(black_box(MODEL{path}.log_density(x))),\n")
            }
        }
    });
    let has_encoder = parts.iter().any(|part| part.kind == PartKind::Encoder);
    let enter = if has_encoder {
        "MODEL.encoder().encode(x)"
    } else {
        "*x"
    };
    // Layers are measured one by one for a single flow only; for an ensemble, whole members are.
    let element = match parts.first().map(|part| part.kind) {
        Some(PartKind::Member) => "Element",
        _ => "<Model as Density<Element, D>>::Nats",
    };
    format!(
        "//! The parts of the model.

use core::hint::black_box;
use firmware::Element;
#[allow(unused_imports)]
use firmware::model::{{D, MODEL, Model}};
use nalgebra::SVector;
#[allow(unused_imports)]
use nice_flow::fixed::{{Encode, OneWay, Tally}};
#[allow(unused_imports)]
use nice_flow::{{Bijection, Density}};

/// What the layers change.
pub type State = SVector<{element}, D>;

/// The state of a row.
pub fn enter(x: &SVector<Element, D>) -> State {{
    {enter}
}}

/// An encoder, layers, then the prior.
pub const PARTS: [fn(&SVector<Element, D>, &mut State); {}] = [
{}];
",
        parts.len(),
        calls.collect::<String>()
    )
}

/// The opt-level in TOML: a number or a string.
fn opt_level(simulator: &Simulator) -> String {
    match simulator.opt_level.name() {
        "3" => "3".into(),
        name => format!("{name:?}"),
    }
}

fn region(Region { origin, length }: Region) -> String {
    format!("ORIGIN = {origin:#010x}, LENGTH = {}K", length >> 10)
}

/// Elements of a TOML array, each `-C` and its argument.
fn codegen(arguments: &[&str]) -> String {
    let pair = |argument: &&str| format!("\"-C\", {argument:?}, ");
    arguments.iter().map(pair).collect()
}

/// The linker script's line that says where code begins; empty where it begins behind the table of interrupts.
fn code(start: Option<u32>) -> String {
    start.map_or_else(String::new, |start| format!("_stext = {start:#010x};\n"))
}

/// The elements of a TOML array of strings.
fn quoted(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_comments_do_not_tell_the_number_type() {
        let names = "// from Fixed Micromath.pt\npub const FEATURES: [&str; 1] = [\"Fixed acidity, Micromath\"];\n";
        let module = |parameter: &str| {
            format!(
                "{names}pub const fn detector_of(contents: &Contents) -> Detector {{\n}}\npub const fn detector({parameter}) -> Detector {{\n}}\n"
            )
        };
        assert_eq!(limit(&module("threshold: f32")), "f32::MAX");
        let integer = "nice_flow::fixed::Fixed::from_bits(i32::MAX)";
        assert_eq!(limit(&module("threshold: Fixed")), integer);
        assert_eq!(limit(&module("")), "");
        assert!(!has(names, "Micromath"));
        assert!(has("pub type Model = Flow<Micromath>;", "Micromath"));
    }
}
