use super::*;

fn all(format: &Format, text: &str) -> Vec<Result<Row, BadRow>> {
    let zone = TimeZone::get("America/New_York").unwrap();
    rows(
        format,
        std::io::Cursor::new(text.to_owned()),
        "day.csv",
        zone,
    )
    .unwrap()
    .collect()
}

fn text(row: &Row) -> &str {
    &row.submission.complaint.as_ref().unwrap().text
}

const TITLES: &str = "Unique Key,Created Date,Complaint Type,Descriptor,Latitude,Longitude,Open Data Channel Type,Community Board\n";
const SNAKES: &str = "unique_key,created_date,complaint_type,descriptor,latitude,longitude\n";

#[test]
fn both_styles_of_new_yorks_columns_are_read() {
    let one = all(
        &Format::Nyc311,
        &format!("{TITLES}1,10/21/18 0:59,Noise,Loud Music,40.7,-73.9,PHONE,05 QUEENS\n"),
    );
    let two = all(
        &Format::Nyc311,
        &format!("{SNAKES}1,2018-10-21T00:59:00.000,Noise,Loud Music,40.7,-73.9\n"),
    );
    let (one, two) = (one[0].as_ref().unwrap(), two[0].as_ref().unwrap());
    assert_eq!(one.submission.idempotency_key, "nyc311-1");
    assert_eq!(
        one.submission.idempotency_key,
        two.submission.idempotency_key
    );
    assert_eq!(one.recorded_at, two.recorded_at);
    assert_eq!(text(one), "Noise: Loud Music");
    assert_eq!(
        one.submission.complaint.as_ref().unwrap().address,
        "05 QUEENS"
    );
}

#[test]
fn a_bad_row_is_reported_by_its_line_and_the_rest_goes_on() {
    let rows = all(
        &Format::Nyc311,
        &format!(
            "{SNAKES}1,soon,Noise,,,\n2,10/21/18 0:59,Noise,,40.7,\n3,10/21/18 0:59,,,,\n4,x\n5,10/21/18 0:59,\"No\nise\",,,\n6,10/21/18 0:59,Heat,,,\n"
        ),
    );
    let bad: Vec<_> = rows
        .iter()
        .filter_map(|row| row.as_ref().err())
        .map(ToString::to_string)
        .collect();
    assert_eq!(bad.len(), 4, "{bad:?}");
    assert!(
        bad[0].starts_with("line 2 (key 1): \"soon\" is not a time"),
        "{}",
        bad[0]
    );
    assert_eq!(
        bad[1],
        "line 3 (key 2): has only one of latitude and longitude"
    );
    assert_eq!(bad[2], "line 4 (key 3): has no text");
    assert_eq!(bad[3], "line 5 (key 4): has 2 columns, the header has 6");
    assert_eq!(rows.iter().filter(|row| row.is_ok()).count(), 2);
}

#[test]
fn a_missing_column_names_what_there_is() {
    let zone = TimeZone::UTC;
    let error = rows(&Format::Nyc311, "a,b\n".as_bytes(), "x", zone)
        .err()
        .unwrap();
    assert!(error.to_string().ends_with("the file has a, b"), "{error}");
}

#[test]
fn any_csv_is_read_by_naming_its_columns() {
    let map = ColumnMap::parse(["text=Was ist los", "channel=Weg", "key=Nr"]).unwrap();
    let rows = all(
        &Format::Csv(map),
        "Nr,Weg,Was ist los\n7,phone,Lampe kaputt\n8,pigeon,Loch\n",
    );
    let first = rows[0].as_ref().unwrap();
    assert_eq!(
        (text(first), first.submission.idempotency_key.as_str()),
        ("Lampe kaputt", "day-7")
    );
    assert!(
        rows[1]
            .as_ref()
            .unwrap_err()
            .reason
            .contains("\"pigeon\" is not one of phone")
    );
}

#[test]
fn a_wrong_mapping_says_what_would_be_right() {
    assert!(
        ColumnMap::parse(["text"])
            .unwrap_err()
            .to_string()
            .contains("field=column")
    );
    assert!(
        ColumnMap::parse(["txt=a"])
            .unwrap_err()
            .to_string()
            .contains("text, subject")
    );
    assert_eq!(ColumnMap::parse(["key=a"]), Err(MapError::NoText));
}

#[test]
fn messages_are_read_from_json_lines_in_each_form() {
    let rows = all(
        &Format::Jsonl,
        "{\"subject\":\"s\",\"detail\":\"d\",\"time\":\"2019/2/28 11:25:05\",\"user\":1}\n\n{\"title\":\"t\",\"content\":\"c\"}\n{\"text\":\"x\",\"lat\":1.5,\"lon\":2,\"key\":\"k\"}\n{\"seg\":\"a b\"}\n{\"text\": 5}\n{}\n",
    );
    let texts: Vec<_> = rows.iter().flatten().map(text).collect();
    assert_eq!(texts, ["s\nd", "t\nc", "x", "a b"]);
    let keys: Vec<_> = rows
        .iter()
        .flatten()
        .map(|r| r.submission.idempotency_key.as_str())
        .collect();
    assert_eq!(keys, ["day-line-1", "day-line-3", "day-k", "day-line-5"]);
    let bad: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
    assert_eq!(bad[0].line, 6);
    assert_eq!(
        bad[1].to_string(),
        "line 7: has none of text, subject, detail, title, content"
    );
}

#[test]
fn a_line_that_is_not_utf8_is_a_bad_row() {
    let bytes: &[u8] = b"{\"text\":\"\xff\"}\n{\"text\":\"ok\"}\n";
    let rows: Vec<_> = rows(&Format::Jsonl, bytes, "x", TimeZone::UTC)
        .unwrap()
        .collect();
    assert_eq!(
        rows[0].as_ref().unwrap_err().to_string(),
        "line 1: is not UTF-8"
    );
    assert!(rows[1].is_ok());
}

#[test]
fn the_real_files_are_read_whole_where_they_are() {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let files = [
        ("nyc311/2018-10-21_all_columns.csv", 6_765),
        ("nyc311/2026_windows.csv", 90_000),
    ];
    for (file, expected) in files {
        let Ok(file) = std::fs::File::open(data.join(file)) else {
            println!("skipped: ../shared/data/{file} is not here");
            continue;
        };
        let zone = TimeZone::get("America/New_York").unwrap();
        let read = rows(&Format::Nyc311, file, "nyc", zone).unwrap();
        assert_eq!(read.filter(Result::is_ok).count(), expected);
    }
}
