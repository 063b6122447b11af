//! What a module has where it was asked for, beyond model, threshold and detector.

use super::number::float;
use crate::module::Lowered;

/// What else a module has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extras {
    /// Usual values of each input, in what the module takes: `USUAL`, for `nice_flow::Repair`.
    pub usual: Option<Vec<Vec<f64>>>,
}

impl Extras {
    /// The items.
    pub(super) fn text(&self, lowered: &Lowered) -> String {
        let usual = self.usual.as_deref();
        usual.map_or_else(String::new, |usual| usual_text(usual, lowered))
    }

    /// The options of `nice-flow generate` that ask for it.
    pub(super) fn options(&self) -> String {
        let count = self.usual.as_ref().and_then(|usual| usual.first());
        count.map_or_else(String::new, |values| format!(" --explain {}", values.len()))
    }
}

fn usual_text(usual: &[Vec<f64>], lowered: &Lowered) -> String {
    let counts = lowered.takes_counts();
    let (ty, what) = match counts {
        true => ("i32", "in counts"),
        false => ("f32", "in raw units"),
    };
    let number = |x: &f64| match counts {
        true => (*x as i32).to_string(),
        false => float(*x as f32),
    };
    let count = usual.first().map_or(0, Vec::len);
    let rows = usual.iter().map(|values| {
        let values: Vec<String> = values.iter().map(number).collect();
        format!("    [{}],\n", values.join(", "))
    });
    format!(
        "
/// Usual values of each input {what}, quantiles of normal rows: for `Detector::explain`.
#[rustfmt::skip]
#[allow(dead_code)]
pub static USUAL: [[{ty}; {count}]; D] = [
{}];
",
        rows.collect::<String>()
    )
}
