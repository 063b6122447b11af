//! Texts whose lines end in carriage returns alone, as old spreadsheets and some loggers write them.

use super::content::Content;
use std::io::{self, Read};

/// The text with line feeds in place of these carriage returns, so that its lines are counted like those of others. Other texts stay
/// as they are.
pub(super) fn with_line_feeds(content: Content) -> Content {
    if !ends_in_returns(&content.sample) {
        return content;
    }
    let mut sample = content.sample;
    replace(&mut sample);
    let text = Box::new(LineFeeds(content.text));
    Content { sample, text }
}

/// Whether the lines of a text, by its start, end in carriage returns alone. One at the very end may have a line feed behind it.
fn ends_in_returns(sample: &[u8]) -> bool {
    let ends = sample
        .split_last()
        .is_some_and(|(_, rest)| rest.contains(&b'\r'));
    ends && !sample.contains(&b'\n')
}

fn replace(text: &mut [u8]) {
    let returns = text.iter_mut().filter(|byte| **byte == b'\r');
    returns.for_each(|byte| *byte = b'\n');
}

struct LineFeeds<R>(R);

impl<R: Read> Read for LineFeeds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        replace(&mut buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_returns_without_any_line_feed_are_ends_of_lines() {
        for (text, expected) in [
            ("a,b\r1,2\r", "a,b\n1,2\n"),
            ("a,b\r1,2", "a,b\n1,2"),
            ("a,b\r\n1,2\r\n", "a,b\r\n1,2\r\n"),
            ("\"a\rb\",c\n1,2\n", "\"a\rb\",c\n1,2\n"),
            ("a,b\r", "a,b\r"),
            ("", ""),
        ] {
            let content = with_line_feeds(Content::of(text.as_bytes().to_vec()));
            let (sample, mut text) = (content.sample, content.text);
            let mut all = vec![];
            text.read_to_end(&mut all).unwrap();
            assert_eq!(
                (all.as_slice(), sample.as_slice()),
                (expected.as_bytes(), expected.as_bytes())
            );
        }
    }
}
