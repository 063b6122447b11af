//! Options that cannot be, alone or together.

use super::Request;
use crate::train::prior::Prior;
use crate::train::recipe::{DENSITY, TINY};
use nice_flow_codegen::{Error, Result};

impl Request {
    /// An error that names an option with an invalid value.
    pub fn check(&self) -> Result<()> {
        if !(0.0..=0.5).contains(&self.trim.share()) {
            let message = format!("expected 0 to 0.5, or auto, found {}", self.trim);
            return Err(Error::input("--trim", message));
        }
        let counts = [
            ("--steps", Some(self.steps), 10_000_000),
            ("--members", Some(self.members), 64),
            ("--hidden", self.hidden, 4096),
            ("--depth", self.depth, 16),
            ("--couplings", self.couplings, 256),
        ];
        for (option, count, most) in counts {
            let least = usize::from(option != "--couplings");
            if let Some(count) = count.filter(|count| !(least..=most).contains(count)) {
                let message = format!("expected {least} to {most}, found {count}");
                return Err(Error::input(option, message));
            }
        }
        if let Some(Prior::Mixture(count)) = self.prior
            && !(1..=256).contains(&count)
        {
            let message = format!("expected 1 to 256 components, found {count}");
            return Err(Error::input("--prior", message));
        }
        self.check_given()?;
        self.check_networks()?;
        self.check_prior()
    }

    /// An error that names an option of networks where there are none.
    fn check_networks(&self) -> Result<()> {
        let couplings = self.couplings.filter(|count| *count > 0);
        let (none, way_out) = if self.recipe.is_some_and(|recipe| recipe.couplings == 0) {
            let way_out = "--recipe medium has couplings before a mixture of normals";
            ("with --recipe mixture, which is without couplings", way_out)
        } else if self.couplings == Some(0) {
            ("with --couplings 0", "networks are those of couplings")
        } else {
            return Ok(());
        };
        let options = [
            ("--couplings", couplings),
            ("--hidden", self.hidden),
            ("--depth", self.depth),
        ];
        let given = options
            .into_iter()
            .find_map(|(option, count)| Some((option, count?)));
        given.map_or(Ok(()), |(option, count)| {
            let message = format!("expected none {none}, found {count}; {way_out}");
            Err(Error::input(option, message))
        })
    }

    /// An error for another prior than the one that a recipe is named after.
    fn check_prior(&self) -> Result<()> {
        let (Some(recipe), Some(prior)) = (self.recipe, self.prior) else {
            return Ok(());
        };
        let expected = match (recipe.name, prior) {
            (name, Prior::Normal | Prior::Logistic) if name == DENSITY.name => "mixture:K",
            (name, Prior::Normal | Prior::Mixture(_)) if name == TINY.name => "logistic",
            _ => return Ok(()),
        };
        let message = format!(
            "expected {expected} with --recipe {}, found {prior}; another recipe, such as medium, takes it",
            recipe.name
        );
        Err(Error::input("--prior", message))
    }

    /// An error that names an option which has no meaning beside a context.
    fn check_given(&self) -> Result<()> {
        if self.given.is_empty() {
            return Ok(());
        }
        let recipe = self.recipe;
        let couplings = self.couplings.or(recipe.map(|recipe| recipe.couplings));
        let prior = self.prior.or(recipe.map(|recipe| recipe.prior));
        let wrong = if couplings == Some(0) {
            "expected couplings, whose networks read the context, found none; --recipe small, medium and large have some"
        } else if recipe.is_some_and(|recipe| recipe.triangle) {
            "expected a recipe of couplings alone, found one with a triangular layer, which would mix the context with what is scored; --recipe small is the same without it"
        } else if self.prior == Some(Prior::Logistic) {
            "expected a normal prior or a mixture beside a context, found a logistic one; --prior normal is one"
        } else if prior == Some(Prior::Logistic) {
            "expected a normal prior or a mixture beside a context, found a logistic one; --recipe small, medium and large have such a prior"
        } else if self.baseline.is_some() {
            "expected no --baseline, which takes the level off the context too"
        } else {
            return Ok(());
        };
        Err(Error::input("--given", wrong))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::recipe::Recipe;

    fn refused(change: impl Fn(&mut Request)) -> String {
        let mut request = Request::default();
        change(&mut request);
        request
            .check()
            .map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn what_a_recipe_rules_out_is_refused() {
        let recipe = |word: &str| Some(word.parse().unwrap());
        let said = refused(|it| (it.recipe, it.couplings) = (recipe("mixture"), Some(2)));
        assert_eq!(
            said,
            "--couplings: expected none with --recipe mixture, which is without couplings, found 2; --recipe medium has couplings \
             before a mixture of normals"
        );
        let said = refused(|it| (it.recipe, it.hidden) = (recipe("mixture"), Some(16)));
        assert!(
            said.starts_with("--hidden: expected none with --recipe mixture"),
            "{said}"
        );
        let said = refused(|it| (it.couplings, it.depth) = (Some(0), Some(2)));
        assert!(
            said.starts_with("--depth: expected none with --couplings 0, found 2"),
            "{said}"
        );
        let said = refused(|it| (it.recipe, it.prior) = (recipe("mixture"), Some(Prior::Logistic)));
        assert!(
            said.starts_with("--prior: expected mixture:K with --recipe mixture, found logistic; "),
            "{said}"
        );
        let said =
            refused(|it| (it.recipe, it.prior) = (recipe("logistic"), Some(Prior::Mixture(8))));
        assert!(
            said.starts_with(
                "--prior: expected logistic with --recipe logistic, found mixture:8; "
            ),
            "{said}"
        );
        let speed = || vec!["speed".into()];
        let said = refused(|it| (it.recipe, it.given) = (recipe("logistic"), speed()));
        assert!(said.contains("found a logistic one"), "{said}");
    }

    #[test]
    fn what_changes_a_size_of_a_recipe_is_taken() {
        let recipe = |word: &str| Some(word.parse().unwrap());
        for word in ["small", "triangular", "medium", "large"] {
            for prior in [Prior::Normal, Prior::Logistic, Prior::Mixture(4)] {
                let said = refused(|it| (it.recipe, it.prior) = (recipe(word), Some(prior)));
                assert_eq!(said, "");
            }
            let said = refused(|it| (it.recipe, it.couplings) = (recipe(word), Some(0)));
            assert_eq!(said, "");
        }
        let said =
            refused(|it| (it.recipe, it.prior) = (recipe("mixture"), Some(Prior::Mixture(8))));
        assert_eq!(said, "");
    }

    #[test]
    fn flows_that_no_memory_holds_are_refused() {
        let request = Request {
            couplings: Some(256),
            hidden: Some(4096),
            depth: Some(16),
            ..Request::default()
        };
        let recipe = "large".parse::<Recipe>().unwrap().scaled(3);
        let recipe = Recipe {
            couplings: 256,
            depth: 16,
            ..recipe
        };
        let error = request.settings(&recipe, 3).err().unwrap().to_string();
        let start = "--hidden: expected a flow of at most 16777216 trained numbers, found 64";
        assert!(error.starts_with(start), "{error}");
        assert!(
            error.ends_with("256 couplings with 16 hidden layers of 4096"),
            "{error}"
        );
    }
}
