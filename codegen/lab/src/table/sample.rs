//! The layout of a text, found in its first records.

use super::cell::Notation;
use super::columns::{Columns, Layout, Role, few};
use super::dialect::{Separator, notation};
use super::kinds::{Kind, Sample};
use super::names::{is_no_name, name};
use csv::ByteRecord;
use nice_flow_codegen::text::repeated;

/// So many records are looked at.
pub(super) const RECORDS: usize = 200;

/// How the records of a text are read.
pub(super) struct Plan {
    pub layout: Layout,
    pub notation: Notation,
    /// Records at the start that are no rows: the header, a line of units.
    pub before: usize,
}

impl Plan {
    /// The plan by the first records; an error if the requested columns do not exist.
    pub fn of(
        records: &[ByteRecord],
        separator: Separator,
        columns: &Columns,
    ) -> Result<Self, String> {
        let cells = records.iter().flat_map(ByteRecord::iter);
        let sample = Sample {
            records,
            notation: notation(separator, cells),
        };
        let mut notes = vec![];
        let (mut layout, first) = Self::layout(&sample, columns, &mut notes)?;
        if first > 0 && sample.has_numbered_header() {
            notes.push(
                "the first line, 0, 1, 2, …, is taken for a header, as pandas writes it".into(),
            );
        }
        if sample.notation == Notation::Thousands {
            notes.push("commas in numbers are taken for those between thousands".into());
        }
        if let Some(cell) = sample.doubtful_comma(first) {
            let cell = name(cell);
            notes.push(format!(
                "commas in numbers are taken for those before decimals, such as in {cell}; if they are between thousands, take them out first"
            ));
        }
        let units = sample.unit_lines(first, layout.roles.len());
        match units {
            0 => {}
            1 => notes.push("the line below the header looks like units, and is left out".into()),
            _ => notes.push(format!(
                "the {units} lines below the header look like units, and are left out"
            )),
        }
        let before = first + units;
        Self::expect_times(&sample, before, &layout, columns)?;
        Self::set_roles(&sample, before, &mut layout, columns, &mut notes);
        if !layout.roles.contains(&Role::Feature) {
            return Err("expected columns of numbers, found none".into());
        }
        let holds_times = |column: usize| {
            let is_feature = layout.roles[column] == Role::Feature;
            sample.kind(before, column) == Kind::Times
                || (!is_feature && sample.is_clock(before, column, &layout.name(column)))
        };
        let times: Vec<usize> = (0..layout.roles.len())
            .filter(|i| holds_times(*i))
            .collect();
        layout.is_log = !times.is_empty() || columns.time.is_some();
        if columns.time.is_none() {
            let is_other = |i: &&usize| layout.others.binary_search(i).is_ok();
            let others = times.iter().filter(is_other);
            others.for_each(|i| layout.roles[*i] = Role::Time);
        }
        layout.note_others();
        layout.notes.append(&mut notes);
        Ok(Self {
            layout,
            notation: sample.notation,
            before,
        })
    }

    /// The names of the columns and what is asked of them; and the place of the first record below the header. Empty cells
    /// at the end of each row, and names of rows, which have no name themselves, are no columns.
    fn layout(
        sample: &Sample,
        columns: &Columns,
        notes: &mut Vec<String>,
    ) -> Result<(Layout, usize), String> {
        let width = sample.width();
        let kinds: Vec<Kind> = (0..width).map(|i| sample.kind(1, i)).collect();
        let header = sample.header(&kinds, columns);
        let first = usize::from(header.is_some());
        let names = header.as_ref();
        let is_short = names.is_some_and(|names| names.len() + 1 == width);
        let ends_in_nothing =
            names.is_none_or(|names| is_short || names.last().is_some_and(String::is_empty));
        let trails = ends_in_nothing && sample.trails(first, width);
        let header = header.map(|mut names| {
            if is_short && !trails {
                names.insert(0, String::new());
            }
            names.resize(width, String::new());
            names
        });
        let mut layout = Layout::new(header, width, columns)?;
        if trails {
            notes.push("each row ends in a separator: nothing is behind it".into());
            layout.roles[width - 1] = Role::Skip;
            layout.others.retain(|column| *column != width - 1);
        }
        if is_short && !trails && layout.roles[0] == Role::Feature {
            notes.push("the header is one name short: the first column is taken for the names of rows, and left out".into());
            layout.roles[0] = Role::Skip;
        }
        Ok((layout, first))
    }

    /// An error if the column that is asked for as the time holds numbers that are none.
    fn expect_times(
        sample: &Sample,
        from: usize,
        layout: &Layout,
        columns: &Columns,
    ) -> Result<(), String> {
        let is_asked = |i: &usize| columns.time.is_some() && layout.roles[*i] == Role::Time;
        let asked = (0..layout.roles.len()).filter(is_asked);
        let Some(column) = asked.into_iter().find(|i| sample.wanders(from, *i)) else {
            return Ok(());
        };
        let cells = sample.data(from).filter_map(|record| record.get(column));
        let cells: Vec<String> = cells.take(3).map(name).collect();
        let name = layout.name(column);
        Err(format!(
            "column {name}: expected times, found numbers that rise and fall ({}, …); if it is no input, --skip {name}",
            cells.join(", ")
        ))
    }

    /// Leaves out of the features what is a time, a count of rows, or words.
    fn set_roles(
        sample: &Sample,
        from: usize,
        layout: &mut Layout,
        columns: &Columns,
        notes: &mut Vec<String>,
    ) {
        let (mut times, mut words, mut switches) = (vec![], vec![], vec![]);
        for i in 0..layout.roles.len() {
            if layout.roles[i] != Role::Feature {
                continue;
            }
            let is_chosen = !columns.only.is_empty();
            let is_clock =
                !columns.has_named_features() && sample.is_clock(from, i, &layout.name(i));
            let is_unnamed = layout
                .header
                .as_ref()
                .is_some_and(|names| is_no_name(&names[i]));
            if sample.kind(from, i) == Kind::Times || is_clock {
                times.push(layout.name(i));
                layout.roles[i] = match columns.time {
                    None => Role::Time,
                    Some(_) => Role::Skip,
                };
            } else if is_unnamed && sample.counts_up(from, i) {
                notes.push(format!(
                    "column {i} has no name and numbers the rows: it is left out"
                ));
                layout.roles[i] = Role::Skip;
            } else if sample.kind(from, i) == Kind::Words && !is_chosen {
                words.push(i);
                layout.roles[i] = Role::Skip;
            } else if sample.has_switches(from, i) {
                switches.push(layout.name(i));
                layout.switches.push(i);
            }
        }
        let features = layout.features();
        if let Some(i) = repeated(&features) {
            notes.push(format!(
                "several columns are called {}: later files cannot be matched by name",
                features[i]
            ));
        }
        if !times.is_empty() {
            notes.push(format!("{} taken for the time, no feature", few(&times)));
        }
        if !words.is_empty() {
            let label = words.iter().find(|i| sample.holds_labels(from, **i));
            let hint = label.map_or_else(String::new, |i| {
                let name = layout.name(*i);
                format!("; is {name} a label? --label {name}")
            });
            let only = layout.features().len() == 1;
            let long = match only {
                true => {
                    "; if each line is one reading of one sensor, make a column of each sensor first (pandas: pivot)"
                }
                false => "",
            };
            let words: Vec<String> = words.iter().map(|i| layout.name(*i)).collect();
            notes.push(format!(
                "columns of words are left out: {}{hint}{long}",
                few(&words)
            ));
        }
        if !switches.is_empty() {
            notes.push(format!(
                "words for off and on become 0 and 1: {}",
                few(&switches)
            ));
        }
    }
}
