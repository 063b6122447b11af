//! Opens zip files.

use std::io::{Read, Seek};
use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};
use zip::result::ZipResult;

/// A zip that begins with its first byte. To search for the beginning, as is done for programs that unpack themselves, misjudges files of
/// PyTorch whose names have 21 letters: then a header has as many bytes as PyTorch writes behind the last one.
pub(super) fn open<R: Read + Seek>(reader: R) -> ZipResult<ZipArchive<R>> {
    let config = Config {
        archive_offset: ArchiveOffset::Known(0),
    };
    ZipArchive::with_config(config, reader)
}
