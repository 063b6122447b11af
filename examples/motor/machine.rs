//! A motor that drives a gear, felt by an accelerometer of two axes: what is heard of each part, in g.

use libm::{cos, exp, sin};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::f64::consts::TAU;

/// Samples a second.
pub const RATE: u32 = 1_000;
/// Of the ADC, 12 bits for ± 2 g.
const COUNTS_A_G: f64 = 1_024.0;
/// Turns of the shaft a second, each for two seconds, and round again.
const SPEEDS: [f64; 3] = [20.0, 25.0, 30.0];
const SECONDS_A_SPEED: f64 = 2.0;
/// How long it takes to the next speed.
const RAMP: f64 = 0.25;
/// Of the wheel on the shaft.
const TEETH: f64 = 11.0;
/// Balls that pass a point of the outer ring, a turn.
const BALLS_A_TURN: f64 = 3.57;
/// What the housing rings at, in Hz, and how long, in seconds.
const RINGING: (f64, f64) = (410.0, 0.005);

/// What is wrong with the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    Normal,
    /// A weight on the shaft's rim: a force that turns with it and grows with the square of its speed.
    Imbalance,
    /// Shafts that do not meet in a line: twice a turn, mostly along them.
    Misalignment,
    /// A pit in the bearing's outer ring: the housing rings whenever a ball passes.
    Bearing,
    /// One tooth of the wheel that is worn: once a turn the teeth meet harder.
    Gear,
}

/// Amplitudes in g.
struct Strengths {
    imbalance: f64,
    misalignment: f64,
    bearing: f64,
    mesh: f64,
    /// How much harder the worn tooth meets, as a part of `mesh`.
    worn: f64,
    noise: f64,
}

impl State {
    fn strengths(self) -> Strengths {
        let mut strengths = Strengths {
            imbalance: 0.08,
            misalignment: 0.03,
            bearing: 0.03,
            mesh: 0.12,
            worn: 0.1,
            noise: 0.03,
        };
        match self {
            Self::Normal => {}
            Self::Imbalance => strengths.imbalance *= 1.6,
            Self::Misalignment => strengths.misalignment *= 1.75,
            Self::Bearing => strengths.bearing *= 20.0,
            Self::Gear => strengths.worn *= 20.0,
        }
        strengths
    }
}

/// The machine, sample by sample without end; the same seed gives the same bits on every machine.
///
/// What is random comes from ChaCha8, what is curved from `libm`, and between them is only IEEE arithmetic in a fixed order.
pub struct Motor {
    strengths: Strengths,
    random: ChaCha8Rng,
    /// Samples so far.
    index: u32,
    /// Of the shaft, in turns, and how far the next ball is, in turns of the shaft.
    angle: f64,
    to_ball: f64,
    /// How much the machine has to do: wanders around 0 with a deviation of 1, within about a second.
    load: f64,
    /// The last two values of the ringing housing.
    ringing: [f64; 2],
}

impl Motor {
    /// At rest, in a state; another seed is another recording of the same machine.
    pub fn new(state: State, seed: u64) -> Self {
        Self {
            strengths: state.strengths(),
            random: ChaCha8Rng::seed_from_u64(seed),
            index: 0,
            angle: 0.0,
            to_ball: 1.0 / BALLS_A_TURN,
            load: 0.0,
            ringing: [0.0; 2],
        }
    }

    /// From 0 to 1, evenly.
    fn even(&mut self) -> f64 {
        f64::from(self.random.next_u32()) / 4_294_967_296.0
    }

    /// Mean 0 and deviation 1, near enough to a Gaussian: a sum of twelve even numbers.
    fn bell(&mut self) -> f64 {
        (0..12).fold(-6.0, |sum, _| sum + self.even())
    }

    /// Turns of the shaft a second, at this sample.
    fn speed(&self) -> f64 {
        let seconds = f64::from(self.index) / f64::from(RATE);
        let place = seconds / SECONDS_A_SPEED;
        let step = place as usize;
        let (here, next) = (SPEEDS[step % 3], SPEEDS[(step + 1) % 3]);
        let left = SECONDS_A_SPEED * (1.0 - (place - step as f64));
        let part = (1.0 - left / RAMP).max(0.0);
        (here + (next - here) * part) * (1.0 - 0.01 * self.load)
    }

    /// How hard the ball that passes at this sample hits the pit, in g; most samples see none.
    fn hit(&mut self, turn: f64) -> f64 {
        self.to_ball -= turn;
        if self.to_ball > 0.0 {
            return 0.0;
        }
        // Balls slip a little, and no two hit alike.
        self.to_ball += (1.0 + 0.02 * self.bell()) / BALLS_A_TURN;
        self.strengths.bearing * (1.0 + 0.3 * self.bell()).max(0.1)
    }

    /// The housing as a resonator, hit by so many g.
    fn ring(&mut self, hit: f64) -> f64 {
        let (frequency, seconds) = RINGING;
        let decay = exp(-1.0 / (seconds * f64::from(RATE)));
        let turn = TAU * frequency / f64::from(RATE);
        let [last, before] = self.ringing;
        let now = 2.0 * decay * cos(turn) * last - decay * decay * before + hit;
        self.ringing = [now, last];
        now
    }

    /// Two axes, across the shaft and along it, in g.
    fn acceleration(&mut self) -> [f64; 2] {
        self.load = 0.999 * self.load + 0.0447 * self.bell();
        let speed = self.speed();
        let turn = speed / f64::from(RATE);
        self.angle = (self.angle + turn).fract();
        let hit = self.hit(turn);
        let ringing = self.ring(hit);

        let Strengths {
            imbalance,
            misalignment,
            mesh,
            worn,
            noise,
            ..
        } = self.strengths;
        let once = imbalance * (speed / 25.0) * (speed / 25.0) * sin(TAU * self.angle);
        let twice = misalignment * sin(2.0 * TAU * self.angle + 0.7);
        let tooth = TEETH * self.angle;
        let bump = if tooth < 1.0 {
            sin(TAU / 2.0 * tooth)
        } else {
            0.0
        };
        let teeth = mesh * (1.0 + 0.15 * self.load + worn * bump) * sin(TAU * tooth);
        [
            1.0 + once + 0.3 * twice + teeth + ringing + noise * self.bell(),
            0.2 * once + twice + 0.6 * teeth + 0.4 * ringing + noise * self.bell(),
        ]
    }
}

impl Iterator for Motor {
    type Item = [i16; 2];

    /// As the ADC reads it, clipped where it ends.
    fn next(&mut self) -> Option<[i16; 2]> {
        let axes = self.acceleration();
        self.index += 1;
        Some(axes.map(|g| (g * COUNTS_A_G + 0.5).floor().clamp(-2_048.0, 2_047.0) as i16))
    }
}
