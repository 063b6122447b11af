//! The commands that made a model, as its user gave them. They are kept among the facts about its training.

use super::Model;
use crate::text::{as_option, words};

/// A command on the way to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `train` or `import`.
    Made,
    /// `calibrate` with rows.
    Calibrated,
    /// `calibrate` with the rows of an earlier calibration.
    Recalibrated,
}

impl Step {
    const ALL: [Self; 3] = [Self::Made, Self::Calibrated, Self::Recalibrated];

    /// Its key in [`Member::training`](super::Member::training).
    fn key(self) -> &'static str {
        match self {
            Self::Made => "command",
            Self::Calibrated => "calibrated by",
            Self::Recalibrated => "calibrated again by",
        }
    }
}

impl Model {
    /// The words of a command, without the program, the model file that it reads and the one that it writes; `None` if they are
    /// not known.
    ///
    /// A model file can hold any text: see [`as_option`] before they are shown to be copied.
    pub fn step(&self, step: Step) -> Option<Vec<String>> {
        words(self.first().training.get(step.key())?)
    }

    /// Keeps the words of a command, or that they are not known; what later commands did is no longer there.
    pub fn keep_step(&mut self, step: Step, words: Option<&[String]>) {
        let line = words.map(|words| {
            let words: Vec<String> = words.iter().map(|word| as_option(word)).collect();
            words.join(" ")
        });
        for member in &mut self.members {
            let later = Step::ALL.into_iter().skip_while(|other| *other != step);
            later.for_each(|step| drop(member.training.remove(step.key())));
            if let Some(line) = &line {
                member.training.insert(step.key().into(), line.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ir::{Flow, Prior};

    #[test]
    fn a_step_takes_the_place_of_itself_and_of_those_behind_it() {
        let flow = Flow {
            dim: 1,
            layers: vec![],
            prior: Prior::Normal,
        };
        let mut model = Model::new("m", vec!["x".into()], flow);
        let line =
            |words: &[&str]| -> Vec<String> { words.iter().map(ToString::to_string).collect() };
        let train = line(&["train", "my rows.csv", "--label", "it's", "--normal", "-1"]);
        model.keep_step(Step::Made, Some(&train));
        model.keep_step(Step::Calibrated, Some(&line(&["a.csv"])));
        model.keep_step(Step::Recalibrated, Some(&line(&["--debounce", "2/3"])));
        assert_eq!(model.step(Step::Made), Some(train));
        assert_eq!(
            model.step(Step::Recalibrated),
            Some(line(&["--debounce", "2/3"]))
        );
        model.keep_step(Step::Calibrated, None);
        assert_eq!(
            [Step::Calibrated, Step::Recalibrated].map(|step| model.step(step)),
            [None, None]
        );
        assert!(model.step(Step::Made).is_some());
    }
}
