use swiftline_domain::archive::CaseRow;
use swiftline_domain::city::CityPack;
use swiftline_feedback::archive::row;

use super::*;

fn pack() -> CityPack {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../k8s/cities/beijing");
    CityPack::load(&folder, |folder, names| {
        swiftline_config::read_folder(folder, names)
    })
    .unwrap()
}

fn plan(cases: u64) -> Plan {
    Plan {
        cases,
        months: 4,
        until: "2026-01".parse().unwrap(),
        seed: 7,
        event_months: 2,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_is_whole_sorted_and_the_same_each_time() {
    let pack = pack();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut made = Vec::new();
    for (folder, threads) in folders.iter().zip([1, 2]) {
        let archive = Archive::open(folder.path().to_str().unwrap(), "beijing").unwrap();
        made.push(
            make(&archive, &pack, &plan(20_000), threads, |_| {})
                .await
                .unwrap(),
        );
    }
    assert_eq!(made[0], made[1], "however many threads");
    assert!((17_000..=20_000).contains(&made[0].cases), "{made:?}");

    let archive = Archive::open(folders[0].path().to_str().unwrap(), "beijing").unwrap();
    let first: Month = "2025-10".parse().unwrap();
    let until: Month = "2026-01".parse().unwrap();
    let (mut numbers, mut states) = (Vec::new(), std::collections::BTreeMap::new());
    for batch in archive.cases(first..=until, &[]).await.unwrap() {
        let batch = batch.unwrap();
        for at in 0..batch.num_rows() {
            let case: CaseRow<'_> = row(&batch, at).unwrap();
            assert!(case.accepted_at <= case.ended_at);
            assert!(
                case.resolved_at
                    .is_none_or(|resolved| resolved <= case.ended_at),
                "{case:?}"
            );
            numbers.push(case.case_number.to_string());
            *states
                .entry((
                    case.state.to_owned(),
                    case.reopened > 0,
                    case.returns > 0,
                    case.overdue_handle,
                ))
                .or_insert(0) += 1;
        }
    }
    assert_eq!(numbers.len() as u64, made[0].cases);
    assert!(numbers.is_sorted_by(|a, b| a < b), "sorted, none twice");
    for wanted in ["closed", "withdrawn", "merged"] {
        assert!(
            states.keys().any(|(state, ..)| state == wanted),
            "{wanted}: {states:?}"
        );
    }
    assert!(
        states.keys().any(|(_, reopened, ..)| *reopened) && states.keys().any(|(.., late)| *late),
        "{states:?}"
    );
    let number = numbers[numbers.len() / 2].parse().unwrap();
    let found = archive.find(number).await.unwrap().unwrap();
    assert_eq!(found.case().unwrap().case_number, number);
    assert!(
        archive
            .find(CaseNumber::new(Partition(3), 9_000_000).unwrap())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_made_is_refused() {
    let pack = pack();
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open(folder.path().to_str().unwrap(), "beijing").unwrap();
    let refused = |plan: Plan| {
        let (archive, pack) = (archive.clone(), &pack);
        async move { make(&archive, pack, &plan, 1, |_| {}).await.unwrap_err() }
    };
    assert!(matches!(
        refused(plan(MOST + 1)).await,
        HistoryError::TooMany
    ));
    assert!(matches!(refused(plan(0)).await, HistoryError::Nothing));
}
