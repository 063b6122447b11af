use super::*;
use crate::checkpoint::{Container, Element, Tensor};

fn checkpoint(names: &[&str]) -> Checkpoint {
    let tensor = Tensor {
        element: Element::F32,
        shape: vec![1],
        data: vec![0.0],
    };
    Checkpoint {
        path: "a.pt".into(),
        sha256: String::new(),
        container: Container::Torch,
        tensors: (names.iter())
            .map(|name| (name.to_string(), tensor.clone()))
            .collect(),
        config: Default::default(),
        order: vec![],
        notes: vec![],
        fitted: vec![],
    }
}

const FMU2: [&str; 2] = ["coupling.0.in_block.0.weight", "scaling.scale"];

fn below(root: &str) -> Vec<String> {
    FMU2.iter().map(|name| format!("{root}{name}")).collect()
}

fn chosen(names: &[String], layout: Option<&str>, root: Option<&str>) -> Result<String> {
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    choose(&checkpoint(&names), layout, root)
        .map(|(layout, root)| layout.name.to_owned() + ":" + &root)
}

#[test]
fn a_model_is_found_below_any_prefix() {
    for root in ["", "module.", "state_dict.model.flow."] {
        assert_eq!(
            chosen(&below(root), None, None).unwrap(),
            format!("fmu2:{root}")
        );
    }
    // `my_` does not end at a dot, so it is part of another name.
    assert!(chosen(&below("my_"), None, None).is_err());
}

#[test]
fn two_models_in_a_file_need_a_root() {
    let names = [below("model."), below("ema.")].concat();
    let error = chosen(&names, None, None).unwrap_err().to_string();
    assert!(error.ends_with("--set root=ema, model"), "{error}");
    assert_eq!(chosen(&names, None, Some("ema")).unwrap(), "fmu2:ema.");
    assert!(chosen(&names, None, Some("elsewhere")).is_err());
}

#[test]
fn two_layouts_that_fit_need_a_name() {
    let zuko = ["transforms.0.hyper.0.weight", "transforms.0.mask"];
    let names = [below("a."), zuko.map(str::to_owned).to_vec()].concat();
    let error = chosen(&names, None, None).unwrap_err().to_string();
    let marks = "--layout fmu2|zuko\n  fmu2 (fmu2/NICE): a.coupling.0.in_block.0.weight, \
                 a.scaling.scale\n  zuko (zuko's or lampe's NICE and MAF): transforms.0.hyper.0.weight, \
                 transforms.0.mask";
    assert!(error.ends_with(marks), "{error}");
    assert_eq!(chosen(&names, Some("zuko"), None).unwrap(), "zuko:");
}

#[test]
fn an_unknown_layout_lists_what_is_known_and_what_is_there() {
    let names: Vec<_> = (0..25).map(|i| format!("net.{i:02}")).collect();
    let known = LAYOUTS.map(|layout| layout.name).join(", ");
    let error = chosen(&names, None, None).unwrap_err().to_string();
    let table = format!("({known}), found\n  net.00  [1]  f32\n  net.01  [1]  f32\n");
    assert!(error.contains(&table), "{error}");
    let error = chosen(&names, Some("fmu2"), None).unwrap_err().to_string();
    assert!(error.ends_with("net.19 [1] and 5 more"), "{error}");
    let error = chosen(&names, Some("glow"), None).unwrap_err().to_string();
    assert!(
        error.ends_with(&format!("({known}), found --layout glow")),
        "{error}"
    );
}
