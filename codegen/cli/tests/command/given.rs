//! Models of columns given others: from a log with times to scores, a report, a module and draws; and what is refused.

use super::{Folder, fail, nice_flow, succeed, text};

/// A consumption and a flow that follow the hour and a load; every third row of `strange` ones is of another time of day.
fn log(count: usize, strange: bool, seed: usize) -> String {
    let mut text = String::from("consumption,time,load,flow,y\n");
    for i in 0..count {
        let disorder = |prime: usize| (((i + seed) * prime) % 1009) as f64 / 504.0 - 1.0;
        let (minute, load) = ((i * 7 + seed) * 61 % 1440, 0.5 + 0.5 * disorder(7919));
        let is_strange = strange && i.is_multiple_of(3);
        let hour = minute as f64 / 60.0 + if is_strange { 12.0 } else { 0.0 };
        let angle = hour * std::f64::consts::TAU / 24.0;
        let (a, b) = (disorder(104_729), disorder(15_485_863));
        text += &format!(
            "{:.4},2026-05-{:02} {:02}:{:02}:00,{load:.4},{:.4},{}\n",
            30.0 + 10.0 * angle.sin() + 8.0 * load + a,
            1 + i % 28,
            minute / 60,
            minute % 60,
            5.0 + 2.0 * angle.cos() - 2.0 * load + 0.2 * b,
            u8::from(is_strange)
        );
    }
    text
}

fn write(folder: &Folder, name: &str, count: usize, strange: bool) -> String {
    folder.write(name, log(count, strange, name.len()).as_bytes())
}

fn train(folder: &Folder, given: &str) -> String {
    let (normal, model) = (
        write(folder, "normal.csv", 1600, false),
        folder.path("model.st"),
    );
    let sizes =
        "--label y --members 1 --steps 500 --prior normal --couplings 2 --hidden 12 --depth 1";
    let sizes: Vec<&str> = sizes.split(' ').collect();
    succeed(
        &[
            &["train", &normal, "--given", given, "-o", &model],
            &sizes[..],
        ]
        .concat(),
    );
    model
}

#[test]
fn the_hour_and_the_load_are_given_in_every_verb() {
    let folder = Folder::new();
    let model = train(&folder, "time:hour,load");
    let test = write(&folder, "test.csv", 600, true);
    let inspected = succeed(&["inspect", &model]);
    assert!(
        inspected.contains("5 inputs: consumption, load, flow, time:hour:sin, time:hour:cos"),
        "{inspected}"
    );
    assert!(
        inspected.contains("context, given and not scored: load, time:hour:sin, time:hour:cos"),
        "{inspected}"
    );

    let held_out = write(&folder, "held-out.csv", 900, false);
    let rate = ["--label", "y", "--false-alarm-rate", "0.01", "-o", &model];
    succeed(&[&["calibrate", &model, &held_out], &rate[..]].concat());
    for numeric in ["f64", "f32", "i16", "i8"] {
        let found = succeed(&[
            "score",
            &model,
            &test,
            "--label",
            "y",
            "--numeric",
            numeric,
            "--json",
        ]);
        let found: serde_json::Value = serde_json::from_str(&found).expect("JSON");
        assert!(
            found["auroc"].as_f64().unwrap() > 0.99,
            "{numeric}: {found}"
        );
    }

    let zoned = std::fs::read_to_string(&test)
        .unwrap()
        .replace(":00,", ":00Z,");
    let zoned = folder.write("zoned.csv", zoned.as_bytes());
    for (rows, is_warned) in [(&test, false), (&zoned, true)] {
        let output = nice_flow(&["score", &model, rows, "--label", "y"]);
        let told = text(&output.stderr);
        let warned = told.contains("the times are with a zone");
        assert_eq!(
            (output.status.success(), warned),
            (true, is_warned),
            "{told}"
        );
    }

    let page = folder.path("page.html");
    succeed(&["report", &model, &test, "--label", "y", "-o", &page]);
    let page = std::fs::read_to_string(page).expect("a page");
    assert_eq!(page.matches("<h3>Score against context</h3>").count(), 3);
    assert!(page.contains("given time:hour:sin"));

    let module = folder.path("model.rs");
    succeed(&[
        "generate",
        &model,
        "--numeric",
        "i8",
        "--explain",
        "3",
        "-o",
        &module,
    ]);
    let text = std::fs::read_to_string(module).expect("a module");
    assert!(
        text.contains("pub const CONTEXT: [usize; 3] = [1, 3, 4];"),
        "{text}"
    );
    assert!(text.contains(" --given time:hour,load --"), "{text}");

    // What is drawn has no time, but the hour itself, and is scored by it.
    let drawn = folder.path("drawn.csv");
    succeed(&["sample", &model, "-n", "200", "-o", &drawn]);
    let found = succeed(&["score", &model, &drawn, "--json"]);
    let found: serde_json::Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(
        (found["rows"].as_u64(), found["rows_not_finite"].as_u64()),
        (Some(200), Some(0)),
        "{found}"
    );
}

#[test]
fn what_cannot_be_given_is_said() {
    let folder = Folder::new();
    let normal = write(&folder, "normal.csv", 60, false);
    let refused = |options: &[&str], words: &[&str]| {
        let model = folder.path("refused.st");
        fail(
            2,
            &[&["train", &normal, "--label", "y", "-o", &model], options].concat(),
            words,
        );
    };
    refused(&["--given", "speed"], &["--given", "found speed"]);
    refused(
        &["--given", "load", "--baseline", "EWMA:16"],
        &["--given", "--baseline"],
    );
    refused(&["--given", "load", "--prior", "logistic"], &["logistic"]);
    refused(&["--given", "load:hour"], &["column load", "time of day"]);
    refused(
        &["--given", "time:hour,clock:hour"],
        &["one column", "clock"],
    );

    let model = train(&folder, "load");
    let module = folder.path("model.rs");
    let commission = ["generate", &model, "--commission", "-o", &module];
    fail(2, &commission, &["--commission", "without a context"]);
}

#[test]
fn what_a_model_lacks_is_told_with_its_file() {
    let folder = Folder::new();
    let checkpoint = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/fixtures/conditional/made_c3.pt"
    );
    let (model, rows) = (folder.path("made.st"), folder.path("rows.csv"));
    let set = ["--set", "context=a,b,c", "--no-probe", "-o", &model];
    succeed(&[&["import", checkpoint], &set[..]].concat());
    folder.write("rows.csv", b"x0,x1,x2,x3,a,b,c\n0,0,0,0,0,0,0\n");
    let out = folder.path("out");
    for verb in [
        &["score", &model, &rows, "--numeric", "i8"][..],
        &["report", &model, &rows, "--numeric", "i8", "-o", &out],
        &["sample", &model, "-o", &out],
        &[
            "calibrate",
            &model,
            &rows,
            "--false-alarm-rate",
            "0.5",
            "--combine",
            "max",
            "-o",
            &out,
        ],
        &[
            "calibrate",
            &model,
            "--commission",
            &rows,
            "--false-alarm-rate",
            "0.5",
            "-o",
            &out,
        ],
    ] {
        fail(2, verb, &["made.st: "]);
    }
}
