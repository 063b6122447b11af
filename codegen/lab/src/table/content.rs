//! The text in a file, whatever it is packed or encoded in.

use super::encoding::without_mark;
use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::path::Path;

/// The first bytes of a file that is compressed.
const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Of the text, so much is looked at before anything is read.
const SAMPLE: u64 = 1 << 16;

/// A file whose first bytes were looked at.
type Looked = Chain<Cursor<Vec<u8>>, BufReader<File>>;

/// The frames of a file compressed by zstd, one after another.
struct Frames {
    frame: Option<StreamingDecoder<Looked, FrameDecoder>>,
}

impl Frames {
    fn new(file: Looked) -> io::Result<Self> {
        let frame = StreamingDecoder::new(file).map_err(io::Error::other)?;
        Ok(Self { frame: Some(frame) })
    }
}

impl Read for Frames {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(frame) = &mut self.frame {
            let count = frame.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let mut file = self.frame.take().map(StreamingDecoder::into_inner);
            let more = file.as_mut().map(BufRead::fill_buf).transpose()?;
            if more.is_some_and(|bytes| !bytes.is_empty()) {
                *self = Self::new(file.take().ok_or(io::ErrorKind::UnexpectedEof)?)?;
            }
        }
        Ok(0)
    }
}

/// The text, with its start to look at.
pub(super) struct Content {
    /// The first 64 KiB, or all of it.
    pub sample: Vec<u8>,
    /// All of it, the sample included.
    pub text: Box<dyn Read + Send>,
}

impl Content {
    /// A text in memory.
    #[cfg(any(test, feature = "xlsx"))]
    pub fn of(text: Vec<u8>) -> Self {
        let sample = text[..text.len().min(SAMPLE as usize)].to_vec();
        let text = Box::new(Cursor::new(text));
        Self { sample, text }
    }

    /// Opens a file that may be compressed by gzip or zstd. Text with a byte order mark of UTF-8 or UTF-16 becomes UTF-8
    /// without one; other bytes stay as they are.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(SAMPLE as usize, File::open(path)?);
        // From a pipe, one read may give a single byte.
        let mut start = vec![];
        file.by_ref()
            .take(ZSTD.len() as u64)
            .read_to_end(&mut start)?;
        let (is_gzip, is_zstd) = (start.starts_with(GZIP), start.starts_with(ZSTD));
        let file = Cursor::new(start).chain(file);
        let bytes: Box<dyn Read + Send> = if is_gzip {
            Box::new(MultiGzDecoder::new(file))
        } else if is_zstd {
            Box::new(Frames::new(file)?)
        } else {
            Box::new(file)
        };
        let mut text = without_mark(bytes)?;
        let mut sample = vec![];
        text.by_ref().take(SAMPLE).read_to_end(&mut sample)?;
        let text = Box::new(Cursor::new(sample.clone()).chain(text));
        Ok(Self { sample, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const TEXT: &str = "temp,°C\n1,2\n";

    fn read(bytes: &[u8]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows");
        std::fs::write(&path, bytes).unwrap();
        let mut content = Content::open(&path).unwrap();
        let mut text = vec![];
        content.text.read_to_end(&mut text).unwrap();
        assert_eq!(content.sample, text);
        text
    }

    fn utf16(order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(TEXT.encode_utf16());
        units.flat_map(order).collect()
    }

    /// The same text, in what it may be packed and encoded.
    fn forms() -> [Vec<u8>; 7] {
        let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
        gzip.write_all(TEXT.as_bytes()).unwrap();
        let zstd = ruzstd::encoding::compress_to_vec(
            TEXT.as_bytes(),
            ruzstd::encoding::CompressionLevel::Fastest,
        );
        [
            TEXT.as_bytes().to_vec(),
            ["\u{feff}", TEXT].concat().into_bytes(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
            gzip.finish().unwrap(),
            zstd,
            [&TEXT[..9], &TEXT[9..]]
                .map(|part| {
                    let level = ruzstd::encoding::CompressionLevel::Fastest;
                    ruzstd::encoding::compress_to_vec(part.as_bytes(), level)
                })
                .concat(),
        ]
    }

    #[test]
    fn compressed_and_encoded_text_is_the_same_text() {
        for form in forms() {
            assert_eq!(read(&form), TEXT.as_bytes(), "{form:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_that_first_gives_one_byte_is_read_as_a_file_is() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for form in forms() {
            let read = std::thread::scope(|scope| {
                scope.spawn(|| {
                    let mut pipe = File::options().write(true).open(&pipe).unwrap();
                    pipe.write_all(&form[..1]).unwrap();
                    std::thread::sleep(std::time::Duration::from_millis(20));
                    pipe.write_all(&form[1..]).unwrap();
                });
                let mut text = vec![];
                let mut content = Content::open(&pipe).unwrap();
                content.text.read_to_end(&mut text).unwrap();
                text
            });
            assert_eq!(read, TEXT.as_bytes(), "{form:?}");
        }
    }
}
