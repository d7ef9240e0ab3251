use swiftline_domain::archive::{CaseRow, EventRow, Table};
use swiftline_feedback::archive::{Archive, ArchiveError, row};

use crate::made::{archive, case, cases_of, event, file, filled, month, number};

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_back_as_they_were() {
    let (_folder, archive) = archive();
    let cases: Vec<CaseRow<'_>> = (1..2_000).map(|sequence| case(3, sequence)).collect();
    let (name, bytes) = file(3, 1, &cases);
    archive
        .put(Table::Cases, month(), &name, bytes)
        .await
        .unwrap();
    let events: Vec<EventRow<'_>> = (1..9).map(|version| event(3, 7, version)).collect();
    let (name, bytes) = file(3, 1, &events);
    archive
        .put(Table::Events, month(), &name, bytes)
        .await
        .unwrap();

    let mut seen = 0;
    for batch in archive.cases(month()..=month(), &[]).await.unwrap() {
        let batch = batch.unwrap();
        for at in 0..batch.num_rows() {
            assert_eq!(row::<CaseRow<'_>>(&batch, at), Some(cases[seen]));
            seen += 1;
        }
    }
    assert_eq!(seen, cases.len());
    let batches: Vec<_> = archive
        .events(month()..=month(), &[])
        .await
        .unwrap()
        .collect();
    let batch = batches.into_iter().next().unwrap().unwrap();
    for (at, event) in events.iter().enumerate() {
        assert_eq!(row::<EventRow<'_>>(&batch, at), Some(*event));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_many_files_come_sorted() {
    let (_folder, archive) = archive();
    for (batch, versions) in [(1, [5, 6]), (2, [1, 2]), (3, [3, 4])] {
        let rows: Vec<_> = (1..50)
            .flat_map(|sequence| versions.map(|version| event(1, sequence, version)))
            .collect();
        let (name, bytes) = file(1, batch, &rows);
        archive
            .put(Table::Events, month(), &name, bytes)
            .await
            .unwrap();
    }
    let mut keys = Vec::new();
    for batch in archive.events(month()..=month(), &["event"]).await.unwrap() {
        let batch = batch.unwrap();
        assert_eq!(
            batch.num_columns(),
            4,
            "what was asked for and what they are sorted by"
        );
        for at in 0..batch.num_rows() {
            let whole: [_; 2] = std::array::from_fn(|column| {
                format!(
                    "{:?}",
                    swiftline_feedback::archive::cell(&batch, &EventRow::COLUMNS[column], at)
                )
            });
            keys.push(whole);
        }
    }
    assert_eq!(keys.len(), 49 * 6);
    assert!(
        keys.is_sorted_by(|a, b| a < b),
        "a case's events are together and in order"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_found_by_its_number_and_others_are_not() {
    let (_folder, archive) = archive();
    for wanted in filled(&archive).await {
        let wanted = wanted.parse().unwrap();
        let found = archive.find(wanted).await.unwrap().unwrap();
        assert_eq!(
            found.case(),
            Some(case(wanted.partition().0, wanted.sequence()))
        );
    }
    for absent in [
        number(1, 9),
        number(1, 40),
        number(3, 10),
        number(2, 1_000_000),
    ] {
        assert!(archive.find(absent).await.unwrap().is_none(), "{absent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_months_and_unknown_columns_are_not_read() {
    let (_folder, archive) = archive();
    filled(&archive).await;
    assert_eq!(
        archive
            .cases(month().plus(1)..=month().plus(2), &[])
            .await
            .unwrap()
            .count(),
        0
    );
    let error = archive
        .cases(month()..=month(), &["text"])
        .await
        .err()
        .unwrap();
    assert!(
        matches!(&error, ArchiveError::NoColumn { column, .. } if column == "text"),
        "{error}"
    );
    assert!(
        error.to_string().contains("case_number, accepted_at"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_is_named() {
    let (_folder, archive) = archive();
    archive
        .put(
            Table::Cases,
            month(),
            "p01-1-2.parquet",
            b"not parquet".to_vec(),
        )
        .await
        .unwrap();
    let error = archive.find(number(1, 1)).await.unwrap_err();
    assert!(error.to_string().contains("p01-1-2.parquet"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_is_refused() {
    for (url, says) in [
        ("ftp://somewhere", "ftp://somewhere"),
        ("/proc/no/such", "/proc/no/such"),
    ] {
        let error = Archive::open(url, "small").unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    let (folder, archive) = archive();
    filled(&archive).await;
    let url = format!("file://{}", folder.path().display());
    assert_eq!(
        cases_of(&Archive::open(&url, "small").unwrap()).await.len(),
        60
    );
}
