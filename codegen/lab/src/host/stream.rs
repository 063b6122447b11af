//! Scores recordings that are read piece by piece.

use super::arithmetic::Arithmetic;
use super::level::{Following, Samples};
use super::score::{combined, inputs, reference_scores, score_lowered, threshold};
use super::scores::Scores;
use crate::table::{Held, Table};
use nice_flow_codegen::flow::ir::Flow;
use nice_flow_codegen::model::{Member, Threshold};
use nice_flow_codegen::module::fixed::{Scale, no_counts};
use nice_flow_codegen::{Lowered, Model, Result, lowered};

/// A model in one arithmetic, made once for any number of rows.
pub struct Scorer {
    model: Model,
    made: Made,
    threshold: Option<Threshold>,
    samples: Samples,
}

enum Made {
    Reference(Vec<Flow>),
    Module(Lowered),
}

impl Scorer {
    /// The model in an arithmetic; with a scale, for rows of counts, which integers take only.
    pub fn new(model: Model, arithmetic: Arithmetic, counts: Option<&Scale>) -> Result<Self> {
        let made = match (arithmetic.module(), counts) {
            (None, None) => Made::Reference(model.members.iter().map(Member::raw_flow).collect()),
            (None, Some(_)) => return Err(no_counts("f64")),
            (Some(numeric), None) => Made::Module(lowered(&model, numeric)?),
            (Some(numeric), Some(scale)) => {
                Made::Module(lowered(&model, numeric)?.taking_counts(scale, &model)?)
            }
        };
        let samples = match counts {
            None => Samples::Float,
            Some(_) => Samples::Counts,
        };
        let threshold = threshold(&model, arithmetic);
        Ok(Self {
            model,
            made,
            threshold,
            samples,
        })
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The module, if the arithmetic is that of one.
    pub fn module(&self) -> Option<&Lowered> {
        match &self.made {
            Made::Reference(_) => None,
            Made::Module(lowered) => Some(lowered),
        }
    }

    /// The limit of scores in this arithmetic.
    pub fn threshold(&self) -> Option<Threshold> {
        self.threshold
    }

    /// Scores of rows that nothing is taken off, on all cores.
    fn plain(&self, rows: &[f64]) -> Scores {
        match &self.made {
            Made::Module(lowered) => {
                score_lowered(lowered, &inputs(&self.model, lowered, rows), &|_| ())
            }
            Made::Reference(flows) => {
                let scores = flows
                    .iter()
                    .map(|flow| reference_scores(flow, rows, &|_| ()));
                combined(self.model.combination().as_ref(), scores.collect())
            }
        }
    }

    /// A new recording.
    pub fn recording(&self) -> Recording<'_> {
        let channels = self.model.dim();
        let level = |baseline| Following::new(baseline, self.samples, channels);
        Recording {
            scorer: self,
            held: Held::default(),
            following: self.model.baseline.map(level),
        }
    }
}

/// A recording, of which rows are scored in their order as a detector on a board does: missing cells mended, levels taken
/// off.
pub struct Recording<'a> {
    scorer: &'a Scorer,
    held: Held,
    following: Option<Following>,
}

impl Recording<'_> {
    /// The scores of the next rows. Those that the model ignores have none: the table has their numbers afterwards.
    pub fn score(&mut self, piece: &mut Table) -> Result<Scores> {
        let scorer = self.scorer;
        piece.mend_after(scorer.model.missing, &mut self.held);
        if let Some(following) = &mut self.following {
            let judge = |rows: &[f64]| Ok(scorer.plain(rows).verdicts(scorer.threshold));
            piece.values = following.above(&piece.values, &judge)?;
        }
        Ok(scorer.plain(&piece.values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{DMatrix, DVector};
    use nice_flow_codegen::flow::ir::{
        Activation, Coupling, Layer, Linear, Network, Parameters, Prior, Stage,
    };

    fn linear(outputs: usize, inputs: usize) -> Stage {
        Stage::Linear(Linear {
            weight: DMatrix::from_fn(outputs, inputs, |i, j| 0.5 - 0.3 * (i + 2 * j) as f64),
            bias: DVector::from_element(outputs, 0.25),
        })
    }

    /// A coupling in which the kept inputs shift the changed ones.
    fn coupling(kept: Vec<usize>, changed: Vec<usize>) -> Layer {
        let network = vec![
            linear(4, kept.len()),
            Stage::Activation(Activation::Relu),
            linear(changed.len(), 4),
        ];
        Layer::Coupling(Coupling {
            kept,
            changed,
            conditioner: Parameters::Joint(Network(network)),
            scale: None,
            backwards: false,
        })
    }

    fn model() -> Model {
        let flow = Flow {
            dim: 3,
            layers: vec![coupling(vec![0], vec![1, 2]), coupling(vec![1, 2], vec![0])],
            prior: Prior::Normal,
        };
        let mut model = Model::new("pump", ["a", "b", "c"].map(String::from).into(), flow);
        model.threshold = Some(Threshold {
            score: 8.0,
            false_alarm_rate: 0.01,
        });
        model
    }

    /// Readings that creep, some of them missing and some far off.
    fn rows(model: &Model) -> Table {
        let mut values = model.sample(240, 5);
        for (place, value) in values.iter_mut().enumerate() {
            *value += place as f64 * 1e-3;
            if place % 97 == 13 {
                *value = f64::NAN;
            }
            if place % 613 == 0 {
                *value = 1e30;
            }
        }
        Table::of_rows(values, model.features.clone())
    }

    /// Scores of the rows in pieces of so many.
    fn in_pieces(scorer: &Scorer, whole: &Table, most: usize) -> (Vec<String>, Vec<usize>) {
        let mut recording = scorer.recording();
        let (mut bits, mut ignored, mut start) = (vec![], vec![], 0);
        for values in whole.values.chunks(most * whole.columns) {
            let mut piece = Table::of_rows(values.to_vec(), whole.features.clone());
            let rows = piece.rows;
            if start > 0 {
                piece.recordings = vec![];
            }
            bits.extend(recording.score(&mut piece).unwrap().bits());
            ignored.extend(piece.ignored.iter().map(|row| row + start));
            start += rows;
        }
        (bits, ignored)
    }

    #[test]
    fn pieces_have_the_scores_of_the_whole() {
        for missing in ["alarm", "hold:3", "ignore"] {
            for baseline in [None, Some("EWMA:16")] {
                for arithmetic in Arithmetic::ALL {
                    let mut model = model();
                    model.missing = missing.parse().unwrap();
                    model.baseline = baseline.map(|text| text.parse().unwrap());
                    let rows = rows(&model);
                    let scorer = Scorer::new(model, arithmetic, None).unwrap();
                    let whole = in_pieces(&scorer, &rows, usize::MAX / rows.columns);
                    assert_eq!(whole.1.is_empty(), missing != "ignore");
                    for most in [7, 100] {
                        let pieces = in_pieces(&scorer, &rows, most);
                        assert_eq!(
                            pieces, whole,
                            "{missing} {baseline:?} {arithmetic:?} {most}"
                        );
                    }
                }
            }
        }
    }
}
