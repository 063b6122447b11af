use super::*;
use std::fs;

fn read_text(text: &str, label: Option<&str>, skip: &[&str]) -> Result<Table> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    fs::write(&path, text).unwrap();
    let columns = Columns {
        label: label.map(String::from),
        skip: skip.iter().map(ToString::to_string).collect(),
        ..Columns::default()
    };
    read(&path, &columns, &|_| {}).map_err(|error| {
        let text = error.to_string();
        let (_, rest) = text.split_once("/data.csv").unwrap();
        Error::Check(format!("data.csv{rest}"))
    })
}

fn table(text: &str) -> Table {
    read_text(text, None, &[]).unwrap()
}

fn message(text: &str, label: Option<&str>, skip: &[&str]) -> String {
    read_text(text, label, skip).unwrap_err().to_string()
}

#[test]
fn a_header_is_a_first_record_not_all_numbers() {
    let with = table("a,b\n1,2\n3,4\n");
    assert_eq!(with.header, Some(vec!["a".into(), "b".into()]));
    assert_eq!((with.rows, with.columns), (2, 2));
    assert_eq!(with.values, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(with.labels, None);
    assert_eq!(with.features, ["a", "b"]);
    let without = table("1,2\n3,4");
    assert_eq!(without.header, None);
    assert_eq!(without.values, with.values);
    assert_eq!(without.features, ["x0", "x1"]);
    assert_eq!(without.row(1), [3.0, 4.0]);
    assert_eq!(without.iter().count(), 2);
}

#[test]
fn a_time_stamp_skipped_by_index_makes_no_header() {
    let table = read_text("2024-01-01,1\n2024-01-02,2\n", None, &["0"]).unwrap();
    assert_eq!(table.values, [1.0, 2.0]);
}

#[test]
fn labels_and_skipped_columns_are_no_features() {
    let text = "time,a,label,b\nmonday,1,0,2\ntuesday,3, 1 ,4\n";
    for (label, skip) in [("label", "time"), ("2", "0")] {
        let table = read_text(text, Some(label), &[skip]).unwrap();
        assert_eq!(table.values, [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(table.labels, Some(vec![false, true]));
        assert_eq!(table.features, ["a", "b"]);
        assert_eq!(table.header.unwrap().len(), 4);
    }
}

#[test]
fn every_number_is_read() {
    let values = table("nan,inf,-inf, 1e-3 ,, +.5\n").values;
    assert!(values[0].is_nan() && values[4].is_nan());
    assert_eq!(values[1..4], [f64::INFINITY, f64::NEG_INFINITY, 1e-3]);
    assert_eq!(values[5], 0.5);
}

#[test]
fn other_separators_and_line_ends_are_read() {
    let texts = [
        "a;b\n1;2\n3;4\n",
        "a\tb\r\n1\t2\r\n3\t4\r\n",
        "\u{feff}a,b\n1,2\n\n3,4\n   \n",
        "\n\na;b\n1;2\n3;4",
        "\"a\",b\r1,2\r\"3\",4",
    ];
    for text in texts {
        let table = table(text);
        assert_eq!(table.values, [1.0, 2.0, 3.0, 4.0], "{text:?}");
        assert_eq!(table.features, ["a", "b"], "{text:?}");
    }
}

#[test]
fn one_column_is_a_table() {
    let table = table("x\n1\n2\n");
    assert_eq!((table.columns, table.values), (1, vec![1.0, 2.0]));
}

#[test]
fn errors_name_line_column_expected_and_found() {
    let cases = [
        (
            "x1,x3\n1,2\n3,abc\n",
            "data.csv: line 3, column x3: expected a number, found \"abc\" (--skip x3 leaves the column out)",
        ),
        (
            "x1,x3\r\n\r\n1,2\r\n3,abc\r\n",
            "data.csv: line 4, column x3: expected a number, found \"abc\" (--skip x3 leaves the column out)",
        ),
        (
            "1,2\n\n\n3,abc",
            "data.csv: line 4, column 1: expected a number, found \"abc\" (--skip 1 leaves the column out)",
        ),
        (
            "1,2\r\n3,abc",
            "data.csv: line 2, column 1: expected a number, found \"abc\" (--skip 1 leaves the column out)",
        ),
        (
            "1,2,3\n4,5\n",
            "data.csv: line 2: expected 3 columns, found 2",
        ),
        (
            "1,2\n4,5,\n",
            "data.csv: line 2: expected 2 columns, found 3",
        ),
        ("", "data.csv: expected rows, found an empty file"),
        ("\n\n", "data.csv: expected rows, found an empty file"),
        ("a,b\n", "data.csv: expected rows, found only a header"),
    ];
    for (text, expected) in cases {
        assert_eq!(message(text, None, &[]), expected);
    }
    assert_eq!(
        message("a,y\n1,0\n1,2\n", Some("y"), &[]),
        "data.csv: line 3, column y: expected 0 (normal) or 1 (anomaly), found \"2\""
    );
}

#[test]
fn an_open_quote_does_not_fill_the_screen() {
    let text = format!("a\n\"{}", "7 ".repeat(5000));
    assert!(message(&text, None, &[]).len() < 150);
}

#[test]
fn unknown_columns_are_errors_with_the_list() {
    assert_eq!(
        message("a,b\n1,2\n", Some("c"), &[]),
        "data.csv: --label c: no such column (columns: a, b)"
    );
    assert_eq!(
        message("1,2\n", None, &["2"]),
        "data.csv: --skip 2: no such column (columns: 0 to 1, without names)"
    );
    assert_eq!(
        message("a,b\n1,2\n", Some("a"), &["b"]),
        "data.csv: expected feature columns, found none"
    );
}

#[test]
fn a_missing_file_is_named() {
    let path = Path::new("no/such.csv");
    let error = read(path, &Columns::default(), &|_| {}).unwrap_err();
    assert!(error.to_string().starts_with("no/such.csv: cannot read: "));
}

#[test]
fn the_number_of_features_is_the_models() {
    let path = Path::new("data.csv");
    let table = table("a,b,y\n1,2,0\n");
    table.expect_columns(3, path).unwrap();
    assert_eq!(
        table.expect_columns(2, path).unwrap_err().to_string(),
        "data.csv: expected 2 feature columns, found 3 \
         (columns: a, b, y; is one a label? --label COLUMN)"
    );
    assert_eq!(
        table.expect_columns(4, path).unwrap_err().to_string(),
        "data.csv: expected 4 feature columns, found 3 (columns: a, b, y)"
    );
}

#[test]
fn columns_go_where_the_model_has_them() {
    let names = |names: &[&str]| -> Vec<String> { names.iter().map(ToString::to_string).collect() };
    let text = "a,b,c\n1,2,3\n4,5,6\n";
    let cases = [
        (["a", "b", "c"], Order::Same, [1.0, 2.0, 3.0]),
        (["c", "a", "b"], Order::Reordered, [3.0, 1.0, 2.0]),
        (["c", "a", "x"], Order::ByPosition, [1.0, 2.0, 3.0]),
        (["a", "a", "b"], Order::ByPosition, [1.0, 2.0, 3.0]),
    ];
    for (model, order, first) in cases {
        let mut table = table(text);
        assert_eq!(table.match_features(&names(&model)), order);
        assert_eq!(table.row(0), first);
    }
    let mut bare = table("1,2\n");
    let order = bare.match_features(&names(&["x1", "x0"]));
    assert_eq!((order, bare.values), (Order::ByPosition, vec![1.0, 2.0]));
}

#[test]
fn progress_ends_at_the_end_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    let text = "1,2\n".repeat(40_000);
    fs::write(&path, &text).unwrap();
    let heard = std::cell::RefCell::new(vec![]);
    let hear = |bytes| heard.borrow_mut().push(bytes);
    let table = read(&path, &Columns::default(), &hear).unwrap();
    assert_eq!(table.rows, 40_000);
    let heard = heard.into_inner();
    assert!(heard.len() == 3 && heard.is_sorted(), "{heard:?}");
    assert!(heard[2].abs_diff(text.len() as u64) <= 1, "{heard:?}");
}
