//! Limits of flash and RAM that a board has.

use super::Cost;
use std::str::FromStr;

/// Limits in bytes: `flash=64K,ram=4K`, one of them or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    flash: Option<u64>,
    ram: Option<u64>,
}

/// The bytes that a cost leaves of a budget; negative if it needs more. `None` where the budget has no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[allow(missing_docs)]
pub struct Left {
    pub flash: Option<i64>,
    pub ram: Option<i64>,
}

impl Budget {
    /// The bytes that a cost leaves of this budget.
    ///
    /// Flash is that of the smallest firmware with the model. RAM is the statics plus the bound of the stack of a
    /// score.
    pub fn left(&self, cost: &Cost) -> Left {
        let of = |limit: Option<u64>, bytes| {
            let limit = i64::try_from(limit?).unwrap_or(i64::MAX);
            Some(limit.saturating_sub_unsigned(bytes))
        };
        Left {
            flash: of(self.flash, cost.flash_bytes),
            ram: of(self.ram, ram_bytes(cost)),
        }
    }

    /// The limits that a cost exceeds, in words; empty if it fits.
    pub fn exceeded(&self, cost: &Cost) -> Vec<String> {
        let left = self.left(cost);
        let limits = [
            ("flash", self.flash, left.flash, cost.flash_bytes),
            ("ram", self.ram, left.ram, ram_bytes(cost)),
        ];
        let over = |(name, limit, left, bytes): (&str, Option<u64>, Option<i64>, u64)| {
            let limit = limit.filter(|_| left.is_some_and(|left| left < 0))?;
            let Cost {
                target,
                numeric,
                opt_level,
                ..
            } = cost;
            Some(format!(
                "{target}, {numeric}, opt-level {opt_level}: {bytes} bytes of {name}, budget {limit}"
            ))
        };
        limits.into_iter().filter_map(over).collect()
    }
}

fn ram_bytes(cost: &Cost) -> u64 {
    cost.static_ram_bytes + u64::from(cost.stack())
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut budget = Self::default();
        for part in text.split(',') {
            match part.split_once('=').map(|(name, size)| (name, bytes(size))) {
                Some(("flash", Some(size))) => budget.flash = Some(size),
                Some(("ram", Some(size))) => budget.ram = Some(size),
                _ => {
                    return Err(format!(
                        "expected flash=64K, ram=4K or both, found `{text}`"
                    ));
                }
            }
        }
        Ok(budget)
    }
}

/// Parses `4096`, `4K` or `1M`.
fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = match text.char_indices().last()? {
        (at, 'k' | 'K') => (&text[..at], 1 << 10),
        (at, 'm' | 'M') => (&text[..at], 1 << 20),
        _ => (text, 1),
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_read_with_its_units() {
        let budget: Budget = "flash=64K,ram=4096".parse().unwrap();
        assert_eq!((budget.flash, budget.ram), (Some(65536), Some(4096)));
        assert_eq!("ram=1M".parse::<Budget>().unwrap().ram, Some(1 << 20));
        for wrong in [
            "",
            "flash",
            "flash=",
            "flash=K",
            "rom=1K",
            "ram=-1",
            "ram=99999999999999999999",
            "ram=1é",
        ] {
            let message = wrong.parse::<Budget>().unwrap_err().to_string();
            assert!(message.contains("flash=64K"), "{wrong}: {message}");
        }
    }
}
