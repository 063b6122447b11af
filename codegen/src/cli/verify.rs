//! `nice-flow verify`.

use super::source::Rows;
use crate::score::Numeric;
use crate::verify::{Difference, verify};
use crate::{Error, Result};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    rows: Rows,

    /// Number type of the module.
    #[arg(long, value_enum, default_value_t)]
    numeric: crate::Numeric,

    /// Largest difference from the reference that is fine, in nats.
    #[arg(long, value_name = "NATS")]
    limit: Option<f64>,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        let (model, table) = self.rows.load()?;
        let crate::Numeric::F32 = self.numeric;
        let verification = verify(&model, &table.values, Numeric::F32)?;
        if json {
            say!("{}", serde_json::json!(verification));
        } else {
            say!(
                "{} rows against the f64 reference, in nats",
                verification.rows
            );
            print("folded, f64", &verification.folded)?;
            print("generated, f32", &verification.generated)?;
        }
        match self.limit {
            Some(limit) if limit.is_nan() || verification.generated.largest > limit => {
                Err(Error::Check(format!(
                    "the generated module is up to {} nats from the reference, expected at most {limit}",
                    verification.generated.largest
                )))
            }
            _ => Ok(()),
        }
    }
}

fn print(what: &str, difference: &Difference) -> Result<()> {
    let agreement = difference
        .rank_agreement
        .map_or("-".into(), |rho| format!("{rho:.9}"));
    say!(
        "{what:<15} largest {:.2e}  p99 {:.2e}  rank agreement {agreement}",
        difference.largest,
        difference.p99
    );
    Ok(())
}
