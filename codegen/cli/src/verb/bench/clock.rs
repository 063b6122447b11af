//! The share of a board's time that a model with a front end takes.

use nice_flow_codegen::Result;
use nice_flow_codegen::model::FrontEnd;
use nice_flow_lab::board::cost::Cost;
use nice_flow_lab::board::simulate::Pushes;
use serde_json::{Value, json};
use std::fmt;
use std::str::FromStr;

/// The frequency of a clock in Hz: `16MHz`, `32768`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clock(f64);

impl FromStr for Clock {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let units = [
            ("GHz", 1e9),
            ("MHz", 1e6),
            ("kHz", 1e3),
            ("Hz", 1.0),
            ("", 1.0),
        ];
        let mut found = units.iter().filter_map(|(unit, one)| {
            let number = text.strip_suffix(unit)?.trim().parse::<f64>().ok()?;
            (number > 0.0 && number.is_finite()).then_some(Self(number * one))
        });
        found
            .next()
            .ok_or_else(|| "expected a frequency such as 16MHz".into())
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} MHz", self.0 / 1e6)
    }
}

/// Instructions a second for samples and verdicts, over those that the clock allows; cycles where they are estimated.
fn share(front: &FrontEnd, cost: &Cost, pushes: Pushes, Clock(hertz): Clock) -> f64 {
    let verdicts = front.rate / f64::from(front.hop);
    let instructions = front.rate * pushes.mean + verdicts * cost.instructions;
    // An instruction of the front end takes as long as one of a score.
    let cycles = cost.estimated_cycles.zip(cost.whole);
    let each = cycles.map_or(1.0, |(cycles, whole)| {
        cycles as f64 / whole.instructions.max(1) as f64
    });
    instructions * each / hertz
}

pub(super) fn json(front: &FrontEnd, cost: &Cost, pushes: Pushes, clock: Clock) -> Value {
    json!({
        "instructions": pushes.mean, "instructions_max": pushes.max, "ram_bytes": pushes.ram_bytes,
        "seconds_to_first_verdict": front.seconds(), "clock_hz": clock.0, "cpu_share": share(front, cost, pushes, clock),
    })
}

/// Prints a line for each cost.
pub(super) fn print(front: &FrontEnd, costs: &[Cost], clock: Clock) -> Result<()> {
    say!(
        "front end, beside the score; the first verdict is after {} s",
        front.seconds()
    );
    for cost in costs {
        let Some(pushes) = cost.front_end else {
            continue;
        };
        say!(
            "{:<14} {:<4} {:>3} {:>7.0} instructions a sample, {} at most; {} bytes of RAM; with scores about {:.2} % of the time at {clock}",
            cost.target,
            cost.numeric,
            cost.opt_level,
            pushes.mean,
            pushes.max,
            pushes.ram_bytes,
            100.0 * share(front, cost, pushes, clock)
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_are_read_in_their_units() {
        for (text, hertz) in [
            ("16MHz", 16e6),
            ("32768", 32_768.0),
            ("1.5 GHz", 1.5e9),
            ("8kHz", 8e3),
        ] {
            assert_eq!(text.parse(), Ok(Clock(hertz)));
        }
        for text in ["", "MHz", "-1MHz", "0", "16 MiHz", "inf"] {
            assert!(text.parse::<Clock>().is_err(), "{text}");
        }
    }
}
