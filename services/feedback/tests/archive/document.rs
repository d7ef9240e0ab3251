use swiftline_domain::archive::{SCHEMA_VERSION, Table};

/// `ARCHIVE.md` is for people who read the files with other programs: it must say what the files have.
#[test]
fn the_document_says_what_the_tables_hold() {
    let document =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/ARCHIVE.md")).unwrap();
    assert!(document.contains(&format!("schema version {SCHEMA_VERSION}")));
    for table in Table::ALL {
        let mut expected =
            String::from("| column | type | may be empty | meaning |\n|---|---|---|---|\n");
        for column in table.columns() {
            let empty = if column.nullable { "yes" } else { "" };
            let (name, kind, meaning) = (column.name, column.kind.as_str(), column.meaning.trim());
            expected += &format!("| {name} | {kind} | {empty} | {meaning} |\n");
        }
        assert!(
            document.contains(&expected),
            "the table of `{table}` in ARCHIVE.md should be\n{expected}"
        );
    }
}
