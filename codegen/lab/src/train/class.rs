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
            judged_late: request.is_chosen_by(lesson.anomalies.len()),
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

/// What came of training the recipes of a request.
pub(super) struct Taught {
    /// The best first, without those that diverged.
    pub classes: Vec<Class>,
    /// Why the first is it.
    pub reason: String,
    /// The recipes that diverged, the usual one first if it is among them.
    pub diverged: Vec<Recipe>,
}

impl Taught {
    /// What the user is told of those that diverged.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        let names = self.diverged.iter().map(|recipe| recipe.name);
        names
            .map(|name| format!("training with the recipe {name} diverged: it was not chosen from"))
    }
}

/// Trains the recipe, its rivals and, if labelled anomalies choose, the candidates too.
pub(super) fn teach(lesson: &Lesson, request: &Request, watch: Watch) -> Result<Taught> {
    let recipes = request.recipes(lesson.facts());
    let usual = recipes.first().map(|recipe| recipe.name);
    let (mut classes, mut diverged) = (vec![], vec![]);
    for recipe in recipes {
        match Class::new(lesson, recipe, request, watch)? {
            Some(class) => classes.push(class),
            None => diverged.push(recipe),
        }
    }
    let missed = diverged.iter().find(|recipe| Some(recipe.name) == usual);
    let reason = put_best_first(&mut classes, missed, lesson, request);
    Ok(Taught {
        classes,
        reason,
        diverged,
    })
}

/// Of the usual recipe and the others behind it, moves the best to the front; returns why it is it. If the usual one diverged, it is
/// `missed`, and the first of the others takes its place.
fn put_best_first(
    classes: &mut [Class],
    missed: Option<&Recipe>,
    lesson: &Lesson,
    request: &Request,
) -> String {
    let [usual, rivals @ ..] = &*classes else {
        return String::new();
    };
    if !request.leaves_kind() {
        return reason::asked(lesson, request);
    }
    if request.is_chosen_by(lesson.anomalies.len()) {
        let (recipe, shares) = (usual.recipe, usual.above.clone());
        let merit = |class: &Class| choice::merit(&class.above, &shares);
        // A stable sort: among equally good recipes, the usual one comes first.
        classes.sort_by(|a, b| merit(b).total_cmp(&merit(a)));
        let reason = reason::labelled(lesson.anomalies.len(), &recipe, &classes[0].recipe);
        return reason::without_usual(reason, missed);
    }
    let gains: Vec<Gain> = rivals.iter().map(|rival| rival.gain(usual)).collect();
    let better = (0..rivals.len()).filter(|&i| rivals[i].is_preferred(gains[i], usual));
    let best = better.max_by(|&a, &b| gains[a].nats.total_cmp(&gains[b].nats));
    let reason = match best {
        Some(best) => {
            let reason = reason::preferred(&rivals[best].recipe, gains[best], &usual.recipe);
            classes[..=best + 1].rotate_right(1);
            reason::without_usual(reason, missed)
        }
        None => {
            let rivals = rivals.iter().map(|rival| rival.recipe).zip(gains);
            reason::usual(lesson, &usual.recipe, missed, &Vec::from_iter(rivals))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::ControlFlow;

    /// Two features of two phases; two rows, of which one is not held out, have another number in the first.
    fn lesson(far: f32) -> Lesson {
        let mut values: Vec<f32> = (0..120).map(|n| (n as f32 * 0.7).sin()).collect();
        (values[60], values[62]) = (far, far);
        let rows = |values| Rows { dim: 2, values };
        Lesson {
            rows: rows(values),
            anomalies: rows(vec![]),
            context: 0,
            is_log: false,
        }
    }

    #[test]
    fn a_recipe_that_diverges_is_told_and_lends_its_reason_to_no_other() {
        let request = Request {
            steps: 100,
            members: 1,
            ..Request::default()
        };
        let taught = |far| teach(&lesson(far), &request, &|_| ControlFlow::Continue(())).unwrap();
        let names = |recipes: &[Recipe]| Vec::from_iter(recipes.iter().map(|recipe| recipe.name));
        let found = taught(1e20);
        assert_eq!(names(&found.diverged), ["small"]);
        assert!(
            found.notes().eq([
                "training with the recipe small diverged: it was not chosen from".to_string()
            ])
        );
        assert_eq!(found.classes[0].recipe.name, "triangular");
        assert_eq!(
            found.reason,
            "training of the usual recipe, small, diverged"
        );
        let found = taught(1.0);
        assert!(found.diverged.is_empty() && found.classes.len() == 2);
        assert!(
            found.reason.starts_with("for 60 rows of 2 features; "),
            "{}",
            found.reason
        );
    }
}
