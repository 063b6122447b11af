//! The subject of a report, with the scores that most of its sections need.

use super::drift;
use super::ink::Ink;
use crate::Target;
use crate::board::simulate::{Run, Sizes};
use crate::host::arithmetic::Arithmetic;
use crate::host::score::{score, threshold};
use crate::table::Table;
use nice_flow_codegen::model::Threshold;
use nice_flow_codegen::model::unit::Unit;
use nice_flow_codegen::{Model, Result};

/// Rows, and the name of their file.
#[derive(Clone, Debug)]
pub struct Rows {
    /// File name, without its folder.
    pub file: String,
    /// The rows, with columns in the model's order.
    pub table: Table,
}

/// The measured cost of a score on a board.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Board {
    pub target: Target,
    pub numeric: nice_flow_codegen::Numeric,
    pub sizes: Sizes,
    pub run: Run,
    /// The deepest possible stack in bytes, whatever the row; `None` if no bound could be proven.
    pub stack_bound: Option<u32>,
}

/// The subject of a report.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The model, of one flow or several.
    pub model: Model,
    /// The rows to score, with or without labels.
    pub data: Rows,
    /// Normal rows that the model was trained on.
    pub train: Option<Rows>,
    /// The arithmetic in which scores are computed.
    pub numeric: Arithmetic,
    /// Figures that were measured on an emulated board.
    pub board: Option<Board>,
}

/// A subject with its scores.
pub struct Scored<'a> {
    pub subject: &'a Subject,
    /// The scores of the data.
    pub scores: Vec<f64>,
    /// For each row of the data, whether it is flagged.
    pub flagged: Vec<bool>,
    /// The places of the scores at which they have slowly changed; `None` if the model cannot tell.
    pub changes: Option<Vec<usize>>,
    /// The scores of the training rows; empty if there are none.
    pub train: Vec<f64>,
    /// Is told of scored rows.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

/// The scores of rows of one kind.
pub struct Group {
    pub name: String,
    pub ink: Ink,
    pub scores: Vec<f64>,
}

/// The feature values of rows of one kind.
pub struct Sample<'a> {
    pub name: &'static str,
    pub ink: Ink,
    pub rows: Vec<&'a [f64]>,
}

impl<'a> Scored<'a> {
    /// Scores all rows of a subject.
    pub fn new(subject: &'a Subject, progress: &'a (dyn Fn(usize) + Sync)) -> Result<Self> {
        let score = |table: &Table| score(&subject.model, &table.values, subject.numeric, progress);
        let (model, table) = (&subject.model, &subject.data.table);
        let scores = score(table)?;
        let train = match &subject.train {
            Some(train) => score(&train.table)?.to_f64(),
            None => vec![],
        };
        Ok(Self {
            subject,
            flagged: scores.verdicts(threshold(model, subject.numeric)),
            changes: drift::changes(model, subject.numeric, table, &scores.to_f64())?,
            scores: scores.to_f64(),
            train,
            progress,
        })
    }

    /// The threshold for scores in the subject's arithmetic.
    pub fn threshold(&self) -> Option<Threshold> {
        threshold(&self.subject.model, self.subject.numeric)
    }

    /// The unit of the scores.
    pub fn unit(&self) -> Unit {
        self.subject.model.unit()
    }

    /// Whether rows can be drawn from the model: a conditional flow needs kept rows, whose context they have.
    pub fn can_draw(&self) -> bool {
        self.model().expect_known_context("report").is_ok()
    }

    /// The model.
    pub fn model(&self) -> &'a Model {
        &self.subject.model
    }

    /// The number of features.
    pub fn dim(&self) -> usize {
        self.subject.model.dim()
    }

    /// The number of flows.
    pub fn flows(&self) -> usize {
        self.subject.model.members.len()
    }

    /// The number of rows in the data without a finite score.
    pub fn broken(&self) -> usize {
        let broken = self.scores.iter().filter(|score| !score.is_finite());
        broken.count()
    }

    /// The labels of the data.
    pub fn labels(&self) -> Option<&'a [bool]> {
        self.subject.data.table.labels.as_deref()
    }

    /// The scores of the data with this label; all scores if there are no labels.
    pub fn labelled(&self, anomalous: bool) -> Vec<f64> {
        let of = |row: usize| self.labels().is_none_or(|labels| labels[row] == anomalous);
        let rows = self.scores.iter().enumerate();
        rows.filter(|(row, _)| of(*row))
            .map(|(_, score)| *score)
            .collect()
    }

    /// The scores of training, normal and anomalous rows, as far as there are such.
    pub fn groups(&self) -> Vec<Group> {
        let group = |name: &str, ink, scores: Vec<f64>| Group {
            name: format!("{name} ({})", super::number::count(scores.len())),
            ink,
            scores,
        };
        let mut groups = vec![group("training rows", Ink::Train, self.train.clone())];
        if self.labels().is_some() {
            groups.push(group("normal rows", Ink::Normal, self.labelled(false)));
            groups.push(group("anomalous rows", Ink::Anomaly, self.labelled(true)));
        } else {
            groups.push(group("scored rows", Ink::Normal, self.scores.clone()));
        }
        groups.retain(|group| !group.scores.is_empty());
        groups
    }

    /// The rows whose density the flow should have learned: training rows, and rows of the data that are not labelled
    /// as anomalies. At least one of the two is not empty.
    pub fn normal_samples(&self) -> Vec<Sample<'a>> {
        let data = &self.subject.data.table;
        let is_normal = |row: usize| self.labels().is_none_or(|labels| !labels[row]);
        let normal = data.iter().enumerate().filter(|(row, _)| is_normal(*row));
        let mut samples = vec![];
        if let Some(train) = &self.subject.train {
            samples.push(Sample {
                name: "training rows",
                ink: Ink::Train,
                rows: train.table.iter().collect(),
            });
        }
        samples.push(Sample {
            name: match self.labels() {
                Some(_) => "normal rows",
                None => "scored rows",
            },
            ink: Ink::Normal,
            rows: normal.map(|(_, row)| row).collect(),
        });
        samples.retain(|sample| !sample.rows.is_empty());
        samples
    }
}

/// At most `most` of the rows, evenly spaced.
pub fn thinned<T: Copy>(rows: &[T], most: usize) -> Vec<T> {
    let kept = rows.len().min(most);
    (0..kept).map(|i| rows[i * rows.len() / kept]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_order_and_number() {
        let rows: Vec<usize> = (0..10).collect();
        assert_eq!(thinned(&rows, 20), rows);
        assert_eq!(thinned(&rows, 4), [0, 2, 5, 7]);
        assert!(thinned::<u8>(&[], 4).is_empty());
    }
}
