//! The commands, or calls of Python, that made a model, as its user gave them. They are kept among the facts about its training.

use super::{Call, Model};
use crate::text::{as_option, words};

/// How a user took a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The words of a command, without the program, the model file that it reads and the one that it writes.
    Command(Vec<String>),
    /// A call of the Python package.
    Call(Call),
}

/// A step on the way to a model.
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

    /// Its keys in [`Member::training`](super::Member::training), as a command and as a call.
    fn keys(self) -> [&'static str; 2] {
        match self {
            Self::Made => ["command", "call"],
            Self::Calibrated => ["calibrated by", "calibrated by the call"],
            Self::Recalibrated => ["calibrated again by", "calibrated again by the call"],
        }
    }
}

impl Model {
    /// How a step was taken; `None` if that is not known.
    ///
    /// A model file can hold any text: see [`as_option`] before words are shown to be copied.
    pub fn way(&self, step: Step) -> Option<Way> {
        let [command, call] = step.keys();
        let known = &self.first().training;
        let as_command = || Some(Way::Command(words(known.get(command)?)?));
        let as_call = || Some(Way::Call(Call::parse(known.get(call)?)?));
        as_command().or_else(as_call)
    }

    /// The words of a command, if the step was one.
    pub fn step(&self, step: Step) -> Option<Vec<String>> {
        match self.way(step)? {
            Way::Command(words) => Some(words),
            Way::Call(_) => None,
        }
    }

    /// Keeps how a step was taken, or that it is not known; what later steps did is no longer there.
    pub fn keep_way(&mut self, step: Step, way: Option<&Way>) {
        let kept = way.map(|way| {
            let [command, call] = step.keys();
            match way {
                Way::Command(words) => (command, line(words)),
                Way::Call(text) => (call, text.text().to_string()),
            }
        });
        for member in &mut self.members {
            let later = Step::ALL.into_iter().skip_while(|other| *other != step);
            let keys = later.flat_map(Step::keys);
            keys.for_each(|key| drop(member.training.remove(key)));
            if let Some((key, line)) = &kept {
                member.training.insert((*key).into(), line.clone());
            }
        }
    }

    /// The same for the words of a command.
    pub fn keep_step(&mut self, step: Step, words: Option<&[String]>) {
        let way = words.map(|words| Way::Command(words.to_vec()));
        self.keep_way(step, way.as_ref());
    }
}

/// Words as they are given to a shell.
fn line(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| as_option(word)).collect();
    words.join(" ")
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

    #[test]
    fn a_call_takes_the_place_of_a_command() {
        let flow = Flow {
            dim: 1,
            layers: vec![],
            prior: Prior::Normal,
        };
        let mut model = Model::new("m", vec!["x".into()], flow);
        model.keep_step(Step::Calibrated, Some(&["rows.csv".to_string()]));
        let call = Call::parse("model.calibrate(X, false_alarm_rate=0.01)").map(Way::Call);
        model.keep_way(Step::Calibrated, call.as_ref());
        assert_eq!(model.way(Step::Calibrated), call);
        assert_eq!(model.step(Step::Calibrated), None);
        model.keep_step(Step::Made, Some(&["train".to_string()]));
        assert_eq!(model.way(Step::Calibrated), None);
    }
}
