//! Decoders that panic on damaged files.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// What a decoder gives; where it panics, an error with this message, and nothing on standard error.
///
/// The process's panic hook is wrapped once: it is silent only for a thread that is in here.
pub(super) fn guarded<R>(
    damaged: impl FnOnce() -> String,
    decode: impl FnOnce() -> Result<R, String>,
) -> Result<R, String> {
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_QUIET.get() {
                usual(panic);
            }
        }));
    });
    let was_quiet = IS_QUIET.replace(true);
    let decoded = catch_unwind(AssertUnwindSafe(decode));
    IS_QUIET.set(was_quiet);
    decoded.unwrap_or_else(|_| Err(damaged()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::env::current_exe;
    use std::process::Command;

    #[test]
    fn a_panic_is_an_error() {
        let decode = || {
            guarded(
                || "damaged".into(),
                || -> Result<(), _> { panic!("unheard") },
            )
        };
        assert_eq!(decode(), Err("damaged".into()));
        let within = guarded(
            || "outer".into(),
            || {
                assert_eq!(decode(), Err("damaged".into()));
                panic!("unheard too")
            },
        );
        assert_eq!(within, Err::<(), _>("outer".into()));
        assert!(catch_unwind(|| panic!("heard")).is_err());
    }

    /// The test above in a process of its own, of which the standard error is read.
    #[test]
    fn only_panics_of_decoders_are_silent() {
        let output = Command::new(current_exe().unwrap())
            .args([
                "--exact",
                "table::guard::tests::a_panic_is_an_error",
                "--nocapture",
            ])
            .env("RUST_BACKTRACE", "1")
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.success() && error.contains("heard"),
            "{error}"
        );
        assert!(!error.contains("unheard"), "{error}");
    }
}
