//! Reads Python's pickle format as data: nothing is called, every object is kept as a description of itself.
//!
//! Values lie in one table and refer to each other by index, so that deep nesting and cycles cost no stack. The number of
//! values is limited.

mod cursor;

use cursor::Cursor;
use std::collections::BTreeMap;

/// The most values of one pickle: with a hundred bytes each, 40 MB.
const MOST: usize = 400_000;

/// The place of a value in the table.
pub(super) type Id = usize;

/// A value; texts and bytes are those of the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    /// A class or function, `module` and `name`.
    Global(&'a str, &'a str),
    /// A list, tuple or set.
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// What `function(arguments)` would give, with the state and the items that it would be given.
    Object {
        function: Id,
        arguments: Id,
        state: Option<Id>,
        items: Vec<(Id, Id)>,
    },
    /// What lies outside the pickle, with its description.
    Persistent(Id),
}

/// A table of values.
#[derive(Debug, Default)]
pub(super) struct Table<'a>(Vec<Value<'a>>);

impl<'a> Table<'a> {
    /// The value at a place.
    pub(super) fn get(&self, id: Id) -> &Value<'a> {
        self.0.get(id).unwrap_or(&Value::None)
    }

    /// The elements of a list or tuple; empty for anything else.
    pub(super) fn list(&self, id: Id) -> &[Id] {
        match self.get(id) {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The value of a text key in a dictionary.
    pub(super) fn entry(&self, id: Id, key: &str) -> Option<Id> {
        let entries = match self.get(id) {
            Value::Dict(entries) | Value::Object { items: entries, .. } => entries,
            _ => return None,
        };
        let mut entries = entries.iter();
        let found =
            entries.find(|(k, _)| matches!(self.get(*k), Value::Text(text) if *text == key));
        found.map(|(_, value)| *value)
    }

    /// Module and name of the function or class of an object.
    pub(super) fn function(&self, id: Id) -> Option<(&'a str, &'a str)> {
        match self.get(id) {
            Value::Object { function, .. } => self.global(*function),
            _ => None,
        }
    }

    /// Module and name of a class or function.
    pub(super) fn global(&self, id: Id) -> Option<(&'a str, &'a str)> {
        match *self.get(id) {
            Value::Global(module, name) => Some((module, name)),
            _ => None,
        }
    }

    /// The descriptions of all that lies outside the pickle.
    pub(super) fn persistent(&self) -> impl Iterator<Item = Id> {
        self.0.iter().filter_map(|value| match value {
            Value::Persistent(description) => Some(*description),
            _ => None,
        })
    }

    /// A number that is not negative.
    pub(super) fn size(&self, id: Id) -> Option<usize> {
        match *self.get(id) {
            Value::Int(number) => number.try_into().ok(),
            _ => None,
        }
    }

    /// A list of such numbers.
    pub(super) fn sizes(&self, id: Id) -> Option<Vec<usize>> {
        match self.get(id) {
            Value::List(items) => items.iter().map(|item| self.size(*item)).collect(),
            _ => None,
        }
    }
}

/// The values of the pickle at the start of `data`, the place of its root, and the number of bytes that it takes.
pub(super) fn read(data: &[u8]) -> Result<(Table<'_>, Id, usize), String> {
    let mut machine = Machine {
        cursor: Cursor::new(data),
        table: Table::default(),
        stack: vec![],
        marks: vec![],
        memo: BTreeMap::new(),
    };
    loop {
        let at = machine.cursor.place();
        let more = machine.step();
        if !more.ok_or_else(|| format!("a pickle that is damaged at byte {at}"))? {
            break;
        }
        if machine.table.0.len() + machine.stack.len() + machine.memo.len() > MOST {
            return Err(format!(
                "a pickle of more than {MOST} values: save model.state_dict() alone"
            ));
        }
    }
    let root = machine.stack.pop().ok_or("an empty pickle")?;
    Ok((machine.table, root, machine.cursor.place()))
}

struct Machine<'a> {
    cursor: Cursor<'a>,
    table: Table<'a>,
    stack: Vec<Id>,
    /// The height of the stack at each open mark.
    marks: Vec<usize>,
    memo: BTreeMap<u64, Id>,
}

impl<'a> Machine<'a> {
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

    fn push(&mut self, value: Value<'a>) {
        self.stack.push(self.table.0.len());
        self.table.0.push(value);
    }

    /// The values since the last mark.
    fn marked(&mut self) -> Option<Vec<Id>> {
        let height = self.marks.pop()?;
        (height <= self.stack.len()).then(|| self.stack.split_off(height))
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
            if let Value::Object { state: place, .. } = self.table.0.get_mut(*self.stack.last()?)? {
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

    /// Adds to the list or dictionary below.
    fn fill(&mut self, code: u8) -> Option<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_of_a_list_and_an_object_is_read() {
        // {"a": [1, 2.5, None], "b": m.C(True)} with state {"k": b"x"}
        let pickle = b"\x80\x04}(\x8c\x01a](K\x01G\x40\x04\x00\x00\x00\x00\x00\x00Ne\x8c\x01bcm\nC\n\x88\x85R}\x8c\x01kC\x01xsbu.tail";
        let (table, root, end) = read(pickle).unwrap();
        assert_eq!(&pickle[end..], b"tail");
        let list = table.list(table.entry(root, "a").unwrap()).to_vec();
        let found: Vec<_> = list.iter().map(|id| table.get(*id).clone()).collect();
        assert_eq!(found, [Value::Int(1), Value::Float(2.5), Value::None]);
        let object = table.entry(root, "b").unwrap();
        assert_eq!(table.function(object), Some(("m", "C")));
        let Value::Object {
            state: Some(state), ..
        } = *table.get(object)
        else {
            panic!("an object with a state");
        };
        assert_eq!(
            table.get(table.entry(state, "k").unwrap()),
            &Value::Bytes(b"x")
        );
    }

    #[test]
    fn damage_is_an_error_and_size_has_a_limit() {
        for broken in [
            &b"\x80\x02"[..],
            b"R.",
            b"a.",
            b"(K\x01",
            b"\x8c\xffabc.",
            b"h\x05.",
            b".",
        ] {
            assert!(read(broken).is_err(), "{broken:?}");
        }
        let many = vec![b'N'; MOST + 2];
        assert!(read(&many).unwrap_err().contains("more than"));
        // A list that holds itself.
        let (table, root, _) = read(b"]\x94h\x00a.").unwrap();
        assert_eq!(table.list(root), [root]);
    }
}
