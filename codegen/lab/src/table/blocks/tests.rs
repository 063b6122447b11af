use super::*;
use crate::table::columns::Columns;
use crate::table::sample::Plan;
use csv::ByteRecord;
use proptest::prelude::*;

/// A time, two features, the second of which has switches, and a label.
fn form(manner: Manner) -> Form {
    let text = b"time,a,b,y\n1:00,1,on,ok\n1:01,2,off,fault\n";
    let mut records = Records::new(&text[..], manner, 0);
    let mut sample: Vec<ByteRecord> = vec![];
    while records.advance().unwrap() {
        sample.push(records.record.clone());
    }
    let columns = Columns {
        label: Some("y".into()),
        keep_times: true,
        ..Columns::default()
    };
    let plan = Plan::of(&sample, manner.separator, &columns).unwrap();
    let before = plan.before;
    Form::new(plan, &sample[..before], &columns)
}

/// The rows by either reader, in words: the first may leave them to the second.
fn both(text: &str) -> [Option<String>; 2] {
    let manner = Manner::of(b"a,b\n1,2\n");
    let form = form(manner);
    let words = |rows: Option<Rows>| rows.map(|rows| format!("{rows:?}"));
    let bytes = bytes::rows(text.as_bytes(), manner.separator, &form);
    [bytes, by_records(text.as_bytes(), manner, &form).0].map(words)
}

#[test]
fn plain_rows_take_no_reader_of_records() {
    for text in [
        "1:02,1,2,ok\n\n\r\n\"1:03\", -1e3 ,on,\"fault\"\r\n",
        "1:02,,NA,ok\r\"1,\n3\",\"7\",nan,o\"k\"",
        "",
        "\n\n",
    ] {
        let [bytes, records] = both(text);
        assert!(bytes.is_some(), "{text:?}");
        assert_eq!(bytes, records);
    }
    for text in [
        "1:02,1,2\n",
        "# 1,1,2,ok\n",
        "time,a,b,y\n",
        "1:02,1,2,\"o\"\"k\"\n",
        "1:02,1,2,ok,\n",
        "1:02,on,2,ok\n",
        "1:02,1,2,\"ok",
    ] {
        assert_eq!(both(text)[0], None, "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn both_readers_find_the_same_rows(
        rows in prop::collection::vec(
            (
                "1:[0-5]{2}|\"1:0[\n,]?\"|1|| # |#|time",
                " ?-?[0-9]{0,2}[.]?[0-9]{0,3} ?|NA|nan|\"7\"|on|-inf",
                "[0-9]{1,3}e?-?[0-9]?|on|OFF|\"1,5\"| \"2\"|infinity",
                "ok|fault|0|1|\"o\"\"k\"|\"ok\"|o\"k|| ok",
                "\n|\r\n|\r|\n\n|\r\r\n|,\n|",
            ),
            0..4,
        ),
    ) {
        let row = |(time, a, b, y, end): &(String, String, String, String, String)| {
            format!("{time},{a},{b},{y}{end}")
        };
        let text: String = rows.iter().map(row).collect();
        if let [Some(bytes), records] = both(&text) {
            prop_assert_eq!(Some(bytes), records, "{:?}", text);
        }
    }
}
