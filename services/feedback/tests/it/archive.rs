//! The archive as it is served: cases leave Redis for a folder, and are found, erased and dropped over gRPC.

use swiftline_domain::archive::Month;
use swiftline_domain::case::Command;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::feedback::v1::archive_client::ArchiveClient;
use swiftline_proto::feedback::v1::column::Value;
use swiftline_proto::feedback::v1::{
    Column, EraseRequest, EraseResponse, FindRequest, FindResponse, RetainRequest, RetainResponse,
};
use swiftline_proto::types::v1 as wire;
use swiftline_rpc::status::{reason_of, retry_delay, violations_of};
use swiftline_testkit::wait::wait_until;
use tonic::{Code, Status};

use crate::rig::{PATIENCE, Rig, answers};
use crate::story::{Story, TEAM, UNIT};

/// A citizen's pseudonym.
const CALLER: u64 = 7;

impl Rig {
    /// With an archive in a folder, which takes what has ended at once.
    async fn with_archive() -> Self {
        let mut rig = Self::without_service().await;
        rig.router.come().await;
        let folder = rig.dir().join("archive");
        let url = format!("archive.url={}", folder.display());
        let quick = [
            url.as_str(),
            "archive.every_ms=10",
            "archive.linger_ms=0",
            "archive.closed_days=0",
        ];
        rig.serve(&quick).await;
        rig
    }

    async fn find(&self, number: &str) -> Result<FindResponse, Status> {
        let request = FindRequest {
            case_number: number.to_owned(),
            actor: "desk-1".to_owned(),
        };
        let mut client = ArchiveClient::new(self.channel());
        Ok(client.find(request).await?.into_inner())
    }

    async fn erase(&self, numbers: &[CaseNumber], reason: &str) -> Result<EraseResponse, Status> {
        let request = EraseRequest {
            case_numbers: numbers.iter().map(ToString::to_string).collect(),
            actor: "officer-2".to_owned(),
            reason: reason.to_owned(),
        };
        let mut client = ArchiveClient::new(self.channel());
        Ok(client.erase(request).await?.into_inner())
    }

    async fn retain(&self, keep_months: u32, dry_run: bool) -> Result<RetainResponse, Status> {
        let request = RetainRequest {
            keep_months,
            dry_run,
            actor: "officer-2".to_owned(),
            reason: "law-7".to_owned(),
        };
        let mut client = ArchiveClient::new(self.channel());
        Ok(client.retain(request).await?.into_inner())
    }

    /// Waits until the archive has a case and Redis has not.
    async fn leaves(&self, number: CaseNumber) -> FindResponse {
        let found = wait_until(PATIENCE, async || {
            let gone = self.store.load(number).await.ok()?.is_none();
            let found = self.find(&number.to_string()).await.ok();
            found.filter(|_| gone)
        });
        found
            .await
            .unwrap_or_else(|| panic!("{number} does not leave"))
    }

    /// A case of the citizen that was withdrawn.
    async fn withdrawn(&self) -> CaseNumber {
        let mut story = Story::accepted_from(&self.store, CALLER).await;
        story.commit(vec![Command::Withdraw]).await;
        story.number()
    }
}

fn value(row: &[Column], name: &str) -> Option<Value> {
    let column = row.iter().find(|column| column.name == name)?;
    column.value.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_has_left_redis_is_told_from_the_archive() {
    let rig = Rig::with_archive().await;
    let story = Story::resolved(&rig.store).await;
    let number = story.number();
    let pleased = answers(Some(true), Some(true));
    rig.call_back(number, pleased).await.unwrap();
    let found = rig.leaves(number).await;

    let case = found.case.unwrap();
    assert_eq!(
        (case.number.as_str(), case.state()),
        (number.to_string().as_str(), wire::State::Closed)
    );
    assert_eq!(case.answerable, UNIT);
    assert_eq!(case.outcome(), wire::Outcome::Solved);
    let offer = case.offer.unwrap();
    assert_eq!(
        (offer.no, offer.assignment.unwrap().team.as_str()),
        (1, TEAM)
    );
    assert_eq!(
        found.complaint.unwrap().text,
        "",
        "no words are in the archive"
    );
    assert!(!found.caller_known, "nobody knew who called");
    assert_eq!(value(&found.row, "unit"), Some(Value::Text(UNIT.into())));
    assert_eq!(value(&found.row, "solved"), Some(Value::Flag(true)));
    assert_eq!(value(&found.row, "offers"), Some(Value::Count(1)));
    assert_eq!(value(&found.row, "caller"), None);
    let events = found.journey.iter().flat_map(|commit| &commit.events);
    let names: Vec<_> = events
        .map(|event| swiftline_proto::convert::event_name(event.event.as_ref().unwrap()))
        .collect();
    assert_eq!(
        names[..5],
        ["accepted", "classified", "offered", "signed", "resolved"]
    );
    assert_eq!(names.last(), Some(&"closed"));
    assert_eq!(found.journey.last().unwrap().version, case.version);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_is_erased_from_every_case_of_theirs() {
    let rig = Rig::with_archive().await;
    let (first, second) = (rig.withdrawn().await, rig.withdrawn().await);
    for number in [first, second] {
        assert!(rig.leaves(number).await.caller_known);
    }
    let current = Story::accepted_from(&rig.store, CALLER).await.number();

    let erased = rig.erase(&[first], "request-118").await.unwrap();
    assert_eq!(
        (erased.rows, erased.unknown.len(), erased.live.len()),
        (2, 0, 0)
    );
    for number in [first, second] {
        assert!(!rig.find(&number.to_string()).await.unwrap().caller_known);
    }
    let again = rig.erase(&[second, current], "request-118").await.unwrap();
    assert_eq!(again.rows, 0);
    assert_eq!(again.unknown, [second.to_string()]);
    assert_eq!(
        again.live,
        [current.to_string()],
        "it takes the caller along later"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn months_are_dropped_only_when_they_are_old() {
    let rig = Rig::with_archive().await;
    let number = rig.withdrawn().await;
    rig.leaves(number).await;
    assert_eq!(rig.retain(1, false).await.unwrap().months, [""; 0]);
    // A month of two years ago, of the same file.
    let now = Month::of(jiff::Timestamp::now());
    let old = now.plus(-24);
    let cases = rig
        .dir()
        .join(format!("archive/cases/city=small/month={now}"));
    let there = cases.with_file_name(format!("month={old}"));
    std::fs::create_dir(&there).unwrap();
    let file = std::fs::read_dir(&cases).unwrap().next().unwrap().unwrap();
    std::fs::copy(file.path(), there.join(file.file_name())).unwrap();

    let wanted = [old.to_string()];
    assert_eq!(rig.retain(12, true).await.unwrap().months, wanted);
    assert!(there.join(file.file_name()).exists(), "it was only asked");
    assert_eq!(rig.retain(12, false).await.unwrap().months, wanted);
    assert!(!there.join(file.file_name()).exists());
    assert!(rig.find(&number.to_string()).await.is_ok());
    assert_eq!(rig.retain(12, true).await.unwrap().months, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named() {
    let rig = Rig::with_archive().await;
    let current = Story::accepted(&rig.store).await.number();
    let absent = rig.find(&current.to_string()).await.unwrap_err();
    assert_eq!(absent.code(), Code::NotFound, "{absent:?}");
    assert_eq!(reason_of(&absent).as_deref(), Some("NOT_ARCHIVED"));

    let field = |status: Status| (status.code(), violations_of(&status)[0].field.clone());
    let misheard = field(rig.find("07-0001234-1").await.unwrap_err());
    assert_eq!(misheard, (Code::InvalidArgument, "case_number".into()));
    let words = rig
        .erase(&[current], "Mrs X asked us to")
        .await
        .unwrap_err();
    assert_eq!(field(words), (Code::InvalidArgument, "reason".into()));
    let none = rig.erase(&[], "request-1").await.unwrap_err();
    assert_eq!(field(none), (Code::InvalidArgument, "case_numbers".into()));
    let never: CaseNumber = "07-0001234-8".parse().unwrap();
    let never = rig.erase(&[current, never], "request-1").await.unwrap_err();
    assert_eq!(field(never), (Code::NotFound, "case_numbers[1]".into()));
    let all = rig.retain(0, true).await.unwrap_err();
    assert_eq!(field(all), (Code::InvalidArgument, "keep_months".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_city_without_an_archive_says_so_and_so_does_a_broken_one() {
    let rig = Rig::start().await;
    let number = Story::accepted(&rig.store).await.number();
    for status in [
        rig.find(&number.to_string()).await.unwrap_err(),
        rig.erase(&[number], "request-1").await.unwrap_err(),
        rig.retain(1, true).await.unwrap_err(),
    ] {
        assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
        assert_eq!(reason_of(&status).as_deref(), Some("NO_ARCHIVE"));
    }

    let rig = Rig::with_archive().await;
    let now = Month::of(jiff::Timestamp::now());
    let month = format!("archive/cases/city=small/month={now}");
    let month = rig.dir().join(month);
    std::fs::create_dir_all(&month).unwrap();
    std::fs::write(month.join("merged-0.parquet"), b"no Parquet").unwrap();
    let status = rig.find(&number.to_string()).await.unwrap_err();
    assert_eq!(status.code(), Code::Internal, "{status:?}");
    assert_eq!(retry_delay(&status), None, "somebody must look at it");
}
