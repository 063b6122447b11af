//! Refuses what serde accepts silently: repeated keys, of which it keeps the last, and unknown keys.

use super::header::KEY;
use serde::Serialize;
use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};
use std::fmt;

/// JSON in which no object has a key twice.
pub(super) struct Unique(pub Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueKeys).map(Self)
    }
}

struct UniqueKeys;

impl<'de> Visitor<'de> for UniqueKeys {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, Unique(value))) = entries.next_entry::<String, Unique>()? {
            if map.contains_key(&key) {
                let message = format!("expected each key once, found {key:?} twice");
                return Err(A::Error::custom(message));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = vec![];
        while let Some(Unique(value)) = elements.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

/// A header without repeated or unknown keys.
pub(super) fn header<H: Serialize + DeserializeOwned>(json: &str) -> crate::Result<H> {
    let wrong = |message: String| crate::Error::input(format!("metadata {KEY}"), message);
    let failed = |error: serde_json::Error| wrong(error.to_string());
    let Unique(found) = serde_json::from_str(json).map_err(failed)?;
    let header: H = serde_json::from_str(json).map_err(failed)?;
    let written = serde_json::to_value(&header).map_err(failed)?;
    known(&found, &written).map_err(wrong)?;
    Ok(header)
}

/// An error if an object of `found` has a key that the object in the same place of `written` has not; checked at every
/// depth.
pub(super) fn known(found: &Value, written: &Value) -> Result<(), String> {
    match (found, written) {
        (Value::Object(found), written) => {
            let written = written.as_object();
            for (key, value) in found {
                let meant = written.and_then(|written| written.get(key));
                let meant = meant.ok_or_else(|| format!("unknown key {key:?}"))?;
                known(value, meant).map_err(|message| format!("{key}: {message}"))?;
            }
            Ok(())
        }
        (Value::Array(found), Value::Array(written)) => {
            let mut pairs = found.iter().zip(written).enumerate();
            pairs.try_for_each(|(index, (found, written))| {
                known(found, written).map_err(|message| format!("{index}: {message}"))
            })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn unique(text: &str) -> Result<Value, String> {
        let value = serde_json::from_str::<Unique>(text);
        value.map(|unique| unique.0).map_err(|e| e.to_string())
    }

    #[test]
    fn a_key_that_comes_twice_is_named_however_deep() {
        let text = r#"{"a": [{"b": {"c": 1, "d": -2, "e": 0.5, "c": null}}]}"#;
        let error = unique(text).unwrap_err();
        assert!(error.contains(r#"found "c" twice"#), "{error}");
        // The escape sequence stands for the same key.
        assert!(unique(r#"{"a": 1, "\u0061": 2}"#).is_err());
        let text = r#"{"a":[1,-2,0.5,"x",true,null],"b":{"a":1}}"#;
        assert_eq!(unique(text).unwrap().to_string(), text);
        assert!(unique(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn a_key_that_is_not_written_is_named_with_its_place() {
        let written = json!({"a": [1, {"b": {"c": 1}}], "more": null});
        let found = json!({"a": [1, {"b": {"c": 2}}]});
        assert_eq!(known(&found, &written), Ok(()));
        let found = json!({"a": [1, {"b": {"c": 2, "d": null}}]});
        let error = known(&found, &written).unwrap_err();
        assert_eq!(error, r#"a: 1: b: unknown key "d""#);
        assert!(known(&json!({"a": {}}), &json!({"a": 1})).is_ok());
        assert!(known(&json!({"a": {"b": 1}}), &json!({"a": "b"})).is_err());
    }
}
