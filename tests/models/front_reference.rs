//! The levels of eight bands in `f64`, written down from the formulas.

/// The lower and the upper half of a signal.
fn halve(x: &[f64]) -> [Vec<f64>; 2] {
    let all_pass = |c: f64, phase: usize| {
        let (mut before, mut y) = (0.0, 0.0);
        let each = x.iter().skip(phase).step_by(2).map(move |x| {
            y = before + c * (x - y);
            before = *x;
            y
        });
        each.collect::<Vec<f64>>()
    };
    let (p, q) = (all_pass(36.0 / 256.0, 1), all_pass(151.0 / 256.0, 0));
    let both = || p.iter().zip(&q);
    [
        both().map(|(p, q)| (p + q) / 2.0).collect(),
        both().map(|(p, q)| (p - q) / 2.0).collect(),
    ]
}

/// The bands of a signal by rising frequency: an upper half comes out backwards.
fn bands(x: &[f64], levels: usize) -> Vec<Vec<f64>> {
    if levels == 0 {
        return vec![x.to_vec()];
    }
    let [lower, upper] = halve(x).map(|half| bands(&half, levels - 1));
    lower.into_iter().chain(upper.into_iter().rev()).collect()
}

/// `log₂` of the mean square of each band in each window, in square counts; of the lowest without its mean.
pub fn levels(signal: &[i16], window: usize) -> Vec<Vec<f64>> {
    let x: Vec<f64> = signal
        .iter()
        .map(|x| f64::from(*x) - f64::from(signal[0]))
        .collect();
    let bands = bands(&x, 3);
    let of_window = |at: usize| {
        let each = bands.iter().enumerate().map(|(band, x)| {
            let x = &x[at * window / 8..(at + 1) * window / 8];
            let mean = if band == 0 {
                x.iter().sum::<f64>() / x.len() as f64
            } else {
                0.0
            };
            (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64).log2()
        });
        each.collect()
    };
    (0..signal.len() / window).map(of_window).collect()
}
