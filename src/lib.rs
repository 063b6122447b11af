//! Exact-likelihood anomaly detection on microcontrollers: how improbable is what the sensors say, in nats?
//!
//! A normalizing flow that was trained on normal data is a few kilobytes of constants in flash. A [`Detector`] takes samples,
//! and says of each window of them how likely it is under that flow, and whether that is below a threshold. `no_std`,
//! no heap, no panic, no loop whose length depends on data.
//!
//! # What to import
//!
//! The command `nice-flow` reads a checkpoint, or trains on a table, and writes a module of `static` data with its [`Detector`]
//! ready. A program needs that module, and [`Debounce`] where one odd window should not raise an alarm:
//!
//! ```
//! # mod pump { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/shuttle/shuttle.rs")); }
//! use nice_flow::Debounce;
//!
//! let mut detector = pump::detector(); // a `const fn`: it may be a `static`
//! let mut debounce = Debounce::new(3, 5);
//! let sample = [37.0, 0.0, 108.0, 0.0, 30.0, -22.0, 71.0, 77.0, 6.0];
//! if let Some(verdict) = detector.push(sample) {
//!     let alarm = debounce.push(verdict.anomalous);
//!     assert!(!alarm && verdict.score < pump::THRESHOLD);
//! }
//! ```
//!
//! Which sensor is to blame? [`Detector::explain`] puts one input after another at one of its usual values, which
//! `nice-flow generate --explain 5` adds to the module as `USUAL`, until the score is normal: see [`Repair`].
//!
//! What changes slowly, [`Drift`] notices, from how rare each score is: [`PValues`].
//!
//! The machine is not the one of the training? [`Commission`] finds where its sensors lie, and its own threshold. And what
//! was before an alarm, a [`Recorder`] keeps.
//!
//! # How it is built
//!
//! A [`Detector`] is a [`Window`] over the stream (or another [`Collect`], such as the [`front`] ends for vibration), a model and a threshold. The model is a [`Density`]: mostly a [`Flow`], which
//! is a [`Bijection`] from data to latent and a prior, also a [`Density`]; or an [`Ensemble`] of flows.
//!
//! ```text
//! Detector → Flow → Bijection:    score = −ln p(x),    ln p(x) = ln π(f(x)) + ln |det ∂f/∂x|
//! ```
//!
//! A bijection is a tuple or an array of layers. Each is exact both ways, and its inverse is what [`Sample`] draws with.
//!
//! | layer | forward | inverse | log-determinant | `f32` | integers |
//! |---|---|---|---|---|---|
//! | [`Coupling`] | `[a, b + m(a)]` | `[a, b − m(a)]` | 0 | yes | yes |
//! | [`float::AffineCoupling`], [`fixed::AffineCoupling`] | `[a, b · S + t]` | `[a, (b − t) / S]` | `Σ ln S` | yes | without inverse |
//! | [`float::Autoregressive`], [`fixed::Autoregressive`] | `xᵢ · Sᵢ + tᵢ` | element by element | `Σ ln S` | yes | without inverse |
//! | [`Diagonal`](float::Diagonal) | `(x − c) · f` | `z / f + c` | `Σ ln ∣f∣` | yes | part of encoder and prior |
//! | [`float::Triangular`], [`fixed::Triangular`] | `T x` | `T⁻¹ z` | `Σ ln ∣tᵢᵢ∣` | yes | with ones on the diagonal |
//! | [`Permute`] | `x[order[i]]` | the reverse | 0 | yes | yes |
//! | [`Inverse`] | `f⁻¹(x)` | `f(z)` | `−ln ∣det∣` | yes | yes |
//!
//! The function `m` of a coupling is a [`Conditioner`], such as [`float::Mlp`]. All of [`float`] computes in `f32`; all of
//! [`fixed`] in integers, which a core without an FPU runs many times faster, and which halve the flash.
//!
//! # Rules
//!
//! - Sizes are in the types. Where they do not fit, the program does not compile: `cargo build` says why, `cargo check` does
//!   so too for what is in a `static` or `const`.
//! - Constructors are `const` and check what they are given; scoring cannot fail and links no panic.
//! - NaN in, NaN out: a broken sensor is an anomaly, never a plausible number, unless [`Hold`] or [`Ignore`] is there to
//!   bear with it.
//! - Layers, flows and ensembles are neither `Copy` nor `Clone`, so that they stay in flash. What has state or is a choice
//!   of a few words ([`Detector`], [`Window`], [`Debounce`], activations, priors without parameters) is `Clone`.
//!   Everything is `Debug`.
//! - [`nalgebra`]'s vectors are in the signatures of traits. Use the crate re-exported here: its version is part of ours.
//!
//! # Features
//!
//! None is on by default, and none takes anything away.
//!
//! | feature | adds |
//! |---|---|
//! | `rand` | [`Sample`]: draws from priors and flows, by any generator of [`rand_core`] |
//! | `micromath` | [`float::Micromath`]: smaller and faster exponentials and logarithms, less exact |
//! | `blob` | `blob`: a model with all that belongs to it as bytes, which a board checks and reads where they lie |
//! | `install` | [`blob::Package::install`]: an update in any `embedded_storage` flash, during which power may fail |
//! | `defmt` | `defmt::Format` for all types |
//! | `serde` | `Serialize` and `Deserialize` for what a board reports: [`Verdict`], [`Cause`], [`Drift`], [`Move`], [`Recorder`]; [`Frame`], what it sends of a moment |
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
// Without these features, the links to what they add point to nothing.
#![cfg_attr(
    not(all(
        feature = "rand",
        feature = "micromath",
        feature = "install",
        feature = "serde"
    )),
    allow(rustdoc::broken_intra_doc_links)
)]

mod baseline;
mod bijection;
#[cfg(feature = "blob")]
pub mod blob;
mod both;
mod collect;
mod commission;
mod coupling;
mod crc;
mod debounce;
mod density;
mod detector;
mod drift;
mod ensemble;
pub mod fixed;
pub mod float;
mod flow;
#[cfg(feature = "serde")]
mod frame;
pub mod front;
mod gamma;
mod golden;
mod hold;
#[doc(hidden)]
pub mod host;
mod ignore;
mod ln;
mod misfit;
mod number;
mod p_values;
mod permute;
mod recorder;
mod repair;
#[cfg(feature = "rand")]
mod sample;
mod side;
mod then;
mod unwritten;
mod vector;
mod window;

pub use baseline::{Baseline, Level};
pub use bijection::{Bijection, Inverse};
pub use collect::Collect;
pub use commission::{Adapted, Commission, Move, Reading, Site, Spread, Unfit};
pub use coupling::{Conditioner, Coupling, Half};
pub use debounce::Debounce;
pub use density::Density;
pub use detector::{Detector, Verdict};
pub use drift::Drift;
pub use ensemble::{Combine, Ensemble};
pub use flow::Flow;
#[cfg(feature = "serde")]
pub use frame::{FRAME_VERSION, Frame};
pub use golden::Golden;
pub use hold::Hold;
pub use ignore::Ignore;
pub use nalgebra;
pub use number::Number;
pub use p_values::PValues;
pub use permute::Permute;
#[cfg(feature = "rand")]
pub use rand_core;
pub use recorder::Recorder;
pub use repair::{Cause, Repair};
#[cfg(feature = "rand")]
pub use sample::Sample;
pub use then::Then;
pub use vector::Vector;
pub use window::Window;
