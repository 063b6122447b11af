//! Runs the instructions of a pickle, of which none calls anything.

use super::cursor::Cursor;
use super::joblib::{self, Behind};
use super::{Id, Table, Value};
use std::collections::BTreeMap;

/// The most values of one pickle: with a hundred bytes each, 40 MB.
pub(super) const MOST: usize = 400_000;

/// The most elements of all its lists and dictionaries together, which may be the same values again: 32 MB.
pub(super) const MOST_ELEMENTS: usize = 4_000_000;

/// The values of the pickle at the start of `data`, the place of its root, and the number of bytes that it takes.
pub(in crate::checkpoint) fn read(data: &[u8]) -> Result<(Table<'_>, Id, usize), String> {
    Machine::new(data).run()
}

struct Machine<'a> {
    cursor: Cursor<'a>,
    table: Table<'a>,
    stack: Vec<Id>,
    /// The height of the stack at each open mark.
    marks: Vec<usize>,
    memo: BTreeMap<u64, Id>,
    /// The elements that went from the stack into lists and dictionaries.
    elements: usize,
    /// Whether arrays may lie between the instructions, as joblib writes them.
    has_arrays: bool,
}

impl<'a> Machine<'a> {
    /// At the start of `data`.
    fn new(data: &'a [u8]) -> Self {
        Self {
            cursor: Cursor::new(data),
            table: Table::default(),
            stack: vec![],
            marks: vec![],
            memo: BTreeMap::new(),
            elements: 0,
            has_arrays: true,
        }
    }

    /// Runs to the end of the pickle.
    fn run(mut self) -> Result<(Table<'a>, Id, usize), String> {
        loop {
            let at = self.cursor.place();
            let more = self.step();
            if !more.ok_or_else(|| format!("a pickle that is damaged at byte {at}"))? {
                break;
            }
            if self.size() > MOST || self.elements > MOST_ELEMENTS {
                return Err(format!(
                    "a pickle of more than {MOST} values or {MOST_ELEMENTS} elements of lists: save model.state_dict() alone"
                ));
            }
        }
        let root = self.stack.pop().ok_or("an empty pickle")?;
        Ok((self.table, root, self.cursor.place()))
    }

    /// Runs an instruction: whether there are more, or `None` if it makes no sense.
    fn step(&mut self) -> Option<bool> {
        let code = self.cursor.byte()?;
        match code {
            b'.' => return Some(false),
            0x80 => drop(self.cursor.take(1)?),
            0x95 => drop(self.cursor.take(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.stack.pop()?),
            b'1' => drop(self.marked()?),
            b'2' => self.stack.push(*self.stack.last()?),
            b'p' | b'q' | b'r' | 0x94 => self.keep(code)?,
            b'g' | b'h' | b'j' => {
                let index = self.index(code)?;
                self.stack.push(*self.memo.get(&index)?);
            }
            b'R' | 0x81 | 0x92 | b'o' | b'i' | b'b' => self.object(code)?,
            b'a' | b'e' | 0x90 | b's' | b'u' => self.fill(code)?,
            _ => {
                let value = self.value(code)?;
                self.push(value);
            }
        }
        Some(true)
    }

    /// The values that are kept, and those that wait.
    fn size(&self) -> usize {
        self.table.0.len() + self.stack.len() + self.marks.len() + self.memo.len()
    }

    fn push(&mut self, value: Value<'a>) {
        self.stack.push(self.table.0.len());
        self.table.0.push(value);
    }

    /// The values since the last mark.
    fn marked(&mut self) -> Option<Vec<Id>> {
        let height = self.marks.pop()?;
        self.elements += self.stack.len().checked_sub(height)?;
        Some(self.stack.split_off(height))
    }

    fn index(&mut self, code: u8) -> Option<u64> {
        match code {
            b'p' | b'g' => self.cursor.line()?.trim().parse().ok(),
            b'q' | b'h' => self.cursor.unsigned(1),
            _ => self.cursor.unsigned(4),
        }
    }

    fn keep(&mut self, code: u8) -> Option<()> {
        let index = match code {
            0x94 => self.memo.len() as u64,
            _ => self.index(code)?,
        };
        self.memo.insert(index, *self.stack.last()?);
        Some(())
    }

    /// A value that is built from the file and the stack alone.
    fn value(&mut self, code: u8) -> Option<Value<'a>> {
        if let Some(value) = self.cursor.scalar(code) {
            return Some(value);
        }
        Some(match code {
            b']' | b')' | 0x8f => Value::List(vec![]),
            b'}' => Value::Dict(vec![]),
            b'l' | b't' | 0x91 => Value::List(self.marked()?),
            b'd' => Value::Dict(pairs(&self.marked()?)),
            0x85..=0x87 => {
                let height = self.stack.len().checked_sub(usize::from(code - 0x84))?;
                Value::List(self.stack.split_off(height))
            }
            b'P' => {
                let text = self.cursor.line()?;
                self.push(Value::Text(text));
                Value::Persistent(self.stack.pop()?)
            }
            b'Q' => Value::Persistent(self.stack.pop()?),
            0x93 => {
                let (name, module) = (self.stack.pop()?, self.stack.pop()?);
                match (self.table.get(module), self.table.get(name)) {
                    (Value::Text(module), Value::Text(name)) => Value::Global(module, name),
                    _ => return None,
                }
            }
            _ => return None,
        })
    }

    fn object(&mut self, code: u8) -> Option<()> {
        if code == b'b' {
            let state = self.stack.pop()?;
            let object = *self.stack.last()?;
            if self.has_arrays && joblib::is_array(&self.table, object) {
                self.array(object, state)?;
            }
            if let Value::Object { state: place, .. } = self.table.0.get_mut(object)? {
                *place = Some(state);
            }
            return Some(());
        }
        let (function, arguments) = match code {
            b'R' | 0x81 => {
                let arguments = self.stack.pop()?;
                (self.stack.pop()?, arguments)
            }
            0x92 => {
                let (_, arguments) = (self.stack.pop()?, self.stack.pop()?);
                (self.stack.pop()?, arguments)
            }
            _ => {
                if code == b'i' {
                    let class = Value::Global(self.cursor.line()?, self.cursor.line()?);
                    let height = *self.marks.last()?;
                    self.push(class);
                    let class = self.stack.pop()?;
                    self.stack.insert(height.min(self.stack.len()), class);
                }
                let mut all = self.marked()?;
                let class = (!all.is_empty()).then(|| all.remove(0))?;
                self.push(Value::List(all));
                (class, self.stack.pop()?)
            }
        };
        self.push(Value::Object {
            function,
            arguments,
            state: None,
            items: vec![],
        });
        Some(())
    }

    /// Reads the numbers that follow their description by joblib, whose argument they become.
    fn array(&mut self, object: Id, state: Id) -> Option<()> {
        let bytes = match joblib::behind(&self.table, state)? {
            Behind::Numbers { count, is_aligned } => {
                let skipped = if is_aligned { self.cursor.byte()? } else { 0 };
                self.cursor.take(skipped.into())?;
                Value::Bytes(self.cursor.take(count)?)
            }
            Behind::Pickle => {
                // Python's own, in which no numbers lie between the instructions.
                let mut inner = Machine::new(self.cursor.rest()?);
                inner.has_arrays = false;
                let (_, _, length) = inner.run().ok()?;
                self.cursor.take(length as u64)?;
                Value::None
            }
        };
        self.push(bytes);
        let bytes = self.stack.pop()?;
        self.push(Value::List(vec![bytes]));
        let behind = self.stack.pop()?;
        if let Value::Object { arguments, .. } = self.table.0.get_mut(object)? {
            *arguments = behind;
        }
        Some(())
    }

    /// Adds to the list or dictionary below.
    fn fill(&mut self, code: u8) -> Option<()> {
        self.elements += 2;
        let more = match code {
            b'a' => vec![self.stack.pop()?],
            b's' => {
                let value = self.stack.pop()?;
                vec![self.stack.pop()?, value]
            }
            _ => self.marked()?,
        };
        let keyed = matches!(code, b's' | b'u');
        match self.table.0.get_mut(*self.stack.last()?)? {
            Value::List(items) if !keyed => items.extend(more),
            Value::Dict(items) | Value::Object { items, .. } if keyed => items.extend(pairs(&more)),
            _ => (),
        }
        Some(())
    }
}

fn pairs(flat: &[Id]) -> Vec<(Id, Id)> {
    flat.chunks_exact(2)
        .map(|pair| (pair[0], pair[1]))
        .collect()
}
