//! A page about the minutes round an alarm, as a board recorded them.

use super::axis::Axis;
use super::figure::Figure;
use super::frames::Frame;
use super::ink::Ink;
use super::number::{count, short};
use super::page;
use super::plot::{HEIGHT, Plot};
use super::table::{Cell, table};
use maud::{Markup, html};
use nice_flow_codegen::Result;
use nice_flow_codegen::model::unit::Unit;

/// The most inputs of which a recording shows the values.
const INPUTS: usize = 4;

/// What is known of the model that the board ran.
#[derive(Clone, Debug)]
pub struct Known {
    /// Names of the inputs.
    pub features: Vec<String>,
    /// What scores are counted in, if it is known.
    pub unit: Option<Unit>,
    /// The threshold in the model file; a board that was commissioned has another.
    pub threshold: Option<f64>,
}

/// The page; `file` is what the frames are of.
pub fn recordings(file: &str, recordings: &[Vec<Frame>], known: &Known) -> Result<String> {
    let sections = recordings
        .iter()
        .enumerate()
        .map(|(index, frames)| section(index, frames, known));
    let sections = sections.collect::<Result<Vec<_>>>()?;
    let page = html! { @for section in sections { section { (section) } } };
    Ok(page::page(file, page))
}

/// The causes of a moment, in words: `x8 is NaN, usually 8`.
pub fn causes(frame: &Frame, known: &Known) -> String {
    let one = |cause: &nice_flow::Cause<f32, f32>| {
        let name = known.features.get(cause.input).map_or("?", String::as_str);
        let (value, usual) = (short(cause.value.into()), short(cause.usual.into()));
        format!("{name} is {value}, usually {usual}")
    };
    frame.causes.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The verdict on a moment in a word.
pub fn verdict(frame: &Frame) -> &'static str {
    match (frame.alarm, frame.verdict.anomalous) {
        (true, _) => "ALARM",
        (false, true) => "anomalous",
        (false, false) => "normal",
    }
}

fn section(index: usize, frames: &[Frame], known: &Known) -> Result<Markup> {
    let blamed = blamed(frames);
    let values = blamed.iter().map(|input| values(frames, *input, known));
    let values = values.collect::<Result<Vec<_>>>()?;
    Ok(html! {
        h2 { "Recording " (index + 1) ": " (span(frames)) }
        div.figures { (scores(frames, known)?) @for figure in values { (figure) } }
        (moments(frames, known))
    })
}

/// The first and the last moment.
fn span(frames: &[Frame]) -> String {
    let moment = |frame: Option<&Frame>| frame.map_or(0, |frame| frame.moment as usize);
    let [first, last] = [frames.first(), frames.last()].map(|frame| count(moment(frame)));
    format!("moments {first} to {last}")
}

/// The inputs that are blamed, those of most moments first.
fn blamed(frames: &[Frame]) -> Vec<usize> {
    let all = || frames.iter().flat_map(|frame| &frame.causes);
    let mut inputs: Vec<usize> = all().map(|cause| cause.input).collect();
    inputs.sort_unstable();
    inputs.dedup();
    inputs.sort_by_key(|input| {
        std::cmp::Reverse(all().filter(|cause| cause.input == *input).count())
    });
    inputs.truncate(INPUTS);
    inputs
}

/// The least and the largest of the finite ones.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// One dot a moment, and a line where the alarm was.
fn draw(
    figure: Figure,
    label: &str,
    frames: &[Frame],
    value: impl Fn(&Frame) -> f64,
    limits: &[f64],
) -> Result<Markup> {
    let (low, high) = range(frames.iter().map(&value).chain(limits.iter().copied()));
    let moment = |frame: &Frame| f64::from(frame.moment);
    let (first, last) = range(frames.iter().map(moment));
    figure.draw(|canvas| {
        let x = Axis::linear("moment", first, last);
        let room = 0.03 * (high - low).max(0.0);
        let y = Axis::linear(label, low - room, high + room);
        let (bottom, top) = y.range;
        let mut plot = Plot::new(canvas, x, y)?;
        for alarm in frames.iter().filter(|frame| frame.alarm) {
            let at = moment(alarm);
            plot.line(&[(at, bottom), (at, top)], Ink::Model)?;
        }
        for limit in limits {
            plot.line(&[(first, *limit), (last, *limit)], Ink::Limit)?;
        }
        for (ink, kind) in [(Ink::Normal, false), (Ink::Anomaly, true)] {
            let dots = frames
                .iter()
                .filter(|frame| frame.verdict.anomalous == kind);
            // What is no number is drawn at the upper end.
            let place = |frame: &Frame| match value(frame) {
                value if value.is_finite() => value,
                value if value < 0.0 => bottom,
                _ => top,
            };
            let dots = dots.map(|frame| (moment(frame), place(frame)));
            plot.dots(&dots.collect::<Vec<_>>(), 3.0, 0.9, ink)?;
        }
        Ok(())
    })
}

fn legend(last: Option<&str>) -> Vec<(Ink, String)> {
    let mut legend = vec![
        (Ink::Normal, "normal".to_string()),
        (Ink::Anomaly, "anomalous".into()),
        (Ink::Model, "alarm".into()),
    ];
    legend.extend(last.map(|text| (Ink::Limit, text.to_string())));
    legend
}

fn scores(frames: &[Frame], known: &Known) -> Result<Markup> {
    let threshold = known.threshold;
    let figure = Figure {
        title: "Score",
        legend: legend(threshold.map(|_| "threshold of the model file")),
        height: HEIGHT,
        reading: "What the board gave each moment; a score that is no finite number is drawn at the upper end.".into(),
    };
    let label = known.unit.map_or("score", Unit::score);
    let score = |frame: &Frame| frame.verdict.score.into();
    draw(figure, label, frames, score, threshold.as_slice())
}

fn values(frames: &[Frame], input: usize, known: &Known) -> Result<Markup> {
    let name = known.features.get(input).map_or("?", String::as_str);
    let mut usual = frames.iter().flat_map(|frame| &frame.causes);
    let usual = usual.rfind(|cause| cause.input == input);
    let usual: Option<f64> = usual.map(|cause| cause.usual.into());
    let figure = Figure {
        title: "An input that is to blame",
        legend: legend(usual.map(|_| "its usual value")),
        height: HEIGHT,
        reading: format!(
            "{name}; a value that is no finite number is drawn at an end of the axis."
        ),
    };
    let value = |frame: &Frame| frame.x.get(input).map_or(f64::NAN, |x| f64::from(*x));
    draw(figure, name, frames, value, usual.as_slice())
}

fn moments(frames: &[Frame], known: &Known) -> Markup {
    let cells = |frame: &Frame| {
        let score = f64::from(frame.verdict.score);
        vec![
            Cell::number(frame.moment.into(), frame.moment),
            Cell::number(score, short(score)),
            Cell::text(verdict(frame)),
            Cell::text(causes(frame, known)),
        ]
    };
    table(
        &["moment", "score", "verdict", "causes"],
        frames.iter().map(cells).collect(),
    )
}
