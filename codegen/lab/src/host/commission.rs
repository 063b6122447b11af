//! Commissioning on this machine, as a board's `nice_flow::Commission` does it, bit for bit.

use super::score::score_lowered;
use nice_flow::host::{Plan, factor, learn};
use nice_flow::{Move, Reading, Unfit};
use nice_flow_codegen::module::Spread;
use nice_flow_codegen::module::emit::Site;
use nice_flow_codegen::{Error, Lowered, Result};

/// Finds how the inputs of a machine are moved, and the threshold, from its normal rows in their order: the first half gives
/// the moves, the second half the threshold of a false-alarm rate. Of the second half, `dirty` rows may be anomalous.
///
/// Rows are in what the module takes.
pub fn commission(
    lowered: &Lowered,
    spread: &Spread,
    rows: &[f64],
    rate: f64,
    dirty: u16,
) -> Result<Site> {
    let dim = spread.mean.len().max(1);
    let count = rows.len() / dim;
    let refused = |unfit: Unfit| Error::input("--commission", format!("{unfit}, found {count}"));
    let Ok(count) = u16::try_from(count) else {
        let message = format!("expected at most 65535 normal rows, found {count}");
        return Err(Error::input("--commission", message));
    };
    let plan = Plan::new(count, rate as f32, dirty).map_err(refused)?;
    let (first, second) = rows.split_at(usize::from(plan.half()) * dim);
    let (moves, moved) = match lowered.takes_counts() {
        true => moved::<i32>(spread, first, second, |x| x as i32),
        false => moved::<f32>(spread, first, second, |x| x as f32),
    }
    .map_err(refused)?;
    let scores = score_lowered(lowered, &moved, &|_| ());
    let largest = scores.largest();
    let mut numbers = scores.to_f64();
    numbers.retain(|score| -largest <= *score && *score < largest);
    let broken = scores.len() - numbers.len();
    numbers.sort_by(|a, b| b.total_cmp(a));
    let place = usize::from(plan.rank).checked_sub(broken + 1);
    let threshold = place.and_then(|place| numbers.get(place).copied());
    let broken = broken as u32;
    let threshold = threshold.ok_or_else(|| refused(Unfit::TooManyBroken { broken }))?;
    Ok(Site { moves, threshold })
}

/// Center, factor and mean of each input, and the rows of the second half moved by them.
type Moved = (Vec<[f64; 3]>, Vec<f64>);

fn moved<T: Reading + Into<f64>>(
    spread: &Spread,
    first: &[f64],
    second: &[f64],
    number: impl Fn(f64) -> T,
) -> std::result::Result<Moved, Unfit> {
    let dim = spread.mean.len().max(1);
    let real = |x: &f64| number(*x).real();
    let mut whole = 0u16;
    let (mut means, mut scales) = (vec![0.0; dim], vec![0.0; dim]);
    for row in first.chunks_exact(dim) {
        if row.iter().all(|x| real(x).is_finite()) {
            whole += 1;
            for ((mean, squares), x) in means.iter_mut().zip(&mut scales).zip(row) {
                learn(mean, squares, whole, real(x));
            }
        }
    }
    let broken = (first.len() / dim) as u32 - u32::from(whole);
    if broken > whole.into() || whole < 2 {
        return Err(Unfit::TooManyBroken { broken });
    }
    let found = means.iter().zip(&scales);
    let normal = spread.mean.iter().zip(&spread.deviation);
    let moves: Vec<Move<T>> = found
        .zip(normal)
        .map(|((center, squares), (mean, deviation))| {
            Move::new(*center, factor(*squares, whole, *deviation), *mean)
        })
        .collect();
    let moved = second.chunks_exact(dim).flat_map(|row| {
        let pairs = row.iter().zip(&moves);
        pairs.map(|(x, by)| number(*x).moved(*by).into())
    });
    let moved = moved.collect();
    let numbers = |by: &Move<T>| [by.center, by.factor, by.mean].map(Into::into);
    Ok((moves.iter().map(numbers).collect(), moved))
}
