use super::*;
use crate::table::Draw;
use std::fmt::Write;

/// More records than are looked at before, then others.
fn text(others: &str, end: &str) -> String {
    let mut text = format!("time,a,b,y{end}");
    for row in 0..RECORDS + 50 {
        let label = ["ok", "fault"][usize::from(row % 9 == 4)];
        let _ = write!(
            text,
            "00:{:02}:00,{row}.5,{}e-1,{label}{end}",
            row % 60,
            row * 7
        );
    }
    text + &others.replace('\n', end)
}

fn columns(draw: Option<Draw>) -> Columns {
    Columns {
        label: Some("y".into()),
        keep_times: true,
        draw,
        ..Columns::default()
    }
}

fn parsed(text: &str, block: u64, draw: Option<Draw>) -> std::result::Result<Table, String> {
    let content = Content::of(text.as_bytes().to_vec());
    let table = in_blocks(Path::new("f"), content, block, &columns(draw), &|_| ());
    table.map_err(|error| error.to_string())
}

const SIZES: [u64; 5] = [1, 7, 64, 999, 1 << 24];

#[test]
fn rows_and_errors_are_those_of_one_block() {
    let row = "00:09:00,1.5,2,ok\n";
    let rows = row.repeat(40);
    let kinds: String = (0..1100).map(|n| format!("0,1,2,kind{n}\n")).collect();
    let cases = [
        ("", Ok((250, 0))),
        (
            "\"00:10\n:00\",1,2,ok\n\n\n\n00:11,\"3\",\"4\",fault\n",
            Ok((252, 0)),
        ),
        ("time,a,b,y\n# a comment\n\n1,1,2,ok\n", Ok((251, 1))),
        ("1,1,2,ok\n1,1", Ok((251, 1))),
        ("1,1,2,ok\n1,1.5e", Ok((251, 1))),
        (
            &format!("1,1\n{rows}"),
            Err("f: line 252: expected 4 columns, found 2"),
        ),
        (
            &format!("{rows}1,1\n\n\n{rows}"),
            Err("f: line 292: expected 4 columns"),
        ),
        (
            &format!("{rows}\n\n1,\"x\",3,ok\n{rows}"),
            Err("f: line 294, column a: expected a number, found \"x\""),
        ),
        (
            &format!("\u{feff}time,a,b,y\n{rows}"),
            Err("f: line 252, column a: expected a number"),
        ),
        (
            &format!("{rows}1,\u{feff}1,2,ok\n"),
            Err("f: line 292, column a: expected a number"),
        ),
        (
            &kinds,
            Err("f: line 1250, column y: expected a few kinds of labels"),
        ),
    ];
    for (others, expected) in cases {
        for end in ["\n", "\r\n", "\r"] {
            let text = text(others, end);
            let tables = SIZES.map(|block| parsed(&text, block, None));
            assert!(tables.iter().all(|table| *table == tables[0]), "{others:?}");
            match (&tables[0], expected) {
                (Ok(table), Ok((rows, notes))) => {
                    assert_eq!(
                        (table.rows, table.values.len()),
                        (rows, 2 * rows),
                        "{others:?}"
                    );
                    assert_eq!(table.times.as_ref().map(Vec::len), Some(rows));
                    assert_eq!(table.notes.len(), 1 + notes, "{:?}", table.notes);
                }
                (Err(error), Err(start)) => assert!(error.starts_with(start), "{error}"),
                (found, _) => panic!("{others:?}: {found:?}"),
            }
        }
    }
}

#[test]
fn a_sample_is_the_same_in_any_blocks_and_threads_and_keeps_the_order() {
    let text = text(&"1,1,2,ok\n1,2,3,fault\n".repeat(2000), "\n");
    let whole = parsed(&text, 64, None).unwrap();
    for most in [1, 100, 1000] {
        let draw = Some(Draw::new(most, 7));
        let tables = SIZES.map(|block| parsed(&text, block, draw));
        assert!(tables.iter().all(|table| *table == tables[0]));
        let table = tables.into_iter().next().unwrap().unwrap();
        let sample = table.sample.as_ref().unwrap();
        let labels = table.labels.as_ref().unwrap();
        let anomalies = labels.iter().filter(|label| **label).count();
        assert_eq!((anomalies, table.rows), (most, 2 * most));
        assert_eq!(
            (sample.of, sample.starts.as_slice()),
            (whole.rows, &[0][..])
        );
        assert!(sample.numbers.is_sorted_by(|a, b| a < b));
        for (place, number) in sample.numbers.iter().enumerate() {
            assert_eq!(table.row(place), whole.row(*number));
            assert_eq!(labels[place], whole.labels.as_ref().unwrap()[*number]);
        }
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        assert_eq!(threads.install(|| parsed(&text, 999, draw)).unwrap(), table);
    }
    let all = parsed(&text, 64, Some(Draw::new(10_000, 7))).unwrap();
    assert_eq!(all, whole);
}
