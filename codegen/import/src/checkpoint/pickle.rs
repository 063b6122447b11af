//! Reads Python's pickle format as data: nothing is called, every object is kept as a description of itself.
//!
//! Values lie in one table and refer to each other by index, so that deep nesting and cycles cost no stack. The number of
//! values is limited.

mod cursor;
mod joblib;
mod machine;

pub(super) use machine::read;

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

    /// The entries of a dictionary; empty for anything else.
    pub(super) fn entries(&self, id: Id) -> &[(Id, Id)] {
        match self.get(id) {
            Value::Dict(entries) | Value::Object { items: entries, .. } => entries,
            _ => &[],
        }
    }

    /// The value of a text key in a dictionary.
    pub(super) fn entry(&self, id: Id, key: &str) -> Option<Id> {
        let mut entries = self.entries(id).iter();
        let found =
            entries.find(|(k, _)| matches!(self.get(*k), Value::Text(text) if *text == key));
        found.map(|(_, value)| *value)
    }

    /// The dictionary of attributes in the state of an object; attributes in slots stand behind it.
    pub(super) fn attributes(&self, state: Id) -> Id {
        match self.list(state) {
            [attributes, _] => *attributes,
            _ => state,
        }
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
        let many = vec![b'N'; machine::MOST + 2];
        assert!(read(&many).unwrap_err().contains("more than"));
        // A list that holds itself.
        let (table, root, _) = read(b"]\x94h\x00a.").unwrap();
        assert_eq!(table.list(root), [root]);
    }
}
