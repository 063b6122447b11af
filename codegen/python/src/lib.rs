//! `nice_flow._native`: what the Python package needs of the library, and no more. Shapes, names of columns and defaults are
//! Python's business.

mod calibrate;
mod column;
mod command;
mod error;
mod explain;
mod generate;
mod import;
mod interrupt;
mod look;
mod made;
mod model;
mod origin;
mod page;
mod pool;
mod raw;
mod rows;
mod scores;
mod train;
mod voice;

use nice_flow_codegen::Numeric;
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;

/// The name of a model that is nearest to this one: it names what is generated.
#[pyfunction]
fn legal_name(name: &str) -> String {
    nice_flow_codegen::model::name::legal(name)
}

/// A message of the library with arguments of Python where it names options of the command.
#[pyfunction]
fn in_python(text: &str) -> String {
    voice::in_python(text)
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<model::Model>()?;
    module.add_function(wrap_pyfunction!(command::run, module)?)?;
    module.add_function(wrap_pyfunction!(import::import_tensors, module)?)?;
    module.add_function(wrap_pyfunction!(train::train, module)?)?;
    module.add_function(wrap_pyfunction!(train::train_raw, module)?)?;
    module.add("CheckError", module.py().get_type::<error::CheckError>())?;
    module.add("Note", module.py().get_type::<error::Note>())?;
    module.add_function(wrap_pyfunction!(column::is_clock, module)?)?;
    module.add_function(wrap_pyfunction!(column::wanders, module)?)?;
    module.add_function(wrap_pyfunction!(in_python, module)?)?;
    module.add_function(wrap_pyfunction!(legal_name, module)?)?;
    let numerics = Numeric::ALL.map(|numeric| (numeric.name(), numeric.parameter_bytes()));
    module.add("BYTES", numerics.into_py_dict(module.py())?)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}
