use super::*;
use proptest::prelude::*;

fn number(text: &str, notation: Notation) -> Option<f64> {
    match Cell::parse(text.as_bytes(), notation) {
        Some(Cell::Number(number)) => Some(number),
        _ => None,
    }
}

/// The bits of a number, those of NaN without its sign; `None` for other words.
fn bits(number: Option<f64>) -> Option<u64> {
    number.map(|number| if number.is_nan() { f64::NAN } else { number }.to_bits())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn numbers_are_those_of_the_standard_library(
        text in "[-+]?[0-9]{0,25}[.]?[0-9]{0,25}([eE][-+]?[0-9]{0,4})?",
        word in "[-+]?[0-9.eEinfatyNIA_x]{0,9}",
        number in any::<u64>().prop_map(f64::from_bits),
        digits in 0usize..30,
    ) {
        let middle = format!("{:.*e}", digits, number);
        for text in [text, word, number.to_string(), middle] {
            let expected: Option<f64> = text.parse().ok();
            let found = fast_float2::parse(text.as_bytes()).ok();
            prop_assert_eq!(bits(found), bits(expected), "{}", text);
            let part = fast_float2::parse_partial::<f64, _>(format!("{text},1"));
            let whole = part.ok().filter(|(_, length)| *length == text.len());
            prop_assert_eq!(bits(whole.map(|(found, _)| found)), bits(expected), "{}", text);
        }
    }
}

#[test]
fn numbers_are_read_with_points_or_with_commas() {
    for (text, value) in [("1e-3", 1e-3), (" +.5 ", 0.5), ("-inf", f64::NEG_INFINITY)] {
        assert_eq!(number(text, Notation::Point), Some(value));
    }
    for (text, value) in [
        ("20,251", 20.251),
        ("-1.234,5", -1234.5),
        ("1.234.567,8e1", 12_345_678.0),
    ] {
        assert_eq!(number(text, Notation::Comma), Some(value));
        assert_eq!(number(text, Notation::Point), None);
    }
    assert_eq!(number("1.201", Notation::Comma), Some(1201.0));
    assert_eq!(number("3.75", Notation::Comma), None);
    for text in ["1,2,3", "12.34,5", "a,5", ",", "1234.567,8"] {
        assert_eq!(number(text, Notation::Comma), None, "{text}");
    }
}

#[test]
fn commas_are_between_thousands_or_the_number_is_none() {
    for (text, value) in [
        ("1,200", 1200.0),
        ("-12,345,678.5", -12_345_678.5),
        ("950", 950.0),
    ] {
        assert_eq!(number(text, Notation::Thousands), Some(value), "{text}");
    }
    for text in [
        "20,25", "1,2345", "0,500", "1234,567", ",123", "1,200,", "1.200,5", "1,+20",
    ] {
        assert_eq!(number(text, Notation::Thousands), None, "{text}");
    }
}

#[test]
fn words_stand_for_nothing_or_for_a_switch() {
    for text in [
        "",
        "  ",
        "NA",
        "N/A",
        "NaN",
        "?",
        "-",
        "NULL",
        "None",
        "unavailable",
        "Unknown",
    ] {
        assert_eq!(
            Cell::parse(text.as_bytes(), Notation::Point),
            Some(Cell::Missing),
            "{text}"
        );
    }
    for (text, on) in [("True", true), ("OFF", false), ("yes", true), ("No", false)] {
        assert_eq!(
            Cell::parse(text.as_bytes(), Notation::Point),
            Some(Cell::Switch(on)),
            "{text}"
        );
    }
    for text in ["A7", "ok", "normal", "degC", "2031-03-01"] {
        assert_eq!(
            Cell::parse(text.as_bytes(), Notation::Point),
            None,
            "{text}"
        );
    }
}
