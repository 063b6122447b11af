//! Tensors that no op of a layout's manifest names.

use super::schema::Container;
use super::tensors::Tensors;
use super::write::written;
use super::{Manifest, layer};
use crate::checkpoint::Checkpoint;
use crate::import::doubt::unknown;
use crate::standardise::Beside;
use nice_flow_codegen::error::{Error, Result};
use toml::Value;

impl Manifest {
    /// Adds an op with a question mark for each tensor that nothing reads, and returns an error that lists them.
    pub(in crate::import) fn mark_unread(
        &mut self,
        checkpoint: &Checkpoint,
    ) -> Result<Option<Error>> {
        let root = self.root();
        let tensors = Tensors::new(checkpoint, &root, self.schema.context.len());
        let schema = Value::try_from(&self.schema);
        let schema = schema.map_err(|error| Error::caused("manifest", error))?;
        mark(&schema, &tensors);
        if self.unread(&tensors).is_empty() {
            return Ok(None);
        }
        // A tensor may repeat what the ops read, as the inverse of a permutation does. What an op with a question mark lacks is
        // said elsewhere.
        for op in &self.schema.ops {
            let _ = layer::layers(op, self.schema.dim, &tensors);
        }
        let unread = self.unread(&tensors);
        let error = self.finish(&tensors).err();
        let ops = unread.iter().map(|name| unknown(name));
        self.schema.ops.extend(ops);
        Ok(error)
    }

    /// Statistics beside the flow. An error if another tensor is not used.
    ///
    /// Who writes a manifest says what to ignore, and what comes before the flow: there statistics are tensors like others, and told of if
    /// the manifest says nothing of them.
    pub(super) fn finish(&self, tensors: &Tensors) -> Result<Option<Beside>> {
        let source = &self.schema.source;
        let expected = match self.made {
            true => format!("only tensors of {}", self.layout()),
            false => "every tensor to be used (or listed in `ignore` of [source])".into(),
        };
        let open = self.made || self.schema.pre.is_empty();
        let statistics = open.then(|| self.statistics(tensors)).flatten();
        let aside = statistics.as_ref().filter(|_| self.made);
        let records = source.container == Container::Eqx;
        tensors.finish(&source.ignore, aside, records, &expected)?;
        let root = self.root();
        let is_ignored = |found: &Beside| {
            let mut ignored = source.ignore.iter();
            ignored.any(|name| found.has(&format!("{root}{name}")))
        };
        Ok(statistics.filter(|found| self.made || !is_ignored(found)))
    }

    /// What the manifest says of the file that is not so, and changes nothing.
    pub(super) fn untrue(&self, checkpoint: &Checkpoint) -> Vec<String> {
        let (source, root) = (&self.schema.source, self.root());
        if self.made {
            return vec![];
        }
        let is_held = |name: &&String| checkpoint.tensors.contains_key(&format!("{root}{name}"));
        let absent: Vec<&str> = (source.ignore.iter().filter(|name| !is_held(name)))
            .map(String::as_str)
            .collect();
        let mut notes = vec![];
        if !absent.is_empty() {
            notes.push(format!(
                "ignore: the file has no tensor {}",
                absent.join(", ")
            ));
        }
        if source.container != checkpoint.container {
            let [said, found] =
                [source.container, checkpoint.container].map(|container| written(&container));
            notes.push(format!(
                "container: {said} in the manifest, {found} in fact"
            ));
        }
        notes
    }

    fn statistics(&self, tensors: &Tensors) -> Option<Beside> {
        tensors.statistics(&self.root(), self.schema.dim)
    }

    fn unread(&self, tensors: &Tensors) -> Vec<String> {
        let statistics = self.statistics(tensors);
        let records = self.schema.source.container == Container::Eqx;
        tensors.unread(&self.schema.source.ignore, statistics.as_ref(), records)
    }
}

/// Marks every tensor or slice that the value names as used.
fn mark(value: &Value, tensors: &Tensors) {
    match value {
        Value::String(name) => tensors.mark(name, None),
        Value::Array(list) => list.iter().for_each(|value| mark(value, tensors)),
        Value::Table(table) => match (table.get("key"), table.get("index")) {
            (Some(Value::String(name)), Some(Value::Integer(index))) => {
                tensors.mark(name, usize::try_from(*index).ok());
            }
            _ => table.values().for_each(|value| mark(value, tensors)),
        },
        _ => {}
    }
}
