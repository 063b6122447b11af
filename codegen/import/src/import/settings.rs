//! Settings that a checkpoint does not store, and where their values came from.

use super::context::Context;
use super::key::{DIRECTION, EVERYWHERE, Key, ROOT};
use super::ops::{Direction, Prior, PriorKind};
use crate::checkpoint::Checkpoint;
use crate::imported::Note;
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::Activation;
use std::collections::{BTreeMap, BTreeSet};

/// The values given with `--set`, and a note on every setting that was used.
#[derive(Debug)]
pub struct Settings {
    place: String,
    /// The name of the layout.
    name: &'static str,
    /// The keys that the layout accepts.
    known: &'static [Key],
    given: BTreeMap<String, String>,
    asked: BTreeSet<String>,
    notes: Vec<Note>,
}

/// The source of a value that is not given with `--set`; texts are written as for `--set`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The file stores the value.
    Stored(String),
    /// The library's default.
    Default(&'static str),
    /// The default of a library that builds upon this one, which it names.
    DefaultOf(&'static str, &'static str),
    /// There is no default: the user must give the value.
    Unknown,
}

/// Why a default is taken.
fn differs(library: &str, key: &str) -> String {
    format!("{library}'s default; --set {key}=… if yours differs")
}

impl Settings {
    /// An error if a key is unknown to the layout, or is given twice.
    pub(super) fn new(
        checkpoint: &Checkpoint,
        name: &'static str,
        known: &'static [Key],
        set: &[(String, String)],
    ) -> Result<Self> {
        let mut settings = Self {
            place: checkpoint.path.display().to_string(),
            name,
            known,
            given: BTreeMap::new(),
            asked: BTreeSet::new(),
            notes: vec![],
        };
        for (key, value) in set {
            let mut all = known.iter().chain(&EVERYWHERE);
            if !all.any(|known| known.name == key) {
                let keys = settings.keys();
                return settings.fail(format!("expected --set {keys}; found {key}={value}"));
            }
            if settings.given.insert(key.clone(), value.clone()).is_some() {
                return settings.fail(format!("expected --set {key} once, found it twice"));
            }
        }
        Ok(settings)
    }

    /// Adds a note for the user, unless it is there already.
    pub fn note(&mut self, note: impl Into<Note>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The value of a key: the given one, else the stored one, else the library's default.
    pub fn choose<T>(
        &mut self,
        key: &str,
        source: Source,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        let given = self.given.get(key).cloned();
        self.asked.insert(key.to_owned());
        let (value, why) = match (given, source) {
            (Some(given), Source::Stored(stored)) if stored != given => {
                (given, format!("--set; the file says {stored}"))
            }
            (_, Source::Stored(stored)) => (stored, "stored in the file".to_owned()),
            (Some(given), _) => (given, "--set".to_owned()),
            (None, Source::Default(value)) => (value.to_owned(), differs(self.name, key)),
            (None, Source::DefaultOf(library, value)) => (value.to_owned(), differs(library, key)),
            (None, Source::Unknown) => {
                let (name, keys) = (self.name, self.keys());
                return self.fail(format!(
                    "expected {key}, which the file does not store; {name} takes --set {keys}"
                ));
            }
        };
        let Some(parsed) = parse(&value) else {
            let values = self.values(key);
            return self.fail(format!("expected {key}={values}, found {value}"));
        };
        self.note(format!("{key}: {value} ({why})"));
        Ok(parsed)
    }

    /// Whether the user gave a value for the key.
    pub fn is_given(&mut self, key: &str) -> bool {
        self.asked.insert(key.to_owned());
        self.given.contains_key(key)
    }

    /// Notes a value that the file has, in words; an error if another is given.
    pub(super) fn stored(&mut self, key: &str, value: &str, words: &str) -> Result<()> {
        self.note(words);
        if !self.is_given(key) {
            return Ok(());
        }
        match self.given.get(key) {
            Some(given) if given != value => self.fail(format!(
                "expected --set {key}={value}, as the file has it, or none, found --set {key}={given}"
            )),
            _ => Ok(()),
        }
    }

    /// The activation of the conditioners, from the key `activation`.
    pub fn activation(&mut self, source: Source) -> Result<Activation> {
        self.choose("activation", source, activation)
    }

    /// The standard prior, from the key `prior`.
    pub(super) fn prior(&mut self, source: Source) -> Result<Prior> {
        self.choose("prior", source, |word| match word {
            "logistic" => Some(Prior::standard(PriorKind::Logistic)),
            "normal" => Some(Prior::standard(PriorKind::Normal)),
            _ => student_t(word),
        })
    }

    /// With `log_prob=printed`, the constant in nats that the author's code adds to the `ln p` that it prints, and that
    /// a probe therefore holds; otherwise 0. `formula` describes it in words.
    pub(super) fn log_prob(&mut self, constant: f64, formula: &str) -> Result<f64> {
        if !self.is_given(LOG_PROB.name) {
            self.note(format!(
                "log_prob: density (a probe of what this code prints, ln p {formula}, takes --set log_prob=printed)"
            ));
            return Ok(0.0);
        }
        self.choose(LOG_PROB.name, Source::Unknown, |word| match word {
            "density" => Some(0.0),
            "printed" => Some(constant),
            _ => None,
        })
    }

    /// The context of a conditional flow, from the key `context`; none if it is not given. Numbers are constants, words are names
    /// of inputs.
    pub(super) fn context(&mut self) -> Result<Context> {
        if !self.is_given(CONTEXT.name) {
            return Ok(Context::NONE);
        }
        self.choose(CONTEXT.name, Source::Unknown, |text| {
            let parts: Vec<&str> = text.split(',').map(str::trim).collect();
            let numbers = parts.iter().map(|part| part.parse().ok());
            let numbers: Vec<Option<f64>> = numbers.collect();
            if numbers.iter().all(Option::is_none) {
                let is_named = parts.iter().all(|part| !part.is_empty());
                return is_named
                    .then(|| Context::inputs(parts.iter().map(ToString::to_string).collect()));
            }
            let finite = |numbers: &Vec<f64>| numbers.iter().all(|number| number.is_finite());
            let numbers = numbers.into_iter().collect::<Option<Vec<f64>>>();
            numbers.filter(finite).map(Context::Constant)
        })
    }

    /// The direction of the layers, from the key `direction`.
    pub(super) fn direction(&mut self) -> Result<Direction> {
        if !self.is_given(DIRECTION.name) {
            return Ok(Direction::XToZ);
        }
        self.choose(DIRECTION.name, Source::Unknown, |word| match word {
            "x_to_z" => Some(Direction::XToZ),
            "z_to_x" => Some(Direction::ZToX),
            _ => None,
        })
    }

    /// An error about the settings.
    fn fail<T>(&self, message: String) -> Result<T> {
        Err(Error::input(&self.place, message))
    }

    fn keys(&self) -> String {
        let keys = self.known.iter().chain(&EVERYWHERE);
        let keys = keys.map(|key| format!("{}={} ({})", key.name, key.values, key.meaning));
        keys.collect::<Vec<_>>().join(", ")
    }

    fn values(&self, key: &str) -> &'static str {
        let mut keys = self.known.iter().chain(&EVERYWHERE);
        keys.find(|k| k.name == key).map_or("", |key| key.values)
    }

    /// An error if a given setting chose nothing in this flow, which names those that choose something in it.
    pub(super) fn expect_used(&self) -> Result<()> {
        let is_asked = |key: &str| key == ROOT.name || self.asked.contains(key);
        let idle = self.given.iter().filter(|(key, _)| !is_asked(key));
        let idle: Vec<_> = idle
            .map(|(key, value)| format!("--set {key}={value}"))
            .collect();
        if idle.is_empty() {
            return Ok(());
        }
        let known = self.known.iter().chain(&EVERYWHERE);
        let apply = known.filter(|key| is_asked(key.name));
        let apply: Vec<_> = apply
            .map(|key| format!("--set {}={}", key.name, key.values))
            .collect();
        let (apply, idle) = (apply.join(", "), idle.join(" and "));
        self.fail(format!(
            "expected settings that say something of this flow ({apply}), found {idle}, which does not"
        ))
    }

    pub(super) fn into_notes(self) -> Vec<Note> {
        self.notes
    }
}

/// The key `activation`, for layouts whose files do not store it.
pub(super) const ACTIVATION: Key = Key {
    name: "activation",
    values: "relu|leaky_relu:SLOPE|elu:ALPHA|tanh|sigmoid|silu|softplus|gelu|gelu_tanh|mish|selu|hardtanh|relu6|hardswish|softsign|atan",
    meaning: "between the linear layers of the conditioners",
};

/// The key `log_prob`, for layouts whose code adds a constant to the `ln p` that it prints.
pub(super) const LOG_PROB: Key = Key {
    name: "log_prob",
    values: "density|printed",
    meaning: "what a probe holds: ln p, or what this code prints, which is off by a constant",
};

/// The key `context`, for layouts of conditional flows.
pub(super) const CONTEXT: Key = Key {
    name: "context",
    values: "NUMBER,NUMBER,…|NAME,NAME,…",
    meaning: "what a conditional flow is given: numbers if it is always the same, else names of its inputs",
};

/// The key `prior`, for libraries that train with either prior.
pub(super) const PRIOR: Key = Key {
    name: "prior",
    values: "logistic|normal|student_t:DF",
    meaning: "density of the latent vector",
};

/// Reads `student_t:5`, standard and independent, of five degrees of freedom each.
fn student_t(word: &str) -> Option<Prior> {
    let df = word.strip_prefix("student_t:")?.parse().ok();
    Some(Prior {
        df: Some(df.filter(|df: &f64| *df > 0.0 && df.is_finite())?),
        ..Prior::standard(PriorKind::StudentT)
    })
}

/// Reads `name` or `name:number`; without a number, PyTorch's default applies.
pub(super) fn activation(text: &str) -> Option<Activation> {
    let (name, number) = match text.split_once(':') {
        Some((name, number)) => (name, Some(number.parse::<f64>().ok()?)),
        None => (text, None),
    };
    if number.is_some_and(|number| !number.is_finite()) {
        return None;
    }
    Some(match (name, number) {
        ("leaky_relu", slope) => Activation::LeakyRelu {
            slope: slope.unwrap_or(0.01),
        },
        ("elu", alpha) => Activation::Elu {
            alpha: alpha.unwrap_or(1.0),
        },
        (name, None) => named(name)?,
        _ => return None,
    })
}

/// The activation of a name, without parameters or with PyTorch's.
pub(super) fn named(name: &str) -> Option<Activation> {
    let limits = |min, max| Activation::Hardtanh { min, max };
    Some(match name {
        "relu" => Activation::Relu,
        "tanh" => Activation::Tanh,
        "sigmoid" => Activation::Sigmoid,
        "silu" => Activation::Silu,
        "softplus" => Activation::Softplus,
        "gelu" => Activation::Gelu,
        "gelu_tanh" => Activation::GeluTanh,
        "mish" => Activation::Mish,
        "selu" => Activation::Selu,
        "hardtanh" => limits(-1.0, 1.0),
        "relu6" => limits(0.0, 6.0),
        "hardswish" => Activation::Hardswish,
        "softsign" => Activation::Softsign,
        "atan" => Activation::Atan,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activations_are_read_with_their_number() {
        let leaky = |slope| Some(Activation::LeakyRelu { slope });
        assert_eq!(activation("leaky_relu:0.2"), leaky(0.2));
        assert_eq!(activation("leaky_relu"), leaky(0.01));
        assert_eq!(activation("elu"), Some(Activation::Elu { alpha: 1.0 }));
        assert_eq!(activation("relu"), Some(Activation::Relu));
        for wrong in ["swosh", "relu:1", "elu:x", "leaky_relu:nan", ""] {
            assert_eq!(activation(wrong), None, "{wrong}");
        }
    }
}
