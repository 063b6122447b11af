//! What a board sent: frames of postcard between zeros.

use nice_flow::FRAME_VERSION;
use nice_flow_codegen::text::counted;
use nice_flow_codegen::{Error, Result};
use std::path::Path;

/// A moment that a board sent.
pub type Frame = nice_flow::Frame<Vec<f32>, Vec<nice_flow::Cause<f32, f32>>>;

/// The frames of a file, in stretches of moments that follow each other: each is a recording.
///
/// An error names the frame, from 0, and the byte at which it begins.
pub fn frames(bytes: &[u8], path: &Path) -> Result<Vec<Vec<Frame>>> {
    let (mut recordings, mut start, mut count) = (Vec::<Vec<Frame>>::new(), 0, 0);
    for piece in bytes.split_inclusive(|byte| *byte == 0) {
        // Zeros may stand in a row: a sender may begin with one, to end what was sent before.
        if piece != [0] {
            let first = recordings.first().and_then(|frames| frames.first());
            let frame = frame(piece, first).map_err(|found| {
                Error::file(path, format!("frame {count} at byte {start}: {found}"))
            })?;
            let follows = |last: &Frame| last.moment.checked_add(1) == Some(frame.moment);
            match recordings.last_mut() {
                Some(frames) if frames.last().is_some_and(follows) => frames.push(frame),
                _ => recordings.push(vec![frame]),
            }
            count += 1;
        }
        start += piece.len();
    }
    match count {
        0 => Err(Error::file(path, "expected frames, found none")),
        _ => Ok(recordings),
    }
}

/// One frame, which has as many inputs as the first.
fn frame(piece: &[u8], first: Option<&Frame>) -> std::result::Result<Frame, String> {
    let Some((0, sent)) = piece.split_last() else {
        return Err("expected the zero that ends it, found the end of the file".into());
    };
    let mut bytes = sent.to_vec();
    let length = cobs::decode_in_place(&mut bytes)
        .map_err(|_| "expected bytes encoded with COBS, found others: some were lost")?;
    let bytes = bytes.get(..length).unwrap_or_default();
    match bytes.first() {
        Some(&FRAME_VERSION) => (),
        Some(other) => {
            return Err(format!("expected version {FRAME_VERSION}, found {other}"));
        }
        None => return Err("expected a frame, found no byte".into()),
    }
    let (frame, rest) = postcard::take_from_bytes::<Frame>(bytes)
        .map_err(|error| format!("expected a nice_flow::Frame, found none: {error}"))?;
    if !rest.is_empty() {
        let rest = rest.len();
        return Err(format!(
            "expected {} bytes, found {rest} more",
            length - rest
        ));
    }
    let inputs = frame.x.len();
    let expected = first.map_or(inputs.max(1), |first| first.x.len());
    if inputs != expected {
        let expected = counted(expected, "input");
        return Err(format!("expected {expected}, found {inputs}"));
    }
    match frame.causes.iter().find(|cause| cause.input >= inputs) {
        Some(cause) => Err(format!(
            "expected causes among inputs 0 to {}, found {}",
            inputs - 1,
            cause.input
        )),
        None => Ok(frame),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_flow::Detector;
    use nice_flow::float::Normal;

    /// A frame without what COBS adds.
    fn plain(moment: u32) -> Vec<u8> {
        let detector = Detector::<_, f32, 2, 2>::new(&Normal, 10.0);
        let x = [0.0, moment as f32];
        let causes: Vec<_> = detector.explain(&[[0.5]; 2], &x).collect();
        let verdict = detector.judge(&x);
        let frame = nice_flow::Frame::new(moment, moment == 8, verdict, &x[..], &causes[..]);
        let mut buffer = [0; 99];
        postcard::to_slice(&frame, &mut buffer).unwrap().to_vec()
    }

    /// Bytes as a board sends them.
    fn encoded(plain: &[u8]) -> Vec<u8> {
        let mut buffer = [0; 99];
        let length = cobs::encode(plain, &mut buffer);
        [&buffer[..length], &[0]].concat()
    }

    fn sent(moments: &[u32]) -> Vec<u8> {
        let moments = moments.iter();
        moments
            .flat_map(|moment| encoded(&plain(*moment)))
            .collect()
    }

    fn read(bytes: &[u8]) -> Result<Vec<Vec<Frame>>> {
        frames(bytes, Path::new("r.bin"))
    }

    #[test]
    fn moments_that_follow_each_other_are_a_recording() {
        let bytes = [&[0][..], &sent(&[3, 4, 5, 8, 9])].concat();
        let recordings = read(&bytes).unwrap();
        let moments = |frames: &Vec<Frame>| frames.iter().map(|frame| frame.moment).collect();
        let moments: Vec<Vec<u32>> = recordings.iter().map(moments).collect();
        assert_eq!(moments, [vec![3, 4, 5], vec![8, 9]]);
        let alarm = &recordings[1][0];
        assert!(alarm.alarm && alarm.verdict.anomalous);
        assert_eq!((alarm.causes[0].input, alarm.causes[0].value), (1, 8.0));
    }

    #[test]
    fn a_bad_frame_is_named_with_its_place() {
        let (first, second) = (sent(&[1]), plain(2));
        let at = format!("r.bin: frame 1 at byte {}: ", first.len());
        let fails = |bytes: &[u8], expected: &str| {
            let error = read(&[&first, bytes].concat()).unwrap_err().to_string();
            assert!(
                error.starts_with(&at) && error.contains(expected),
                "{error}"
            );
        };
        let whole = encoded(&second);
        fails(&whole[..whole.len() - 1], "the end of the file");
        fails(&[200, 1, 1, 0], "COBS");
        fails(&encoded(&[&[9], &second[1..]].concat()), "found 9");
        fails(&encoded(&[&second[..], &[5]].concat()), "found 1 more");
        let short = encoded(&second[..second.len() - 3]);
        fails(&short, "found none: Hit the end");
        // The second input left out, and its count put right.
        let narrow = [&second[..8], &[1], &second[9..13], &[0]].concat();
        fails(&encoded(&narrow), "expected 2 inputs, found 1");
        assert!(read(&[]).unwrap_err().to_string().contains("found none"));
    }

    #[test]
    fn no_flipped_bit_ends_the_program() {
        let bytes = sent(&[1, 8]);
        let mut refused = 0;
        for bit in 0..8 * bytes.len() {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            refused += usize::from(read(&flipped).is_err());
        }
        assert!(refused > bytes.len(), "{refused}");
    }
}
