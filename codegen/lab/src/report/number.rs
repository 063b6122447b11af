//! Numbers as text for people.

/// A count, with a comma between groups of three digits.
pub fn count(n: usize) -> String {
    group(&n.to_string())
}

/// A number with about four digits; with an exponent if it is very large or very small.
pub fn short(value: f64) -> String {
    significant(value, 4)
}

/// A share in per cent, with about three digits.
pub fn percent(share: f64) -> String {
    format!("{}\u{a0}%", significant((share * 1e5).round() / 1e3, 3))
}

/// How much louder a band is, with a sign.
pub fn decibels(louder: f64) -> String {
    let digits = usize::from(louder.abs() < 9.95);
    match trim(&format!("{louder:+.digits$}")).as_str() {
        "+0" | "-0" => "0\u{a0}dB".into(),
        text => format!("{text}\u{a0}dB"),
    }
}

fn significant(value: f64, wanted: u32) -> String {
    let size = value.abs();
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 { "∞" } else { "-∞" }.into()
    } else if size == 0.0 {
        "0".into()
    } else if (1e-3..1e6).contains(&size) {
        let digits = (f64::from(wanted - 1) - size.log10().floor()).clamp(0.0, 6.0) as usize;
        group(&trim(&format!("{value:.digits$}")))
    } else {
        let text = format!("{value:.2e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        format!("{}e{exponent}", trim(mantissa))
    }
}

/// `part` of `whole`, and the share in per cent.
pub fn share(part: usize, whole: usize) -> String {
    let share = part as f64 / whole.max(1) as f64;
    format!("{} of {} ({})", count(part), count(whole), percent(share))
}

/// The text without trailing zeros behind the decimal point.
fn trim(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').into(),
        false => text.into(),
    }
}

/// Adds commas between the thousands of a decimal number.
fn group(text: &str) -> String {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let whole = rest.find('.').unwrap_or(rest.len());
    let mut grouped = sign.to_string();
    for (place, digit) in rest.chars().enumerate() {
        if place > 0 && place < whole && (whole - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_grouped() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(short(-12_345.678), "-12,346");
        assert_eq!(short(73.3109), "73.31");
        assert_eq!(short(0.5), "0.5");
        assert_eq!(short(100.0), "100");
        assert_eq!(short(-1.5e9), "-1.5e9");
        assert_eq!(short(f64::NAN), "NaN");
        assert_eq!(percent(0.131_234), "13.1\u{a0}%");
        assert_eq!(percent(0.001), "0.1\u{a0}%");
        assert_eq!(share(25, 22_793), "25 of 22,793 (0.11\u{a0}%)");
        assert_eq!(decibels(9.03), "+9\u{a0}dB");
        assert_eq!(decibels(-0.34), "-0.3\u{a0}dB");
        assert_eq!(decibels(120.4), "+120\u{a0}dB");
        assert_eq!(decibels(-0.04), "0\u{a0}dB");
        assert_eq!(decibels(0.04), "0\u{a0}dB");
        assert_eq!(share(0, 0), "0 of 0 (0\u{a0}%)");
    }
}
