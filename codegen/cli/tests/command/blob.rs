//! `generate --blob`, `generate --golden` and `inspect` of a blob.

use super::pump::{calibrated, held_out, trained};
use super::{Folder, fail, succeed};
use nice_flow_lab::Target;
use nice_flow_lab::board::toolchain;

#[test]
fn a_blob_is_written_beside_its_module_and_says_what_it_is() {
    let folder = Folder::new();
    let model = calibrated(&folder, "0.01");
    let (module, blob) = (folder.path("pump.rs"), folder.path("pump.bin"));
    let options = [
        "--numeric",
        "i8",
        "--explain",
        "3",
        "--drift",
        "1000",
        "--golden",
    ];
    let output = ["--blob", &blob, "--model-version", "4", "-o", &module];
    let said = succeed(&[&["generate", &model], &options[..], &output].concat());
    assert!(
        said.contains("version 4, for firmware whose module has LAYOUT 0x"),
        "{said}"
    );
    let text = std::fs::read_to_string(&module).unwrap();
    let layout = text.split("LAYOUT: u64 = ").nth(1).unwrap();
    let layout = &layout[..layout.find(';').unwrap()];
    for item in [
        "type Package",
        "const FACTORY",
        "fn self_test",
        "fn detector_of",
        "static GOLDEN",
    ] {
        assert!(text.contains(item), "{item}");
    }
    assert!(text.contains("--golden --blob"), "{text}");

    let said = succeed(&["inspect", &blob]);
    assert!(
        said.contains("version 4") && said.contains(layout),
        "{said}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&succeed(&["--json", "inspect", &blob])).unwrap();
    assert_eq!(
        (&json["version"], &json["layout"]),
        (&4.into(), &layout.into())
    );
    assert_eq!(json["bytes"], std::fs::metadata(&blob).unwrap().len());

    // A retrained model of the same shape fits, one with other inputs does not.
    let again = ["--blob", &blob, "--model-version", "5", "-o", &module];
    succeed(&[&["generate", &model], &options[..], &again].concat());
    assert!(succeed(&["inspect", &blob]).contains(layout));
}

#[test]
fn a_damaged_blob_is_named() {
    let folder = Folder::new();
    let model = calibrated(&folder, "0.01");
    let (module, blob) = (folder.path("pump.rs"), folder.path("pump.bin"));
    succeed(&["generate", &model, "--blob", &blob, "-o", &module]);
    let whole = std::fs::read(&blob).unwrap();
    let mut flipped = whole.clone();
    flipped[200] ^= 1;
    for (bytes, expected) in [
        (&flipped[..], "expected the checksum 0x"),
        (&whole[..whole.len() - 1], "copy it again"),
        (&whole[..20], "found 20 bytes"),
    ] {
        std::fs::write(&blob, bytes).unwrap();
        fail(2, &["inspect", &blob], &["pump.bin", expected]);
    }
}

#[test]
fn a_package_needs_a_threshold() {
    let folder = Folder::new();
    let model = trained(&folder);
    let (module, blob) = (folder.path("pump.rs"), folder.path("pump.bin"));
    let generate = ["generate", &model, "--blob", &blob, "-o", &module];
    fail(2, &generate, &["nice-flow calibrate"]);
    assert!(!std::path::Path::new(&module).exists() && !std::path::Path::new(&blob).exists());
    let generate = ["generate", &model, "--model-version", "2", "-o", &module];
    fail(2, &generate, &["--blob"]);
}

/// Keys that `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` wrote for this test, and another public one.
const SECRET: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAIHXZXutBIRWH/Ehhpw6kj6Jtm1HlX+1FTLq8tKSeIJ\n-----END PRIVATE KEY-----\n";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAliCybRB7jWJej3GmTCgoRTBvd6WvKxiRDwMOVUEqZO8=\n-----END PUBLIC KEY-----\n";
const OTHER: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEARnkwq8+bopOmO2cDzqswYrkeyJGunDD2pfoEJAvSFDM=\n-----END PUBLIC KEY-----\n";

#[test]
fn a_signature_is_by_the_owner_of_its_key_and_of_every_byte() {
    let folder = Folder::new();
    let model = calibrated(&folder, "0.01");
    let (module, blob) = (folder.path("pump.rs"), folder.path("pump.bin"));
    let [secret, public, other] = [
        ("key.pem", SECRET),
        ("public.pem", PUBLIC),
        ("other.pem", OTHER),
    ]
    .map(|(name, text)| {
        let path = folder.path(name);
        std::fs::write(&path, text).unwrap();
        path
    });
    let generate = ["generate", &model, "--blob", &blob, "-o", &module];
    succeed(&generate);
    assert!(succeed(&["inspect", &blob]).contains("not signed"));
    fail(1, &["inspect", &blob, "--key", &public], &["found none"]);
    for option in [&["--member", "1"][..], &["--layout", "zuko"]] {
        let words = [&["inspect", &blob][..], option].concat();
        fail(2, &words, &[option[0], "found a blob"]);
    }
    let other_file = folder.write("rows.csv", b"a,b\n1,2\n");
    fail(
        2,
        &["inspect", &other_file],
        &["expected a blob, a model file, a PyTorch"],
    );
    // A key that is missing is told of before a signature that is.
    let missing = folder.path("missing.pem");
    fail(2, &["inspect", &blob, "--key", &missing], &["missing.pem"]);
    succeed(&[&generate[..], &["--sign", &secret]].concat());
    assert!(succeed(&["inspect", &blob]).contains("signed; --key"));
    assert!(succeed(&["inspect", &blob, "--key", &public]).contains("signed by the owner"));
    fail(1, &["inspect", &blob, "--key", &other], &["found another"]);
    fail(
        2,
        &["inspect", &blob, "--key", &secret],
        &["public key in PEM"],
    );
    fail(
        2,
        &[&generate[..], &["--sign", &public]].concat(),
        &["secret key in PEM"],
    );
    fail(
        2,
        &["inspect", &model, "--key", &public],
        &["expected a blob"],
    );
}

#[test]
fn a_blob_runs_from_the_flash_of_an_emulated_board() {
    let folder = Folder::new();
    let model = calibrated(&folder, "0.05");
    let rows = held_out(&folder);
    let (module, blob) = (folder.path("pump.rs"), folder.path("pump.bin"));
    let generate = ["generate", &model, "--numeric", "i8", "--explain", "3"];
    let output = ["--golden", "--blob", &blob, "-o", &module];
    succeed(&[&generate[..], &output].concat());
    let simulate = ["simulate", &model, &rows, "--target", "cortex-m0plus"];
    let simulate = |numeric, blob| {
        let options = ["--numeric", numeric, "--blob", blob];
        [&simulate[..], &options].concat()
    };
    fail(2, &simulate("f32", &blob), &["pump.bin", "--numeric"]);
    fail(2, &simulate("i8", &rows), &["held.csv", "expected a blob"]);

    // The same model with another threshold.
    let other = folder.path("other.st");
    let rate = ["--false-alarm-rate", "0.2", "-o", &other];
    succeed(&[&["calibrate", &model, &rows], &rate[..]].concat());
    let mut mixed = simulate("i8", &blob);
    mixed[1] = &other;
    fail(2, &mixed, &["pump.bin", "expected the threshold"]);

    if let Err(error) = toolchain::ensure(&[Target::CortexM0Plus]) {
        assert!(std::env::var_os("CI").is_none(), "{error}");
        println!("skipped: {error}");
        return;
    }
    let from_blob = succeed(&simulate("i8", &blob));
    assert!(
        from_blob.contains("600 of 600 scores equal the host's in every bit"),
        "{from_blob}"
    );
}
