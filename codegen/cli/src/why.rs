//! The options `--why` and `--explain` of `score` and `simulate`.

use crate::choice::{Choice, choice};
use crate::counts::Counts;
use crate::progress::progress;
use nice_flow_codegen::model::Threshold;
use nice_flow_codegen::{Error, Model, Result};
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::explain::{Cause, Explainer};
use nice_flow_lab::table::Table;
use rayon::prelude::*;

/// How many usual values an input has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Values(pub usize);

impl Choice for Values {
    fn all() -> Vec<(Self, &'static str, &'static str)> {
        vec![
            (Self(3), "3", "Nearly as good, for a board"),
            (Self(5), "5", "Between the two"),
            (Self(7), "7", "As good, for a board"),
            (Self(15), "15", "As report does"),
        ]
    }
}

/// Which inputs make rows anomalous.
#[derive(Debug, clap::Args)]
pub(super) struct Why {
    /// Add columns cause_1, usual_1, …: of each flagged row, at most N inputs that make it anomalous, the one to blame first
    /// in front, and the usual values with which its score is normal. They are columns of the file of -o.
    #[arg(long, value_name = "N", requires = "output", value_parser = clap::value_parser!(u16).range(1..))]
    why: Option<u16>,

    /// How many usual values of an input --why tries: quantiles of the model's normal rows. A module of generate --explain
    /// with as many gives the same causes.
    #[arg(long, value_name = "VALUES", requires = "why", value_parser = choice::<Values>(), default_value = "15")]
    explain: Values,
}

/// The causes of each row, and the most that a row may have.
pub(super) struct Causes {
    pub most: usize,
    pub rows: Vec<Vec<Cause>>,
}

impl Why {
    /// Whether causes are asked for.
    pub(super) fn is_asked(&self) -> bool {
        self.why.is_some()
    }

    /// How many usual values an input has.
    pub(super) fn values(&self) -> usize {
        self.explain.0
    }

    /// The causes of the rows that are flagged; `None` if nobody asked.
    pub(super) fn causes(
        &self,
        model: &Model,
        arithmetic: Arithmetic,
        counts: &Counts,
        table: &Table,
        (flagged, threshold): (&[bool], Option<Threshold>),
    ) -> Result<Option<Causes>> {
        let Some(most) = self.why.map(usize::from) else {
            return Ok(None);
        };
        if threshold.is_none() {
            let message = "expected a model with a threshold (nice-flow calibrate): no row is flagged without";
            return Err(Error::input("--why", message));
        }
        let scale = counts.scale.as_ref();
        let explainer = Explainer::new(model, arithmetic, scale, self.explain.0)?;
        let bar = progress(
            flagged.iter().filter(|flagged| **flagged).count() as u64,
            "causes",
        );
        let rows = flagged.par_iter().enumerate().map(|(row, flagged)| {
            if !flagged {
                return Ok(vec![]);
            }
            let causes = explainer.causes(table.row(row), threshold, most);
            bar.inc(1);
            causes
        });
        let rows = rows.collect::<Result<Vec<_>>>()?;
        bar.finish_and_clear();
        Ok(Some(Causes { most, rows }))
    }
}
