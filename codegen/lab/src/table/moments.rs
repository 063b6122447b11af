//! The times of rows as numbers.

use super::Table;
use super::instant::{Instant, Order};

impl Table {
    /// The times in order, in whatever unit the file has, or in seconds if they are dates or clocks; `None` if there are none,
    /// or one cannot be read.
    pub fn moments(&self) -> Option<Vec<f64>> {
        let times = self.times.as_ref()?;
        times.iter().map(|text| moment(text)).collect()
    }
}

fn moment(text: &str) -> Option<f64> {
    if let Ok(number) = text.trim().parse::<f64>() {
        return number.is_finite().then_some(number);
    }
    match Instant::parse(text, Order::DayFirst)
        .or_else(|| Instant::parse(text, Order::MonthFirst))?
    {
        Instant::Whole(seconds) | Instant::Day(seconds) | Instant::Clock(seconds) => Some(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_dates_and_clocks_are_moments() {
        let of = |texts: &[&str]| {
            let times = texts.iter().map(ToString::to_string).collect();
            Table {
                times: Some(times),
                ..Table::default()
            }
            .moments()
        };
        assert_eq!(of(&["0.5", " 7 "]), Some(vec![0.5, 7.0]));
        assert_eq!(
            of(&["1970-01-01T00:01:00Z", "00:01:01"]),
            Some(vec![60.0, 61.0])
        );
        assert_eq!(of(&["1", "noon"]), None);
        assert_eq!(Table::default().moments(), None);
    }
}
