//! Quantiles of latent elements against those of the prior.

use super::axis::Axis;
use super::elements::{Kind, legend};
use super::figure::Figure;
use super::ink::Ink;
use super::marginal::normal_below;
use super::plot::{HEIGHT, Plot};
use maud::Markup;
use nice_flow_codegen::Result;

/// The figure over all elements, with a line for each flow.
pub fn figure(flows: &[Vec<Kind>]) -> Result<Markup> {
    let kinds = flows.first().map_or(&[][..], |kinds| kinds);
    let several = match flows.len() {
        0 | 1 => "",
        _ => " Each flow of the ensemble has a line of its own.",
    };
    let figure = Figure {
        title: "Q–Q plot of all latent elements",
        legend: legend(kinds, "perfect (dashed)"),
        height: HEIGHT + 40,
        reading: format!(
            "Both axes are standard deviations of a normal law, to which the prior was brought. Where the line is \
                  steeper than the dashed one, values so far out are more common than the model believes; where it is \
                  flatter, rows lie closer together than it believes.{several}"
        ),
    };
    figure.draw(|canvas| {
        let x = Axis::linear("promised by the prior, standard deviations", -4.0, 4.0);
        let y = Axis::linear("seen in the rows, standard deviations", -6.0, 6.0);
        let mut plot = Plot::new(canvas, x, y)?;
        plot.line(&[(-4.0, -4.0), (4.0, 4.0)], Ink::Limit)?;
        for kind in flows.iter().flatten() {
            plot.line(&against_normal(&pooled(kind)), kind.ink)?;
        }
        Ok(())
    })
}

/// The deviates of all elements, sorted.
fn pooled(kind: &Kind) -> Vec<f64> {
    let all = kind.elements.iter().flat_map(|e| &e.deviates);
    let mut all: Vec<f64> = all.copied().collect();
    all.sort_by(f64::total_cmp);
    all
}

/// Quantiles of sorted deviates against those of a standard normal, as far as there are values.
fn against_normal(sorted: &[f64]) -> Vec<(f64, f64)> {
    let n = sorted.len() as f64;
    let levels = (-80..=80).map(|level| f64::from(level) / 20.0);
    let reached = levels.filter(|level| normal_below(-level.abs()) * n >= 0.5);
    let at = |level: f64| sorted.get((normal_below(level) * n) as usize).copied();
    reached
        .filter_map(|level| at(level).map(|seen| (level, seen.clamp(-6.0, 6.0))))
        .collect()
}

/// Quantiles of a standard normal.
#[cfg(test)]
pub fn perfect(n: usize) -> Vec<f64> {
    let law = super::marginal::Marginal::Logistic;
    let share = |i: usize| (i as f64 + 0.5) / n as f64;
    (0..n)
        .map(|i| law.deviate((share(i) / (1.0 - share(i))).ln()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perfect_rows_lie_on_the_diagonal() {
        let plot = against_normal(&perfect(10_000));
        // The two outermost of 10,000 values lie 0.3 apart.
        let near = |(promised, seen): &(f64, f64)| (promised - seen).abs() < 0.3;
        assert!(plot.iter().all(near) && plot.len() > 100);
    }

    #[test]
    fn a_value_beyond_all_reach_lies_at_the_edge() {
        let plot = against_normal(&[f64::NEG_INFINITY, 0.0, f64::INFINITY]);
        assert_eq!(plot.first().map(|point| point.1), Some(-6.0));
        assert_eq!(plot.last().map(|point| point.1), Some(6.0));
    }
}
