//! A limit on the values of JSON, checked before any of them takes memory.
//!
//! A value of one byte can take hundreds of bytes once it is parsed. One pass over the text counts them: an object, an array and
//! a comma each stand for one.

/// Values that any file may have: the headers of about sixteen thousand tensors.
const SPARE: usize = 1 << 17;

/// Beyond these a file has a value for so many of its bytes.
const BYTES_OF_A_VALUE: usize = 64;

/// An error if a text of JSON has more values than the header of a file of `bytes` bytes needs.
pub fn expect_few_values(json: &[u8], bytes: usize) -> Result<(), String> {
    let (most, found) = (SPARE + bytes / BYTES_OF_A_VALUE, values(json));
    if found <= most {
        return Ok(());
    }
    Err(format!(
        "expected at most {most} values of JSON in a file of {bytes} bytes, found {found}"
    ))
}

/// The objects, arrays and commas outside strings.
fn values(json: &[u8]) -> usize {
    let (mut values, mut in_string, mut is_escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = in_string,
            b'"' => in_string = !in_string,
            b'{' | b'[' | b',' if !in_string => values += 1,
            _ => (),
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_strings_is_no_value() {
        assert_eq!(values(br#"{"a":[1,2,{"b":null}],"c":0}"#), 6);
        assert_eq!(values(br#"{"a,[{\"b,":"\\"}"#), 1);
        assert_eq!(values(br#"["\\",1,"\","]"#), 3);
        assert_eq!(values(b""), 0);
    }

    #[test]
    fn a_file_has_a_value_for_some_of_its_bytes_and_some_to_spare() {
        let json = [b'['; SPARE + 2];
        assert_eq!(expect_few_values(&json, 128), Ok(()));
        let error = expect_few_values(&json, 127).unwrap_err();
        assert!(
            error.contains("at most 131073 values") && error.ends_with("found 131074"),
            "{error}"
        );
    }
}
