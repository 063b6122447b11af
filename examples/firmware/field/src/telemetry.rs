//! What was recorded round an alarm, as it leaves the board: frames of postcard between zeros, for `nice-flow record`.

use heapless::Vec;
use nice_flow::fixed::Fixed;
use nice_flow::{Cause, Frame, Verdict};

/// A row with its verdict.
#[derive(Clone, Copy)]
pub struct Moment<const D: usize> {
    /// Its number.
    pub number: u32,
    /// Whether it raised the alarm.
    pub alarm: bool,
    /// Score and verdict.
    pub verdict: Verdict<Fixed>,
    /// What the model took.
    pub x: [f32; D],
}

/// Room for the longest frame: 12 bytes, 4 an input, 13 a cause, and what COBS adds.
const LONGEST: usize = 160;

/// The most causes of a moment that are sent.
const CAUSES: usize = 4;

/// Where frames go: here a file of the host, in a product a UART or a radio.
pub struct Link(host::File);

impl Link {
    /// `None` if there is no host.
    pub fn open() -> Option<Self> {
        host::File::create(c"record.bin").map(Self)
    }

    /// Sends a moment; `None` if it is too long, or the host takes no more.
    pub fn send<const D: usize>(
        &mut self,
        moment: &Moment<D>,
        causes: impl Iterator<Item = Cause<f32, Fixed>>,
    ) -> Option<()> {
        let Moment {
            number,
            alarm,
            verdict,
            x,
        } = moment;
        let causes = causes.take(CAUSES).map(Cause::to_f32);
        let causes: Vec<Cause<f32, f32>, CAUSES> = causes.collect();
        let frame = Frame::new(*number, *alarm, verdict.to_f32(), &x[..], causes);
        let mut buffer = [0; LONGEST];
        let bytes = postcard::to_slice_cobs(&frame, &mut buffer).ok()?;
        self.0.write(bytes)
    }
}

/// Files of the host, by semihosting.
#[allow(unsafe_code)]
mod host {
    use core::ffi::CStr;
    use cortex_m_semihosting::{nr, syscall};

    pub struct File(usize);

    impl File {
        /// Opens a file for writing and empties it.
        pub fn create(name: &CStr) -> Option<Self> {
            let (address, length) = (name.as_ptr(), name.to_bytes().len());
            // SAFETY: SYS_OPEN reads the name, the mode and the length of the name; all outlive the call.
            let handle = unsafe { syscall!(OPEN, address, nr::open::W_TRUNC_BINARY, length) };
            (handle != usize::MAX).then_some(Self(handle))
        }

        /// Appends bytes; `None` if the host wrote fewer.
        pub fn write(&mut self, bytes: &[u8]) -> Option<()> {
            // SAFETY: SYS_WRITE only reads, and only these bytes.
            let left = unsafe { syscall!(WRITE, self.0, bytes.as_ptr(), bytes.len()) };
            (left == 0).then_some(())
        }
    }
}
