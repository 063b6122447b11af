//! The life of a board in the field, as one story.
//!
//! Each chapter begins with a reset: what a board knows then is in its flash.

#![no_std]
#![no_main]

use panic_semihosting as _;

mod flash;
mod rows;
mod signature;
mod telemetry;

/// What `nice-flow generate --numeric i8 --explain 3 --drift 1000 --commission --golden --blob` wrote for this firmware.
#[allow(dead_code)]
mod shuttle {
    include!("../model/shuttle.rs");
}

use cortex_m_semihosting::{debug, hprintln};
use flash::{Flash, SLOT};
use nice_flow::fixed::Fixed;
use nice_flow::{Commission, Detector, Recorder, Site, Window};
use shuttle::{Contents, D, DRIFT, FACTORY, FEATURES, LAYOUT, Model, Package};
use telemetry::{Link, Moment};

/// Rows that are kept of what was round an alarm, and how many of them after it.
const KEPT: (usize, u32) = (8, 3);

/// A later model, as it comes over the air.
static NEWER: &[u8] = include_bytes!("../model/newer.bin");

/// What a commissioning found.
type Found = Site<f32, Fixed, D>;

/// The sensors of this machine: not where those of the training were.
fn here(mut row: [f32; D]) -> [f32; D] {
    row[2] += 15.0;
    row[6] = 1.1 * row[6] - 8.0;
    row
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let told = story();
    debug::exit(match told {
        Some(()) => debug::EXIT_SUCCESS,
        None => debug::EXIT_FAILURE,
    });
    loop {
        cortex_m::asm::nop();
    }
}

/// `None` if something is not as it must be.
fn story() -> Option<()> {
    let mut flash = Flash { power: u32::MAX };
    normal(&boot()?);

    hprintln!("\nA new model, and power fails in the middle of it.");
    flash.power = 100;
    let cut = Package::install(&mut flash, 0..SLOT, NEWER, LAYOUT);
    hprintln!("install: {:?}", cut);
    boot()?;

    hprintln!("\nOnce more.");
    flash.power = u32::MAX;
    Package::install(&mut flash, 0..SLOT, NEWER, LAYOUT).ok()?;
    #[cfg(any(feature = "salty", feature = "ed25519-compact"))]
    signature::show(NEWER)?;
    let contents = boot()?;
    normal(&contents);

    hprintln!("\nThis machine has other sensors.");
    let site = commission(&contents)?;

    hprintln!("\nA sensor breaks.");
    fault(&contents, &site)?;

    hprintln!("\nAnother one drifts.");
    drift(&contents, &site);
    Some(())
}

/// The newest sound model, or the firmware's own.
fn boot() -> Option<Contents> {
    let contents = match Package::newest_signed(Flash::slots(), LAYOUT, signature::is_genuine) {
        Ok((slot, package)) => {
            hprintln!(
                "boot: model {:#018x}, version {}, in slot {}",
                package.id(),
                package.version(),
                slot
            );
            package.contents()
        }
        Err([first, second]) => {
            hprintln!(
                "boot: the factory's model (slot 0: {}; slot 1: {})",
                first,
                second
            );
            FACTORY
        }
    };
    let passed = contents.self_test();
    hprintln!(
        "self-test {}, threshold {}",
        if passed { "passed" } else { "failed" },
        contents.threshold
    );
    passed.then_some(contents)
}

/// Watches a machine like those of the training.
fn normal(contents: &Contents) {
    let mut detector = shuttle::detector_of(contents);
    let verdicts = rows::normal()
        .take(300)
        .filter_map(|row| detector.push(row));
    let flagged = verdicts.filter(|verdict| verdict.anomalous).count();
    hprintln!("{} of 300 normal rows flagged", flagged);
}

/// Learns where the sensors of this machine lie; a reset half way loses nothing.
fn commission(contents: &Contents) -> Option<Found> {
    let mut detector = shuttle::detector_of(contents);
    let verdicts = rows::normal()
        .take(300)
        .filter_map(|row| detector.push(here(row)));
    let flagged = verdicts.filter(|verdict| verdict.anomalous).count();
    hprintln!("{} of 300 of its normal rows flagged", flagged);

    let [spread] = contents.spread;
    let new =
        || Commission::<Model, f32, Fixed, D, 8>::new(contents.model, spread, 200, 0.02, 0).ok();
    let (mut before, mut after) = (new()?, new()?);
    let mut rows = rows::normal().skip(300).map(here);
    rows.by_ref().take(130).for_each(|row| {
        before.push(&row);
    });
    // In a product these words are in flash or in a RAM with a battery.
    let mut kept = [0; 2 * D + 8 + 4];
    kept.iter_mut()
        .zip(before.words())
        .for_each(|(place, word)| *place = word);
    after.restore(&kept).ok()?;
    hprintln!("a reset: {} vectors are still to come", after.left());
    rows.take(70).for_each(|row| {
        after.push(&row);
    });
    let site = after.finish().ok()?;
    hprintln!("commissioned: threshold {}", site.threshold());

    let mut detector = adapted(contents, &site);
    let verdicts = rows::normal()
        .skip(500)
        .take(300)
        .filter_map(|row| detector.push(here(row)));
    let flagged = verdicts.filter(|verdict| verdict.anomalous).count();
    hprintln!("{} of 300 of its normal rows flagged", flagged);
    Some(site)
}

/// A detector for this machine.
fn adapted(
    contents: &Contents,
    site: &Found,
) -> Detector<Model, f32, D, D, nice_flow::Adapted<Window<f32, D, D>, f32, D>> {
    Detector::with(
        site.adapted(Window::new()),
        contents.model,
        site.threshold(),
    )
}

/// Two sensors are off: an alarm, which they are, and what was round it, sent once the recorder holds still.
fn fault(contents: &Contents, site: &Found) -> Option<()> {
    let (mut detector, mut debounce) = (adapted(contents, site), contents.debounce.clone());
    let mut recorder = Recorder::<Moment<D>, { KEPT.0 }>::new(KEPT.1);
    let mut is_alarmed = false;
    for (number, row) in (0..).zip(rows::normal().skip(800).take(20)) {
        let mut row = here(row);
        if number >= 10 {
            row[0] += 60.0;
            row[8] = f32::NAN;
        }
        let Some((verdict, x)) = detector.push_vector(row) else {
            continue;
        };
        let alarm = debounce.push(verdict.anomalous) && !is_alarmed;
        is_alarmed |= alarm;
        if alarm {
            hprintln!("row {}: ALARM", number);
            for cause in detector.explain(contents.usual, &x) {
                hprintln!(
                    "  {} is {:.1}, usually {:.1}",
                    FEATURES[cause.input],
                    cause.value,
                    cause.usual
                );
            }
        }
        let moment = Moment {
            number,
            alarm,
            verdict,
            x: x.into(),
        };
        if recorder.push(moment, alarm) {
            break;
        }
    }
    let mut link = Link::open()?;
    let mut sent = 0;
    while let Some(moment) = recorder.read() {
        link.send(&moment, detector.explain(contents.usual, &moment.x))?;
        sent += 1;
    }
    hprintln!("{} moments sent", sent);
    Some(())
}

/// A sensor that slowly leaves its place.
fn drift(contents: &Contents, site: &Found) {
    let (mut detector, mut drift) = (adapted(contents, site), DRIFT);
    let mut flagged = 0;
    for (index, row) in rows::normal().skip(820).enumerate() {
        let mut row = here(row);
        row[2] += 0.04 * index as f32;
        let Some(verdict) = detector.push(row) else {
            continue;
        };
        flagged += u32::from(verdict.anomalous);
        if drift.push(contents.p_values.surprise(verdict.score)) {
            hprintln!(
                "row {}: scores have changed, {} of them were flagged",
                index,
                flagged
            );
            return;
        }
    }
}
