//! A firmware that runs a blob.

use super::Args;
use crate::blob;
use nice_flow_codegen::module::blob::{Described, described, fitting, has_limits};
use nice_flow_codegen::module::emit::emit_with;
use nice_flow_codegen::{Error, Lowered, Model, Result};
use nice_flow_lab::board::simulate::{Firmware, Simulator};
use std::path::Path;

impl Args {
    /// A firmware for blobs like this one, with it in its flash.
    pub(super) fn with_blob(
        &self,
        simulator: &Simulator,
        (model, lowered): (&Model, &Lowered),
        path: &Path,
    ) -> Result<Firmware> {
        let refuse = |message: String| Error::file(path, message);
        let bytes = blob::read(path)?.ok_or_else(|| {
            refuse("expected a blob, as nice-flow generate --blob writes it".into())
        })?;
        let Described { layout, .. } = described(&bytes).map_err(refuse)?;
        let of_model = |error: Error| error.in_file(&self.rows.source.model);
        let extras = fitting(model, lowered, layout).ok_or_else(|| {
            refuse(format!(
                "expected a LAYOUT that modules of {} in {} have, found {layout:#018x}: give the --numeric and --counts \
                 with which it was generated, or generate it again",
                self.rows.source.model.display(),
                self.numeric.name()
            ))
        })?;
        if !has_limits(&bytes, model, lowered, &extras).map_err(of_model)? {
            return Err(refuse(format!(
                "expected the threshold and debounce of {}, found others: generate it again, or give the model that it was \
                 generated from",
                self.rows.source.model.display()
            )));
        }
        let module = emit_with(model, lowered, &extras).map_err(of_model)?;
        simulator.build_with(&module, &bytes)
    }
}
