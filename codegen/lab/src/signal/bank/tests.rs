use super::*;
use nice_flow::front::Bands;
use nice_flow_codegen::model::front_end::VERSION;

fn front(channels: usize, window: u32, hop: u32) -> FrontEnd {
    FrontEnd {
        kind: Kind::Bands,
        version: VERSION,
        rate: 1000.0,
        window,
        hop,
        levels: 3,
        octaves: 0,
        channels: (0..channels).map(|i| format!("x{i}")).collect(),
        unit: vec![1.0; channels],
        sum: false,
        mean: false,
    }
}

/// Counts of a congruential generator, now and then at full scale or silent.
fn samples(count: usize) -> Vec<i16> {
    let mut state = 1u32;
    let next = |i: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 16) as i16;
        match i / 700 % 5 {
            0 => noise,
            1 => 0,
            2 if noise > 0 => i16::MAX,
            2 => i16::MIN,
            _ => 2048 + noise / 512,
        }
    };
    (0..count).map(next).collect()
}

/// What the runtime's type makes of the same samples.
fn expected<const CH: usize, const D: usize>(
    mut front: impl Collect<CH, D, Raw = i16, Value = i32>,
    samples: &[i16],
) -> Vec<i32> {
    let mut outputs = vec![];
    for sample in samples.as_chunks().0 {
        outputs.extend(front.push(*sample).iter().flatten());
    }
    outputs
}

#[track_caller]
fn same(front: &FrontEnd, samples: &[i16], expected: Vec<i32>) {
    front.check().unwrap();
    assert!(expected.len() >= 3 * front.features().len());
    assert!(expected.len().is_multiple_of(front.features().len()));
    assert_eq!(outputs(front, samples), expected);
}

#[test]
fn outputs_have_the_bits_of_the_types_of_the_runtime() {
    let x = samples(12_000);
    same(
        &front(3, 256, 256),
        &x,
        expected(Bands::<3, 0, 24>::new(256), &x),
    );
    same(
        &front(1, 64, 16),
        &x,
        expected(Bands::<1, 0, 8, Eight, 4>::new(64), &x),
    );
    let summed = FrontEnd {
        sum: true,
        mean: true,
        octaves: 3,
        ..front(3, 512, 256)
    };
    same(
        &summed,
        &x,
        expected(Bands::<3, 3, 14, Eight, 2>::new(512), &x),
    );
    let fine = FrontEnd {
        levels: 4,
        octaves: 8,
        mean: true,
        ..front(1, 4096, 4096)
    };
    let y = samples(20_000);
    same(
        &fine,
        &y,
        expected(Bands::<1, 8, 25, Sixteen>::new(4096), &y),
    );
    let eighths = FrontEnd {
        octaves: 1,
        ..front(2, 1024, 128)
    };
    same(
        &eighths,
        &x,
        expected(Bands::<2, 1, 18, Eight, 8>::new(1024), &x),
    );
    let slow = FrontEnd {
        kind: Kind::Statistics,
        levels: 0,
        ..front(2, 100, 100)
    };
    same(&slow, &x, expected(Statistics::<2, 10>::new(100), &x));
}

#[test]
fn fewer_samples_than_a_window_give_nothing() {
    assert!(outputs(&front(3, 256, 256), &samples(3 * 255)).is_empty());
    assert!(outputs(&front(1, 256, 64), &[]).is_empty());
}
