//! The schema in a Parquet file's footer, before its reader sees it.
//!
//! The reader takes memory for as many columns as a group declares, a step of the stack for each group within a group, and
//! for each column the names of all groups around it.

mod thrift;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use thrift::{BINARY, BOOL, BYTE, Footer, I32, I64, LIST, STRUCT};

/// Groups within groups: pandas, Spark and databases write a handful.
const DEEPEST: usize = 64;

/// The names that lead to columns may have so many times the bytes of the footer, and some to spare.
const GROWTH: usize = 64;
const SPARE: usize = 1 << 20;

/// The footer's length and the magic word, at the end.
const TRAILER: u64 = 8;

/// An error if the footer is not as it should be as far as the schema, or the schema is not as large as it says.
pub(super) fn check(file: &File) -> Result<(), String> {
    let read = |start: u64, length: u64| -> std::io::Result<Vec<u8>> {
        let (mut file, mut bytes) = (file, vec![]);
        file.seek(SeekFrom::Start(start))?;
        file.take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let cannot = |error: std::io::Error| error.to_string();
    let size = file.metadata().map_err(cannot)?.len();
    let end = size.checked_sub(TRAILER);
    let end = end.ok_or("expected a footer, found the end of the file")?;
    let trailer = read(end, TRAILER).map_err(cannot)?;
    let length = trailer.first_chunk().map_or(0, |b| u32::from_le_bytes(*b));
    let start = end.checked_sub(length.into());
    let start = start.ok_or("expected a footer within the file, found a longer one")?;
    check_bytes(&read(start, length.into()).map_err(cannot)?)
}

/// The fields of a file's metadata.
const FILE: [(i16, u8); 7] = [
    (1, I32),
    (2, LIST),
    (3, I64),
    (4, LIST),
    (5, LIST),
    (6, BINARY),
    (7, LIST),
];

/// The fields of an element of a schema.
const ELEMENT: [(i16, u8); 10] = [
    (1, I32),
    (2, I32),
    (3, I32),
    (4, BINARY),
    (5, I32),
    (6, I32),
    (7, I32),
    (8, I32),
    (9, I32),
    (10, STRUCT),
];

fn check_bytes(bytes: &[u8]) -> Result<(), String> {
    let mut footer = Footer::new(bytes);
    let mut last = 0;
    while let Some((kind, id)) = footer.field(last)? {
        thrift::expect(&FILE, kind, id)?;
        match id {
            2 => check_schema(&mut footer, bytes.len())?,
            _ => footer.skip(kind)?,
        }
        last = id;
    }
    Ok(())
}

/// A group whose columns follow: how many are left, and the bytes of the names that lead to them.
struct Group {
    left: usize,
    path: usize,
}

fn check_schema(footer: &mut Footer, size: usize) -> Result<(), String> {
    let count = footer.structs()?;
    let most = size.saturating_mul(GROWTH).saturating_add(SPARE);
    let (mut groups, mut paths): (Vec<Group>, usize) = (vec![], 0);
    for index in 0..count {
        let (name, columns) = element(footer)?;
        while groups.last().is_some_and(|group| group.left == 0) {
            groups.pop();
        }
        let path = groups.last().map_or(0, |group| group.path) + name;
        if let Some(group) = groups.last_mut() {
            group.left -= 1;
        }
        if columns > count - index - 1 {
            return Err(format!(
                "expected a schema of {count} elements, found a group of {columns} in it"
            ));
        }
        if columns == 0 {
            paths += path;
        } else {
            groups.push(Group {
                left: columns,
                path,
            });
        }
        if groups.len() > DEEPEST {
            return Err(format!(
                "expected groups within groups {DEEPEST} deep at most, found a deeper schema"
            ));
        }
        if paths > most {
            return Err(format!(
                "expected columns whose names, with those of their groups, have at most {most} bytes, found more"
            ));
        }
    }
    Ok(())
}

/// The length of an element's name, and how many columns it declares.
fn element(footer: &mut Footer) -> Result<(usize, usize), String> {
    let (mut name, mut columns, mut last) = (0, 0, 0);
    while let Some((kind, id)) = footer.field(last)? {
        thrift::expect(&ELEMENT, kind, id)?;
        match id {
            4 => name = footer.binary()?,
            5 => {
                let found = footer.integer()?;
                columns = usize::try_from(found)
                    .map_err(|_| format!("expected a number of columns, found {found}"))?;
            }
            10 => check_logical(footer)?,
            _ => footer.skip(kind)?,
        }
        last = id;
    }
    Ok((name, columns))
}

/// The fields of what a column means; most meanings have none.
fn check_logical(footer: &mut Footer) -> Result<(), String> {
    let mut last = 0;
    while let Some((kind, id)) = footer.field(last)? {
        thrift::expect(&[(id, STRUCT)], kind, id)?;
        let fields: &[(i16, u8)] = match id {
            5 => &[(1, I32), (2, I32)],
            7 | 8 => &[(1, BOOL), (2, STRUCT)],
            10 => &[(1, BYTE), (2, BOOL)],
            16 => &[(1, BYTE)],
            17 => &[(1, BINARY)],
            18 => &[(1, BINARY), (2, I32)],
            _ => &[],
        };
        let mut before = 0;
        while let Some((kind, id)) = footer.field(before)? {
            thrift::expect(fields, kind, id)?;
            footer.skip(kind)?;
            before = id;
        }
        last = id;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn varint(mut number: u64) -> Vec<u8> {
        let mut bytes = vec![];
        while number > 127 {
            bytes.push(number as u8 | 128);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    }

    /// An element with a name and, if it is a group, so many columns.
    fn element(name: &str, columns: Option<u32>) -> Vec<u8> {
        let repetition = [0x35, 2];
        let mut bytes = [
            &repetition[..],
            &[0x18],
            &varint(name.len() as u64),
            name.as_bytes(),
        ]
        .concat();
        if let Some(columns) = columns {
            bytes.push(0x15);
            bytes.extend(varint(2 * u64::from(columns)));
        }
        bytes.push(0);
        bytes
    }

    /// A footer with a version, a schema and no rows.
    fn footer(elements: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = vec![0x15, 2, 0x19, 0xfc];
        bytes.extend(varint(elements.len() as u64));
        bytes.extend(elements.concat());
        bytes.extend([0x16, 0, 0x19, 0x0c, 0]);
        bytes
    }

    fn refused(elements: &[Vec<u8>]) -> String {
        check_bytes(&footer(elements)).unwrap_err()
    }

    #[test]
    fn a_sound_schema_passes() {
        let leaf = |name| element(name, None);
        let elements = [
            element("root", Some(3)),
            leaf("a"),
            element("group", Some(2)),
            leaf("b"),
            leaf("c"),
            leaf("d"),
        ];
        check_bytes(&footer(&elements)).unwrap();
        for end in 0..footer(&elements).len() {
            assert!(check_bytes(&footer(&elements)[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn a_schema_is_as_large_as_it_says() {
        let text = refused(&[element("root", Some(i32::MAX as u32)), element("a", None)]);
        assert!(
            text.contains("2 elements, found a group of 2147483647"),
            "{text}"
        );
        let count = [&[0x15, 2, 0x19, 0xfc][..], &varint(1 << 30)].concat();
        assert!(check_bytes(&count).unwrap_err().contains("1073741824"));
    }

    #[test]
    fn a_deep_schema_is_refused() {
        let mut deep = vec![element("a", Some(1)); DEEPEST];
        deep.push(element("b", None));
        check_bytes(&footer(&deep)).unwrap();
        deep.insert(0, element("a", Some(1)));
        assert!(refused(&deep).contains("64 deep"));
    }

    #[test]
    fn a_long_name_around_many_columns_is_refused() {
        let name = "x".repeat(1 << 12);
        let mut wide = vec![element("root", Some(1)), element(&name, Some(9000))];
        wide.extend(vec![element("a", None); 9000]);
        assert!(refused(&wide).contains("names, with those of their groups"));
    }

    #[test]
    fn fields_of_other_kinds_are_refused() {
        // A number of columns in 64 bits, and a list of booleans, which have no bytes, in a field that is not known.
        let mut wrong = element("root", Some(1));
        let place = wrong.len() - 3;
        wrong[place] = 0x16;
        assert!(refused(&[wrong, element("a", None)]).contains("field 5"));
        let mut unknown = footer(&[element("root", Some(1)), element("a", None)]);
        unknown.pop();
        for (field, text) in [
            (&[0x89, 0x51][..], "no list of kind 1"),
            (
                &[0x89, 0xf1, 0xff, 0xff, 0xff, 0xff, 7],
                "2147483647 declared",
            ),
        ] {
            let error = check_bytes(&[&unknown[..], field, &[0, 0]].concat()).unwrap_err();
            assert!(error.contains(text), "{error}");
        }
    }
}
