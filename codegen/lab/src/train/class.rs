//! Trains recipes, and puts the one first that labelled anomalies or held-out rows speak for.

use super::choice;
use super::data::Rows;
use super::fit::{Settings, Watch};
use super::gain::Gain;
use super::members::{Lesson, Student};
use super::recipe::{FEW_ROWS, Recipe};
use super::request::Request;
use nice_flow_codegen::Result;
use nice_flow_codegen::text::counted;

/// Networks of fewer hidden units than this hardly relate features, so that a triangular layer in front needs only a sure gain.
const NARROW: usize = 4;
/// Elsewhere it needs one of so many nats a feature: `cardio` of `examples/recipe.rs`, where it costs two points of the area,
/// gains 0.13; forty sensors that move together gain 0.95.
const LARGE_GAIN: f64 = 0.25;

/// The flows that were trained with one recipe.
pub(super) struct Class {
    pub recipe: Recipe,
    pub settings: Settings,
    pub students: Vec<Student>,
    /// For each labelled anomaly, the share of held-out rows with a lower score, averaged over the flows.
    pub above: Vec<f64>,
}

impl Class {
    /// Trains the flows of a recipe; `None` if one of them diverged.
    pub fn new(
        lesson: &Lesson,
        recipe: Recipe,
        request: &Request,
        watch: Watch,
    ) -> Result<Option<Self>> {
        let recipe = recipe.beside(lesson.context);
        // Labelled anomalies are compared with held-out rows; a choice that only holds for rows of the same hour is worth nothing.
        let settings = Settings {
            judged_late: request.leaves_choice() && lesson.anomalies.len() > 0,
            ..request.settings(&recipe, lesson.dim())?
        };
        let students = lesson.teach(&settings, &seeds(request), watch);
        if students.len() < request.members {
            return Ok(None);
        }
        // Each flow held out different rows, so averaging uses more of them.
        let above = |anomaly: usize| {
            let shares = students.iter().map(|student| student.above[anomaly]);
            choice::mean(&shares.collect::<Vec<_>>())
        };
        Ok(Some(Self {
            above: (0..lesson.anomalies.len()).map(above).collect(),
            recipe,
            settings,
            students,
        }))
    }

    /// `−ln p` of each row, averaged over the flows.
    pub fn scores(&self, rows: &Rows) -> Vec<f64> {
        let mut means = vec![0.0; rows.len()];
        for student in &self.students {
            let scores = means.iter_mut().zip(student.scores(rows));
            scores.for_each(|(mean, score)| *mean += score / self.students.len() as f64);
        }
        means
    }

    /// How much likelier the rows that each flow held out are than with the usual recipe.
    fn gain(&self, usual: &Self) -> Gain {
        Gain::new(&usual.held_out(), &self.held_out())
    }

    /// Whether such a gain over the usual recipe is enough.
    fn is_preferred(&self, gain: Gain, usual: &Self) -> bool {
        let sizes = usual.settings.architecture;
        let narrow = sizes.couplings() > 0 && sizes.hidden < NARROW;
        let is_large = narrow || gain.nats > LARGE_GAIN * sizes.dim as f64;
        gain.is_sure() && (is_large || !self.recipe.triangle)
    }

    /// `−ln p` of the rows that each flow held out.
    fn held_out(&self) -> Vec<f64> {
        let students = self.students.iter();
        students
            .flat_map(|student| student.held_out.iter().copied())
            .collect()
    }
}

/// Trains the recipe, its rivals and, if labelled anomalies choose, the candidates too; best first, without
/// those that diverged. Also says why the first is it.
pub(super) fn teach(
    lesson: &Lesson,
    request: &Request,
    watch: Watch,
) -> Result<(Vec<Class>, String)> {
    let recipes = request.recipes(lesson.facts());
    let classes = recipes
        .into_iter()
        .map(|recipe| Class::new(lesson, recipe, request, watch));
    let classes: Vec<Option<Class>> = classes.collect::<Result<_>>()?;
    let mut classes: Vec<Class> = classes.into_iter().flatten().collect();
    let reason = put_best_first(&mut classes, lesson, request);
    Ok((classes, reason))
}

/// Of the usual recipe and the others behind it, moves the best to the front; returns why it is it.
fn put_best_first(classes: &mut [Class], lesson: &Lesson, request: &Request) -> String {
    if !request.leaves_choice() {
        return "the options ask for it".into();
    }
    if lesson.anomalies.len() > 0 {
        let usual = classes.first().map_or(vec![], |class| class.above.clone());
        let merit = |class: &Class| choice::merit(&class.above, &usual);
        // A stable sort: among equally good recipes, the usual one comes first.
        classes.sort_by(|a, b| merit(b).total_cmp(&merit(a)));
        return "labelled anomalies choose it".into();
    }
    if let [usual, rivals @ ..] = &*classes
        && !rivals.is_empty()
    {
        let (best, reason) = preferred(usual, rivals);
        let is_log = usual.recipe.is_for_logs();
        if let Some(best) = best {
            classes[..=best + 1].rotate_right(1);
        }
        return match best {
            None if is_log => {
                format!("for a log, rows with times, of fewer than {FEW_ROWS} rows; {reason}")
            }
            _ => reason,
        };
    }
    let (rows, features) = (lesson.rows.len(), lesson.dim());
    if classes
        .first()
        .is_some_and(|usual| usual.recipe.is_for_logs())
    {
        return format!("for a log, rows with times, of {rows} rows");
    }
    let given = match lesson.context {
        0 => String::new(),
        context => format!(" given {}", counted(context, "number")),
    };
    let features = counted(features, "feature");
    format!("for {rows} rows of {features}{given}")
}

/// The place of the rival that held-out rows prefer to the usual recipe, if they prefer one, and why.
fn preferred(usual: &Class, rivals: &[Class]) -> (Option<usize>, String) {
    let gains: Vec<Gain> = rivals.iter().map(|rival| rival.gain(usual)).collect();
    let better = (0..rivals.len()).filter(|&i| rivals[i].is_preferred(gains[i], usual));
    let best = better.max_by(|&a, &b| gains[a].nats.total_cmp(&gains[b].nats));
    let least = LARGE_GAIN * usual.settings.architecture.dim as f64;
    let means = |i: usize| match rivals[i].recipe.triangle {
        true => "triangular layer first",
        false => "mixture of normals",
    };
    let no = |i: usize| {
        let few = match gains[i].is_sure() {
            true => format!(", not the {least:.2} that it takes, {LARGE_GAIN} a feature"),
            false => String::new(),
        };
        format!("no {}: with it, {}{few}", means(i), gains[i])
    };
    let reason = match best {
        Some(best) => format!("{}: {}", means(best), gains[best]),
        None => Vec::from_iter((0..rivals.len()).map(no)).join("; "),
    };
    (best, reason)
}

/// A seed for each member; different requests have different seeds.
fn seeds(request: &Request) -> Vec<u64> {
    let members = 0..request.members as u64;
    members
        .map(|member| request.seed ^ (member << 32))
        .collect()
}
