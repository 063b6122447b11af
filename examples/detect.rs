//! Watches Space Shuttle telemetry on the host, with the code that runs on the board.
//!
//! `cargo run --release --example detect`

use shuttle::{CHANNELS, FALSE_ALARM_RATE, THRESHOLD};

#[path = "shuttle/shuttle.rs"]
mod shuttle;

fn main() {
    // Nine channels, one sample a window: every reading is judged by itself.
    let mut detector = shuttle::detector();
    let (mut flagged, mut rows) = ([0, 0], [0, 0]);
    for line in include_str!("shuttle/test.csv").lines().skip(1) {
        let mut numbers = line
            .split(',')
            .map(|number| number.parse::<f32>().expect("a number"));
        let sample: [f32; CHANNELS] =
            std::array::from_fn(|_| numbers.next().expect("nine readings"));
        let label = usize::from(numbers.next() == Some(1.0));
        if let Some(verdict) = detector.push(sample) {
            rows[label] += 1;
            flagged[label] += usize::from(verdict.anomalous);
        }
    }
    println!("threshold {THRESHOLD} nats, calibrated for a false-alarm rate of {FALSE_ALARM_RATE}");
    println!("normal rows flagged: {} of {}", flagged[0], rows[0]);
    println!("anomalies flagged:   {} of {}", flagged[1], rows[1]);
    println!(
        "a dead sensor:       {:?}",
        detector.push([f32::NAN; CHANNELS])
    );
}
