//! Flows that the command trains, and ensembles of them in every verb.

use super::{Folder, fail, nice_flow, shuttle, succeed, text};
use std::path::Path;

/// Writes a CSV of points along a line, some of them away from it and labelled.
fn line_of_points(folder: &Folder, name: &str) -> String {
    let point = |n: usize| {
        let (x, wave) = (n as f64 / 10.0, (n as f64 * 0.7).sin());
        match n % 20 {
            19 => format!("{x},{},1\n", 9.0 - x),
            _ => format!("{x},{},0\n", x + 0.1 * wave),
        }
    };
    let path = folder.path(name);
    let rows: String = (0..100).map(|n| point(n * 37 % 100)).collect();
    std::fs::write(&path, format!("a,b,fault\n{rows}")).expect("a CSV");
    path
}

/// Rows of two states, the last of them labelled as anomalies, of which a file has more than are drawn.
fn many_rows(folder: &Folder) -> String {
    let row = |n: usize| {
        let (x, label) = ((n as f64 * 0.37).sin(), usize::from(n % 100 == 99));
        format!("\"{x}\",{},{label}\n", 3 * label as i32 + n as i32 % 7)
    };
    let rows: String = (0..30_000).map(row).collect();
    let path = folder.path("many.csv");
    std::fs::write(&path, format!("a,b,fault\n{rows}")).expect("a CSV");
    path
}

#[test]
fn of_many_rows_a_sample_is_learnt_and_said_and_calibrated_with() {
    let folder = Folder::new();
    let data = many_rows(&folder);
    let train = |name: &str, threads: &str, more: &[&str]| {
        let model = folder.path(name);
        let arguments = [
            "train", &data, "--label", "fault", "--recipe", "small", "--steps", "50", "--rows",
            "2000", "-o", &model,
        ];
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_nice-flow"))
            .args([&arguments[..], more].concat())
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{}", text(&output.stderr));
        let bytes = std::fs::read(model).expect("a model");
        (bytes, text(&output.stderr), text(&output.stdout))
    };
    let (model, notes, _) = train("one.st", "1", &[]);
    let sampled =
        "of 30000 rows, all 300 anomalies and 2000 of the others, drawn at random (--seed 0)";
    assert!(notes.contains(sampled), "{notes}");
    assert_eq!(train("many.st", "3", &[]).0, model);
    assert_ne!(train("other.st", "3", &["--seed", "1"]).0, model);

    // The last quarter of the file, about a quarter of the sample.
    let held = ["--hold-out", "0.25", "--false-alarm-rate", "0.05", "--json"];
    let (_, _, told) = train("held.st", "2", &held);
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let calibrated = told["calibration"]["rows"].as_u64();
    assert!((400..600).contains(&calibrated.unwrap_or(0)), "{told}");

    // A level follows the rows one after another, so that all are kept.
    let (_, notes, _) = train("level.st", "2", &["--baseline", "EWMA:100"]);
    assert!(!notes.contains("drawn at random"), "{notes}");
}

#[test]
fn a_trained_ensemble_scores_and_is_calibrated_and_generates_as_each_member_does() {
    let folder = Folder::new();
    let data = line_of_points(&folder, "line.csv");
    let [model, calibrated] = ["line.st", "calibrated.st"].map(|name| folder.path(name));
    let told = succeed(&[
        "train", &data, "--label", "fault", "--hidden", "8", "--steps", "600", "--json", "-o",
        &model,
    ]);
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["members"].as_array().map(Vec::len), Some(3));
    assert_eq!(told["members"][0]["rows"], 95);

    let rate = [
        "--label",
        "fault",
        "--false-alarm-rate",
        "0.1",
        "-o",
        &calibrated,
    ];
    succeed(&[&["calibrate", &model, &data], &rate[..]].concat());
    for numeric in ["f64", "f32"] {
        let scored = succeed(&[
            "score",
            &calibrated,
            &data,
            "--label",
            "fault",
            "--numeric",
            numeric,
            "--json",
        ]);
        let scored: serde_json::Value = serde_json::from_str(&scored).expect("JSON");
        assert!(scored["auroc"].as_f64() > Some(0.8), "{scored}");
        assert!(scored["flagged"].as_u64() > Some(0), "{scored}");
        assert!(scored["mean_log_density"].is_null(), "{scored}");
    }
    assert!(succeed(&["inspect", &calibrated]).contains("member 2"));
    let module = folder.path("line.rs");
    succeed(&["generate", &calibrated, "-o", &module]);
    let text = std::fs::read_to_string(&module).expect("a module");
    assert!(text.contains("pub type Model = Ensemble<Member, Tails<3>, 3>;"));
    fail(
        2,
        &["generate", &model, "--member", "3", "-o", &module],
        &["expected 0 to 2, found 3"],
    );
    succeed(&["generate", &model, "--member", "2", "-o", &module]);
    succeed(&[
        "verify", &model, &data, "--label", "fault", "--member", "2", "--limit", "0.001",
    ]);
}

#[test]
fn what_the_scores_of_an_ensemble_become_is_chosen_in_training_and_again_in_calibration() {
    let folder = Folder::new();
    let data = line_of_points(&folder, "line.csv");
    let model = folder.path("line.st");
    let train = |more: &[&'static str]| {
        let sizes = ["--hidden", "8", "--steps", "20", "--label", "fault"];
        [&["train", &data, "-o", &model], &sizes[..], more].concat()
    };
    let calibrate = |combine: &[&'static str]| {
        let rate = [
            "--label",
            "fault",
            "--false-alarm-rate",
            "0.1",
            "-o",
            &model,
        ];
        [&["calibrate", &model, &data], &rate[..], combine].concat()
    };
    let has_log_density = || {
        let scored = succeed(&["score", &model, &data, "--label", "fault", "--json"]);
        let scored: serde_json::Value = serde_json::from_str(&scored).expect("JSON");
        scored["mean_log_density"].is_number()
    };
    let density = ["--combine", "density"];
    succeed(&train(&density));
    assert!(has_log_density());
    assert!(succeed(&calibrate(&[])).contains("nats in i8"));
    let told = succeed(&calibrate(&["--combine", "tail"]));
    assert!(told.contains("(tail score) in i8"), "{told}");
    assert!(!has_log_density());
    succeed(&calibrate(&["--combine", "max"]));
    let told = succeed(&["inspect", &model]);
    assert!(
        told.contains("score: the highest of the members' tail scores"),
        "{told}"
    );
    fail(
        2,
        &train(&[&density[..], &["--members", "1"]].concat()),
        &["--combine: expected --members of 2 or more"],
    );
    succeed(&train(&["--members", "1"]));
    fail(
        2,
        &calibrate(&density),
        &["--combine: expected an ensemble"],
    );
}

#[test]
fn an_ensemble_is_inspected_verified_and_sampled_as_a_whole() {
    let folder = Folder::new();
    let data = line_of_points(&folder, "line.csv");
    let [model, drawn] = ["line.st", "drawn.csv"].map(|name| folder.path(name));
    let sizes = ["--hidden", "8", "--steps", "150", "--label", "fault"];
    succeed(&[&["train", &data, "-o", &model], &sizes[..]].concat());
    succeed(&[
        "calibrate",
        &model,
        &data,
        "--label",
        "fault",
        "--false-alarm-rate",
        "0.1",
        "-o",
        &model,
    ]);

    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&succeed(arguments)).expect("JSON")
    };
    let whole = json(&["inspect", &model, "--json"]);
    for key in ["parameters", "macs"] {
        let members = whole["members"].as_array().expect("members");
        let sum: Option<u64> = members.iter().map(|member| member[key].as_u64()).sum();
        assert!(
            sum > Some(0) && whole[key].as_u64() == sum,
            "{key} of {whole}"
        );
    }
    let module = folder.path("line.rs");
    let generated = json(&[
        "generate",
        &model,
        "--numeric",
        "i8",
        "--json",
        "-o",
        &module,
    ]);
    assert_eq!(whole["weight_bytes"]["i8"], generated["weight_bytes"]);

    for (numeric, most) in [("f32", 1e-4), ("i16", 0.1), ("i8", 1.5)] {
        let arguments = [
            "verify",
            &model,
            &data,
            "--label",
            "fault",
            "--numeric",
            numeric,
            "--json",
        ];
        let found = json(&arguments);
        assert_eq!(found["unit"], "tail_scores");
        assert!(found["folded"]["largest"].as_f64() < Some(1e-9), "{found}");
        assert!(found["normal"]["largest"].as_f64() < Some(most), "{found}");
        assert!(found["decisions_changed"].is_u64(), "{found}");
        assert!(
            found["generated"]["largest"].as_f64() > Some(0.0),
            "{found}"
        );
    }
    fail(
        1,
        &[
            "verify", &model, &data, "--label", "fault", "--limit", "1e-12",
        ],
        &["tail scores from the reference"],
    );

    let draw = |member: &[&str]| {
        succeed(&[&["sample", &model, "-n", "50", "-o", &drawn], member].concat());
        std::fs::read_to_string(&drawn).expect("rows")
    };
    let mixed = draw(&[]);
    assert!(mixed.starts_with("a,b\n") && mixed.lines().count() == 51);
    assert_eq!(mixed, draw(&[]));
    assert_ne!(mixed, draw(&["--member", "0"]));
}

#[test]
fn a_feature_that_looks_like_a_label_is_told() {
    let folder = Folder::new();
    let rows: String = (0..40)
        .map(|n| format!("{},{},{}\n", n * n % 17, n % 7, n % 2))
        .collect();
    let data = folder.write("rows.csv", format!("a,b,Class\n{rows}").as_bytes());
    let model = folder.path("model.st");
    let note = |more: &[&str]| {
        let small = [
            "train",
            &data,
            "--members",
            "1",
            "--steps",
            "20",
            "-o",
            &model,
        ];
        let output = nice_flow(&[&small[..], more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr).contains("is it a label? --label Class")
    };
    assert!(note(&[]));
    assert!(!note(&["--label", "Class"]) && !note(&["--skip", "Class"]));
}

#[test]
fn options_that_change_nothing_are_told() {
    let folder = Folder::new();
    let (model, rows) = (shuttle("shuttle.safetensors"), shuttle("test.csv"));
    let module = folder.path("module.rs");
    let note = |more: &[&str]| {
        let output = nice_flow(&[&["generate", &model, "-o", &module], more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr)
    };
    assert!(note(&["--calibration", &rows, "--label", "y"]).contains("--calibration is not used"));
    assert!(
        note(&["--numeric", "i8", "--label", "y"])
            .contains("--label, --skip and --time are not used")
    );
    let used = ["--numeric", "i8", "--calibration", &rows, "--label", "y"];
    assert!(!note(&used).contains("not used"));
    assert!(!note(&[]).contains("not used"));
}

#[test]
fn verify_says_in_words_how_the_auroc_changed() {
    let (model, rows) = (shuttle("shuttle.safetensors"), shuttle("test.csv"));
    let verified = |numeric| {
        succeed(&[
            "verify",
            &model,
            &rows,
            "--label",
            "y",
            "--numeric",
            numeric,
        ])
    };
    assert!(verified("f32").contains("  AUROC is the reference's\n"));
    let integers = verified("i8");
    assert!(
        integers.contains("than the reference's\n") && !integers.contains("AUROC -"),
        "{integers}"
    );
}

#[test]
fn each_flow_says_what_was_chosen_and_why_and_a_recipe_can_be_asked_for() {
    let folder = Folder::new();
    let data = line_of_points(&folder, "line.csv");
    let [model, page] = ["line.st", "line.html"].map(|name| folder.path(name));
    let common = ["--skip", "fault", "--steps", "50", "-o", &model];
    let said = succeed(&[&["train", &data], &common[..]].concat());
    let chosen = said.lines().filter(|line| {
        line.starts_with("flow ")
            && line.contains("held-out likelihood ")
            && line.contains(" nats a row against small, ")
    });
    assert_eq!(chosen.count(), 3, "{said}");
    let asked = ["train", &data, "--recipe", "triangular"];
    let said = succeed(&[&asked, &common[..]].concat());
    let expected = "triangular (triangular layer, 2 couplings with 1 hidden layer of ";
    assert_eq!(said.matches(expected).count(), 3, "{said}");
    assert_eq!(
        said.matches("; asked for by --recipe\n").count(),
        3,
        "{said}"
    );
    succeed(&["report", &model, &data, "--label", "fault", "-o", &page]);
    let page = std::fs::read_to_string(page).expect("a page");
    for part in [
        "Each flow was trained by the recipe <b>triangular</b> from ",
        "Why this recipe: asked for by --recipe.",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for key in [
        "held_out_nll_standard_units",
        "<dt>recipe</dt>",
        "<dt>noise</dt>",
    ] {
        assert!(!page.contains(key), "{key}");
    }
    let unknown = ["train", &data, "--recipe", "huge"];
    fail(
        2,
        &[&unknown, &common[..]].concat(),
        &["triangular", "medium"],
    );
}

#[test]
fn what_is_said_of_a_recipe_is_what_is_trained() {
    let folder = Folder::new();
    let data = line_of_points(&folder, "line.csv");
    let model = folder.path("line.st");
    let common = [
        "--skip",
        "fault",
        "--steps",
        "20",
        "--members",
        "1",
        "-o",
        &model,
    ];
    let train = [&["train", &data], &common[..]].concat();
    for (options, expected) in [
        (
            &["--recipe", "mixture", "--couplings", "2"],
            "--couplings: expected none with --recipe mixture",
        ),
        (
            &["--recipe", "mixture", "--hidden", "8"],
            "--hidden: expected none with --recipe mixture",
        ),
        (
            &["--recipe", "logistic", "--prior", "normal"],
            "--prior: expected logistic with --recipe logistic",
        ),
    ] {
        fail(2, &[&train, &options[..]].concat(), &[expected, "; "]);
    }
    let logistic = succeed(&[&train[..], &["--recipe", "large", "--prior", "logistic"]].concat());
    assert!(
        logistic.contains(", standard logistic; ")
            && logistic.contains("; asked for by --recipe; changed by --prior\n")
            && !logistic.contains("mixture"),
        "{logistic}"
    );
    let json = succeed(&[&train[..], &["--recipe", "mixture", "--json"]].concat());
    let said: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let flow = &said["members"][0];
    assert_eq!(
        (&flow["recipe"], &flow["couplings"]),
        (&"mixture".into(), &0.into())
    );
    assert!(
        flow["prior"]
            .as_str()
            .expect("a prior")
            .starts_with("mixture of "),
        "{json}"
    );
    assert!(flow.get("hidden").is_none(), "{json}");
}

#[test]
fn training_refuses_what_is_no_number() {
    let folder = Folder::new();
    let data = folder.path("dates.csv");
    std::fs::write(&data, "when,x\n2026-01-01,1\n").expect("a CSV");
    let model = folder.path("model.st");
    fail(
        2,
        &["train", &data, "-o", &model],
        &["when taken for the time", "at least 10 normal rows"],
    );
    std::fs::write(&data, "site,x\nA7,1\nA7,2\nB3,3,\n").expect("a CSV");
    fail(
        2,
        &["train", &data, "-o", &model],
        &["line 4: expected 2 columns, found 3"],
    );
    std::fs::write(&data, "x\n1\n2\nthree\n").expect("a CSV");
    fail(
        2,
        &["train", &data, "-o", &model],
        &["line 4, column x: expected a number, found \"three\""],
    );
    fail(
        2,
        &["train", &data, "--prior", "cauchy", "-o", &model],
        &["mixture:K"],
    );
    assert!(!Path::new(&model).exists());
}

#[test]
fn too_few_rows_to_calibrate_with_are_refused_before_the_training() {
    let folder = Folder::new();
    let (data, model) = (line_of_points(&folder, "line.csv"), folder.path("no.st"));
    // So many steps would take hours.
    let long = ["--steps", "10000000", "--hold-out", "0.05"];
    let rate = ["--false-alarm-rate", "0.1", "--label", "fault"];
    let arguments = [&["train", &data, "-o", &model], &long[..], &rate].concat();
    let expected =
        "expected at least 9 rows for a rate of 0.1, found 5; hold a larger share out: --hold-out";
    fail(2, &arguments, &[expected]);
    assert!(!Path::new(&model).exists());
}

#[test]
fn a_budget_is_counted_in_the_type_that_is_named() {
    let folder = Folder::new();
    let data = line_of_points(&folder, "line.csv");
    let model = folder.path("line.st");
    let train = [
        "train",
        &data,
        "--steps",
        "1",
        "--members",
        "1",
        "-o",
        &model,
        "--json",
        "--budget",
    ];
    let parameters = |budget: &str| {
        let told = succeed(&[&train[..], &[budget]].concat());
        let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        told["members"][0]["trained_parameters"].clone()
    };
    assert_eq!(parameters("500:i8"), parameters("2000"));
    assert_eq!(parameters("500:i16"), parameters("1000:f32"));
    assert_ne!(parameters("500:i16"), parameters("500:i8"));
    let small = [&train[..], &["20:i8"]].concat();
    fail(
        2,
        &small,
        &[
            "--budget: expected at least ",
            " bytes of i8 for 3 features",
            ", found 20; ",
        ],
    );
    let wrong = [&train[..], &["500:i4"]].concat();
    fail(2, &wrong, &["expected one of f32, i16, i8, found `i4`"]);
    let wrong = [&train[..], &["many"]].concat();
    fail(2, &wrong, &["such as 2048:i8"]);
    let wrong = [&train[..], &["18446744073709551615:f32"]].concat();
    fail(2, &wrong, &["--budget", "at most 67108864 bytes"]);
}

#[test]
fn channels_make_a_row_a_window_of_the_generated_detector() {
    let folder = Folder::new();
    let [data, model, module] = ["window.csv", "m.st", "m.rs"].map(|name| folder.path(name));
    let row = |n: usize| format!("{n},{},{},{}\n", n % 7, n + 1, (n + 1) % 7);
    let rows: String = (0..60).map(row).collect();
    std::fs::write(&data, format!("a0,b0,a1,b1\n{rows}")).expect("a CSV");
    let train = [
        "train",
        &data,
        "--members",
        "1",
        "--hidden",
        "4",
        "--steps",
        "20",
    ];
    let with =
        |channels: &'static str| [&train[..], &["--channels", channels, "-o", &model]].concat();
    for wrong in ["0", "3", "5"] {
        fail(
            2,
            &with(wrong),
            &["channels", "a divisor of the 4 inputs", wrong],
        );
    }
    succeed(&with("2"));
    assert!(succeed(&["inspect", &model]).contains("a window of 2 samples, 2 channels each"));
    for (numeric, nats) in [("f32", "f32"), ("i8", "Fixed")] {
        succeed(&["generate", &model, "--numeric", numeric, "-o", &module]);
        let text = std::fs::read_to_string(&module).expect("a module");
        for line in [
            "pub const CHANNELS: usize = 2;",
            "pub type Detector = nice_flow::Detector<Model, f32, CHANNELS, D>;",
            &format!("pub const fn detector(threshold: {nats}) -> Detector {{"),
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }
}
