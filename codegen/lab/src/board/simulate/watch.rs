//! Supervises other programs and ends those that make no progress.

use nice_flow_codegen::{Error, Result};
use std::io;
use std::process::{Child, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The interval at which a program is checked.
const GLANCE: Duration = Duration::from_millis(20);

/// The environment variable that sets how many seconds to wait without progress.
pub const VARIABLE: &str = "NICE_FLOW_PATIENCE";

/// How long a program may run without progress before it is ended.
// The slowest row known, with 655,360 multiply-accumulates in software floating point, takes under a second.
pub fn patience() -> Result<Duration> {
    let Some(text) = std::env::var_os(VARIABLE) else {
        return Ok(Duration::from_secs(120));
    };
    let seconds = text.to_str().and_then(|text| text.parse().ok());
    let seconds = seconds.filter(|seconds| *seconds > 0);
    seconds.map(Duration::from_secs).ok_or_else(|| {
        let message = format!("expected a number of seconds, 1 or more, found {text:?}");
        Error::input(VARIABLE, message)
    })
}

/// The message about a program that was ended.
pub fn given_up(what: &str, patience: Duration) -> String {
    let seconds = patience.as_secs();
    format!("no {what} in {seconds} s ({VARIABLE}=SECONDS in the environment waits longer)")
}

/// Waits for the end of a program. Kills it and returns `None` if the number that `signs` returns does not grow for
/// `patience`, or if `signs` returns `None`, which says that the result is known.
pub fn watch(
    child: &mut Child,
    patience: Duration,
    signs: &mut dyn FnMut() -> Option<u64>,
) -> io::Result<Option<ExitStatus>> {
    let (mut most, mut since) = (0, Instant::now());
    loop {
        let status = child.try_wait()?;
        let sign = signs();
        if status.is_some() {
            return Ok(status);
        }
        if sign.is_some_and(|sign| sign > most) {
            (most, since) = (sign.unwrap_or(most), Instant::now());
        }
        if sign.is_none() || since.elapsed() > patience {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        sleep(GLANCE);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::process::Command;

    fn sleeper() -> Child {
        Command::new("sleep").arg("60").spawn().unwrap()
    }

    #[test]
    fn a_process_that_does_nothing_is_killed() {
        let start = Instant::now();
        let end = watch(&mut sleeper(), Duration::from_millis(100), &mut || Some(0));
        assert_eq!(end.unwrap(), None);
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn one_that_shows_signs_is_waited_for_until_all_is_known() {
        let (start, mut signs) = (Instant::now(), 0);
        let end = watch(&mut sleeper(), Duration::from_millis(200), &mut || {
            signs += 1;
            (start.elapsed() < Duration::from_secs(1)).then_some(signs)
        });
        assert_eq!(end.unwrap(), None);
        assert!(start.elapsed() >= Duration::from_secs(1));
    }
}
