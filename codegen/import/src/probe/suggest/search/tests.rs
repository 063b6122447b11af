use super::*;
use crate::probe::alternatives::alternatives;
use crate::probe::suggest::{Readings, suggest};
use crate::probe::{Units, check};
use nice_flow_codegen::Model;
use nice_flow_codegen::flow::ir::{Layer, Prior};

/// `x · S`, and a density of the result.
fn flow(factor: f64, prior: Prior) -> Flow {
    Flow {
        dim: 1,
        layers: vec![Layer::Diagonal(Diagonal::scale(vec![factor]))],
        prior,
    }
}

fn model(flow: Flow) -> Imported {
    Imported::from(Model::new("m", vec!["x0".into()], flow))
}

/// A probe with the densities of `truth` for some rows, plus a constant.
fn probe(truth: &Flow, constant: f64) -> Probe {
    let rows: Vec<_> = (0..40).map(|i| vec![0.3 * f64::from(i) - 5.0]).collect();
    Probe {
        path: "p.npz".into(),
        sets: vec![Samples {
            units: Units::Model,
            log_density: rows
                .iter()
                .map(|x| truth.log_density(x) + constant)
                .collect(),
            rounding: vec![0.0; rows.len()],
            single: false,
            rows,
        }],
    }
}

fn none<'a>() -> Readings<'a> {
    Readings::default()
}

#[test]
fn one_change_that_agrees_is_found() {
    let wrong = model(flow(2.0, Prior::Normal));
    let probe = probe(&flow(2.0, Prior::Logistic), 0.0);
    assert!(check(&wrong.model, &probe).is_err());
    let found = suggest(&wrong, &probe, &none());
    let [one] = found.fitting.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(
        (one.what.as_str(), one.agreement.rows),
        ("the prior is logistic", 40)
    );
    let text = found.to_string();
    assert_eq!(
        text,
        "the probe agrees to 0 nats if the prior is logistic \
         (in a manifest: kind = \"logistic\" in [prior])"
    );
}

#[test]
fn two_changes_that_agree_are_found() {
    let wrong = model(flow(2.0, Prior::Normal));
    let found = suggest(
        &wrong,
        &probe(&flow(2_f64.exp(), Prior::Logistic), 0.0),
        &none(),
    );
    let [one] = found.fitting.as_slice() else {
        panic!("{found:?}");
    };
    assert!(
        one.what
            .starts_with("the prior is logistic and all diagonal layers are of exp(S)")
    );
}

#[test]
fn a_change_that_leaves_a_constant_says_so() {
    let wrong = model(flow(2.0, Prior::Normal));
    let constant = -(256_f64.ln());
    let found = suggest(
        &wrong,
        &probe(&flow(2.0, Prior::Logistic), constant),
        &none(),
    );
    let text = found.to_string();
    let named = "differs by 5.545177 nats in every row (D ln 256: the dequantisation of images";
    assert!(
        text.contains(named) && text.contains("if the prior is logistic"),
        "{text}"
    );
}

fn reading(set: &str, imported: Imported) -> Reading<'static> {
    Reading {
        what: set.into(),
        ask: format!("--set {set}"),
        manifest: None,
        read: Box::new(move || Some(imported.clone())),
    }
}

#[test]
fn a_constant_that_a_reading_explains_is_asked_for() {
    let density = model(flow(2.0, Prior::Logistic));
    let printed = Imported {
        log_prob_constant: -(256_f64.ln()),
        ..density.clone()
    };
    let readings = Readings {
        single: vec![
            reading("log_prob=printed", printed.clone()),
            reading("prior=normal", model(flow(2.0, Prior::Normal))),
        ],
        ..none()
    };
    let ask = |wrong: &Imported, constant: f64| {
        let probe = probe(&density.model.members[0].flow, constant);
        let found = suggest(wrong, &probe, &readings).fitting;
        let asks: Vec<_> = found.into_iter().map(|found| found.ask).collect();
        asks.join(", ")
    };
    assert_eq!(
        ask(&density, printed.log_prob_constant),
        "--set log_prob=printed"
    );
    assert_eq!(ask(&density, 1.0), "");
    // The densities are printed ones, so the reading with the right constant agrees with them as they are.
    let wrong = Imported {
        log_prob_constant: printed.log_prob_constant,
        ..model(flow(3.0, Prior::Logistic))
    };
    assert_eq!(
        ask(&wrong, printed.log_prob_constant),
        "--set log_prob=printed"
    );
}

#[test]
fn a_reading_that_can_be_asked_for_comes_alone() {
    let wrong = model(flow(2.0, Prior::Normal));
    let readings = Readings {
        single: vec![
            reading("other=no", model(flow(3.0, Prior::Logistic))),
            reading("prior=logistic", model(flow(2.0, Prior::Logistic))),
        ],
        ..none()
    };
    let found = suggest(&wrong, &probe(&flow(2.0, Prior::Logistic), 0.0), &readings);
    let asks: Vec<_> = found
        .fitting
        .iter()
        .map(|found| found.ask.as_str())
        .collect();
    assert_eq!(asks, ["--set prior=logistic"]);
}

#[test]
fn what_no_change_explains_is_said() {
    let wrong = model(flow(2.0, Prior::Normal));
    let found = suggest(&wrong, &probe(&flow(1.7, Prior::Logistic), 0.0), &none());
    assert!(found.fitting.is_empty() && found.tried > 10 && !found.partial);
    assert_eq!(
        found.to_string(),
        format!("none of {} other readings agrees", found.tried)
    );
}

#[test]
fn a_large_model_is_not_searched_for_ever() {
    let (wrong, right) = (model(flow(2.0, Prior::Normal)), flow(2.0, Prior::Logistic));
    let probe = probe(&right, 0.0);
    let mut search = Search::new(&wrong, &probe, none().manifest);
    search.cost = BUDGET;
    assert!(
        search
            .try_changes(alternatives(&wrong.model.members[0].flow))
            .is_empty()
    );
    let found = search.finish();
    assert!(found.partial && found.tried == 0);
    assert!(
        found
            .to_string()
            .ends_with("the model, or the probe, is too large to try all")
    );
}

#[test]
fn many_rows_that_are_all_alike_are_not_compared_for_ever() {
    let wrong = model(flow(2.0, Prior::Normal));
    let mut alike = probe(&flow(2.0, Prior::Normal), 0.0);
    alike.sets[0].rows.fill(vec![0.5]);
    alike.sets[0].log_density.fill(-7.0);
    let mut search = Search::new(&wrong, &alike, none().manifest);
    search.left = usize::MAX;
    search.cost = BUDGET / 40 + 1;
    search.try_changes(alternatives(&wrong.model.members[0].flow));
    let found = search.finish();
    assert!(found.tried > 1 && found.partial);
    assert_eq!(found.fitting.len(), 1, "{found:?}");
}

#[test]
fn rows_of_another_length_are_no_matter_of_reading() {
    let wrong = model(flow(2.0, Prior::Normal));
    let mut probe = probe(&flow(2.0, Prior::Logistic), 0.0);
    probe.sets[0].rows[3] = vec![0.0, 1.0];
    assert_eq!(suggest(&wrong, &probe, &none()), Suggestions::default());
}
