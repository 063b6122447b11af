//! The steps that lead to a module, as lines to be copied: commands, and calls of Python.

use crate::Model;
use crate::model::Call;
use crate::text::escaped;

/// What lines of Python begin with.
pub(super) const PYTHON: &str = ">>> ";

/// Steps, one after another, in a shell or in Python.
pub(super) struct Path<'a> {
    model: &'a Model,
    /// The model file, as a word of a shell.
    stored: &'a str,
    lines: Vec<String>,
    /// Whether the model is a variable of Python, newer than its file.
    is_loaded: bool,
}

impl<'a> Path<'a> {
    pub(super) fn new(model: &'a Model, stored: &'a str) -> Self {
        Self {
            model,
            stored,
            lines: vec![],
            is_loaded: false,
        }
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines
    }

    /// A command, on the model file.
    pub(super) fn command(&mut self, words: &str) {
        if std::mem::take(&mut self.is_loaded) {
            let file = self.file();
            self.lines.push(format!("{PYTHON}model.save({file})"));
        }
        self.lines.push(format!("nice-flow {words}"));
    }

    /// A calibration by the command.
    pub(super) fn calibrate(&mut self, words: &str) {
        let stored = self.stored;
        self.command(&format!("calibrate {stored} {words} -o {stored}"));
    }

    /// A call, on the model in memory.
    pub(super) fn call(&mut self, call: &Call) {
        if !self.is_loaded && !self.lines.is_empty() {
            let file = self.file();
            self.lines
                .push(format!("{PYTHON}model = nice_flow.load({file})"));
        }
        self.lines.push(format!("{PYTHON}model = {}", call.text()));
        self.is_loaded = true;
    }

    /// The model file, as a string of Python.
    fn file(&self) -> String {
        let name = escaped(&self.model.name).replace('\\', "\\\\");
        format!("'{}.safetensors'", name.replace('\'', "\\'"))
    }
}
