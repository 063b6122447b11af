//! The report: whole for every kind of input, the same every time, and at home in a browser.
//!
//! What needs Chromium is skipped with a printed line where there is none, unless `CI` is set.

use super::{shuttle, succeed};
use nice_flow_codegen::Model;
use nice_flow_codegen::flow::ir::{DiagonalNormal, Flow, Prior};
use nice_flow_codegen::model::Threshold;
use nice_flow_codegen::model::file;
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::report::{Rows, Subject, report};
use nice_flow_lab::table::Table;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a page may weigh.
const LIMIT: usize = 2 << 20;

/// Runs the command on the shuttle's rows.
fn write_report(model: &Path, output: &Path, threads: &str) -> String {
    let status = Command::new(env!("CARGO_BIN_EXE_nice-flow"))
        .arg("report")
        .args([model, shuttle("test.csv").as_ref()])
        .args(["--label", "y", "--train"])
        .arg(shuttle("train.csv"))
        .arg("-o")
        .arg(output)
        .env("RAYON_NUM_THREADS", threads)
        .status()
        .expect("the command starts");
    assert!(status.success());
    std::fs::read_to_string(output).expect("a page")
}

/// An ensemble as `train` makes it, if in fewer steps, calibrated.
fn ensemble(folder: &Path) -> PathBuf {
    let (model, rows) = (folder.join("ensemble.safetensors"), shuttle("train.csv"));
    succeed::<&dyn AsRef<OsStr>>(&[&"train", &rows, &"--steps", &"300", &"-o", &model]);
    succeed::<&dyn AsRef<OsStr>>(&[
        &"calibrate",
        &model,
        &rows,
        &"--false-alarm-rate",
        &"0.01",
        &"-o",
        &model,
    ]);
    model
}

/// A model without layers, so that `z = x`.
fn plain(prior: Prior, dim: usize) -> Model {
    let features = (0..dim).map(|i| format!("x{i}")).collect();
    let flow = Flow {
        dim,
        layers: vec![],
        prior,
    };
    Model::new("plain", features, flow)
}

fn rows(values: Vec<f64>, columns: usize, labels: Option<Vec<bool>>) -> Rows {
    let table = Table {
        header: None,
        rows: values.len() / columns,
        columns,
        values,
        labels,
        features: vec![String::new(); columns],
        ..Table::default()
    };
    let file = "rows.csv".into();
    Rows { file, table }
}

fn page(model: Model, data: Rows) -> String {
    let subject = Subject {
        model,
        data,
        train: None,
        numeric: Arithmetic::F64,
        board: None,
    };
    report(&subject, &|_| ()).expect("a page")
}

fn figures(page: &str) -> usize {
    page.matches("<figure>").count()
}

#[test]
fn same_inputs_give_the_same_bytes_whatever_the_threads() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = shuttle("shuttle.safetensors");
    let one = write_report(model.as_ref(), &folder.path().join("one.html"), "1");
    let four = write_report(model.as_ref(), &folder.path().join("four.html"), "4");
    assert!(one == four);
    assert!(one.len() < LIMIT, "{} bytes", one.len());
}

#[test]
fn the_page_tells_what_score_tells() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = shuttle("shuttle.safetensors");
    let page = write_report(model.as_ref(), &folder.path().join("page.html"), "2");
    // As in examples/shuttle/README.md: 673 anomalies, 3 normal rows, AUROC 0.9995.
    for words in [
        "3 of 4,559",
        "673 of 702",
        "AUROC 0.9995",
        "73.31 nats",
        "2,726",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert_eq!(figures(&page), 9);
}

#[test]
fn an_ensembles_page_needs_no_option_and_tells_what_score_tells_in_tail_scores() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = ensemble(folder.path());
    let page = write_report(model.as_ref(), &folder.path().join("one.html"), "1");
    assert!(page == write_report(model.as_ref(), &folder.path().join("four.html"), "4"));
    assert!(page.len() < LIMIT, "{} bytes", page.len());
    let told = succeed::<&dyn AsRef<OsStr>>(&[
        &"score",
        &model,
        &shuttle("test.csv"),
        &"--label",
        &"y",
        &"--json",
    ]);
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let number = |key: &str| told[key].as_f64().expect("a number");
    let (flagged, auroc) = (number("flagged"), number("auroc"));
    let parameters: serde_json::Value = serde_json::from_str(&succeed::<&dyn AsRef<OsStr>>(&[
        &"inspect", &model, &"--json",
    ]))
    .expect("JSON");
    let parameters = parameters["parameters"].as_u64().expect("a number");
    for words in [
        "an ensemble of 3 normalizing flows".into(),
        format!("{flagged} of 5,261"),
        format!("AUROC {auroc:.4}"),
        format!("{},{:03}", parameters / 1000, parameters % 1000),
        "P(u\u{a0}&gt;\u{a0}3\u{a0}+\u{a0}x)\u{a0}≈\u{a0}0.05\u{a0}·\u{a0}e⁻ˣ".into(),
        "Of 3 flows the first is shown".into(),
        "<td class=\"number\" data-key=\"Infinity\">all</td>".into(),
    ] {
        assert!(page.contains(&words), "{words}");
    }
    // Training speaks of densities, whatever the scores are.
    let (scores, _) = page.split_once("How it was trained").expect("a section");
    assert!(!scores.contains(" nats"));
    assert_eq!(figures(&page), 9);
}

#[test]
fn one_flow_of_an_ensemble_has_a_page_in_nats() {
    let folder = tempfile::tempdir().expect("a folder");
    let (model, output) = (ensemble(folder.path()), folder.path().join("page.html"));
    succeed::<&dyn AsRef<OsStr>>(&[
        &"report",
        &model,
        &shuttle("test.csv"),
        &"--label",
        &"y",
        &"--member",
        &"1",
        &"-o",
        &output,
    ]);
    let page = std::fs::read_to_string(output).expect("a page");
    assert!(page.contains("is a normalizing flow with") && page.contains("score, nats"));
    assert!(!page.contains("tail score"));
}

#[test]
fn training_rows_of_another_width_are_refused_by_name_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("page.html");
    let wide = folder.path().join("wide.csv");
    std::fs::write(&wide, "1,2,3,4,5,6,7,8,9,0\n").expect("written");
    let result = Command::new(env!("CARGO_BIN_EXE_nice-flow"))
        .arg("report")
        .args([shuttle("shuttle.safetensors"), shuttle("test.csv")])
        .args(["--label", "y", "--train"])
        .arg(&wide)
        .arg("-o")
        .arg(&output)
        .output()
        .expect("the command starts");
    let error = String::from_utf8_lossy(&result.stderr);
    assert_eq!(result.status.code(), Some(2), "{error}");
    assert!(
        error.contains("wide.csv: expected 9 feature columns, found 10"),
        "{error}"
    );
    assert!(!output.exists());
}

#[test]
fn every_prior_is_drawn() {
    let normal = |mean: f64| DiagonalNormal {
        mean: vec![mean, -mean],
        precision: vec![0.5, 2.0],
    };
    let mixture = Prior::Mixture {
        log_weights: vec![0.25f64.ln(), 0.75f64.ln()],
        components: vec![normal(3.0), normal(-1.0)],
    };
    let values: Vec<f64> = (0..200).map(|i| f64::from(i % 37) / 9.0 - 2.0).collect();
    let priors = [
        Prior::Normal,
        Prior::Logistic,
        Prior::DiagonalNormal(normal(1.0)),
        mixture,
    ];
    for prior in priors {
        let page = page(plain(prior, 2), rows(values.clone(), 2, None));
        assert_eq!(figures(&page), 7);
    }
}

#[test]
fn rows_without_a_finite_score_are_counted_and_named() {
    let mut values: Vec<f64> = (0..100).map(|i| f64::from(i % 10) / 5.0 - 1.0).collect();
    (values[3], values[11], values[40], values[61]) = (f64::NAN, f64::INFINITY, 1e300, -1e30);
    let mut model = plain(Prior::Normal, 2);
    model.threshold = Some(Threshold {
        score: 3.0,
        false_alarm_rate: 0.1,
    });
    let page = page(model, rows(values, 2, None));
    assert!(page.contains("3 rows have no finite score"));
    assert!(page.contains("4 of 50 (8\u{a0}%) rows score above the threshold"));
    assert!(page.contains("<b>x1</b> NaN →"));
}

#[test]
fn without_a_threshold_the_page_promises_nothing() {
    let values: Vec<f64> = (0..100).map(f64::from).collect();
    let labels = (0..100).map(|row| row >= 90).collect();
    let page = page(plain(Prior::Normal, 1), rows(values, 1, Some(labels)));
    assert!(page.contains("no threshold yet") && page.contains("AUROC 1.0000"));
    for words in [
        "false alarms promised",
        "at the threshold",
        "false alarms seen",
    ] {
        assert!(!page.contains(words), "{words}");
    }
}

#[test]
fn the_least_there_can_be_makes_a_page() {
    for (values, labels) in [
        (vec![0.0], None),
        (vec![f64::NAN], None),
        (vec![f64::NAN], Some(vec![false])),
        (vec![1.0, 1.0], Some(vec![true, true])),
        (vec![1.0, 2.0], Some(vec![false, true])),
    ] {
        let page = page(plain(Prior::Normal, 1), rows(values, 1, labels));
        assert!(page.ends_with("</html>") && figures(&page) >= 3);
    }
}

#[test]
fn many_features_fit_on_a_page() {
    let values = (0..64 * 300).map(|i| f64::from(i * 7919 % 1000) / 250.0 - 2.0);
    let page = page(plain(Prior::Logistic, 64), rows(values.collect(), 64, None));
    assert!(page.len() < LIMIT, "{} bytes", page.len());
}

const HOSTILE: [&str; 3] = [
    "<img src=x onerror=\"faults.push('img')\">",
    "</title></style><script>faults.push('script')</script>",
    "\"><b>&amp;",
];

/// The shuttle's model with names that are no text to a careless page.
fn hostile() -> Model {
    let mut model = file::read(shuttle("shuttle.safetensors").as_ref()).expect("a model");
    // None of the names is in the file, so that its columns are taken by position.
    for (index, feature) in model.features.iter_mut().enumerate() {
        let harmless = || format!("v{index}");
        *feature = HOSTILE
            .get(index)
            .map_or_else(harmless, ToString::to_string);
    }
    let facts = [
        (HOSTILE[0], 1),
        ("recipe", 0),
        ("reason", 1),
        ("prior", 2),
        ("given", 0),
        ("noise", 1),
        ("seed", 2),
    ];
    for (key, value) in facts {
        let training = &mut model.members[0].training;
        training.insert(key.into(), HOSTILE[value].into());
    }
    model.origin.layout = HOSTILE[1].into();
    model
}

#[test]
fn names_are_text_and_nothing_else() {
    let values = (0..90).map(|i| f64::from(i % 13)).collect();
    let page = page(hostile(), rows(values, 9, None));
    for name in HOSTILE {
        assert!(!page.contains(name), "{name}");
    }
    assert!(page.contains("&lt;img src=x"));
}

/// What a page says of itself in a browser.
#[derive(Debug, serde::Deserialize)]
struct Seen {
    faults: Vec<String>,
    figures: usize,
    empty_drawings: usize,
    overlapping_ticks: usize,
    width: f64,
    inner_width: f64,
    ascending: bool,
    descending: bool,
    rows_before: usize,
    rows_after: usize,
}

const WATCH: &str = "<script>window.faults = [];\
    addEventListener('error', event => faults.push(String(event.message)), true);\
    addEventListener('securitypolicyviolation', event => faults.push(event.violatedDirective));</script>";

const LOOK: &str = include_str!("report_look.js");

fn chromium() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names.into_iter().find(|name| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "expected Chromium, found none of {names:?}"
        );
        println!("skipped: no Chromium (apt-get install chromium)");
    }
    found
}

/// Holds the page: a window cannot be as narrow as a phone, a frame can.
fn frame(width: u32) -> String {
    format!(
        "<pre id=\"seen\"></pre><script>addEventListener('message', event => \
         document.getElementById('seen').textContent = event.data);</script>\
         <iframe src=\"page.html\" width=\"{width}\" height=\"900\" style=\"border: 0\"></iframe>"
    )
}

/// Opens a page in a frame so wide, clicks, and reads what it says.
fn look(browser: &str, page: &str, width: u32) -> Seen {
    let page = page
        .replacen("<head>", &format!("<head>{WATCH}"), 1)
        .replacen("</body>", &format!("<script>{LOOK}</script></body>"), 1);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("frame.html");
    std::fs::write(&path, frame(width)).expect("written");
    std::fs::write(folder.path().join("page.html"), page).expect("written");
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
            "--dump-dom",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ))
        .arg("--window-size=1400,1000")
        .arg("--virtual-time-budget=5000")
        .arg(format!("file://{}", path.display()))
        .output()
        .expect("Chromium starts");
    let (dom, log) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(!log.contains(":CONSOLE"), "{log}");
    let (_, seen) = dom
        .split_once("<pre id=\"seen\">")
        .unwrap_or_else(|| panic!("no result: {log}"));
    let (seen, _) = seen.split_once("</pre>").expect("an end");
    serde_json::from_str(seen).expect("what the script wrote")
}

#[test]
fn the_page_of_a_flow_works_in_a_browser_on_a_desk_and_on_a_phone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("hostile.safetensors");
    let model = file::write(&hostile()).expect("a model file");
    std::fs::write(&path, model).expect("written");
    open_page(&path, folder.path());
}

#[test]
fn the_page_of_an_ensemble_works_in_a_browser_on_a_desk_and_on_a_phone() {
    let folder = tempfile::tempdir().expect("a folder");
    open_page(&ensemble(folder.path()), folder.path());
}

/// Looks at the report of a model in windows of two widths.
fn open_page(model: &Path, folder: &Path) {
    let Some(browser) = chromium() else { return };
    let page = write_report(model, &folder.join("page.html"), "2");
    for width in [1200, 390] {
        expect_to_work(&look(browser, &page, width), width);
    }
}

fn expect_to_work(seen: &Seen, width: u32) {
    assert!(seen.faults.is_empty(), "{seen:?}");
    assert_eq!((seen.figures, seen.empty_drawings), (9, 0), "{seen:?}");
    assert_eq!(seen.overlapping_ticks, 0, "{seen:?}");
    assert_eq!(seen.inner_width, f64::from(width));
    assert!(
        seen.width <= seen.inner_width,
        "the page scrolls sideways: {seen:?}"
    );
    assert!(seen.ascending && seen.descending, "{seen:?}");
    assert!(seen.rows_before == 25 && seen.rows_after == 25, "{seen:?}");
}
