use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use swiftline_domain::number::Partition;

use super::*;

fn key_file(text: &str, mode: u32) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
    file
}

fn line(id: &str, byte: u8) -> String {
    format!("{id} {}\n", STANDARD.encode([byte; 32]))
}

fn keyring(text: &str) -> Keyring {
    Keyring::load(key_file(text, 0o600).path()).unwrap()
}

fn number(sequence: u64) -> CaseNumber {
    CaseNumber::new(Partition(3), sequence).unwrap()
}

fn reason(text: &str) -> String {
    Keyring::load(key_file(text, 0o600).path())
        .unwrap_err()
        .to_string()
}

#[test]
fn opens_what_it_sealed() {
    let ring = keyring(&line("k1", 1));
    let sealed = ring.seal(number(1), b"contact").unwrap();
    assert_eq!(ring.open(number(1), &sealed), Ok(b"contact".to_vec()));
    assert!(!sealed.windows(7).any(|window| window == b"contact"));
    assert_ne!(
        sealed,
        ring.seal(number(1), b"contact").unwrap(),
        "nonces differ"
    );
}

#[test]
fn an_old_key_still_opens_and_the_first_seals() {
    let old = keyring(&line("k1", 1));
    let sealed = old.seal(number(1), b"contact").unwrap();
    let both = keyring(&format!("# keys\n\n{}{}", line("k2", 2), line("k1", 1)));
    assert_eq!(both.open(number(1), &sealed), Ok(b"contact".to_vec()));
    let newer = both.seal(number(1), b"contact").unwrap();
    assert_eq!(
        old.open(number(1), &newer),
        Err(SealError::UnknownKey("k2".into()))
    );
}

#[test]
fn another_case_or_key_or_any_changed_byte_does_not_open() {
    let ring = keyring(&line("k1", 1));
    let sealed = ring.seal(number(1), b"contact").unwrap();
    assert_eq!(ring.open(number(2), &sealed), Err(SealError::Broken));
    let impostor = keyring(&line("k1", 9));
    assert_eq!(impostor.open(number(1), &sealed), Err(SealError::Broken));
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(ring.open(number(1), &changed).is_err(), "byte {at}");
    }
}

#[test]
fn what_is_no_sealed_record_is_refused() {
    let ring = keyring(&line("k1", 1));
    for bad in [
        &[][..],
        &[1],
        &[2, 0],
        &[1, 9, b'k'],
        &[1, 2, b'k', b'1', 0],
    ] {
        assert_eq!(ring.open(number(1), bad), Err(SealError::Format), "{bad:?}");
    }
}

#[test]
fn a_bad_line_is_named() {
    let good = line("k1", 1);
    assert!(reason(&format!("{good}k2")).contains("line 2: needs a key id"));
    assert!(reason(&format!("{good}\nk2 ???")).contains("line 3: the key is not base64"));
    assert!(reason("k1 AAAA").contains("line 1: the key is not 32 bytes"));
    assert!(reason(&line("k{1}", 1)).contains("line 1: the key id"));
    assert!(reason(&format!("{good}{good}")).contains("line 2: key \"k1\" is there already"));
}

#[test]
fn the_file_must_be_there_be_private_and_hold_a_key() {
    assert!(reason("# nothing\n").contains("has no key"));
    let open = key_file(&line("k1", 1), 0o644);
    let error = Keyring::load(open.path()).unwrap_err().to_string();
    assert!(error.contains("mode 644"), "{error}");
    assert!(Keyring::load(key_file(&line("k1", 1), 0o440).path()).is_ok());
    assert!(matches!(
        Keyring::load(Path::new("/nonexistent/keys")),
        Err(SealError::File { .. })
    ));
}

#[test]
fn keys_are_never_printed() {
    let ring = keyring(&line("k1", 0x41));
    assert_eq!(format!("{ring:?}"), "[\"k1\"]");
    assert!(!reason("k1 c2VjcmV0").contains("c2VjcmV0"));
}

#[test]
fn a_new_key_in_front_does_not_make_callers_strangers() {
    let contact = Contact {
        phone: "555-0100".to_owned(),
        ..Contact::default()
    };
    let of = |text: &str| keyring(text).caller(&contact);
    let (old, new) = (line("k1", 1), line("k2", 2));
    assert_eq!(of(&format!("{new}{old}")), of(&old));
    assert_ne!(of(&new), of(&old), "the oldest key is gone");
}

#[tokio::test(start_paused = true)]
async fn a_new_key_opens_at_once_and_seals_when_everybody_has_it() {
    let file = key_file(&line("k1", 1), 0o600);
    let files = Files::new();
    let ring = Keyring::watch(file.path(), "keys", &files).unwrap();
    let by = |ring: &Keyring| {
        let sealed = ring.seal(number(1), b"contact").unwrap();
        String::from_utf8(sealed[2..4].to_vec()).unwrap()
    };
    let both = format!("{}{}", line("k2", 2), line("k1", 1));
    fs::write(file.path(), &both).unwrap();
    assert_eq!(files.look()[0].refused, None);
    let theirs = keyring(&line("k2", 2)).seal(number(1), b"contact").unwrap();
    assert_eq!(ring.open(number(1), &theirs), Ok(b"contact".to_vec()));
    assert_eq!(by(&ring), "k1", "others may not have the new one yet");
    tokio::time::advance(SEALS_AFTER / 2).await;
    fs::write(file.path(), format!("# the same\n{both}")).unwrap();
    assert_eq!(files.look().len(), 1);
    tokio::time::advance(SEALS_AFTER / 2).await;
    assert_eq!(by(&ring.clone()), "k2", "it has been there all the time");
    fs::write(file.path(), line("k3", 3)).unwrap();
    assert_eq!(files.look()[0].refused, None);
    assert_eq!(by(&ring), "k3", "there is no other");
}

#[test]
fn a_changed_file_that_is_wrong_is_not_used() {
    let file = key_file(&line("k1", 1), 0o600);
    let files = Files::new();
    let ring = Keyring::watch(file.path(), "keys", &files).unwrap();
    let sealed = ring.seal(number(1), b"contact").unwrap();
    fs::write(file.path(), "k2 no key\n").unwrap();
    let refused = files.look().remove(0).refused.unwrap();
    assert!(
        refused.ends_with("line 1: the key is not base64"),
        "{refused}"
    );
    assert_eq!(ring.open(number(1), &sealed), Ok(b"contact".to_vec()));
}
