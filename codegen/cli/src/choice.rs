//! Options whose value is one of a few words.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use nice_flow_codegen::Numeric;
use nice_flow_codegen::model::Combine;
use nice_flow_lab::Target;
use nice_flow_lab::board::simulate::OptLevel;
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::train::{RECIPES, Recipe};

/// A value that the user selects by its name.
pub(super) trait Choice: Copy + Send + Sync + 'static {
    /// Every value with its name and its description in `--help`.
    fn all() -> Vec<(Self, &'static str, &'static str)>;
}

/// Parses one of the names; anything else is an error.
pub(super) fn choice<T: Choice>() -> impl TypedValueParser<Value = T> {
    let values = T::all();
    let named =
        |(_, name, help): &(T, &'static str, &'static str)| PossibleValue::new(*name).help(*help);
    let names = PossibleValuesParser::new(values.iter().map(named).collect::<Vec<_>>());
    names.try_map(move |text| {
        let found = values.iter().find(|(_, name, _)| *name == text);
        found
            .map(|(value, ..)| *value)
            .ok_or("expected one of the names")
    })
}

/// One value, or all of them for the word `all`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which<T> {
    One(T),
    All,
}

impl<T: Choice + PartialEq> Which<T> {
    /// The values of a list, each once, in the order in which they come.
    pub(super) fn all_of(list: &[Self]) -> Vec<T> {
        let mut all = vec![];
        for value in list.iter().flat_map(|which| which.values()) {
            if !all.contains(&value) {
                all.push(value);
            }
        }
        all
    }

    fn values(self) -> Vec<T> {
        match self {
            Self::One(value) => vec![value],
            Self::All => T::all().into_iter().map(|(value, ..)| value).collect(),
        }
    }
}

impl<T: Choice> Choice for Which<T> {
    fn all() -> Vec<(Self, &'static str, &'static str)> {
        let one = |(value, name, help)| (Self::One(value), name, help);
        let each = (Self::All, "all", "Each of them");
        T::all().into_iter().map(one).chain([each]).collect()
    }
}

impl Choice for Target {
    fn all() -> Vec<(Self, &'static str, &'static str)> {
        let help = |target| match target {
            Self::CortexM0Plus => "ARMv6-M: no division, no floating-point unit",
            Self::CortexM3 => "ARMv7-M: no floating-point unit",
            Self::CortexM4F => "ARMv7E-M: SIMD for integers, single precision",
            Self::CortexM7 => "ARMv7E-M: two instructions at a time, single and double precision",
            Self::CortexM33 => "ARMv8-M: SIMD for integers, single precision",
            Self::CortexM55 => "ARMv8.1-M with Helium: vectors of integers and of single precision",
            Self::Riscv32Imac => "RISC-V: ESP32-C6 and RP2350's Hazard3, no floating-point unit",
        };
        let named = |target: Self| (target, target.name(), help(target));
        Self::ALL.map(named).into()
    }
}

impl Choice for OptLevel {
    fn all() -> Vec<(Self, &'static str, &'static str)> {
        let help = |level| match level {
            Self::Three => "For speed",
            Self::S => "For size",
            Self::Z => "For size before all",
        };
        let named = |level: Self| (level, level.name(), help(level));
        Self::ALL.map(named).into()
    }
}

impl Choice for Numeric {
    fn all() -> Vec<(Self, &'static str, &'static str)> {
        let help = |numeric| match numeric {
            Self::F32 => "Single precision, in software where there is no FPU",
            Self::I16 => "Integers: weights of 16 bits",
            Self::I8 => "Integers: weights of 8 bits",
        };
        let named = |numeric: Self| (numeric, numeric.name(), help(numeric));
        Self::ALL.map(named).into()
    }
}

impl Choice for Arithmetic {
    fn all() -> Vec<(Self, &'static str, &'static str)> {
        let help = |arithmetic| match arithmetic {
            Self::F64 => "The reference: the flow as it was imported",
            Self::F32 => "The generated module, bit for bit",
            Self::I16 => "The generated module of integers, weights of 16 bits, bit for bit",
            Self::I8 => "The generated module of integers, weights of 8 bits, bit for bit",
        };
        let named = |arithmetic: Self| (arithmetic, arithmetic.name(), help(arithmetic));
        Self::ALL.map(named).into()
    }
}

impl Choice for Recipe {
    fn all() -> Vec<(Self, &'static str, &'static str)> {
        RECIPES.to_vec()
    }
}

impl Choice for Combine {
    fn all() -> Vec<(Self, &'static str, &'static str)> {
        let tail = "The mean tail score: each flow counts alike, and scores of different models mean the same";
        let max = "The highest tail score: a row is as rare as the flow says that finds it rarest";
        let density = "The density of a flow drawn at random, in nats: again a density; the flow that finds a row most likely decides";
        vec![
            (Self::Tail, "tail", tail),
            (Self::Max, "max", max),
            (Self::Density, "density", density),
        ]
    }
}
