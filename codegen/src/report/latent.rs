//! Whether normal rows become what the prior says: is the density any good?

use super::axis::Axis;
use super::distribution::{highest, histogram};
use super::figure::Figure;
use super::ink::Ink;
use super::marginal::{Marginal, normal_below};
use super::number::{count, short};
use super::plot::{HEIGHT, Plot, titled};
use super::subject::{Scored, thinned};
use super::table::{Cell, table};
use crate::Result;
use crate::ir::Flow;
use maud::{Markup, html};

/// Rows of a kind that are looked at.
const ROWS: usize = 20_000;

/// Panels of histograms.
const PANELS: usize = 12;

const BINS: usize = 40;

/// One element of the latent vector over rows of one kind.
struct Element {
    /// As the flow gives it.
    z: Vec<f64>,
    /// As standard normal deviates, sorted.
    deviates: Vec<f64>,
}

/// Rows of one kind in latent space.
struct Kind {
    name: &'static str,
    ink: Ink,
    rows: usize,
    elements: Vec<Element>,
}

/// Histograms and the Q–Q plot; then a table of the elements.
pub fn figures(scored: &Scored) -> Result<(Markup, Markup)> {
    let flow = scored.subject.model.raw_flow();
    let laws = Marginal::of(&flow.prior, flow.dim);
    let kinds: Vec<Kind> = scored
        .normal_samples()
        .into_iter()
        .map(|sample| {
            let rows = thinned(&sample.rows, ROWS);
            Kind {
                name: sample.name,
                ink: sample.ink,
                rows: rows.len(),
                elements: elements(&flow, &laws, &rows),
            }
        })
        .collect();
    let Some(last) = kinds.last() else {
        return Ok((html! {}, html! {}));
    };
    let distances: Vec<f64> = last
        .elements
        .iter()
        .map(|e| distance(&e.deviates))
        .collect();
    let figures = html! { (histograms(&laws, &kinds, &distances)?) (quantiles(&kinds)?) };
    let table = html! {
        details {
            summary { "Every latent element in numbers (" (last.name) ")" }
            p { "As standard normal deviates: a perfect flow has mean 0, standard deviation 1 and distance 0." }
            (numbers(last, &distances))
        }
    };
    Ok((figures, table))
}

/// The latent vectors of rows, those with a finite one, element by element.
fn elements(flow: &Flow, laws: &[Marginal], rows: &[&[f64]]) -> Vec<Element> {
    let latent = rows.iter().map(|row| {
        let mut z = row.to_vec();
        flow.forward(&mut z);
        z
    });
    let latent: Vec<Vec<f64>> = latent.filter(|z| z.iter().all(|z| z.is_finite())).collect();
    let element = |(i, law): (usize, &Marginal)| {
        let z: Vec<f64> = latent.iter().map(|z| z[i]).collect();
        let mut deviates: Vec<f64> = z.iter().map(|z| law.deviate(*z)).collect();
        deviates.sort_by(f64::total_cmp);
        Element { z, deviates }
    };
    laws.iter().enumerate().map(element).collect()
}

/// Kolmogorov and Smirnov's: the largest difference between the shares below, seen and promised.
fn distance(sorted: &[f64]) -> f64 {
    let n = sorted.len().max(1) as f64;
    let gaps = sorted.iter().enumerate().map(|(i, deviate)| {
        let promised = normal_below(*deviate);
        (promised - i as f64 / n).max((i + 1) as f64 / n - promised)
    });
    gaps.fold(0.0, f64::max)
}

fn legend(kinds: &[Kind], model: &str) -> Vec<(Ink, String)> {
    let rows = kinds
        .iter()
        .map(|kind| (kind.ink, format!("{} ({})", kind.name, count(kind.rows))));
    rows.chain([(Ink::Limit, model.into())]).collect()
}

fn histograms(laws: &[Marginal], kinds: &[Kind], distances: &[f64]) -> Result<Markup> {
    let mut shown: Vec<usize> = (0..laws.len()).collect();
    shown.sort_by(|&a, &b| distances[b].total_cmp(&distances[a]));
    shown.truncate(PANELS);
    shown.sort_unstable();
    let columns = shown.len().clamp(1, 3);
    let lines = shown.len().div_ceil(columns);
    let left_out = match shown.len() < laws.len() {
        true => format!(
            " Of {} elements the {} worst are shown.",
            laws.len(),
            shown.len()
        ),
        false => String::new(),
    };
    let figure = Figure {
        title: "Latent elements against the prior",
        legend: legend(kinds, "prior (dashed)"),
        height: 130 * lines as i32,
        reading: format!(
            "The flow turns each normal row into independent numbers; where the filled shape follows the dashed line, the \
             density of normal rows is learned well, and D, the largest difference of the cumulative shares, is near 0.{left_out}"
        ),
    };
    figure.draw(|canvas| {
        let panels = canvas.split_evenly((lines, columns));
        for (panel, &i) in panels.iter().zip(&shown) {
            let panel = titled(
                panel,
                &format!("z{i}, D = {}", short((distances[i] * 1e3).round() / 1e3)),
            )?;
            let (low, high) = laws[i].range();
            let width = (high - low) / BINS as f64;
            let outlines: Vec<Vec<(f64, f64)>> = kinds
                .iter()
                .map(|kind| histogram(&kind.elements[i].z, (low, high), BINS))
                .collect();
            let points = (0..=100).map(|step| low + (high - low) * f64::from(step) / 100.0);
            let prior: Vec<(f64, f64)> = points.map(|z| (z, laws[i].density(z) * width)).collect();
            let top = highest(&outlines).max(highest(std::slice::from_ref(&prior)));
            let x = Axis {
                ticks: Axis::linear("", low, high)
                    .ticks
                    .into_iter()
                    .step_by(2)
                    .collect(),
                ..Axis::bare(low, high)
            };
            let mut plot = Plot::new(&panel, x, Axis::bare(0.0, 1.05 * top))?;
            for (kind, outline) in kinds.iter().zip(&outlines) {
                plot.area(outline, kind.ink)?;
            }
            plot.line(&prior, Ink::Limit)?;
        }
        Ok(())
    })
}

fn quantiles(kinds: &[Kind]) -> Result<Markup> {
    let pooled: Vec<Vec<f64>> = kinds
        .iter()
        .map(|kind| {
            let mut all: Vec<f64> = kind
                .elements
                .iter()
                .flat_map(|e| &e.deviates)
                .copied()
                .collect();
            all.sort_by(f64::total_cmp);
            all
        })
        .collect();
    let figure = Figure {
        title: "Q–Q plot of all latent elements",
        legend: legend(kinds, "perfect (dashed)"),
        height: HEIGHT + 40,
        reading: "Both axes are standard deviations of a normal law, to which the prior was brought. Where the line is \
                  steeper than the dashed one, values so far out are more common than the model believes; where it is \
                  flatter, rows lie closer together than it believes."
            .into(),
    };
    figure.draw(|canvas| {
        let x = Axis::linear("promised by the prior, standard deviations", -4.0, 4.0);
        let y = Axis::linear("seen in the rows, standard deviations", -6.0, 6.0);
        let mut plot = Plot::new(canvas, x, y)?;
        plot.line(&[(-4.0, -4.0), (4.0, 4.0)], Ink::Limit)?;
        for (kind, pooled) in kinds.iter().zip(&pooled) {
            plot.line(&against_normal(pooled), kind.ink)?;
        }
        Ok(())
    })
}

/// Quantiles of sorted deviates against those of a standard normal, as far out as there are values.
fn against_normal(sorted: &[f64]) -> Vec<(f64, f64)> {
    let n = sorted.len() as f64;
    let levels = (-80..=80).map(|level| f64::from(level) / 20.0);
    let reached = levels.filter(|level| normal_below(-level.abs()) * n >= 0.5);
    let at = |level: f64| sorted.get((normal_below(level) * n) as usize).copied();
    reached
        .filter_map(|level| at(level).map(|seen| (level, seen.clamp(-6.0, 6.0))))
        .collect()
}

fn numbers(kind: &Kind, distances: &[f64]) -> Markup {
    let rows = kind.elements.iter().zip(distances).enumerate();
    let rows = rows.map(|(i, (element, distance))| {
        let n = element.deviates.len().max(1) as f64;
        let mean = element.deviates.iter().sum::<f64>() / n;
        let squares = element
            .deviates
            .iter()
            .map(|deviate| (deviate - mean).powi(2));
        let deviation = (squares.sum::<f64>() / n).sqrt();
        let cell = |value: f64| Cell::number(value, short((value * 1e4).round() / 1e4));
        vec![
            Cell::number(i as f64, format!("z{i}")),
            cell(mean),
            cell(deviation),
            cell(*distance),
        ]
    });
    table(
        &["element", "mean", "standard deviation", "distance D"],
        rows.collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quantiles of a standard normal.
    fn perfect(n: usize) -> Vec<f64> {
        let law = Marginal::Logistic;
        let share = |i: usize| (i as f64 + 0.5) / n as f64;
        (0..n)
            .map(|i| law.deviate((share(i) / (1.0 - share(i))).ln()))
            .collect()
    }

    #[test]
    fn perfect_rows_lie_on_the_diagonal_at_no_distance() {
        let rows = perfect(10_000);
        assert!((distance(&rows) - 0.5e-4).abs() < 1e-9);
        // Between neighbours at the far end lies 0.3.
        let plot = against_normal(&rows);
        assert!(
            plot.iter()
                .all(|(promised, seen)| (promised - seen).abs() < 0.3)
        );
        assert!(plot.len() > 100);
    }

    #[test]
    fn a_wrong_flow_is_far_from_the_prior() {
        let wide: Vec<f64> = perfect(1000).iter().map(|z| 2.0 * z + 1.0).collect();
        assert!(distance(&wide) > 0.2);
        assert_eq!(distance(&[]), 0.0);
    }
}
