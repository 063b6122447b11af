//! Compares a model's densities with those of a probe.

#[cfg(test)]
mod tests;

use super::mistake::{self, Parts};
use super::{Probe, Samples, Units, constant, form, volume};
use nice_flow_codegen::Model;
use nice_flow_codegen::error::{Disagreement, Error, Result};
use nice_flow_codegen::flow::ir::{Diagonal, Flow, Layer};
use nice_flow_codegen::text::counted;

/// The result of a comparison that agrees.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// The number of rows compared, over all sets.
    pub rows: usize,
    /// The largest difference of `ln p`, in nats.
    pub largest: f64,
    /// The largest difference divided by `1 + |ln p|`; this is what must stay within the tolerance.
    pub relative: f64,
    /// The units in which they were compared.
    pub space: &'static str,
    /// The limit for `relative`.
    pub tolerance: f64,
    /// Half of the last digit of the least exact density, in nats, which was allowed besides.
    pub rounding: f64,
}

/// Tolerance for densities computed in `f64`: another order of summation changes them by about 1e-12 of their size.
const DOUBLE: f64 = 1e-7;
/// Tolerance for an additive flow computed in `f32`: errors are 3e-6 of the density's size in `tests/import.rs`, and at
/// most 7e-6 over the other libraries' checkpoints.
const SINGLE: f64 = 2e-5;
/// Tolerance for an affine flow computed in `f32`: errors are up to 1.1e-4 of the density's size in rows far from the
/// data. Among all wrong readings that were measured, the least visible changes `ln p` by 0.01 nats, four times this
/// limit where `ln p` is −10 nats.
const SINGLE_AFFINE: f64 = 2e-4;

/// Below this, a log-density is beyond what `f32` can compute.
const EXTREME: f64 = -1e30;

/// Compares `ln p` row by row, through the preprocessing where the probe is in raw units.
///
/// Where the reference density of a row is not finite, the model's must not be finite either, or lie below −1e30. The
/// error is `Error::Probe` if the densities differ, and `Error::Input` if the probe does not fit the model.
pub fn check(model: &Model, probe: &Probe) -> Result<Agreement> {
    let member = model.only()?;
    agreement(&member.flow, member.preprocessing.as_ref(), probe)
}

/// Like [`check`], for a flow and its preprocessing.
pub(super) fn agreement(
    flow: &Flow,
    preprocessing: Option<&Diagonal>,
    probe: &Probe,
) -> Result<Agreement> {
    let mut agreement = Agreement {
        rows: 0,
        largest: 0.0,
        relative: 0.0,
        space: "",
        tolerance: 0.0,
        rounding: 0.0,
    };
    let mut spaces = vec![];
    for comparison in comparisons(flow, preprocessing, probe) {
        let compared =
            compare(&comparison, preprocessing).map_err(|error| error.in_file(&probe.path))?;
        agreement.rows += comparison.set.rows.len();
        agreement.largest = agreement.largest.max(compared.0);
        agreement.relative = agreement.relative.max(compared.1);
        let rounding = comparison.set.rounding.iter().copied();
        agreement.rounding = rounding.fold(agreement.rounding, f64::max);
        agreement.tolerance = agreement.tolerance.max(comparison.tolerance());
        spaces.push(comparison.space);
    }
    spaces.dedup();
    agreement.space = match spaces.as_slice() {
        [] => {
            return Err(Error::file(
                &probe.path,
                "expected at least one row, found none",
            ));
        }
        [space] => space,
        _ => "raw units and the model's units",
    };
    Ok(agreement)
}

/// A set of rows, with the flow that must reproduce their densities.
pub(super) struct Comparison<'a> {
    pub set: &'a Samples,
    flow: &'a Flow,
    preprocessing: Option<Layer>,
    space: &'static str,
}

/// The sets of a probe that can be compared with a flow.
pub(super) fn comparisons<'a>(
    flow: &'a Flow,
    preprocessing: Option<&Diagonal>,
    probe: &'a Probe,
) -> Vec<Comparison<'a>> {
    // Without the standardisation, sets in raw units cannot be compared; they are skipped if there are others.
    let others = preprocessing.is_none() && !probe.sets.iter().all(is_raw);
    let sets = probe.sets.iter().filter(|set| !(others && is_raw(set)));
    sets.map(|set| {
        let preprocessing = preprocessing.filter(|_| set.units != Units::Model);
        Comparison {
            set,
            flow,
            preprocessing: preprocessing.cloned().map(Layer::Diagonal),
            space: match preprocessing {
                Some(_) => "raw units",
                None => "the model's units",
            },
        }
    })
    .collect()
}

impl Comparison<'_> {
    /// The model's `ln p` of a row, in the units of the set.
    pub fn log_density(&self, row: &[f64]) -> f64 {
        let (x, log_det) = self.flow_units(row);
        log_det + self.flow.log_density(&x)
    }

    /// What the model's `ln p` of a row is made of.
    pub fn parts(&self, row: &[f64]) -> Parts {
        let (mut x, before) = self.flow_units(row);
        let log_det = before + self.flow.forward(&mut x);
        Parts {
            prior: self.flow.prior.log_density(&x),
            log_det,
            unscaled: self
                .preprocessing
                .as_ref()
                .map(|_| self.flow.log_density(row)),
        }
    }

    /// A row in the units of the flow, and the log-determinant of the change.
    fn flow_units(&self, row: &[f64]) -> (Vec<f64>, f64) {
        let mut x = row.to_vec();
        let before = self.preprocessing.as_ref();
        let log_det = before.map_or(0.0, |layer| layer.forward(&mut x));
        (x, log_det)
    }

    /// Whether the densities are those of couplings that keep volume.
    fn keeps_volume(&self) -> bool {
        let rows: Vec<_> = self
            .set
            .rows
            .iter()
            .map(|row| self.flow_units(row))
            .collect();
        let log_det = rows.first().map_or(0.0, |row| row.1);
        let rows: Vec<_> = rows.into_iter().map(|row| row.0).collect();
        let mut set = self.set.clone();
        set.log_density
            .iter_mut()
            .for_each(|density| *density -= log_det);
        volume::is_kept(self.flow, &rows, &set, self.tolerance())
    }

    pub fn tolerance(&self) -> f64 {
        match (self.set.single, self.flow.is_affine()) {
            (false, _) => DOUBLE,
            (true, false) => SINGLE,
            (true, true) => SINGLE_AFFINE,
        }
    }
}

fn is_raw(set: &Samples) -> bool {
    set.units == Units::Raw
}

/// The largest difference, in nats and divided by `1 + |ln p|`; an error unless every row is within tolerance.
fn compare(comparison: &Comparison, preprocessing: Option<&Diagonal>) -> Result<(f64, f64)> {
    let Comparison {
        set, flow, space, ..
    } = comparison;
    if let Some(row) = set.rows.iter().find(|row| row.len() != flow.dim) {
        let message = format!("expected {} features, found {}", flow.dim, row.len());
        return Err(Error::input("x", message));
    }
    if !set.log_density.iter().any(|p| p.is_finite()) {
        let message = "expected a finite log-density, found none";
        return Err(Error::input("log_prob", message));
    }
    let tolerance = comparison.tolerance();
    let mut differences = vec![];
    let (mut wrong, mut worst, mut relative) = (0, (0, 0.0), 0.0_f64);
    let ours: Vec<_> = (set.rows.iter().map(|row| comparison.log_density(row))).collect();
    for (i, (&ours, &theirs)) in ours.iter().zip(&set.log_density).enumerate() {
        let allowed = tolerance * (1.0 + theirs.abs()) + set.rounding[i];
        let difference = difference(ours, theirs);
        if difference.is_infinite() || difference.abs() > allowed {
            wrong += 1;
        }
        if difference.abs() > f64::abs(worst.1) {
            worst = (i, difference);
        }
        if theirs.is_finite() {
            relative = relative.max(difference.abs() / (1.0 + theirs.abs()));
        }
        differences.push(difference);
    }
    if wrong == 0 {
        return Ok((worst.1.abs(), relative));
    }
    let (row, largest) = (worst.0, worst.1.abs());
    let (rows, median) = (
        set.rows.len(),
        median(differences.iter().map(|d| d.abs()).collect()),
    );
    let (expected, found) = (set.log_density[row], ours[row]);
    let mut message = format!(
        "ln p differs in {wrong} of {}, in {space}: median {median:.3e} nats, largest {largest:.3e} \
         nats in row {}, expected {expected}, found {found}; allowed are {tolerance:e}·(1 + |ln p|)",
        counted(rows, "row"),
        row + 1,
    );
    let finite: Vec<_> = (set.log_density.iter().zip(&set.rounding).zip(&differences))
        .filter(|((theirs, _), _)| theirs.is_finite())
        .map(|((theirs, rounding), d)| (*d, 2.0 * (tolerance * (1.0 + theirs.abs()) + rounding)))
        .collect();
    let parts = || -> Vec<Parts> { set.rows.iter().map(|row| comparison.parts(row)).collect() };
    let infinite = set
        .log_density
        .iter()
        .position(|theirs| !theirs.is_finite());
    let dim = flow.dim - flow.prior.context().len();
    if let Some(form) = form::recognised(&ours, set, tolerance, dim) {
        message += &format!(". The probe holds {form}");
    } else if let Some(mistake) = mistake::recognised(&parts(), set, tolerance) {
        message += &format!(". The probe holds {mistake}");
    } else if comparison.keeps_volume() {
        message += &format!(". The probe holds {}", volume::GIN);
    } else if let Some(row) = infinite.filter(|_| largest.is_infinite()) {
        message += &format!(
            ". The probe's log-density of row {} is {}: leave the row out, or compute it in f64",
            row + 1,
            match set.log_density[row].is_nan() {
                true => "not a number",
                false => "infinite",
            }
        );
    } else if let Some(raw) = form::raw(&set.rows).filter(|_| preprocessing.is_none()) {
        message += &format!(". No --standardise was given, and {raw}");
    }
    let differing = finite
        .iter()
        .filter(|(off, twice)| 2.0 * off.abs() > *twice);
    let all_differ = are_all(differing.count(), finite.len());
    if let Some(constant) = common(&finite).filter(|_| all_differ) {
        let name = constant::name(constant, dim, preprocessing);
        message += &format!(". The difference is {constant:.6} nats in every row: {name}");
    }
    Err(Error::Probe(Box::new(Disagreement {
        message,
        rows,
        wrong,
        median,
        row,
        expected,
        found,
    })))
}

/// The model's density minus the reference; infinite if only one of them is finite.
pub(super) fn difference(ours: f64, theirs: f64) -> f64 {
    match (ours.is_finite(), theirs.is_finite()) {
        (true, true) => ours - theirs,
        (false, true) => f64::INFINITY,
        (true, false) if ours >= EXTREME => f64::INFINITY,
        (_, false) => 0.0,
    }
}

/// The difference, if it is the same in all rows and there are at least two.
fn common(differences: &[(f64, f64)]) -> Option<f64> {
    let middle = median(differences.iter().map(|(d, _)| *d).collect());
    let same = (differences.iter()).all(|(d, allowed)| (d - middle).abs() <= *allowed);
    (differences.len() > 1 && same).then_some(middle)
}

/// Whether so many of the rows are as good as all: where densities are least, a difference may be lost in what is allowed.
fn are_all(count: usize, rows: usize) -> bool {
    10 * count >= 9 * rows
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}
