//! The commands, or calls of Python, that made a model, as its user gave them. They are kept among the facts about its training.

use super::call::LONGEST;
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

    /// Whether words are those of the command that takes this step, and name no file to write: users copy them.
    fn is_command(self, words: &[String]) -> bool {
        let is_verb = |word: &String| word == "train" || word == "import";
        let writes = |word: &String| {
            let short = word.strip_prefix('-').and_then(|word| word.chars().next());
            let is_short = short.is_some_and(|c| c.is_ascii_alphabetic());
            let writing = ["--output", "--write-manifest"];
            is_short || writing.iter().any(|option| word.starts_with(option))
        };
        (self != Self::Made || words.first().is_some_and(is_verb)) && !words.iter().any(writes)
    }

    /// Whether a call is the one that takes this step.
    fn is_call(self, call: &Call) -> bool {
        let function = match self {
            Self::Made => "nice_flow.train(",
            Self::Calibrated | Self::Recalibrated => "model.calibrate(",
        };
        call.text().starts_with(function)
    }
}

impl Model {
    /// How a step was taken; `None` if that is not known.
    ///
    /// A model file can hold any text: one that is no such step, or would write another file than the model, is left out. See
    /// [`as_option`] before words are shown to be copied.
    pub fn way(&self, step: Step) -> Option<Way> {
        let [command, call] = step.keys();
        let known = |key| self.first().training.get(key);
        let command = known(command).filter(|text| text.len() <= LONGEST);
        let command = command.and_then(|text| words(text));
        if let Some(words) = command.filter(|words| step.is_command(words)) {
            return Some(Way::Command(words));
        }
        let call = known(call).and_then(|text| Call::parse(text));
        call.filter(|call| step.is_call(call)).map(Way::Call)
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
    fn what_would_write_another_file_or_is_no_such_step_is_not_shown() {
        let flow = Flow {
            dim: 1,
            layers: vec![],
            prior: Prior::Normal,
        };
        let mut model = Model::new("m", vec!["x".into()], flow);
        let long = format!("train {}", "a.csv ".repeat(3000));
        for (step, text) in [
            (
                Step::Made,
                "import a.pt --no-probe --write-manifest=/home/you/.bashrc",
            ),
            (Step::Made, "import a.pt --write-manifest /home/you/.bashrc"),
            (Step::Made, "train a.csv -o/home/you/.bashrc"),
            (Step::Made, "train a.csv --output=x"),
            (Step::Made, "score a.csv"),
            (Step::Made, ""),
            (Step::Made, &long),
            (Step::Calibrated, "a.csv -o x"),
        ] {
            model.members[0]
                .training
                .insert(step.keys()[0].into(), text.into());
            assert_eq!(model.way(step), None, "{text}");
        }
        for (step, text) in [
            (Step::Made, "model.save('/home/you/.bashrc')"),
            (Step::Made, "nice_flow.load('x')"),
            (Step::Calibrated, "model.save('/home/you/.bashrc')"),
        ] {
            model.members[0]
                .training
                .insert(step.keys()[1].into(), text.into());
            assert_eq!(model.way(step), None, "{text}");
        }
        let numbers = "train a.csv --normal -1 --label y";
        model.members[0]
            .training
            .insert("command".into(), numbers.into());
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
