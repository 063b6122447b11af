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
            "data.csv: line 3, column x3: expected a number, found \"abc\" (an empty cell is a missing value)",
        ),
        (
            "x1,x3\r\n\r\n1,2\r\n3,abc\r\n",
            "data.csv: line 4, column x3: expected a number, found \"abc\" (an empty cell is a missing value)",
        ),
        (
            "1,2\n\n\n3,abc",
            "data.csv: line 4, column 1: expected a number, found \"abc\" (an empty cell is a missing value)",
        ),
        (
            "1,2\r\n3,abc",
            "data.csv: line 2, column 1: expected a number, found \"abc\" (an empty cell is a missing value)",
        ),
        (
            "1,2,3\n4,5\n6,7,8\n",
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
        "data.csv: column y: expected labels such as 0 (normal) and 1 (anomaly), found 0 in 1 row, 2 in 1 row; \
         --normal VALUE says which are normal"
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
        message("\nSeP=za,an/,,a", Some("!"), &[]),
        "data.csv: --label !: no such column (columns: none)"
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
        // What has no name yet takes what is left.
        (["x0", "x1", "a"], Order::Partly, [2.0, 3.0, 1.0]),
        (["b", "x1", "c"], Order::Partly, [2.0, 1.0, 3.0]),
        (["x1", "b", "c"], Order::ByPosition, [1.0, 2.0, 3.0]),
        (["x0", "x1", "x2"], Order::ByPosition, [1.0, 2.0, 3.0]),
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
    assert!(heard.windows(2).all(|pair| pair[0] < pair[1]), "{heard:?}");
    assert_eq!(heard.last(), Some(&(text.len() as u64)));
}

/// The features of four rows, in many forms of one log.
const FLOW: [f64; 8] = [20.25, 10.5, 19.5, 9.25, 21.0, 10.75, 22.5, 9.5];

fn assert_flow(text: &str, notes: &[&str]) {
    let table = table(text);
    assert_eq!(table.values, FLOW, "{text}");
    assert_eq!(table.notes.len(), notes.len(), "{text}: {:?}", table.notes);
    for (found, expected) in table.notes.iter().zip(notes) {
        assert!(found.contains(expected), "{text}: {found}");
    }
}

#[test]
fn a_log_is_the_same_in_every_form() {
    let plain = "temp,flow\n20.25,10.5\n19.5,9.25\n21,10.75\n22.5,9.5\n";
    assert_flow(plain, &[]);
    let rows: Vec<&str> = plain.lines().skip(1).collect();
    let each = |change: &dyn Fn(usize, &str) -> String| -> String {
        let rows = rows.iter().enumerate();
        rows.map(|(i, row)| change(i, row) + "\n").collect()
    };
    let behind = each(&|_, row| format!("{row},"));
    assert_flow(&format!("temp,flow\n{behind}"), &["ends in a separator"]);
    assert_flow(&format!("temp,flow,\n{behind}"), &["ends in a separator"]);
    assert_flow(&behind, &["ends in a separator"]);
    let named = each(&|i, row| format!("\"{}\",{row}", i + 1));
    assert_flow(&format!("\"temp\",\"flow\"\n{named}"), &["names of rows"]);
    assert_flow(&format!(",temp,flow\n{named}"), &["numbers the rows"]);
    assert_flow(&each(&|_, row| row.replace(',', "   ")), &[]);
    assert_flow(
        &each(&|_, row| format!(" {}  ", row.replace(',', " \t "))),
        &[],
    );
    let commas = each(&|_, row| row.replace(',', ";").replace('.', ","));
    assert_flow(&format!("temp;flow\n{commas}"), &[]);
    assert_flow(&commas, &[]);
    assert_flow(
        &each(&|_, row| row.replace(',', "\t").replace('.', ",")),
        &[],
    );
    assert_flow(
        &plain.replace("flow\n", "flow\ndegC,l/min\n"),
        &["looks like units"],
    );
    assert_flow(
        &format!("# made by a logger, no 7\n// second\n{plain}% end\n"),
        &[],
    );
    assert_flow(
        &plain.replace("21,", "\ntemp,flow\n21,"),
        &["header comes once more"],
    );
    assert_flow(&format!("{plain}23.1"), &["line 6, the last, is cut off"]);
    assert_flow(
        &format!("{plain}23.1,1.2e"),
        &["line 6, the last, is cut off"],
    );
}

#[test]
fn a_quote_that_is_not_closed_is_named_where_it_opens() {
    let mut rows: Vec<String> = (0..200).map(|i| format!("{i}.5,10.25")).collect();
    rows[19] = "\"19.5,10.25".into();
    let text = format!("temp,flow\n{}\n", rows.join("\n"));
    let error = message(&text, None, &[]);
    assert!(error.contains("line 21: expected a quote"), "{error}");
    // Another quote closes it by chance.
    rows[40] = "\"40.5,10.25".into();
    let text = format!("temp,flow\n{}\n", rows.join("\n"));
    let error = message(&text, None, &[]);
    assert!(error.contains("line 21: expected a quote"), "{error}");
}

#[test]
fn a_word_for_off_among_numbers_is_no_number() {
    let mut rows: Vec<String> = (0..3000).map(|i| format!("{i}.5,10.25")).collect();
    rows[2500] = "off,10.25".into();
    let error = message(&format!("temp,flow\n{}\n", rows.join("\n")), None, &[]);
    assert!(
        error.contains("line 2502, column temp") && error.contains("off"),
        "{error}"
    );
}

#[test]
fn lines_of_loggers_before_the_table_are_left_out() {
    let plain = "temp,flow\n20.25,10.5\n19.5,9.25\n21,10.75\n22.5,9.5\n";
    assert_flow(&format!("sep=;\n{}", plain.replace(',', ";")), &[]);
    assert_flow(
        &format!("Device: P7\nStarted,2031-03-01,by hand\n\n{plain}"),
        &["lines 1 to 2 come before the table"],
    );
    let kinds = "\"P7\",\"CR1000\",\"12\",\"Table1\"\n";
    let units = plain.replace("flow\n", "flow\ndegC,l/min\nAvg,Smp\n");
    assert_flow(
        &format!("{kinds}{units}"),
        &["line 1 comes before", "the 2 lines below the header"],
    );
    assert_flow(&plain.replacen("temp", "# temp", 1), &[]);
    assert_flow(
        &format!(
            "% made by hand\n%temp,flow\n{}",
            &plain["temp,flow\n".len()..]
        ),
        &[],
    );
    let twice = units.replace("21,", "temp,flow\ndegC,l/min\nAvg,Smp\n21,");
    assert_flow(&twice, &["the 2 lines below", "comes once more"]);
    let numbered = "Unnamed: 0,temp,flow\n1,20.25,10.5\n3,19.5,9.25\n4,21,10.75\n9,22.5,9.5\n";
    assert_flow(numbered, &["numbers the rows"]);
}

#[test]
fn quoted_commas_are_between_thousands_where_commas_separate() {
    let read = table("a,b\n\"1,200\",3\n950,\"12,345,678.5\"\n");
    assert_eq!(read.values, [1200.0, 3.0, 950.0, 12_345_678.5]);
    assert!(
        read.notes[0].contains("between thousands"),
        "{:?}",
        read.notes
    );
    assert_eq!(
        table("a,b\n\"1,25\",3\n\"2,5\",4\n").values,
        [1.25, 3.0, 2.5, 4.0]
    );
}

#[test]
fn a_wrong_cell_in_mid_file_stays_an_error() {
    let text = message("a,b\n1,2\n3,4e\n5,6\n", None, &[]);
    assert!(
        text.contains("line 3, column b: expected a number, found \"4e\""),
        "{text}"
    );
}

#[test]
fn columns_that_are_no_numbers_are_no_features() {
    let each = |texts: [&str; 4]| -> String {
        let rows = FLOW.chunks(2).zip(texts);
        rows.map(|(row, text)| format!("{text},{},{}\n", row[0], row[1]))
            .collect()
    };
    for times in [
        [
            "2031-03-01 00:00:00",
            "2031-03-01 00:01:00",
            "2031-03-01 00:02:00",
            "2031-03-01 00:03:00",
        ],
        [
            "01 03 2031 00:10",
            "01 03 2031 00:20",
            "01 03 2031 00:30",
            "01 03 2031 00:40",
        ],
        [
            "3/1/2031 1:00 PM",
            "3/1/2031 2:00 PM",
            "3/13/2031 1:00 PM",
            "3/14/2031 1:00 PM",
        ],
        [
            "1930000000000",
            "1930000060000",
            "1930000120000",
            "1930000180000",
        ],
        ["0.0", "0.5", "1.0", "1.5"],
    ] {
        assert_flow(
            &format!("time,temp,flow\n{}", each(times)),
            &["time taken for the time"],
        );
    }
    let sites = each(["A7", "A7", "B3", "A7"]);
    assert_flow(
        &format!("site,temp,flow\n{sites}"),
        &["columns of words are left out: site"],
    );
    assert_flow(&sites, &["columns of words are left out: 0"]);
    // A name says nothing where the numbers fall, and numbers that rise are nothing without the name.
    let falling = each(["3", "2", "1", "0"]);
    assert_eq!(table(&format!("time,temp,flow\n{falling}")).columns, 3);
    let rising = each(["1", "2", "3", "4"]);
    assert_eq!(table(&format!("load,temp,flow\n{rising}")).columns, 3);
}

#[test]
fn times_are_kept_where_asked_for() {
    let text = "Date,Time,temp\n2031-03-01,00:00:00,1\n2031-03-01,00:01:00,2\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    fs::write(&path, text).unwrap();
    let columns = Columns {
        keep_times: true,
        ..Columns::default()
    };
    let table = read(&path, &columns, &|_| {}).unwrap();
    assert_eq!(
        (&table.features[..], table.is_log),
        (&["temp".into()][..], true)
    );
    let times = ["2031-03-01 00:00:00", "2031-03-01 00:01:00"].map(String::from);
    assert_eq!(table.times, Some(times.into()));
}

#[test]
fn rows_with_times_are_a_log_even_where_the_column_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let is_log = |text: &str, only: &str, skip: &str| {
        let path = folder.path().join("data.csv");
        fs::write(&path, text).unwrap();
        let list = |names: &str| names.split_terminator(' ').map(String::from).collect();
        let columns = Columns {
            only: list(only),
            skip: list(skip),
            ..Columns::default()
        };
        read(&path, &columns, &|_| {}).unwrap().is_log
    };
    let log = "at,temp,flow\n2031-03-01 00:00:00,1,5\n2031-03-01 00:01:00,2,4\n";
    for (only, skip) in [("", ""), ("temp", ""), ("", "at")] {
        assert!(is_log(log, only, skip), "--only {only:?} --skip {skip:?}");
    }
    assert!(!is_log("temp,flow\n1,5\n2,4\n", "", ""));
}

#[test]
fn a_word_for_on_among_measurements_is_an_error() {
    let error = message("temp,flow\n1.2,5.1\nopen,5.0\n0.9,5\n", None, &[]);
    assert!(
        error.ends_with("line 3, column temp: expected a number, found \"open\" (an empty cell is a missing value)"),
        "{error}"
    );
    assert_eq!(
        table("valve,flow\n0,5.1\nopen,5.0\n1,5\n").values,
        [0.0, 5.1, 1.0, 5.0, 1.0, 5.0]
    );
}

#[test]
fn missing_cells_and_switches_have_words() {
    let found = table("temp,valve\nNA,True\n1,OFF\n?,no\n4,on\n");
    assert!(found.values[0].is_nan() && found.values[4].is_nan());
    assert_eq!(
        [found.values[1], found.values[3], found.values[7]],
        [1.0, 0.0, 1.0]
    );
    assert!(
        found.notes[0].contains("become 0 and 1: valve"),
        "{:?}",
        found.notes
    );
    let first_empty = table("temp,flow\nnan,nan\n1,2\n");
    assert_eq!((first_empty.rows, first_empty.columns), (2, 2));
}

#[test]
fn names_in_latin_1_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    fs::write(&path, b"temp \xb0C,flow\n1,2\n").unwrap();
    let table = read(&path, &Columns::default(), &|_| {}).unwrap();
    assert_eq!(table.features, ["temp °C", "flow"]);
}

#[test]
fn files_that_are_no_text_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    for (bytes, words) in [
        (&b"\x89HDF\r\n\x1a\n"[..], "an HDF5 file: pandas.read_hdf"),
        (
            b"PK\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x13\0\0\0[Content_Types].xml",
            "an Excel workbook",
        ),
        (b"\x80\x04\x95", "a Python pickle"),
    ] {
        fs::write(&path, bytes).unwrap();
        let error = read(&path, &Columns::default(), &|_| {})
            .unwrap_err()
            .to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn the_features_of_a_model_are_found_by_name() {
    let text = "time,amps,flow,note,temp\n2031-03-01,1,2,ok,3\n2031-03-02,4,5,ok,6\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    fs::write(&path, text).unwrap();
    let wanted = |names: &[&str]| {
        let columns = Columns {
            wanted: names.iter().map(ToString::to_string).collect(),
            ..Columns::default()
        };
        read(&path, &columns, &|_| {}).unwrap()
    };
    let found = wanted(&["flow", "temp"]);
    assert_eq!(found.features, ["flow", "temp"]);
    assert_eq!(found.values, [2.0, 3.0, 5.0, 6.0]);
    assert_eq!(
        found.notes,
        ["columns that the model does not know are left alone: amps, note"]
    );
    // Without the names of the model, all columns of numbers are features.
    assert_eq!(wanted(&["flow", "pressure"]).columns, 3);
}

#[test]
fn recordings_stay_apart_and_have_the_same_features() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let paths = [
        write("a.csv", "temp,flow\n1,2\n3,4\n"),
        write("b.csv", "site,flow,temp\nA,6,5\n"),
    ];
    let table = read_all(&paths, &Columns::default(), &|_| {}).unwrap();
    assert_eq!(table.values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(table.recordings, [0, 2]);
    let row = format!("row 0 of {}", paths[1].display());
    assert_eq!(table.row_in_words(2), row);
    // The last part of each keeps the numbers of its rows.
    let (first, last) = table.parted(0.5);
    assert_eq!((first.numbers(), last.numbers()), (vec![0], vec![1, 2]));
    assert_eq!(last.row_in_words(last.numbers()[1]), row);
    let other = [paths[0].clone(), write("c.csv", "temp,pressure\n1,2\n")];
    let error = read_all(&other, &Columns::default(), &|_| {})
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("c.csv: expected the columns temp, flow, as in "),
        "{error}"
    );
}

mod doubt;
