//! Tables of earlier costs, to detect what a change costs.

use super::Cost;
use nice_flow_codegen::{Error, Result, reading};
use std::fs::File;
use std::path::Path;

/// A cost may grow by this share before it is reported.
const TOLERANCE: f64 = 0.02;

/// The largest table that is read: 16 MiB.
const MAX_TABLE: u64 = 1 << 24;

/// The text of a table of costs.
pub fn table(costs: &[Cost]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(vec![]);
    let rows = costs.iter().try_for_each(|cost| writer.serialize(cost));
    let text = rows.and_then(|()| {
        writer
            .into_inner()
            .map_err(|error| error.into_error().into())
    });
    text.map_err(|error| Error::caused("table of costs", error))
}

/// Reads a table of costs.
pub fn read(path: &Path) -> Result<Vec<Cost>> {
    let bytes = File::open(path).and_then(|file| reading::whole(file, MAX_TABLE));
    let bytes = bytes.map_err(|error| Error::caused_in(path, error))?;
    let costs: csv::Result<Vec<Cost>> = csv::Reader::from_reader(&*bytes)
        .into_deserialize()
        .collect();
    let costs = costs.map_err(|error| Error::caused_in(path, error))?;
    // No cost is above NaN or infinity: a comparison with these would always pass.
    let mut counts = costs.iter().map(|cost| cost.instructions).enumerate();
    let wrong = counts.find(|(_, count)| !(count.is_finite() && *count > 0.0));
    if let Some((row, count)) = wrong {
        let message = format!(
            "row {row} (the first is 0): expected a number of instructions above 0, found {count}"
        );
        return Err(Error::file(path, message));
    }
    Ok(costs)
}

/// Costs that are above the expected ones, and costs that are below, in sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Costs more than 2 % above, and costs for which nothing is expected.
    pub worse: Vec<String>,
    /// Costs more than 2 % below; a reason to write a new table.
    pub better: Vec<String>,
    /// Costs measured with another compiler version, which are not compared.
    pub foreign: Vec<String>,
}

/// Compares each cost with the expected one of the same target, number type, opt-level and size.
pub fn compare(costs: &[Cost], expected: &[Cost]) -> Comparison {
    let mut comparison = Comparison::default();
    for cost in costs {
        match expected.iter().find(|other| key(other) == key(cost)) {
            Some(expected) if expected.rustc != cost.rustc => comparison.foreign.push(format!(
                "{}: made by rustc {}, expected {}",
                name(cost),
                cost.rustc,
                expected.rustc
            )),
            Some(expected) => comparison.add(cost, expected),
            None => comparison
                .worse
                .push(format!("{}: nothing expected", name(cost))),
        }
    }
    comparison
}

impl Comparison {
    fn add(&mut self, cost: &Cost, expected: &Cost) {
        // Losing a bound counts as infinitely worse; a bound that is new is compared with nothing.
        let (now, then) = (compared(cost, f64::INFINITY), compared(expected, f64::NAN));
        for ((what, now), (_, then)) in now.into_iter().zip(then) {
            let sentence = || format!("{}: {now} {what}, expected {then}", name(cost));
            if now > then * (1.0 + TOLERANCE) {
                self.worse.push(sentence());
            } else if now < then * (1.0 - TOLERANCE) {
                self.better.push(sentence());
            }
        }
    }
}

/// The figures that must not grow; `unbounded` stands for a stack without a bound.
fn compared(cost: &Cost, unbounded: f64) -> [(&'static str, f64); 7] {
    [
        ("instructions", cost.instructions),
        (
            "estimated cycles",
            cost.estimated_cycles.unwrap_or(0) as f64,
        ),
        ("bytes of weights", cost.weight_bytes as f64),
        (
            "bytes of flash beyond weights",
            cost.flash_overhead_bytes as f64,
        ),
        ("bytes of static RAM", cost.static_ram_bytes as f64),
        ("bytes of stack seen", f64::from(cost.stack_bytes)),
        (
            "bytes of stack at most",
            cost.stack_bound_bytes.map_or(unbounded, f64::from),
        ),
    ]
}

fn key(cost: &Cost) -> (&str, &str, &str, usize, usize) {
    (
        &cost.target,
        &cost.numeric,
        &cost.opt_level,
        cost.dim,
        cost.macs,
    )
}

fn name(cost: &Cost) -> String {
    format!(
        "{}, {}, opt-level {}",
        cost.target, cost.numeric, cost.opt_level
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(target: &str, instructions: f64) -> Cost {
        Cost {
            target: target.into(),
            numeric: "f32".into(),
            opt_level: "3".into(),
            rustc: "1.95.0".into(),
            dim: 16,
            macs: 20480,
            weight_bytes: 84112,
            flash_bytes: 90000,
            flash_overhead_bytes: 3000,
            static_ram_bytes: 0,
            stack_bytes: 832,
            stack_bound_bytes: Some(840),
            front_end: None,
            stack_unbounded: None,
            instructions,
            instructions_min: 1,
            instructions_max: 2,
            instructions_per_mac: instructions / 20480.0,
            estimated_cycles: None,
            estimated_cycles_per_mac: None,
            whole: None,
            parts: vec![],
        }
    }

    #[test]
    fn two_per_cent_more_are_tolerated_and_three_are_not() {
        let expected = [cost("cortex-m3", 1000.0)];
        assert_eq!(
            compare(&[cost("cortex-m3", 1019.0)], &expected),
            Comparison::default()
        );
        assert_eq!(
            compare(&[cost("cortex-m3", 1030.0)], &expected).worse.len(),
            1
        );
        assert_eq!(
            compare(&[cost("cortex-m3", 900.0)], &expected).better.len(),
            1
        );
    }

    #[test]
    fn figures_of_another_compiler_are_no_yardstick() {
        let old = Cost {
            rustc: "1.89.0".into(),
            ..cost("cortex-m3", 1.0)
        };
        let comparison = compare(&[cost("cortex-m3", 2.0)], &[old]);
        assert_eq!((comparison.worse.len(), comparison.foreign.len()), (0, 1));
    }

    #[test]
    fn a_table_whose_costs_nothing_can_exceed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        for (count, is_one) in [
            (1.0, true),
            (f64::NAN, false),
            (f64::INFINITY, false),
            (0.0, false),
        ] {
            let costs = [cost("cortex-m3", 1.0), cost("cortex-m4f", count)];
            std::fs::write(&path, table(&costs).unwrap()).unwrap();
            let read = read(&path).map_err(|error| error.to_string());
            assert_eq!(read.is_ok(), is_one, "{read:?}");
            assert!(is_one || read.unwrap_err().contains("t.csv: row 1 "));
        }
    }

    #[test]
    fn a_bound_of_the_stack_is_not_lost_unnoticed() {
        let bounded = [cost("cortex-m3", 1.0)];
        let unbounded = [Cost {
            stack_bound_bytes: None,
            ..cost("cortex-m3", 1.0)
        }];
        assert_eq!(compare(&unbounded, &bounded).worse.len(), 1);
        assert_eq!(compare(&bounded, &unbounded), Comparison::default());
    }

    #[test]
    fn what_was_not_expected_is_reported() {
        let comparison = compare(&[cost("cortex-m4f", 1.0)], &[cost("cortex-m3", 1.0)]);
        assert_eq!(
            comparison.worse,
            ["cortex-m4f, f32, opt-level 3: nothing expected"]
        );
    }

    #[test]
    fn a_table_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("figures.csv");
        let costs = [cost("cortex-m3", 1.5), cost("cortex-m4f", 2.25)];
        std::fs::write(&path, table(&costs).unwrap()).unwrap();
        assert_eq!(read(&path).unwrap(), costs);
    }
}
