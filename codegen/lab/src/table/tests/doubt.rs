//! Columns that could mean several things.

use super::*;

/// The table of a text, of which these columns are asked for.
fn asked(text: &str, columns: &Columns) -> Table {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    fs::write(&path, text).unwrap();
    read(&path, columns, &|_| {}).unwrap()
}

fn lines(header: &str, line: impl Fn(usize) -> String) -> String {
    let lines = (0..300).map(|row| line(row) + "\n");
    format!("{header}\n{}", lines.collect::<String>())
}

#[test]
fn whole_seconds_of_many_samples_and_newest_rows_first_are_times() {
    let times: [fn(usize) -> usize; 3] = [|row| row / 250, |row| 300 - row, |row| row % 150];
    for time in times {
        let table = table(&lines("time,a", |row| format!("{},{}", time(row), row % 7)));
        assert_eq!(table.features, ["a"]);
        assert!(table.is_log);
        assert_eq!(table.notes, ["time taken for the time, no feature"]);
    }
}

#[test]
fn a_feature_that_is_named_may_be_called_like_a_time() {
    let text = lines("t,p", |row| format!("{}.5,{}", 20 + row, row % 7));
    assert_eq!(table(&text).features, ["p"]);
    let names = || vec!["t".into(), "p".into()];
    let (wanted, only) = (
        Columns {
            wanted: names(),
            ..Columns::default()
        },
        Columns {
            only: names(),
            ..Columns::default()
        },
    );
    for columns in [wanted, only] {
        let table = asked(&text, &columns);
        assert_eq!((table.features, table.is_log), (names(), false));
        assert!(table.notes.is_empty());
    }
}

#[test]
fn a_comma_that_may_be_between_thousands_is_told_of() {
    let note = |text: &str| table(text).notes.concat();
    let doubtful = note("flow\tload\n\"1,008\"\t50\n968\t51\n\"1,021\"\t49\n");
    assert!(
        doubtful.contains("before decimals, such as in 1,008;"),
        "{doubtful}"
    );
    for plain in ["a;b\n20,251;7\n19,736;8\n", "a;b\n20,25;7\n19;8\n"] {
        assert_eq!(note(plain), "");
    }
}

#[test]
fn numbers_of_columns_are_a_header_of_pandas() {
    for text in ["0,1,2\n7,8,9\n5,6,4\n", ",0,1,2\n0,7,8,9\n1,5,6,4\n"] {
        let table = table(text);
        assert_eq!(table.features, ["x0", "x1", "x2"]);
        assert_eq!(table.values, [7.0, 8.0, 9.0, 5.0, 6.0, 4.0]);
        assert!(
            table
                .notes
                .iter()
                .any(|note| note.contains("as pandas writes it"))
        );
    }
    assert_eq!(table("0,1\n7,8\n").rows, 2);
}

#[test]
fn a_constant_column_with_empty_cells_is_constant() {
    let mut table = table("a,b,c\n1,17,\n2,,\n3,17,\n");
    assert_eq!(table.drop_constant(), ["b", "c"]);
    assert_eq!(
        (table.columns, &table.values[..]),
        (1, &[1.0, 2.0, 3.0][..])
    );
}
