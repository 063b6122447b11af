//! The pickle in a zip of torch.save whose sums are right: a state, or a whole module.
#![no_main]

use nice_flow_fuzz::bounds::with_file;
use nice_flow_fuzz::containers::{Member, unzip, zip};
use nice_flow_fuzz::seeds::{fixture, plant};
use nice_flow_fuzz::sound::checkpoint;
use std::sync::LazyLock;
use zip::CompressionMethod;

static FILES: LazyLock<[Vec<Member>; 3]> = LazyLock::new(|| {
    ["state.pt", "module.pt", "expanded.pt"].map(|name| unzip(&fixture(&format!("damage/{name}"))))
});

fn is_pickle((name, _): &&Member) -> bool {
    name.ends_with("data.pkl")
}

/// Which file it was, then its pickle.
fn seeds() -> Vec<Vec<u8>> {
    let files = FILES.iter().enumerate();
    let pickles = files.flat_map(|(index, members)| {
        let pickles = members.iter().filter(is_pickle);
        pickles.map(move |(_, pickle)| [&[index as u8], &pickle[..]].concat())
    });
    pickles.collect()
}

libfuzzer_sys::fuzz_target!(init: plant("pickle", seeds()), |bytes: &[u8]| {
    let Some((file, pickle)) = bytes.split_first() else {
        return;
    };
    let mut members = FILES[usize::from(*file) % FILES.len()].clone();
    for (name, bytes) in &mut members {
        if name.ends_with("data.pkl") {
            *bytes = pickle.to_vec();
        }
    }
    let _ = with_file(&zip(&members, CompressionMethod::Stored), checkpoint);
});
