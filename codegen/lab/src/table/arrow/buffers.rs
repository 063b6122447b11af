//! The lengths that an Arrow file declares: its reader takes memory for them before it looks.

use super::budget::Budget;
use arrow_ipc::reader::read_footer_length;
use arrow_ipc::{
    Block, Field, KeyValue, MessageHeader, RecordBatch, root_as_footer, root_as_message,
};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// The magic word and the footer's length, at the end.
const TRAILER: u64 = 10;

/// What comes before a message since version 0.15.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// An error if a block is not in the file, or buffers become more than the budget when they are decompressed.
pub(super) fn check(file: &File, budget: &Budget) -> Result<(), String> {
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    let end = (size.checked_sub(TRAILER)).ok_or("expected a footer, found the end of the file")?;
    let trailer = bytes(file, end, TRAILER, size)?;
    let trailer = trailer.try_into().map_err(|_| "expected a footer")?;
    let length = read_footer_length(trailer).map_err(|error| error.to_string())? as u64;
    let start = end.checked_sub(length);
    let start = start.ok_or("expected a footer within the file, found a longer one")?;
    let footer = bytes(file, start, length, size)?;
    let footer = root_as_footer(&footer).map_err(|error| error.to_string())?;
    let fields = footer.schema().and_then(|schema| schema.fields());
    for field in fields.into_iter().flatten() {
        check_field(field, budget)?;
    }
    let blocks = (footer.dictionaries().into_iter()).chain(footer.recordBatches());
    for block in blocks.flatten() {
        check_block(file, block, size, budget)?;
    }
    Ok(())
}

/// What the reader keeps of a field at most, its texts aside.
const FIELD: u64 = 256;

/// Takes what a field, with those in it, becomes: fields may share their texts in the file. The check of the footer has seen
/// that they are at most 64 deep.
fn check_field(field: Field, budget: &Budget) -> Result<(), String> {
    let length = |text: Option<&str>| text.map_or(0, |text| text.len() as u64);
    let pair = |pair: KeyValue| FIELD + length(pair.key()) + length(pair.value());
    let pairs = field.custom_metadata().into_iter().flatten().map(pair);
    budget.take(FIELD + length(field.name()) + pairs.sum::<u64>())?;
    let mut fields = field.children().into_iter().flatten();
    fields.try_for_each(|field| check_field(field, budget))
}

fn check_block(file: &File, block: &Block, size: u64, budget: &Budget) -> Result<(), String> {
    let [start, metadata, body] = [
        block.offset(),
        block.metaDataLength().into(),
        block.bodyLength(),
    ]
    .map(u64::try_from)
    .map(|number| number.unwrap_or(u64::MAX));
    let message = bytes(file, start, metadata, size)?;
    let body_start = start.saturating_add(metadata);
    if body_start.saturating_add(body) > size {
        return Err(outside());
    }
    let message = message.strip_prefix(&CONTINUATION).unwrap_or(&message);
    let message = message.get(4..).unwrap_or_default();
    let message = root_as_message(message).map_err(|error| error.to_string())?;
    let batch = match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch(),
        MessageHeader::DictionaryBatch => {
            (message.header_as_dictionary_batch()).and_then(|b| b.data())
        }
        _ => None,
    };
    match batch {
        Some(batch) if batch.compression().is_some() => {
            check_buffers(file, batch, body_start, size, budget)
        }
        _ => Ok(()),
    }
}

/// Each compressed buffer starts with its length, −1 if it is kept as it is.
fn check_buffers(
    file: &File,
    batch: RecordBatch,
    body: u64,
    size: u64,
    budget: &Budget,
) -> Result<(), String> {
    for buffer in batch.buffers().into_iter().flatten() {
        let offset = u64::try_from(buffer.offset()).unwrap_or(u64::MAX);
        if buffer.length() < 8 {
            continue;
        }
        let length = bytes(file, body.saturating_add(offset), 8, size)?;
        let length = length.try_into().map_or(0, i64::from_le_bytes);
        budget.take(length.max(0).unsigned_abs())?;
    }
    Ok(())
}

/// Some of the file's bytes; an error unless they are there.
fn bytes(mut file: &File, start: u64, length: u64, size: u64) -> Result<Vec<u8>, String> {
    if start.saturating_add(length) > size {
        return Err(outside());
    }
    let mut bytes = vec![];
    file.seek(SeekFrom::Start(start))
        .and_then(|_| file.take(length).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn outside() -> String {
    "expected a block within the file, found one beyond its end".into()
}
