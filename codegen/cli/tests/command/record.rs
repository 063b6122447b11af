//! `record`: what the firmware in the field sent.

use super::{Folder, fail, succeed};
use std::path::Path;

/// What the example firmware sends in QEMU.
pub fn sent() -> String {
    let field = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/firmware/field");
    field.join("record.bin").to_string_lossy().into_owned()
}

#[test]
fn the_minutes_round_an_alarm_are_told_with_their_causes() {
    let folder = Folder::new();
    let page = folder.path("page.html");
    let said = succeed(&["record", &sent(), "-o", &page]);
    assert!(said.contains("recording 1: 8 moments"), "{said}");
    let alarm = said.lines().find(|line| line.contains("ALARM")).unwrap();
    for cause in ["x8 is NaN, usually 8", "x0 is 110.1, usually 51"] {
        assert!(alarm.contains(cause), "{alarm}");
    }
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("x8 is NaN, usually 8") && page.matches("<svg").count() >= 3);

    let json = succeed(&["--json", "record", &sent()]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let moments = json["recordings"][0].as_array().unwrap();
    assert_eq!(moments.len(), 8);
    assert_eq!(moments.iter().filter(|one| one["alarm"] == true).count(), 1);
}

#[test]
fn frames_of_another_model_and_no_frames_are_refused() {
    let folder = Folder::new();
    let model = super::pump::trained(&folder);
    let expected = ["record.bin", "3 inputs", "found 9"];
    fail(2, &["record", &sent(), "--model", &model], &expected);
    fail(2, &["record", &model], &["pump.st: frame 0 at byte "]);
    let bytes = std::fs::read(sent()).unwrap();
    let cut = folder.write("cut.bin", &bytes[..bytes.len() - 5]);
    let expected = ["cut.bin: frame 7 at byte ", "the end of the file"];
    fail(2, &["record", &cut], &expected);
}
