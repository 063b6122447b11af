//! Whatever a stranger wrote into the texts of a model: it is refused when loaded, and what is made of it in memory is
//! data all the same.
//!
//! `NICE_FLOW_STRINGS` strings are tried: 800 by default, 10,000 in CI.

use nice_flow_codegen::flow::ir::{
    Activation, Coupling, Flow, Layer, Linear, Network, Parameters, Prior, Stage,
};
use nice_flow_codegen::model::file;
use nice_flow_codegen::model::{Calibration, Origin, Threshold};
use nice_flow_codegen::text::is_disruptive;
use nice_flow_codegen::{Model, Numeric, generate};
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::report::{Rows, Subject, report};
use nice_flow_lab::table::Table;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::tampered::tampered;

/// Pieces that would end what they stand in, if anything did.
const PIECES: [&str; 40] = [
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\0",
    "\"",
    "'",
    "\\",
    "\\n",
    "\\\"",
    "*/",
    "/*",
    "//",
    "//!",
    "{",
    "}",
    "{}",
    "{0:?}",
    "]",
    ";",
    "r#\"",
    "\"#",
    "#![feature(x)]",
    "pub const EVIL: u8 = 1;",
    "fn f() { loop {} }",
    "</script>",
    "<script>alert(1)</script>",
    "\" onload=\"alert(1)",
    "<!--",
    "-->",
    "]]>",
    "&lt;",
    "<svg/onload=alert(1)>",
    "\u{1b}]0;owned\u{7}",
    "\u{202e}",
    "\u{2066}",
    "\u{2028}",
    "\u{85}",
    "fill=\"#000001\"",
    "größe 💧",
];

/// The texts of a model: origin's three, two features, a key and a value of training, the name.
type Texts = [String; 8];

fn texts() -> impl Strategy<Value = Texts> {
    let piece = prop_oneof![
        6 => prop::sample::select(&PIECES[..]).prop_map(String::from),
        1 => any::<char>().prop_map(String::from),
        1 => "[ -~]{0,6}",
    ];
    let text = prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat());
    proptest::array::uniform8(text)
}

/// A flow of one coupling.
fn model() -> Model {
    let linear = |outputs: usize, inputs: usize| {
        Stage::Linear(Linear {
            weight: nalgebra::DMatrix::from_fn(outputs, inputs, |o, i| {
                0.3 + (o + 2 * i) as f64 / 8.0
            }),
            bias: nalgebra::DVector::from_element(outputs, 0.25),
        })
    };
    let relu = Stage::Activation(Activation::Relu);
    let coupling = Coupling {
        kept: vec![0],
        changed: vec![1],
        conditioner: Parameters::Joint(Network(vec![linear(4, 1), relu, linear(1, 4)])),
        scale: None,
        backwards: false,
    };
    let rows: Vec<f64> = (0..80).map(|i| (f64::from(i) * 0.7).sin()).collect();
    let flow = Flow {
        dim: 2,
        layers: vec![Layer::Coupling(coupling)],
        prior: Prior::Normal,
    };
    let mut model = Model::new("model", ["a", "b"].map(String::from).to_vec(), flow);
    model.calibration = Some(Calibration::new(&rows, 2));
    model.members[0].training = [("key".to_string(), "value".to_string())].into();
    model
}

fn with(texts: &Texts) -> Model {
    let [file, sha256, layout, first, second, key, value, name] = texts.clone();
    let mut model = Model {
        name,
        features: vec![first, second],
        origin: Origin {
            file,
            sha256,
            layout,
        },
        ..model()
    };
    model.members[0].training = [(key, value)].into();
    model
}

/// The facts of a training that reach the first lines of a module.
const FACTS: [&str; 8] = [
    "command",
    "call",
    "calibrated by",
    "calibrated by the call",
    "calibrated again by",
    "calibrated again by the call",
    "seed",
    "trim",
];

/// The model, which remembers a text as each of these facts, with a threshold.
fn remembering(texts: &Texts) -> Model {
    let mut model = with(texts);
    let fact = |key: &str| (key.to_string(), texts[6].clone());
    model.members[0].training.extend(FACTS.map(fact));
    model.threshold = Some(Threshold {
        score: 3.5,
        false_alarm_rate: 0.01,
    });
    model
}

/// Runs a test of as many texts as were asked for.
fn for_all(test: impl Fn(Texts) -> Result<(), TestCaseError>) {
    let asked = std::env::var("NICE_FLOW_STRINGS").ok();
    let strings = asked.map_or(800, |text| text.parse().expect("a number of strings"));
    let config = ProptestConfig {
        cases: strings / 8,
        failure_persistence: None,
        ..Default::default()
    };
    TestRunner::new(config).run(&texts(), test).unwrap();
}

/// The items of a module, and the texts in its `FEATURES`.
fn parsed(module: &str) -> (Vec<syn::Item>, Vec<String>) {
    let file = syn::parse_file(module).expect("a module");
    assert!(file.attrs.is_empty() && file.shebang.is_none());
    let is_features =
        |item: &&syn::Item| matches!(item, syn::Item::Const(item) if item.ident == "FEATURES");
    let (features, others): (Vec<_>, Vec<_>) = file.items.iter().partition(is_features);
    let [syn::Item::Const(features)] = features.as_slice() else {
        panic!("{module}");
    };
    let syn::Expr::Array(array) = &*features.expr else {
        panic!("{module}");
    };
    let texts = array.elems.iter().map(|element| match element {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => text.value(),
        _ => panic!("{module}"),
    });
    (others.into_iter().cloned().collect(), texts.collect())
}

#[test]
fn a_module_holds_the_expected_items_and_no_other() {
    items_are_expected(with);
}

#[test]
fn a_module_of_a_flow_that_remembers_commands_holds_no_other_items() {
    items_are_expected(remembering);
}

fn items_are_expected(model: fn(&Texts) -> Model) {
    let plain = ["", "", "", "a", "b", "key", "value", "model"].map(String::from);
    let plain = model(&plain);
    let expected = Numeric::ALL.map(|numeric| parsed(&generate(&plain, numeric).unwrap()).0);
    for_all(|texts| {
        let hostile = model(&texts);
        for (numeric, expected) in Numeric::ALL.into_iter().zip(&expected) {
            let module = generate(&hostile, numeric).unwrap();
            let (items, features) = parsed(&module);
            prop_assert!(items == *expected, "{}", module);
            prop_assert_eq!(&features, &hostile.features);
            // What the compiler would not see as an end of line, others might.
            prop_assert!(
                !module.contains(|c| c != '\n' && is_disruptive(c)),
                "{:?}",
                module
            );
        }
        Ok(())
    });
}

fn page(model: Model, file: &str) -> String {
    let values: Vec<f64> = (0..60).map(|i| (f64::from(i) * 1.3).cos()).collect();
    let table = Table {
        header: Some(model.features.clone()),
        rows: 30,
        columns: 2,
        values,
        labels: None,
        features: model.features.clone(),
        ..Table::default()
    };
    let rows = || Rows {
        file: file.into(),
        table: table.clone(),
    };
    let subject = Subject {
        model,
        data: rows(),
        train: Some(rows()),
        numeric: Arithmetic::F64,
        board: None,
    };
    report(&subject, &|_| ()).expect("a page")
}

/// Each tag with the names of its attributes, each once, sorted; and all scripts and styles.
fn skeleton(page: &str) -> (Vec<String>, Vec<String>) {
    let (mut tags, mut code, mut rest) = (vec![], vec![], page);
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = tag(after);
        let is_code = ["script", "style"].iter().any(|name| tag.starts_with(name));
        rest = after;
        if is_code {
            let (text, after) = rest.split_once("</").expect("an end");
            code.push(text.to_owned());
            rest = after;
        }
        tags.push(tag);
    }
    tags.sort();
    tags.dedup();
    (tags, code)
}

/// Name and attributes of the tag that text begins with, and the text after it.
fn tag(text: &str) -> (String, &str) {
    let (mut names, mut quote) = (String::new(), None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return (names, &text[at + 1..]),
            (None, '"' | '\'') => quote = Some(c),
            (None, c) => names.push(c),
            (Some(open), c) if c == open => quote = None,
            _ => (),
        }
    }
    panic!("a tag without end: {text}");
}

#[test]
fn a_report_runs_no_script_but_its_own() {
    let (tags, code) = skeleton(&page(model(), "rows.csv"));
    assert_eq!(code.len(), 2);
    for_all(|texts| {
        let (found, found_code) = skeleton(&page(with(&texts), &texts[0]));
        prop_assert_eq!(&found_code, &code);
        let foreign: Vec<_> = found.iter().filter(|tag| !tags.contains(tag)).collect();
        prop_assert!(foreign.is_empty(), "{:?}", foreign);
        Ok(())
    });
}

#[test]
fn a_text_that_is_more_than_text_is_refused_when_it_is_loaded() {
    let sound = file::write(&model()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    for_all(|texts| {
        for (field, text) in texts.iter().enumerate() {
            let tampered = tampered(&sound, |json| match field {
                0 => json["origin"]["file"] = text.as_str().into(),
                1 => json["origin"]["sha256"] = text.as_str().into(),
                2 => json["origin"]["layout"] = text.as_str().into(),
                3 | 4 => json["features"][field - 3] = text.as_str().into(),
                5 => json["members"][0]["training"] = serde_json::json!({ text: "value" }),
                6 => json["members"][0]["training"]["key"] = text.as_str().into(),
                _ => json["name"] = text.as_str().into(),
            });
            fs::write(&path, tampered).unwrap();
            let is_line = !text.contains(is_disruptive);
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let is_good = match field {
                1 => text.is_empty() || text == "none",
                7 => !text.is_empty() && text.chars().all(is_word),
                _ => is_line,
            };
            match file::read(&path) {
                Ok(model) => {
                    prop_assert!(is_good, "{}: {:?}", field, text);
                    let Origin {
                        file,
                        sha256,
                        layout,
                    } = model.origin;
                    let training = model.members[0].training.clone();
                    let (key, value) = training.into_iter().next().unwrap();
                    let [first, second] = model.features.try_into().unwrap();
                    let read = [file, sha256, layout, first, second, key, value, model.name];
                    prop_assert_eq!(&read[field], text);
                }
                Err(error) => {
                    prop_assert!(!is_good, "{}: {:?}: {}", field, text, error);
                    prop_assert!(!error.to_string().contains(is_disruptive), "{}", error);
                }
            }
        }
        Ok(())
    });
}

/// A few modules, hostile in every text, in a crate that cargo builds.
#[test]
fn a_sample_of_modules_compiles() {
    let mut modules = vec![];
    let mut runner = TestRunner::deterministic();
    for index in 0..8 {
        let texts = texts().new_tree(&mut runner).unwrap().current();
        for numeric in Numeric::ALL {
            let module = generate(&with(&texts), numeric).unwrap();
            modules.push((format!("m{index}_{numeric}"), module));
        }
    }
    let all: Texts = std::array::from_fn(|_| PIECES.concat());
    modules.push(("all".into(), generate(&with(&all), Numeric::F32).unwrap()));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("strangers");
    fs::create_dir_all(folder.join("src")).unwrap();
    let runtime = root.display().to_string();
    let manifest = format!(
        "[package]\nname = \"strangers\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nnice-flow = {{ path = {runtime:?} }}\n\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let mut lib = String::from("#![no_std]\n#![forbid(unsafe_code)]\n");
    for (name, module) in &modules {
        lib += &format!("#[allow(missing_docs)]\npub mod {name};\n");
        fs::write(folder.join(format!("src/{name}.rs")), module).unwrap();
    }
    fs::write(folder.join("src/lib.rs"), lib).unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--offline", "--target-dir", "target"])
        .current_dir(&folder)
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
