//! Model files of nice-flow 0.1.0 read to the same bits.

use nice_flow_codegen::model::Combine;
use nice_flow_codegen::model::file;
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::score;
use nice_flow_lab::table;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/v0.1.0")
        .join(name)
}

fn arithmetic(name: &str) -> Arithmetic {
    let named = |arithmetic: &Arithmetic| arithmetic.name() == name;
    Arithmetic::ALL
        .into_iter()
        .find(named)
        .expect("an arithmetic")
}

/// The columns of the committed table, each with its name.
fn committed() -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string(fixture("score_bits.csv")).expect("a table");
    let mut lines = text.lines().map(|line| line.split(','));
    let mut columns: Vec<(String, Vec<String>)> = lines
        .next()
        .expect("a header")
        .map(|name| (name.into(), vec![]))
        .collect();
    for line in lines {
        for (column, cell) in columns.iter_mut().zip(line) {
            column.1.push(cell.into());
        }
    }
    columns
}

#[test]
fn every_old_file_scores_as_it_did_when_it_was_written() {
    let rows = table::read(&fixture("rows.csv"), &Default::default(), &|_| ()).expect("rows");
    let columns = committed();
    assert_eq!(columns.len(), 16);
    for (name, bits) in columns {
        let (model, numeric) = name.split_once('.').expect("a model and an arithmetic");
        let model = file::read(&fixture(&format!("{model}.safetensors"))).expect("a model");
        let scores = score(&model, &rows.values, arithmetic(numeric), &|_| ()).expect("scores");
        assert_eq!(scores.bits(), bits, "{name}");
    }
}

#[test]
fn an_old_file_written_anew_reads_to_the_same_model() {
    for name in ["one", "one_uncalibrated", "tail", "density"] {
        let model = file::read(&fixture(&format!("{name}.safetensors"))).expect("a model");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new.safetensors");
        std::fs::write(&path, file::write(&model).expect("bytes")).expect("written");
        assert_eq!(file::read(&path).expect("a model"), model);
    }
}

/// The first ensembles had no key `combine`: their tails were averaged.
#[test]
fn an_old_ensemble_that_does_not_say_how_it_combines_does_so_by_tails() {
    let mut bytes = std::fs::read(fixture("density.safetensors")).expect("bytes");
    let key = br#"\"combine\":\"density\","#;
    let at = bytes.windows(key.len()).position(|part| part == key);
    // Blanks: the header's length stays.
    bytes[at.expect("the key")..][..key.len()].fill(b' ');
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("older.safetensors");
    std::fs::write(&path, bytes).expect("written");
    let model = file::read(&path).expect("a model");
    assert_eq!(model.combine, Some(Combine::Tail));
}
