//! Several files, times, and columns that are nearly those of a model.

use super::*;

/// A log of the pump.
fn plain(folder: &Folder, file: &str, rows: std::ops::Range<usize>) -> String {
    let row = |row| pump::values(row).map(|x| format!("{x:.3}")).join(",");
    pump::write(folder, file, "temp,flow,amps", rows.map(row))
}

/// A model of the pump, with a threshold and a rule for alarms.
fn model(folder: &Folder) -> String {
    let (data, model) = (
        plain(folder, "plain.csv", 0..400),
        folder.path("pump.safetensors"),
    );
    let quick = ["--steps", "60", "--members", "1"];
    succeed(&[&["train", &data, "-o", &model][..], &quick].concat());
    let other = plain(folder, "other.csv", 400..600);
    let rule = ["--false-alarm-rate", "0.05", "--debounce", "2/3"];
    succeed(&[&["calibrate", &model, &other, "-o", &model][..], &rule].concat());
    model
}

#[track_caller]
fn notes_of(arguments: &[&str]) -> String {
    let output = nice_flow(arguments);
    let notes = text(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {notes}");
    notes
}

#[test]
fn an_alarm_does_not_reach_into_the_next_recording() {
    let folder = Folder::new();
    let model = model(&folder);
    let (far, near) = (
        "20,10,4\n99,99,99\n99,99,99\n",
        "21,10.6,4.5\n21,10.6,4.5\n",
    );
    let file =
        |name: &str, rows: &str| folder.write(name, format!("temp,flow,amps\n{rows}").as_bytes());
    let alarms = |files: &[&str]| {
        let said = succeed(&[&["score", &model, "--json"], files].concat());
        let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        said["alarms"].as_u64().expect("a count")
    };
    let joined = file("joined.csv", &format!("{far}{near}"));
    let (far, near) = (file("far.csv", far), file("near.csv", near));
    assert_eq!(alarms(&[&far, &near]), alarms(&[&far]) + alarms(&[&near]));
    assert!(alarms(&[&joined]) > alarms(&[&far, &near]));
}

#[test]
fn a_file_of_the_same_width_with_one_wrong_name_is_refused() {
    let folder = Folder::new();
    let model = model(&folder);
    let data = folder.write("other.csv", b"temp,Flow,amps\n1,2,3\n");
    fail(
        2,
        &["score", &model, &data],
        &["other.csv", "none named flow (is it Flow?)"],
    );
}

#[test]
fn an_order_that_case_hides_is_told() {
    let folder = Folder::new();
    let model = model(&folder);
    let notes = |names: &str| {
        let data = folder.write("order.csv", format!("{names}\n10,20,4\n").as_bytes());
        notes_of(&["score", &model, &data])
    };
    let (shuffled, renamed) = (notes("Flow,Temp,Amps"), notes("Temp,Flow,Amps"));
    assert!(
        shuffled.contains("by position") && shuffled.contains("in another order but for case"),
        "{shuffled}"
    );
    assert!(
        renamed.contains("by position") && !renamed.contains("another order"),
        "{renamed}"
    );
}

#[test]
fn a_column_that_may_be_the_label_is_asked_for() {
    let folder = Folder::new();
    let model = model(&folder);
    let data = folder.write(
        "log.csv",
        b"temp,y,flow,amps,id\n21,0,10.6,4.5,7\n21,1,10.6,4.5,8\n",
    );
    let notes = notes_of(&["score", &model, &data]);
    assert!(
        notes.contains("left alone: y, id; is y a label? --label y"),
        "{notes}"
    );
    let notes = notes_of(&["score", &model, &data, "--label", "y"]);
    assert!(
        notes.contains("left alone: id") && !notes.contains("is y"),
        "{notes}"
    );
}

#[test]
fn the_report_shows_the_times_of_the_rows() {
    let folder = Folder::new();
    let (model, page) = (model(&folder), folder.path("page.html"));
    let row = |minute: usize| format!("03/14/2031 00:{minute:02},21,10.6,4.5\n");
    let rows: String = (0..40).map(row).collect();
    let data = folder.write("log.csv", format!("when,temp,flow,amps\n{rows}").as_bytes());
    succeed(&["report", &model, &data, "-o", &page]);
    let page = std::fs::read_to_string(page).expect("a page");
    assert!(page.contains("time, row by row") && page.contains("03/14/2031 00:20"));
}

#[test]
fn rows_of_the_training_promise_nothing_and_are_told() {
    let folder = Folder::new();
    let model = model(&folder);
    let told = |data: &str| {
        let rate = ["--false-alarm-rate", "0.05", "-o", &model];
        let notes = notes_of(&[&["calibrate", &model, data], &rate[..]].concat());
        notes.contains("the model was trained on rows of this file")
    };
    assert!(told(&folder.path("plain.csv")));
    assert!(!told(&folder.path("other.csv")));
}
