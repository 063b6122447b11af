//! Values of the options of `train`.

use nice_flow_codegen::Numeric;
use nice_flow_lab::train::FEWEST;

pub(super) fn share(text: &str) -> std::result::Result<f64, String> {
    let share = text
        .parse()
        .ok()
        .filter(|share| *share > 0.0 && *share < 1.0);
    share.ok_or_else(|| "expected a share between 0 and 1, such as 0.3".into())
}

/// The fewest rows are those that training accepts.
pub(super) fn rows(text: &str) -> std::result::Result<usize, String> {
    let rows = text.parse().ok().filter(|rows| *rows >= FEWEST);
    rows.ok_or_else(|| format!("expected {FEWEST} rows or more, such as 1048576"))
}

/// The largest budget: 64 MiB.
const MOST: usize = 1 << 26;

/// The bytes in `f32`.
pub(super) fn budget(text: &str) -> std::result::Result<usize, String> {
    let (bytes, numeric) = text.split_once(':').unwrap_or((text, "f32"));
    let found = Numeric::ALL.into_iter().find(|one| one.name() == numeric);
    let numeric = found.ok_or_else(|| {
        let names = Numeric::ALL.map(Numeric::name).join(", ");
        format!("expected one of {names}, found `{numeric}`")
    })?;
    let parameters = 4 / numeric.parameter_bytes();
    let bytes = bytes.parse::<usize>();
    let bytes = bytes.map_err(|_| "expected BYTES or BYTES:TYPE, such as 2048:i8")?;
    match bytes > MOST {
        true => Err(format!(
            "expected at most {MOST} bytes, more than any board has for a model, found {bytes}"
        )),
        false => Ok(bytes * parameters),
    }
}
