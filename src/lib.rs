#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod bijection;
mod coupling;
mod density;
mod detector;
pub mod fixed;
pub mod float;
mod flow;
mod number;
mod permute;
#[cfg(feature = "rand")]
mod sample;
mod window;

pub use bijection::{Bijection, Inverse};
pub use coupling::{Conditioner, Coupling, Half};
pub use density::Density;
pub use detector::{Detector, Verdict};
pub use flow::Flow;
pub use number::Number;
pub use permute::Permute;
#[cfg(feature = "rand")]
pub use sample::Sample;
pub use window::Window;
