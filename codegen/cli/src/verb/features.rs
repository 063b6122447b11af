//! `nice-flow features`.

use crate::files::Files;
use crate::front::{Front, note_lowest, recordings, tell};
use crate::rows::Roles;
use nice_flow_codegen::model::FrontEnd;
use nice_flow_codegen::text::counted;
use nice_flow_codegen::{Error, Result, output};
use nice_flow_lab::signal::{Request, Windows, front_file, windows};
use nice_flow_lab::table::spans;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Recordings of raw signals: WAV files, little-endian .i16, tables with a row for each sample, or folders of these.
    #[arg(required = true)]
    data: Vec<PathBuf>,

    #[command(flatten)]
    roles: Roles,

    #[command(flatten)]
    front: Front,

    /// CSV to write: a row for each window with its recording, its start in seconds, and the inputs of a model. Beside it, the
    /// front end goes to a file that ends in .front.toml, for `import --front`.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl Args {
    pub fn files(&self) -> Files {
        let written = [self.output.clone(), self.front_file()];
        let files = Files::default().reading(&self.data);
        files.reading(self.roles.files()).writing(&written)
    }

    pub fn run(&self, json: bool) -> Result<()> {
        let request = Request {
            columns: self.roles.columns(),
            channels: self.front.names(),
            normal_only: false,
        };
        let mut recordings = recordings(&self.data, &request)?;
        recordings.extend(self.roles.anomalies(&recordings, &request)?);
        let front = self.front.wish().front_end(&recordings);
        let (front, notes) = front.map_err(|error| error.in_file(&self.data[0]))?;
        notes.iter().for_each(|note| note!("note: {note}"));
        let windows = windows(&recordings, &front)?;
        tell(&windows);
        note_lowest(&front, &windows.table);
        let front_file = self.front_file();
        let (mut rows, front_text) = (vec![], front_file::text(&front)?);
        write(&mut rows, &windows).map_err(|error| Error::caused_in(&self.output, error))?;
        output::write_all(&[(&self.output, &rows), (&front_file, front_text.as_bytes())])?;
        if json {
            say!(
                "{}",
                json!({ "windows": windows.table.rows, "recordings": recordings.len(), "front_end": front, "features": self.output.to_string_lossy(), "front": front_file.to_string_lossy() })
            );
            return Ok(());
        }
        say!(
            "{} of {}, {} each: {}",
            counted(windows.table.rows, "window"),
            counted(recordings.len(), "recording"),
            counted(windows.table.columns, "input"),
            described(&front)
        );
        say!(
            "wrote {} and {}",
            self.output.display(),
            front_file.display()
        );
        Ok(())
    }

    /// `x.front.toml` beside `x.csv`.
    fn front_file(&self) -> PathBuf {
        self.output.with_extension("front.toml")
    }
}

/// A front end in words.
pub(super) fn described(front: &FrontEnd) -> String {
    let what = match front.bands() {
        0 => "statistics".into(),
        bands if front.octaves > 0 => format!(
            "{bands} bands and {}",
            counted(front.octaves as usize, "octave")
        ),
        bands => format!("{bands} bands"),
    };
    let hop = match front.hops() {
        1 => String::new(),
        _ => format!(", one every {}", front.hop),
    };
    format!(
        "{what} of {} at {} Hz, windows of {} samples ({} s){hop}",
        front.channels.join(", "),
        front.rate,
        front.window,
        front.seconds()
    )
}

/// A row for each window.
fn write(text: &mut Vec<u8>, Windows { table, .. }: &Windows) -> std::io::Result<()> {
    let recordings = spans(&table.recordings, table.rows).zip(&table.names);
    let names: Vec<&String> = recordings
        .flat_map(|(rows, name)| rows.map(move |_| name))
        .collect();
    let mut csv = csv::Writer::from_writer(text);
    let label = table.labels.as_ref().map(|_| "label");
    let head = ["recording", "time"]
        .into_iter()
        .chain(table.features.iter().map(String::as_str));
    csv.write_record(head.chain(label))?;
    for (row, values) in table.iter().enumerate() {
        let time = table.times.as_ref().and_then(|times| times.get(row));
        let mut cells = vec![names[row].clone(), time.cloned().unwrap_or_default()];
        cells.extend(values.iter().map(ToString::to_string));
        cells.extend(
            table
                .labels
                .as_ref()
                .map(|labels| u8::from(labels[row]).to_string()),
        );
        csv.write_record(cells)?;
    }
    csv.flush()
}
