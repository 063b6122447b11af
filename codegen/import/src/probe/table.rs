//! Reads probes from CSV files.

use super::{Probe, Samples, Units, is_single};
use crate::checkpoint::MAX_NUMBERS;
use csv::StringRecord;
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::reading::Records;
use std::fs::File;
use std::path::Path;

const COLUMN: &str = "log_prob";

/// Reads the feature columns, in their order, and the column `log_prob`.
pub(super) fn read(path: &Path) -> Result<Probe> {
    let failed = |error: csv::Error| Error::file(path, error);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(Records::new(open(path)?));
    let header = reader.headers().map_err(failed)?.clone();
    let Some(column) = header.iter().position(|name| name == COLUMN) else {
        let found: Vec<_> = header.iter().take(20).collect();
        let message = format!("expected a column `{COLUMN}`, found {}", found.join(", "));
        return Err(Error::file(path, message));
    };
    let mut set = Samples {
        units: Units::Inputs,
        rows: vec![],
        log_density: vec![],
        rounding: vec![],
        single: true,
    };
    let mut record = StringRecord::new();
    for n in 0.. {
        reader.get_mut().next();
        if !reader.read_record(&mut record).map_err(failed)? {
            break;
        }
        if n * header.len() > MAX_NUMBERS {
            let message = format!("expected at most {MAX_NUMBERS} numbers, found more");
            return Err(Error::file(path, message));
        }
        let mut row = vec![];
        for (i, text) in record.iter().enumerate() {
            let number = text.parse::<f64>().map_err(|_| {
                let place = format!("row {}, column {}", n + 1, header.get(i).unwrap_or("?"));
                let message = format!("expected a number, found `{text}`");
                Error::input(place, message).in_file(path)
            })?;
            if i != column {
                row.push(number);
                continue;
            }
            set.log_density.push(number);
            set.rounding.push(0.5 * last_digit(text));
            set.single &= digits(text) <= 10 || is_single(number);
        }
        set.rows.push(row);
    }
    if set.rows.is_empty() {
        return Err(Error::file(path, "expected at least one row, found none"));
    }
    Ok(Probe {
        path: path.to_owned(),
        sets: vec![set],
    })
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| Error::caused_in(path, error))
}

/// The value of one unit in the last printed digit: 0.01 for `-3.14`, 10 for `1.5e2`.
fn last_digit(text: &str) -> f64 {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let decimals = mantissa
        .split_once('.')
        .map_or(0, |(_, digits)| digits.len());
    let exponent = exponent.parse::<f64>().unwrap_or(0.0) - decimals as f64;
    if mantissa.contains(|c: char| c.is_ascii_digit()) {
        10.0_f64.powf(exponent)
    } else {
        0.0
    }
}

/// The number of digits printed; 9 are enough for any `f32`.
fn digits(text: &str) -> usize {
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let mantissa = mantissa.trim_start_matches(['-', '+', '0', '.']);
    mantissa.chars().filter(char::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(text: &str) -> Result<Probe> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read(file.path())
    }

    #[test]
    fn the_column_may_stand_anywhere() {
        let set = &probe("a,log_prob,b\n1, -2.5,3\n").unwrap().sets[0];
        assert_eq!((&set.rows[0], set.log_density[0]), (&vec![1.0, 3.0], -2.5));
        assert!((set.rounding[0] - 0.05).abs() < 1e-12);
        assert!(set.single);
    }

    #[test]
    fn seventeen_digits_are_double_precision_unless_a_single_was_printed_with_them() {
        assert!(!probe("a,log_prob\n1,-2.1234567890123456\n").unwrap().sets[0].single);
        assert!(probe("a,log_prob\n1,-3.1415927410125732\n").unwrap().sets[0].single);
        assert_eq!(digits("-0.0012e5"), 2);
    }

    #[test]
    fn a_step_of_the_last_digit_has_its_worth() {
        for (text, worth) in [("-3.14", 0.01), ("7", 1.0), ("1.5e2", 10.0), ("-inf", 0.0)] {
            assert!((last_digit(text) - worth).abs() < 1e-12, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let says = |text: &str| probe(text).unwrap_err().to_string();
        assert!(says("a,b\n1,2\n").ends_with("expected a column `log_prob`, found a, b"));
        assert!(says("a,log_prob\n").ends_with("expected at least one row, found none"));
        assert!(
            says("a,log_prob\nx,2\n").ends_with("row 1, column a: expected a number, found `x`")
        );
        assert!(says("a,log_prob\n1,2,3\n").contains("fields"));
        assert!(says("").contains("expected a column"));
    }
}
