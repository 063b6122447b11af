//! Logs as they come: through every verb by the names of their columns, several recordings, parts that are held out.
//!
//! What needs QEMU is skipped with a printed line where it is missing, unless `CI` is set.

use super::{Folder, fail, is_ready, nice_flow, pump, succeed, text};
use nice_flow_lab::Target;

/// A log with all that can be wrong with one: a time stamp, an id, a word, label words and a separator after the last cell.
fn log(folder: &Folder, name: &str, rows: std::ops::Range<usize>, fault: usize) -> String {
    let line = |row: usize| {
        let [temp, flow, amps] = pump::values(row);
        // Every tenth row from `fault` on is hot.
        let (heat, label) = match row >= fault && row.is_multiple_of(10) {
            true => (30.0, "fault"),
            false => (0.0, "normal"),
        };
        let temp = temp + heat;
        format!(
            "2031-03-01 {:02}:{:02}:00,{row},A7,{temp:.3},{flow:.3},{amps:.3},{label},",
            row / 60 % 24,
            row % 60
        )
    };
    let header = "time,id,site,temp,flow,amps,state,";
    pump::write(folder, name, header, rows.map(line))
}

/// Whether a line of a text, counted from 0, ends so.
#[track_caller]
fn expect_end(text: &str, line: usize, end: &str) {
    let found = text.lines().nth(line);
    assert!(found.is_some_and(|line| line.ends_with(end)), "{text}");
}

#[test]
fn a_log_with_everything_wrong_goes_through_every_verb() {
    let folder = Folder::new();
    let model = folder.path("model.st");
    let train = log(&folder, "train.csv", 0..600, usize::MAX);
    let only = [
        "--only",
        "temp,flow,amps",
        "--members",
        "1",
        "--steps",
        "200",
        "-o",
        &model,
    ];
    succeed(&[&["train", &train, "--label", "state"], &only[..]].concat());
    let held_out = log(&folder, "held-out.csv", 600..1000, usize::MAX);
    let rate = ["--false-alarm-rate", "0.01", "-o", &model];
    succeed(
        &[
            &["calibrate", &model, &held_out, "--label", "state"],
            &rate[..],
        ]
        .concat(),
    );

    let later = log(&folder, "later.csv", 1000..1200, 1050);
    let label = ["--label", "state"];
    let out = folder.path("out.csv");
    let output = nice_flow(&[&["score", &model, &later, "-o", &out], &label[..]].concat());
    assert!(
        text(&output.stdout).contains("15 of 15 anomalies"),
        "{}",
        text(&output.stdout)
    );
    let said = text(&output.stderr);
    assert!(said.contains("left alone: id, site"), "{said}");
    let scores = std::fs::read_to_string(&out).expect("scores");
    assert!(
        scores.starts_with("row,log_density,score,anomalous,score_bits,time\n"),
        "{scores}"
    );
    expect_end(&scores, 1, ",2031-03-01 16:40:00");
    succeed(&[&["verify", &model, &later], &label[..]].concat());
    let page = folder.path("page.html");
    succeed(&[&["report", &model, &later, "-o", &page], &label[..]].concat());
    let page = std::fs::read_to_string(page).expect("a page");
    assert!(page.contains("2031-03-01 18:20:00"));
    let module = folder.path("model.rs");
    let calibration = ["--numeric", "i8", "--calibration", &held_out];
    succeed(
        &[
            &["generate", &model, "-o", &module],
            &calibration[..],
            &label[..],
        ]
        .concat(),
    );
    if is_ready(&[Target::CortexM4F]) {
        let board = ["--target", "cortex-m4f"];
        succeed(
            &[
                &["simulate", &model, &later, "-o", &out],
                &board[..],
                &label[..],
            ]
            .concat(),
        );
        assert_eq!(
            std::fs::read_to_string(&out)
                .expect("scores")
                .lines()
                .next(),
            scores.lines().next()
        );
        succeed(&[&["bench", &model], &board[..]].concat());
    }
}

#[test]
fn what_is_missing_is_named_with_what_is_like_it() {
    let folder = Folder::new();
    let model = folder.path("model.st");
    let train = log(&folder, "train.csv", 0..100, usize::MAX);
    let words = [
        "train",
        &train,
        "--only",
        "temp",
        "--only",
        "flow,amps",
        "--members",
        "1",
        "--steps",
        "10",
        "-o",
        &model,
    ];
    succeed(&words);
    let other = folder.write("other.csv", b"Temp,flow,power,volts\n1,2,3,4\n1,2,3,4\n");
    fail(
        2,
        &["score", &model, &other],
        &["other.csv", "none named temp (is it Temp?), amps"],
    );
}

#[test]
fn a_part_of_each_recording_is_held_out_and_promises_at_once() {
    let folder = Folder::new();
    let model = folder.path("model.st");
    let logs = [
        log(&folder, "a.csv", 0..400, usize::MAX),
        log(&folder, "b.csv", 400..800, usize::MAX),
    ];
    let options = [
        "--only",
        "temp,flow,amps",
        "--members",
        "1",
        "--steps",
        "100",
        "-o",
        &model,
    ];
    let train = [&["train", &logs[0], &logs[1]], &options[..]].concat();
    let said = succeed(
        &[
            &train[..],
            &["--hold-out", "0.5", "--false-alarm-rate", "0.02"],
        ]
        .concat(),
    );
    assert!(
        said.contains("from 400 normal rows of 2 recordings"),
        "{said}"
    );
    let scored = succeed(&[
        "score",
        &model,
        &logs[0],
        &logs[1],
        "-o",
        &folder.path("out.csv"),
    ]);
    assert!(scored.starts_with("800 rows"), "{scored}");
    let scores = std::fs::read_to_string(folder.path("out.csv")).expect("scores");
    expect_end(&scores, 400, ",0");
    expect_end(&scores, 401, ",1");

    // The rows that the model keeps are enough for another rate, but those of training alone promise nothing.
    let again = [
        "calibrate",
        &model,
        "--false-alarm-rate",
        "0.05",
        "-o",
        &model,
    ];
    assert!(succeed(&again).starts_with("from 400 normal rows:"));
    succeed(&train);
    fail(
        2,
        &again,
        &["expected normal rows, or a model with those of an earlier calibration"],
    );
}

#[test]
fn constant_columns_are_one_note_and_left_out_if_asked() {
    let folder = Folder::new();
    let model = folder.path("model.st");
    let names: Vec<String> = (0..20).map(|i| format!("r{i}")).collect();
    let rows: String = (0..50)
        .map(|row| format!("{:.3}{}\n", pump::noise(row, 0), ",7".repeat(20)))
        .collect();
    let data = folder.write(
        "registers.csv",
        format!("x,{}\n{rows}", names.join(",")).as_bytes(),
    );
    let train = [
        "train",
        &data,
        "--members",
        "1",
        "--steps",
        "10",
        "-o",
        &model,
    ];
    let said = text(&nice_flow(&train).stderr);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("and 15 more are constant"), "{said}");
    let said = text(&nice_flow(&[&train[..], &["--drop-constant"]].concat()).stderr);
    assert!(said.contains("20 constant columns are left out"), "{said}");
    assert!(succeed(&["inspect", &model]).contains("1 input: x"));
    let labels = folder.write("labels.csv", b"x,y\n1,-1\n2,1\n");
    fail(
        2,
        &["score", &model, &labels, "--label", "y"],
        &["-1 in 1 row, 1 in 1 row", "--normal VALUE"],
    );
    succeed(&["score", &model, &labels, "--label", "y", "--normal", "-1"]);
}
