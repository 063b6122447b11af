//! How well scores rank anomalies, and how similar two sets of scores are.

/// Compares scores for ranking; NaN ranks above everything, as in the detector.
pub fn compare(a: f64, b: f64) -> std::cmp::Ordering {
    a.partial_cmp(&b)
        .unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// The rank of each score, from 1 on; tied scores share the mean of their ranks.
pub fn ranks(scores: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| compare(scores[a], scores[b]));
    let mut ranks = vec![0.0; scores.len()];
    let mut start = 0;
    for tie in order.chunk_by(|&a, &b| compare(scores[a], scores[b]).is_eq()) {
        let shared = start as f64 + (tie.len() + 1) as f64 / 2.0;
        tie.iter().for_each(|&i| ranks[i] = shared);
        start += tie.len();
    }
    ranks
}

/// The probability that an anomaly scores higher than a normal row, with ties counted half; `None` unless there are
/// both.
///
/// Scores without a label are left out.
pub fn auroc(scores: &[f64], anomalous: &[bool]) -> Option<f64> {
    let positives = anomalous.iter().filter(|label| **label).count() as f64;
    let negatives = anomalous.len() as f64 - positives;
    let ranks = ranks(&scores[..scores.len().min(anomalous.len())]);
    let sum: f64 = ranks
        .iter()
        .zip(anomalous)
        .filter(|(_, label)| **label)
        .map(|(rank, _)| rank)
        .sum();
    (positives > 0.0 && negatives > 0.0)
        .then(|| (sum - positives * (positives + 1.0) / 2.0) / (positives * negatives))
}

/// Average precision: the precision at each anomaly's score, averaged over the anomalies; `None` without anomalies.
///
/// Scores without a label are left out.
pub fn aucpr(scores: &[f64], anomalous: &[bool]) -> Option<f64> {
    let positives = anomalous.iter().filter(|label| **label).count();
    let mut order: Vec<usize> = (0..scores.len().min(anomalous.len())).collect();
    order.sort_by(|&a, &b| compare(scores[b], scores[a]));
    let (mut flagged, mut found, mut area) = (0, 0, 0.0);
    for tie in order.chunk_by(|&a, &b| compare(scores[a], scores[b]).is_eq()) {
        let hits = tie.iter().filter(|&&i| anomalous[i]).count();
        flagged += tie.len();
        found += hits;
        area += hits as f64 * found as f64 / flagged as f64;
    }
    (positives > 0).then(|| area / positives as f64)
}

/// Spearman's rank correlation; `None` if all values of one side are equal.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 + 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum()
    };
    let (xx, yy) = (product(&a, &a), product(&b, &b));
    (xx > 0.0 && yy > 0.0).then(|| product(&a, &b) / (xx * yy).sqrt())
}

/// The smallest of the values that at least a share `q` of them does not exceed; `None` without values.
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| compare(*a, *b));
    let index = ((q * sorted.len() as f64).ceil() as usize).saturating_sub(1);
    sorted.get(index).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_ranking_scores_one_and_chance_a_half() {
        let labels = [false, false, true, true];
        assert_eq!(auroc(&[1.0, 2.0, 3.0, f64::NAN], &labels), Some(1.0));
        assert_eq!(auroc(&[1.0; 4], &labels), Some(0.5));
        assert_eq!(auroc(&[1.0], &[true]), None);
        assert_eq!(aucpr(&[1.0, 2.0, 3.0, 4.0], &labels), Some(1.0));
        assert_eq!(aucpr(&[1.0; 4], &labels), Some(0.5));
    }

    #[test]
    fn average_precision_matches_the_worked_example() {
        // The anomalies have ranks 1 and 3 of 4: (1/1 + 2/3) / 2.
        let area = aucpr(&[4.0, 3.0, 2.0, 1.0], &[true, false, true, false]).unwrap();
        assert!((area - 5.0 / 6.0).abs() < 1e-15);
    }

    #[test]
    fn scores_without_a_label_are_left_out() {
        assert_eq!(aucpr(&[1.0, 2.0], &[]), None);
        assert_eq!(auroc(&[1.0, 2.0], &[]), None);
        assert_eq!(aucpr(&[1.0, 2.0, 9.0], &[false, true]), Some(1.0));
        assert_eq!(auroc(&[1.0, 2.0, 9.0], &[false, true]), Some(1.0));
    }

    #[test]
    fn ranks_of_a_monotone_map_agree() {
        let x = [0.3, -1.0, 7.0, 2.0];
        assert_eq!(spearman(&x, &x.map(f64::exp)), Some(1.0));
        assert_eq!(spearman(&x, &x.map(|x| -x)), Some(-1.0));
        assert_eq!(spearman(&x, &[1.0; 4]), None);
    }

    #[test]
    fn a_quantile_leaves_the_wanted_share_above() {
        let values: Vec<f64> = (1..=1000).map(f64::from).collect();
        assert_eq!(quantile(&values, 0.999), Some(999.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    /// The rank of a quantile is `⌈q n⌉`, and at least one.
    #[test]
    fn a_quantile_is_the_value_at_the_rank_rounded_up() {
        let values = [40.0, 10.0, f64::NAN, 20.0];
        let of = |q| quantile(&values, q).unwrap();
        let shares = [0.0, 0.2, 0.25, 0.26, 0.5, 0.51, 0.75];
        assert_eq!(shares.map(of), [10.0, 10.0, 10.0, 20.0, 20.0, 40.0, 40.0]);
        // What is no number is above all that are.
        assert!(of(0.76).is_nan() && of(1.0).is_nan());
    }
}
