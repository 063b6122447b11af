//! Trains recipes, and puts the one first that labelled anomalies or held-out rows speak for.

use super::choice;
use super::data::Rows;
use super::fit::{Settings, Watch};
use super::gain::{Gain, LARGE_GAIN};
use super::members::{Lesson, Student};
use super::reason;
use super::recipe::Recipe;
use super::request::Request;
use nice_flow_codegen::Result;

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
        let dim = usual.settings.architecture.dim;
        let is_large = gain.nats > LARGE_GAIN * dim as f64;
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
    let [usual, rivals @ ..] = &*classes else {
        return String::new();
    };
    if !request.leaves_kind() {
        return reason::asked(lesson, request);
    }
    if lesson.anomalies.len() > 0 && request.leaves_choice() {
        let (recipe, shares) = (usual.recipe, usual.above.clone());
        let merit = |class: &Class| choice::merit(&class.above, &shares);
        // A stable sort: among equally good recipes, the usual one comes first.
        classes.sort_by(|a, b| merit(b).total_cmp(&merit(a)));
        return reason::labelled(lesson.anomalies.len(), &recipe, &classes[0].recipe);
    }
    let gains: Vec<Gain> = rivals.iter().map(|rival| rival.gain(usual)).collect();
    let better = (0..rivals.len()).filter(|&i| rivals[i].is_preferred(gains[i], usual));
    let best = better.max_by(|&a, &b| gains[a].nats.total_cmp(&gains[b].nats));
    let reason = match best {
        Some(best) => {
            let reason = reason::preferred(&rivals[best].recipe, gains[best], &usual.recipe);
            classes[..=best + 1].rotate_right(1);
            reason
        }
        None => {
            let rivals = rivals.iter().map(|rival| rival.recipe).zip(gains);
            reason::usual(lesson, &usual.recipe, &Vec::from_iter(rivals))
        }
    };
    reason::changed(reason, request)
}

/// A seed for each member; different requests have different seeds.
fn seeds(request: &Request) -> Vec<u64> {
    let members = 0..request.members as u64;
    members
        .map(|member| request.seed ^ (member << 32))
        .collect()
}
