//! The first code of the README: it compiles, and does what its comments say.

#[path = "../examples/shuttle/shuttle.rs"]
#[allow(dead_code)]
mod pump;

const README: &str = include_str!("../README.md");
const SELF: &str = include_str!("readme.rs");

fn watch(
    mut read_sensors: impl FnMut() -> Option<[f32; pump::CHANNELS]>,
    mut alarm: impl FnMut(f32),
) {
    // The README shows from here
    let mut detector = pump::detector(); // a `const fn`: it may be a `static`
    while let Some(sample) = read_sensors() {
        if let Some(verdict) = detector.push(sample)
            && verdict.anomalous
        {
            alarm(verdict.score); // how improbable; a dead sensor's NaN is anomalous too
        }
    }
    // to here.
}

#[test]
fn a_normal_sample_is_quiet_and_a_dead_sensor_is_not() {
    let normal = [37.0, 0.0, 108.0, 0.0, 30.0, -22.0, 71.0, 77.0, 6.0];
    let mut dead = normal;
    dead[2] = f32::NAN;
    let mut samples = [normal, dead].into_iter();
    let mut scores = vec![];
    watch(|| samples.next(), |score| scores.push(score));
    assert!(
        matches!(scores[..], [score] if score.is_nan()),
        "{scores:?}"
    );
}

#[test]
fn the_readme_shows_these_lines() {
    let between = |text: &'static str, start: &str, end: &str| {
        let text = text.split_once(start).expect(start).1;
        text.split_once(end).expect(end).0
    };
    let shown = between(README, "```rust,ignore\n", "```");
    let tested = between(SELF, "shows from here\n", "    // to here");
    let tested: String = tested
        .lines()
        .map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned() + "\n")
        .collect();
    let (module, lines) = shown.split_once("\n\n").expect("the module, then its use");
    assert!(module.starts_with("mod pump;"), "{module}");
    assert_eq!(lines, tested);
}
