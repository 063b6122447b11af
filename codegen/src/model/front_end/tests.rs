use super::*;

/// A change, and the place and start of its error.
type Lie = (fn(&mut FrontEnd), &'static str);

fn bands() -> FrontEnd {
    FrontEnd {
        kind: Kind::Bands,
        version: VERSION,
        rate: 1000.0,
        window: 1024,
        hop: 1024,
        levels: 3,
        octaves: 0,
        channels: vec!["x".into(), "y".into()],
        unit: vec![1.0 / 2048.0; 2],
        sum: false,
        mean: false,
    }
}

fn statistics() -> FrontEnd {
    FrontEnd {
        kind: Kind::Statistics,
        window: 60,
        hop: 60,
        levels: 0,
        ..bands()
    }
}

#[test]
fn outputs_are_named_by_channel_and_frequency() {
    let names = bands().features();
    assert_eq!(names.len(), 16);
    assert_eq!(names[..3], ["x 0-62 Hz", "x 62-125 Hz", "x 125-187 Hz"]);
    assert_eq!(names[13], "y 312-375 Hz");
    let slow = FrontEnd {
        rate: 100.0,
        octaves: 2,
        mean: true,
        sum: true,
        ..bands()
    };
    let names = slow.features();
    assert_eq!(
        names[..4],
        ["1.5-3.1 Hz", "3.1-6.2 Hz", "0-6.2 Hz", "6.2-12.5 Hz"]
    );
    assert_eq!(names[10..], ["x mean", "y mean"]);
    let names = statistics().features();
    assert_eq!(names[5..7], ["y mean", "y deviation"]);
}

#[test]
fn names_are_distinct_at_every_rate() {
    for rate in [1e-6, 0.01, 1.0, 3.3, 100.0, 999.0, 48_000.0, 1e9] {
        for (levels, octaves) in [(3, 0), (3, 8), (4, 8)] {
            let front = FrontEnd {
                rate,
                levels,
                octaves,
                ..bands()
            };
            let mut names = front.features();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count, "{rate} {levels} {octaves}");
        }
    }
}

#[test]
fn types_are_those_of_the_runtime() {
    assert_eq!(
        bands().type_name(),
        "nice_flow::front::Bands<CHANNELS, 0, D>"
    );
    let overlapping = FrontEnd {
        hop: 256,
        octaves: 1,
        ..bands()
    };
    let name = "nice_flow::front::Bands<CHANNELS, 1, D, nice_flow::front::Eight, 4>";
    assert_eq!(overlapping.type_name(), name);
    assert_eq!(
        overlapping.expression(),
        "nice_flow::front::Bands::new(1024)"
    );
    assert_eq!(
        statistics().type_name(),
        "nice_flow::front::Statistics<CHANNELS, D>"
    );
}

#[test]
fn what_no_front_end_has_is_refused_at_its_key() {
    assert!(bands().check().is_ok() && statistics().check().is_ok());
    let of = |change: fn(&mut FrontEnd), mut front: FrontEnd| {
        change(&mut front);
        front.check().unwrap_err().to_string()
    };
    let cases: [Lie; 16] = [
        (|f| f.version = 2, "version: expected version 1"),
        (|f| f.rate = f64::NAN, "rate: expected 1e-6 to 1e9"),
        (|f| f.rate = 0.0, "rate"),
        (
            |f| f.channels.clear(),
            "channels: expected 1 to 64 names, found 0",
        ),
        (
            |f| f.channels[1] = "x".into(),
            "channels.1: expected a name of its own",
        ),
        (
            |f| f.channels[0] = "\x1b[2J".into(),
            "channels.0: expected text",
        ),
        (
            |f| f.channels[0] = " ".into(),
            "channels.0: expected a name, found none",
        ),
        (|f| f.unit = vec![1.0], "unit: expected one for each of 2"),
        (|f| f.unit[1] = -1.0, "unit.1: expected a number above 0"),
        (|f| f.unit[1] = 1e-300, "unit.1"),
        (|f| f.levels = 5, "levels: expected 3 or 4"),
        (|f| f.octaves = 31, "octaves: expected 0 to 8"),
        (|f| f.window = 1 << 20, "window"),
        (|f| f.hop = 0, "hop: expected a window of 1024"),
        (|f| f.hop = 300, "hop"),
        (
            |f| (f.window, f.hop) = (1000, 1000),
            "hop: expected a multiple of 16 samples",
        ),
    ];
    for (change, place) in cases {
        let error = of(change, bands());
        assert!(error.starts_with(&format!("front_end.{place}")), "{error}");
    }
    let cases: [Lie; 5] = [
        (
            |f| (f.window, f.hop) = (1, 1),
            "window: expected 2 to 32768",
        ),
        (|f| f.hop = 30, "hop: expected the window, 60"),
        (|f| f.levels = 3, "levels: expected 0"),
        (|f| f.sum = true, "sum: expected false"),
        (|f| f.mean = true, "mean"),
    ];
    for (change, place) in cases {
        let error = of(change, statistics());
        assert!(error.starts_with(&format!("front_end.{place}")), "{error}");
    }
}

#[test]
fn inputs_that_are_not_its_outputs_are_refused() {
    let mut names = bands().features();
    assert!(bands().check_features(&names).is_ok());
    names[2] = "x".into();
    let error = bands().check_features(&names).unwrap_err().to_string();
    let expected = "features.2: expected the outputs of the front end, x 125-187 Hz, found x";
    assert_eq!(error, expected);
    let error = bands().check_features(&names[1..]).unwrap_err().to_string();
    assert!(error.ends_with("16, found 15"), "{error}");
}
