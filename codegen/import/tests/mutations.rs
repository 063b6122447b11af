//! Wrong readings of every checkpoint of `codegen/tests/fixtures/checkpoints`: the probe catches each of them and says what is right.

use nice_flow_codegen::flow::ir::{Diagonal, Layer};
use nice_flow_codegen::{Error, Model};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::{describe, import};
use nice_flow_import::imported::Imported;
use nice_flow_import::probe;
use nice_flow_import::probe::{Probe, Readings, Suggestions, Units};
use nice_flow_import::rereading;

#[path = "../../tests/fixtures/checkpoints.rs"]
mod checkpoints;
#[path = "../../tests/fixtures/mistakes.rs"]
mod mistakes;

use checkpoints::{MANIFESTS, file_of, manifest_of, text_of};
use mistakes::{MISTAKES, Manifested, Mistake};

/// A wrong reading, caught: how far off it is, and what the search found.
struct Trial {
    median: f64,
    suggestions: Suggestions,
}

/// What the probe says, which must be that it disagrees.
fn disagreement(label: &str, model: &Model, reference: &Probe) -> String {
    match probe::check(model, reference) {
        Err(Error::Probe(disagreement)) => disagreement.message,
        other => panic!("{label}: expected a disagreement, found {other:?}"),
    }
}

fn trial(label: &str, imported: &Imported, reference: &Probe, readings: &Readings) -> Trial {
    let model = &imported.model;
    disagreement(label, model, reference);
    let differences = (reference
        .sets
        .iter()
        .filter(|set| set.units == Units::Model))
    .flat_map(|set| set.rows.iter().zip(&set.log_density))
    .map(|(x, theirs)| (model.members[0].flow.log_density(x) - theirs).abs());
    let mut differences: Vec<_> = differences.collect();
    differences.sort_by(f64::total_cmp);
    Trial {
        median: differences[differences.len() / 2],
        suggestions: probe::suggest(imported, reference, readings),
    }
}

impl Trial {
    /// Prints the row of the table; whether one of the readings that agree has a word of each list.
    fn says(&self, label: &str, words: &[&[&str]]) -> bool {
        let fitting = &self.suggestions.fitting;
        let text = |found: &probe::Suggestion| format!("{} ({})", found.what, found.ask);
        let has = |text: &String| {
            let mut lists = words.iter();
            lists.all(|words| words.iter().any(|word| text.contains(word)))
        };
        let right = fitting.iter().map(text).find(has);
        let shown = match (&right, fitting.first()) {
            (Some(right), _) => right.clone(),
            (None, Some(other)) => format!("OTHER: {}", text(other)),
            (None, None) => format!("NOTHING of {}", self.suggestions.tried),
        };
        println!("{label:80} {:8.1e}  {shown}", self.median);
        right.is_some()
    }
}

/// One file of each case.
fn cases() -> impl Iterator<Item = (&'static str, Manifested, Probe)> {
    let mut last = "";
    MANIFESTS.into_iter().filter_map(move |(case, toml, file)| {
        let again = std::mem::replace(&mut last, case) == case;
        let case = (!again).then_some(case)?;
        let (toml, file) = (file_of(case, toml), file_of(case, file));
        let reference = Probe::open(&file_of(case, "reference.npz")).unwrap();
        let manifested = Manifested {
            text: text_of(&toml),
            checkpoint: Checkpoint::open(&file).unwrap(),
        };
        Some((case, manifested, reference))
    })
}

#[test]
fn wrong_manifests_are_caught_and_put_right() {
    let (mut trials, mut wrong) = (0, vec![]);
    for (case, right, reference) in cases() {
        let read = |text: &str| manifest_of(text).unwrap().import(&right.checkpoint);
        let truth = read(&right.text).unwrap().model;
        probe::check(&truth, &reference).unwrap();
        for (mistake, edit, words) in MISTAKES {
            let Some(text) = edit(&right) else { continue };
            let label = format!("{case}: {mistake}");
            // Shapes that do not allow the mistake.
            let Ok(imported) = read(&text) else { continue };
            if imported.model.members[0].flow == truth.members[0].flow {
                continue;
            }
            let manifest = manifest_of(&text).unwrap();
            let readings = rereading::by_manifest(&right.checkpoint, &manifest);
            let trial = trial(&label, &imported, &reference, &readings);
            trials += 1;
            if !trial.says(&label, &[words]) {
                wrong.push(label);
            }
        }
    }
    println!("{trials} wrong manifests");
    assert!(wrong.is_empty(), "not put right: {wrong:#?}");
    assert!(trials == 0 || trials >= 150, "{trials}");
}

#[test]
fn factors_of_an_lu_layer_in_the_wrong_order_are_put_right() {
    for (case, right, reference) in cases() {
        let manifest = manifest_of(&right.text).unwrap();
        let mut model = manifest.import(&right.checkpoint).unwrap().model;
        let layers = &mut model.members[0].flow.layers;
        let is_factor = |layer: &Layer| matches!(layer, Layer::Triangular(_));
        let factors: Vec<_> = (0..layers.len())
            .filter(|&i| is_factor(&layers[i]))
            .collect();
        for pair in factors.chunks(2) {
            layers.swap(pair[0], pair[1]);
        }
        if !factors.is_empty() {
            let label = format!("{case}: U·L for L·U");
            let trial = trial(&label, &model.into(), &reference, &Readings::default());
            assert!(trial.says(&label, &[&["LU layers apply L first"]]));
        }
    }
}

fn mistake(name: &str) -> Mistake {
    let mut all = MISTAKES.into_iter();
    all.find(|(mistake, ..)| *mistake == name).unwrap()
}

#[test]
fn two_mistakes_at_once_are_put_right() {
    let two = [
        ("sign of the shift", "prior exchanged"),
        ("cond and trans exchanged", "leaky_relu for relu"),
        ("mul_add for sub_div", "prior exchanged"),
        ("permutations inverted", "LU eps dropped"),
    ];
    let mut trials = 0;
    for (case, right, reference) in cases() {
        for (first, second) in two.map(|(first, second)| (mistake(first), mistake(second))) {
            let Some(text) = first.1(&right) else {
                continue;
            };
            let checkpoint = right.checkpoint.clone();
            let Some(text) = second.1(&Manifested { text, checkpoint }) else {
                continue;
            };
            let manifest = manifest_of(&text).unwrap();
            let Ok(imported) = manifest.import(&right.checkpoint) else {
                continue;
            };
            // Pairs are many: not without optimisation.
            if imported.model.members[0].flow.macs() > 3000 {
                continue;
            }
            let label = format!("{case}: {}, {}", first.0, second.0);
            let readings = rereading::by_manifest(&right.checkpoint, &manifest);
            let trial = trial(&label, &imported, &reference, &readings);
            trials += 1;
            assert!(trial.says(&label, &[first.2, second.2]), "{label}");
        }
    }
    println!("{trials} pairs of mistakes");
}

#[test]
fn constants_are_named_and_nothing_else_is_suggested() {
    for (case, right, mut reference) in cases() {
        let manifest = manifest_of(&right.text).unwrap();
        let model = manifest.import(&right.checkpoint).unwrap().model;
        let dequantisation = model.members[0].flow.dim as f64 * 256_f64.ln();
        let standardisation = model.members[0]
            .preprocessing
            .as_ref()
            .map(Diagonal::log_det);
        reference
            .sets
            .retain(|set| set.units == Units::Raw || standardisation.is_none());
        let constants = [
            (Some(dequantisation), "D ln 256"),
            (
                standardisation,
                "the log-determinant of the standardisation",
            ),
        ];
        for (constant, name) in constants {
            let Some(constant) = constant else { continue };
            let mut reference = reference.clone();
            let densities = reference
                .sets
                .iter_mut()
                .flat_map(|set| &mut set.log_density);
            densities.for_each(|p| *p -= constant);
            let label = format!("{case}: {name}");
            let message = disagreement(&label, &model, &reference);
            println!("{label:80} {constant:8.1e}");
            assert!(message.contains(name), "{message}");
            let readings = rereading::by_manifest(&right.checkpoint, &manifest);
            let suggestions = probe::suggest(&model.clone().into(), &reference, &readings);
            assert_eq!(suggestions, Suggestions::default());
        }
    }
}

/// Case, file, and the settings that are right.
type Right = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const LAYOUTS: [Right; 10] = [
    (
        "fmu2_d8_logistic",
        "motor_bs256_logistic_cp4_md32_hd3_iter4000.tar",
        &[("first", "odd"), ("prior", "logistic")],
    ),
    (
        "daksh_d4_logistic",
        "70.pt",
        &[("activation", "leaky_relu:0.2"), ("prior", "logistic")],
    ),
    (
        "paultsw_d64_logistic",
        "nice.digits.l_3.h_40.p_logistic.e_60.cpu.pt",
        &[("prior", "logistic")],
    ),
    (
        "senya_d2_realnvp",
        "flow.pth",
        &[("activation", "leaky_relu:0.01"), ("prior", "normal")],
    ),
    (
        "zuko_d4_nice_additive",
        "nice.pt",
        &[("activation", "relu")],
    ),
    (
        "zuko_d8_nice_default",
        "zuko_nice.pth",
        &[("activation", "relu")],
    ),
    (
        "nflows_d8_realnvp",
        "simple_realnvp.pt",
        &[("activation", "relu"), ("scale", "sigmoid")],
    ),
    (
        "normflows_d4_additive",
        "model.pth",
        &[
            ("activation", "relu"),
            ("split", "channel"),
            ("gaps", "swap"),
            ("flows", "15"),
        ],
    ),
    (
        "normflows_d13_glowish",
        "wine_flow.pth",
        &[
            ("activation", "leaky_relu:0.1"),
            ("scale", "sigmoid"),
            ("split", "channel"),
        ],
    ),
    (
        "freia_d13_glow_allinone",
        "inn_wine.pt",
        &[
            ("activation", "relu"),
            ("prior", "normal"),
            ("clamp", "1.5,2,2,2,2,2"),
            ("clamp_activation", "atan"),
            ("variant", "pypi"),
            ("global_scale", "softplus"),
        ],
    ),
];

fn owned((key, value): (&str, &str)) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

/// What people may set instead.
const WRONG: [(&str, &[&str]); 9] = [
    ("first", &["odd", "even"]),
    ("prior", &["logistic", "normal"]),
    ("activation", &["relu", "leaky_relu:0.01", "tanh"]),
    ("scale", &["exp", "sigmoid", "sigmoid_inv", "softplus"]),
    ("split", &["channel_inv", "checkerboard"]),
    ("gaps", &["identity"]),
    ("clamp_activation", &["tanh", "sigmoid"]),
    ("variant", &["git"]),
    ("global_scale", &["sigmoid", "exp"]),
];

#[test]
fn wrong_settings_are_caught_and_put_right() {
    let (mut trials, mut wrong) = (0, vec![]);
    for (case, file, settings) in LAYOUTS {
        let path = file_of(case, file);
        let checkpoint = Checkpoint::open(&path).unwrap();
        let reference = Probe::open(&path.with_file_name("reference.npz")).unwrap();
        let right: Vec<_> = settings.iter().copied().map(owned).collect();
        let truth = import(&checkpoint, None, &right).unwrap().model;
        probe::check(&truth, &reference).unwrap();
        for (key, value) in settings {
            let values = WRONG.iter().find(|(other, _)| other == key);
            for other in values.map_or(&[][..], |(_, values)| values) {
                let mut set: Vec<_> = right.iter().filter(|(k, _)| k != key).cloned().collect();
                set.push(owned((key, other)));
                let Ok(imported) = import(&checkpoint, None, &set) else {
                    continue;
                };
                if imported.model.members[0].flow == truth.members[0].flow {
                    continue;
                }
                let label = format!("{case}: --set {key}={other}");
                let manifest = describe(&checkpoint, None, &set).unwrap().manifest;
                let readings = rereading::by_layout(&checkpoint, &manifest, None, &set);
                let trial = trial(&label, &imported, &reference, &readings);
                trials += 1;
                if !trial.says(&label, &[&[&format!("--set {key}={value}")]]) {
                    wrong.push(label);
                }
            }
        }
    }
    println!("{trials} wrong settings");
    assert!(wrong.is_empty(), "not put right: {wrong:#?}");
}

/// What a model of other conventions than its layout's needs: words of a setting if there is one, else of the manifest.
const OTHERWISE: [(&str, &[&str]); 2] = [
    (
        "cond and trans exchanged",
        &[
            "--set first=",
            "--set split=",
            "in the manifest that --write-manifest writes: cond and trans exchanged",
        ],
    ),
    (
        "list run backwards",
        &["in the manifest that --write-manifest writes: the [[ops]] in reverse order"],
    ),
];

#[test]
fn what_no_setting_says_is_put_right_in_the_manifest_that_a_layout_writes() {
    let (mut trials, mut printed) = (0, 0);
    for (case, file, settings) in LAYOUTS {
        let path = file_of(case, file);
        let set: Vec<_> = settings.iter().copied().map(owned).collect();
        let checkpoint = Checkpoint::open(&path).unwrap();
        let manifest = describe(&checkpoint, None, &set).unwrap().manifest;
        let imported = manifest.import(&checkpoint).unwrap();
        let readings = rereading::by_layout(&checkpoint, &manifest, None, &set);
        let mut reference = Probe::open(&path.with_file_name("reference.npz")).unwrap();
        reference.sets.retain(|samples| samples.units != Units::Raw);
        let case_text = Manifested {
            text: manifest.to_toml().unwrap(),
            checkpoint: checkpoint.clone(),
        };
        for (name, words) in OTHERWISE {
            let (_, edit, _) = mistake(name);
            let text = edit(&case_text).unwrap();
            // Halves of unequal length.
            let Ok(other) = manifest_of(&text).unwrap().import(&checkpoint) else {
                continue;
            };
            for samples in &mut reference.sets {
                let density = samples
                    .rows
                    .iter()
                    .map(|x| other.model.members[0].flow.log_density(x));
                samples.log_density = density.collect();
                samples.single = false;
            }
            let label = format!("{case}: {name} of its layout");
            let trial = trial(&label, &imported, &reference, &readings);
            trials += 1;
            assert!(trial.says(&label, &[words]), "{label}");
            if let Some(text) = trial.suggestions.manifest() {
                let again = manifest_of(text).unwrap().import(&checkpoint).unwrap();
                probe::check(&again.model, &reference).unwrap();
                printed += 1;
            }
        }
    }
    println!(
        "{trials} models of other conventions than their layouts', {printed} with a manifest that agrees"
    );
    assert!(trials == 0 || printed > 0);
}

#[test]
fn numbers_that_were_not_tried_are_asked_about() {
    let (case, file, settings) = LAYOUTS[LAYOUTS.len() - 1];
    let checkpoint = Checkpoint::open(&file_of(case, file)).unwrap();
    let set: Vec<_> = settings.iter().copied().map(owned).collect();
    let manifest = describe(&checkpoint, None, &set).unwrap().manifest;
    let readings = rereading::by_layout(&checkpoint, &manifest, None, &set);
    let tried = "--set clamp=1 or 1.5 or 1.9 or 2 or 3 or 4 or 5";
    assert_eq!(readings.numbers, [tried]);
    let none = Suggestions {
        numbers: readings.numbers.clone(),
        tried: 7,
        ..Suggestions::default()
    };
    let asked = format!("only these were tried: {tried}; is yours another?");
    assert!(none.to_string().ends_with(&asked), "{none}");
}
