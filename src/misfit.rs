//! Whether the sizes of a model's parts fit, as the compiler finds out.

/// Why sizes do not fit, if they do not.
pub type Misfit = Option<&'static str>;

/// `reason`, unless the sizes fit.
pub(crate) const fn unless(fit: bool, reason: &'static str) -> Misfit {
    if fit { None } else { Some(reason) }
}

/// The first reason of two.
pub(crate) const fn either(first: Misfit, second: Misfit) -> Misfit {
    match first {
        None => second,
        first => first,
    }
}

/// Panics if there is a reason.
///
/// In a `const` block it is the program's build that fails; in a constructor the line is named that builds a `static`.
pub(crate) const fn refuse(misfit: Misfit) {
    if let Some(reason) = misfit {
        panic!("{}", reason);
    }
}
