//! Writes the part of a file.

use super::made::{Done, Label};
use super::{GIVEN_UP, Job, Watch, Work};
use crate::host::scores::{Scores, canonical, canonical_bits};
use crate::table::{Batches, Columns, Table};
use arrow_array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int64Array, RecordBatch, UInt32Array,
    UInt64Array,
};
use arrow_schema::{DataType, Field, Schema};
use nice_flow_codegen::{Error, Result, output};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The numbers that all readers together have in memory, in one of several forms.
const NUMBERS: usize = 1 << 21;

/// Rows of a piece at most.
const MOST: usize = 1 << 16;

/// Rows of a group: they are in memory, compressed, until the group is whole.
const GROUP: usize = 1 << 18;

/// Scores a file and writes its part, as one of so many readers.
pub(super) fn write(
    work: &Work,
    job: &Job,
    readers: usize,
    stopped: &AtomicBool,
    watch: &dyn Watch,
) -> Result<Done> {
    let model = work.scorer.model();
    let columns = Columns {
        wanted: model.features.clone(),
        ..work.columns.clone()
    };
    let most = (NUMBERS / readers / model.dim().max(1)).clamp(1, MOST);
    let pieces = Batches::open(&job.rows, &columns, most)?;
    in_order(&mut pieces.empty(), work, job, Some(watch))?;
    let mut failed = None;
    let mut done = Done::default();
    let written = output::write_with(&job.part, |file| {
        let mut part = Part::new(file, work)?;
        let mut recording = work.scorer.recording();
        for piece in pieces {
            let scored = piece.and_then(|mut piece| {
                in_order(&mut piece, work, job, None)?;
                if stopped.load(Ordering::Relaxed) {
                    return Err(Error::file(&job.rows, GIVEN_UP));
                }
                let scores = recording.score(&mut piece)?;
                Ok((piece, scores))
            });
            match scored {
                Ok((piece, scores)) => part.push(&piece, &scores, &mut done)?,
                Err(error) => {
                    failed = Some(error);
                    return Err(io::ErrorKind::InvalidData.into());
                }
            }
        }
        let (made, of) = (job.made.clone(), job.of.clone());
        part.close(&Label { made, of, done })
    });
    match failed {
        Some(error) => Err(error),
        None => written.map(|()| watch.bytes(job.bytes())).map(|()| done),
    }
}

/// The columns of a piece in the order of the model's features; an error unless they are there. `watch` hears of what was
/// taken for what.
fn in_order(piece: &mut Table, work: &Work, job: &Job, watch: Option<&dyn Watch>) -> Result<()> {
    let features = &work.scorer.model().features;
    piece.expect_features(features, &job.rows)?;
    let order = piece.match_features(features);
    if let Some(watch) = watch {
        let notes = std::mem::take(&mut piece.notes);
        notes
            .into_iter()
            .for_each(|note| watch.note(&job.rows, note));
        if let Some(note) = order.note(piece, features) {
            watch.note(&job.rows, note);
        }
    }
    match work.are_counts {
        true => piece.expect_counts(&job.rows),
        false => Ok(()),
    }
}

/// A part that is being written.
struct Part<'a, W: Write + Send> {
    work: &'a Work<'a>,
    schema: Arc<Schema>,
    writer: ArrowWriter<W>,
}

impl<'a, W: Write + Send> Part<'a, W> {
    fn new(file: W, work: &'a Work) -> io::Result<Self> {
        let (score, bits) = match work.scorer.module() {
            None => (DataType::Float64, DataType::UInt64),
            Some(lowered) => match lowered.fraction() {
                None => (DataType::Float32, DataType::UInt32),
                Some(_) => (DataType::Float64, DataType::UInt32),
            },
        };
        let mut fields = vec![
            Field::new("row", DataType::Int64, false),
            Field::new("score", score, true),
            Field::new("anomalous", DataType::Boolean, true),
            Field::new("score_bits", bits, true),
        ];
        if work.p_values.is_some() {
            fields.push(Field::new("p_value", DataType::Float64, true));
        }
        let schema = Arc::new(Schema::new(fields));
        // Scores hardly ever repeat, so that a dictionary only takes time.
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_dictionary_enabled(false)
            .set_column_encoding(ColumnPath::from("row"), Encoding::DELTA_BINARY_PACKED)
            .set_max_row_group_row_count(Some(GROUP))
            .build();
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties))?;
        Ok(Self {
            work,
            schema,
            writer,
        })
    }

    /// Adds the scores of a piece.
    fn push(&mut self, piece: &Table, scores: &Scores, done: &mut Done) -> io::Result<()> {
        let rows = piece.rows + piece.ignored.len();
        let threshold = self.work.scorer.threshold();
        let verdicts = scores.verdicts(threshold);
        let values = scores.to_f64();
        let first = done.rows as i64;
        done.rows += rows as u64;
        done.ignored += piece.ignored.len() as u64;
        done.not_finite += values.iter().filter(|score| !score.is_finite()).count() as u64;
        done.flagged += verdicts.iter().filter(|verdict| **verdict).count() as u64;

        let (score, bits) = columns(scores, piece);
        let verdict = |verdict: bool| (verdict || threshold.is_some()).then_some(verdict);
        let verdicts = verdicts.into_iter().map(verdict);
        let verdicts = spread(verdicts, piece).map(Option::flatten);
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(first..first + rows as i64)),
            score,
            Arc::new(verdicts.collect::<BooleanArray>()),
            bits,
        ];
        if let Some(p_values) = &self.work.p_values {
            let values = values.iter().map(|score| p_values.of(*score));
            columns.push(Arc::new(spread(values, piece).collect::<Float64Array>()));
        }
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(io::Error::other)?;
        Ok(self.writer.write(&batch)?)
    }

    fn close(mut self, label: &Label) -> io::Result<()> {
        self.writer.append_key_value_metadata(label.metadata()?);
        self.writer.close()?;
        Ok(())
    }
}

/// The columns `score` and `score_bits` of all rows of a piece.
fn columns(scores: &Scores, piece: &Table) -> (ArrayRef, ArrayRef) {
    match scores {
        Scores::F64(scores) => {
            let bits = scores.iter().map(|score| canonical(*score).to_bits());
            let scores = scores.iter().copied();
            (
                Arc::new(spread(scores, piece).collect::<Float64Array>()),
                Arc::new(spread(bits, piece).collect::<UInt64Array>()),
            )
        }
        Scores::F32(scores) => {
            let bits = scores.iter().map(|score| canonical_bits(*score));
            let scores = scores.iter().copied();
            (
                Arc::new(spread(scores, piece).collect::<Float32Array>()),
                Arc::new(spread(bits, piece).collect::<UInt32Array>()),
            )
        }
        Scores::Fixed { bits, .. } => {
            let bits = bits.iter().map(|bits| *bits as u32);
            let scores = scores.to_f64().into_iter();
            (
                Arc::new(spread(scores, piece).collect::<Float64Array>()),
                Arc::new(spread(bits, piece).collect::<UInt32Array>()),
            )
        }
    }
}

/// One value a row of the file, `None` for those that the model ignores.
fn spread<T>(
    mut values: impl Iterator<Item = T>,
    piece: &Table,
) -> impl Iterator<Item = Option<T>> {
    let rows = 0..piece.rows + piece.ignored.len();
    rows.map(move |row| match piece.is_ignored(row) {
        true => None,
        false => values.next(),
    })
}
