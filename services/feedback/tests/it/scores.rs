//! The running scores and every case computed again: the same, and what a test that kept its own books expects.

use std::collections::BTreeMap;
use std::fs;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use swiftline_domain::archive::Month;
use swiftline_domain::case::{
    Callback, CallbackVia, Case, Claim, CloseReason, Command, Due, Outcome, ReopenReason,
};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::Kind;
use swiftline_feedback::archive::Archive;
use swiftline_proto::feedback::v1 as wire;
use swiftline_proto::feedback::v1::scores_client::ScoresClient;
use swiftline_proto::feedback::v1::{ScoreBy, ScoreMeasure, ScoreStep};
use swiftline_proto::types::v1::Complaint;
use swiftline_rpc::status::violations_of;
use swiftline_store::{CaseCommit, Committed, NewCase};
use swiftline_testkit::wait::wait_until;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::rig::{PATIENCE, Rig};
use crate::story::{assignment, classify, trace};

/// A formula for always, in which the first answers count.
const SCORES: &str = "
formulas:
  - from: 2000-01-01
    answers: first
    day: answered
    weights: {response: 1, resolution: 2, satisfaction: 1}
    min_cases: 3
    exclude:
      - {id: praise, name: {zh: 表扬}, kinds: [praise]}
      - {id: not-possible, name: {zh: 不能办}, outcomes: [not_possible]}
      - {id: withdrawn, name: {zh: 撤回}, withdrawn: true}
    rankings:
      - {id: districts, name: {zh: 各区}, by: district, classes: [district, subdistrict]}
      - {id: subdistricts, name: {zh: 街道}, by: unit, classes: [subdistrict]}
";

const HANDS: [(&str, &str); 5] = [
    ("st-hekou", "hekou-a"),
    ("st-hekou", "hekou-b"),
    ("st-linqian", "linqian-a"),
    ("st-shiqiao", "shiqiao-a"),
    ("util-gas", "gas-a"),
];

/// What a unit's team has on a day, by the test's own books: as [`wire::Score`] counts, and what takes cases out.
type Books = BTreeMap<(String, String, String), ([u64; 8], BTreeMap<String, u64>)>;

/// How a made case goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Resolved, and the citizen is reached.
    Plain,
    /// The first result is not one: to another team, and asked once more.
    Reopened,
    /// So, but nobody is reached the second time.
    ReopenedUnreached,
    /// Nobody is reached.
    Unreached,
    /// Taken back.
    Withdrawn,
    /// Handled under another case.
    Merged,
    /// Answered only in the month after.
    Late,
    /// Resolved, and nobody asked yet.
    Waiting,
    /// Answered, closed, and taken up again by a supervisor.
    OpenAgain,
}

const WAYS: [Way; 9] = [
    Way::Plain,
    Way::Reopened,
    Way::ReopenedUnreached,
    Way::Unreached,
    Way::Withdrawn,
    Way::Merged,
    Way::Late,
    Way::Waiting,
    Way::OpenAgain,
];

/// Makes cases of two months ago.
struct Maker<'r> {
    rig: &'r Rig,
    chance: StdRng,
    month: Zoned,
    books: Books,
    made: Vec<CaseNumber>,
}

/// A case being made.
struct Made {
    case: Case,
    now: Timestamp,
    hands: (&'static str, &'static str),
}

impl<'r> Maker<'r> {
    fn new(rig: &'r Rig) -> Self {
        let today = Timestamp::now().to_zoned(zone());
        let month = today.date().first_of_month().saturating_sub(2.months());
        Self {
            rig,
            chance: StdRng::seed_from_u64(7),
            month: month.to_zoned(zone()).unwrap(),
            books: Books::new(),
            made: Vec::new(),
        }
    }

    fn said(&mut self) -> Option<bool> {
        match self.chance.random_range(0..4) {
            0 => None,
            1 => Some(false),
            _ => Some(true),
        }
    }

    fn hands(&mut self) -> (&'static str, &'static str) {
        HANDS[self.chance.random_range(0..HANDS.len())]
    }

    async fn make(&mut self, way: Way) {
        let partition = Partition(self.chance.random_range(0..16));
        let number = self.rig.store.mint(partition, 1).await.unwrap()[0];
        let into_month = SignedDuration::from_mins(self.chance.random_range(0..25 * 24 * 60));
        let at = self.month.timestamp() + into_month;
        let new = NewCase {
            key: None,
            number,
            complaint: Complaint::default(),
            contact: None,
            accepted_at: at,
            trace: trace(),
        };
        self.rig.store.accept(partition, vec![new]).await.unwrap();
        let mut made = Made {
            case: Case::accept(number, at).0,
            now: at,
            hands: self.hands(),
        };
        self.made.push(number);
        let kind = if self.chance.random_ratio(1, 8) {
            Kind::Praise
        } else {
            Kind::Help
        };
        let mut command = classify();
        if let Command::Classify { classification, .. } = &mut command {
            classification.kind = kind;
        }
        let possible = if self.chance.random_ratio(1, 8) {
            Outcome::NotPossible
        } else {
            Outcome::Solved
        };
        self.step(&mut made, 10, vec![command]).await;
        self.offer(&mut made).await;
        if way == Way::Withdrawn {
            self.step(&mut made, 5, vec![Command::Withdraw]).await;
            let out = if kind == Kind::Praise {
                "praise"
            } else {
                "withdrawn"
            };
            return self.book(&made, made.hands, [0; 8], Some(out));
        }
        if way == Way::Merged {
            let (unit, _) = self.hands();
            let merge = Command::Merge {
                into: CaseNumber::new(partition, number.sequence() + 100_000).unwrap(),
                handle: due(made.now),
            };
            let follow = Command::Follow {
                unit: unit.parse().unwrap(),
                outcome: possible,
                callback: due(made.now),
            };
            self.step(&mut made, 60, vec![merge, follow]).await;
            made.hands = (unit, "");
        } else {
            self.handle(&mut made, possible).await;
        }
        self.ask(&mut made, way, kind, possible).await;
    }

    /// The callbacks of a case with a result.
    async fn ask(&mut self, made: &mut Made, way: Way, kind: Kind, outcome: Outcome) {
        if way == Way::Waiting {
            return;
        }
        if way == Way::Late {
            let next = self.month.checked_add(1.month()).unwrap().timestamp();
            let wait = next.duration_since(made.now).as_mins() + 90;
            self.step(
                made,
                wait,
                vec![Command::Supervise {
                    reason: swiftline_domain::case::SupervisionReason::Requested,
                }],
            )
            .await;
        }
        if way == Way::Unreached {
            let close = Command::Close {
                reason: CloseReason::Unreachable,
            };
            self.step(made, 30, vec![call(Callback::default()), close])
                .await;
            return self.book_said(made, made.hands, kind, outcome, None);
        }
        let again = matches!(way, Way::Reopened | Way::ReopenedUnreached);
        let said = Callback {
            reached: true,
            contacted: self.said(),
            solved: if again { Some(false) } else { Some(true) },
            satisfied: self.said(),
        };
        let (first_hands, first_day) = (made.hands, made.now + SignedDuration::from_mins(30));
        if !again {
            let close = Command::Close {
                reason: CloseReason::Confirmed,
            };
            self.step(made, 30, vec![call(said), close]).await;
            if way == Way::OpenAgain {
                let reopen = Command::Reopen {
                    reason: ReopenReason::Recurred,
                };
                self.step(made, 30, vec![reopen]).await;
                self.offer(made).await;
            }
            return self.book_on(first_day, first_hands, kind, outcome, Some(said));
        }
        let reopen = Command::Reopen {
            reason: ReopenReason::NotSolved,
        };
        self.step(made, 30, vec![call(said), reopen]).await;
        made.hands = self.hands();
        self.offer(made).await;
        let second = if self.chance.random_ratio(1, 4) {
            Outcome::NotPossible
        } else {
            Outcome::Solved
        };
        self.handle(made, second).await;
        let last = if way == Way::Reopened {
            let last = Callback {
                reached: true,
                contacted: Some(true),
                solved: Some(true),
                satisfied: Some(true),
            };
            (last, CloseReason::Confirmed)
        } else {
            (Callback::default(), CloseReason::Unreachable)
        };
        let close = Command::Close { reason: last.1 };
        self.step(made, 30, vec![call(last.0), close]).await;
        // What came of it in the end decides whether it counts; what was said first, how.
        self.book_on(first_day, first_hands, kind, second, Some(said));
    }

    async fn offer(&mut self, made: &mut Made) {
        let (unit, team) = made.hands;
        let offer = Command::Offer {
            assignment: Box::new(assignment(unit, team)),
            sign_by: made.now + SignedDuration::from_hours(9_000),
            handle: due(made.now),
        };
        self.step(made, 1, vec![offer]).await;
    }

    async fn handle(&mut self, made: &mut Made, outcome: Outcome) {
        let claim = Claim {
            team: made.hands.1.parse().unwrap(),
            offer: made.case.newest_offer(),
            actor: "desk-1".parse().unwrap(),
        };
        self.step(made, 15, vec![Command::Sign(claim.clone())])
            .await;
        let resolve = Command::Resolve {
            claim,
            outcome,
            note: String::new(),
            callback: due(made.now),
        };
        self.step(made, 300, vec![resolve]).await;
    }

    async fn step(&mut self, made: &mut Made, minutes: i64, commands: Vec<Command>) {
        made.now += SignedDuration::from_mins(minutes);
        let (before, at) = (made.case.version, made.now);
        let events = commands
            .into_iter()
            .map(|command| made.case.apply(command, at).unwrap());
        let events = events.collect();
        let commit = CaseCommit {
            before,
            case: made.case.clone(),
            events,
            at,
            trace: trace(),
            effects: false,
        };
        let partition = made.case.number.partition();
        let done = self
            .rig
            .store
            .commit(partition, vec![commit])
            .await
            .unwrap();
        assert_eq!(done, [Committed::Done]);
    }

    fn book_said(
        &mut self,
        made: &Made,
        hands: (&str, &str),
        kind: Kind,
        outcome: Outcome,
        said: Option<Callback>,
    ) {
        self.book_on(made.now, hands, kind, outcome, said);
    }

    fn book_on(
        &mut self,
        at: Timestamp,
        hands: (&str, &str),
        kind: Kind,
        outcome: Outcome,
        said: Option<Callback>,
    ) {
        let out = match (kind, outcome) {
            (Kind::Praise, _) => Some("praise"),
            (_, Outcome::NotPossible) => Some("not-possible"),
            _ => None,
        };
        let yes = |answer: Option<bool>| u64::from(answer == Some(true));
        let either = |answer: Option<bool>| u64::from(answer.is_some());
        let counts = said.map_or([0, 0, 0, 0, 0, 0, 0, 1], |said| {
            let Callback {
                contacted,
                solved,
                satisfied,
                ..
            } = said;
            [
                1,
                yes(contacted),
                either(contacted),
                yes(solved),
                either(solved),
                yes(satisfied),
                either(satisfied),
                0,
            ]
        });
        self.enter(at, hands, counts, out);
    }

    fn book(&mut self, made: &Made, hands: (&str, &str), counts: [u64; 8], out: Option<&str>) {
        self.enter(made.now, hands, counts, out);
    }

    fn enter(&mut self, at: Timestamp, hands: (&str, &str), counts: [u64; 8], out: Option<&str>) {
        let day = at.to_zoned(zone()).date().to_string();
        let page = self
            .books
            .entry((hands.0.to_owned(), hands.1.to_owned(), day))
            .or_default();
        match out {
            Some(out) => *page.1.entry(out.to_owned()).or_default() += 1,
            None => page
                .0
                .iter_mut()
                .zip(counts)
                .for_each(|(sum, count)| *sum += count),
        }
    }
}

fn zone() -> TimeZone {
    jiff::tz::TimeZoneDatabase::bundled()
        .get("Asia/Shanghai")
        .unwrap()
}

fn call(callback: Callback) -> Command {
    Command::RecordCallback {
        callback,
        via: CallbackVia::Phone,
        again_at: None,
        comment: String::new(),
    }
}

fn due(now: Timestamp) -> Due {
    let at = now + SignedDuration::from_hours(9_000);
    Due { warn_at: at, at }
}

fn scores(rig: &Rig) -> ScoresClient<Channel> {
    ScoresClient::new(rig.channel())
}

/// The two months.
fn days(maker: &Maker<'_>) -> Option<wire::DayRange> {
    let first = maker.month.date();
    let last = first.saturating_add(1.month()).last_of_month();
    range(first, last)
}

fn range(from: Date, to: Date) -> Option<wire::DayRange> {
    let (from, to) = (from.to_string(), to.to_string());
    Some(wire::DayRange { from, to })
}

async fn show(
    rig: &Rig,
    period: Option<wire::DayRange>,
    recompute: bool,
) -> wire::ShowScoresResponse {
    show_by(rig, period, ScoreStep::Day, recompute).await
}

async fn show_by(
    rig: &Rig,
    period: Option<wire::DayRange>,
    step: ScoreStep,
    recompute: bool,
) -> wire::ShowScoresResponse {
    let request = wire::ShowScoresRequest {
        period,
        by: ScoreBy::Team.into(),
        step: step.into(),
        ids: Vec::new(),
        recompute,
    };
    let shown = scores(rig).show_scores(request).await.unwrap();
    let shown = shown.into_inner();
    assert_eq!(shown.recomputed, recompute);
    shown
}

fn books(shown: &wire::ShowScoresResponse) -> Books {
    let page = |score: &wire::Score| {
        let day = score.period.as_ref().unwrap().from.clone();
        let counts = [
            score.assessed,
            score.contacted,
            score.contacted_of,
            score.solved,
            score.solved_of,
            score.satisfied,
            score.satisfied_of,
            score.unreached,
        ];
        let excluded = score.excluded.clone().into_iter().collect();
        (
            (score.id.clone(), score.team.clone(), day),
            (counts, excluded),
        )
    };
    shown.scores.iter().map(page).collect()
}

/// A service with an archive that takes everything as soon as it ended.
async fn rig(more: &[&str]) -> Rig {
    let mut rig = Rig::without_service().await;
    fs::write(rig.dir().join("scores.yaml"), SCORES).unwrap();
    rig.in_city("callbacks: {reopen_when: [unsolved], dissatisfied_reopens: 1}\n");
    rig.router.come().await;
    rig.serve(more).await;
    rig
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_computed_again_from_the_archive_is_what_the_running_sums_say() {
    let mut rig = rig(&[]).await;
    let folder = rig.dir().join("archive");
    let url = format!("archive.url={}", folder.display());
    let archiving = [
        "archive.closed_days=0",
        "archive.linger_ms=0",
        "archive.every_ms=20",
        &url,
    ];
    let mut maker = Maker::new(&rig);
    for round in 0..4 {
        for way in WAYS {
            maker.make(way).await;
        }
        if round == 1 {
            // Half counted and not acknowledged: it all comes again.
            let Maker {
                chance,
                books,
                made,
                month,
                ..
            } = maker;
            rig.crash().await;
            rig.serve(&archiving).await;
            maker = Maker {
                rig: &rig,
                chance,
                month,
                books,
                made,
            };
        }
    }
    let (expected, period, made) = (maker.books.clone(), days(&maker), maker.made.clone());
    rig.settled().await;
    assert_eq!(books(&show(&rig, period.clone(), false).await), expected);
    assert_eq!(books(&show(&rig, period.clone(), true).await), expected);

    // Redis forgets what has ended; the figures stay, and so do they when the sums are lost and all is computed again.
    let gone = wait_until(PATIENCE, async || {
        let mut held = Vec::new();
        for number in &made {
            held.extend(rig.store.load(*number).await.ok()?);
        }
        (!held.is_empty() && held.iter().all(|held| held.case.state.is_open()))
            .then_some(held.len())
    });
    assert_eq!(
        gone.await,
        Some(2 * 4),
        "what waits, and what is open again"
    );
    assert_eq!(books(&show(&rig, period.clone(), false).await), expected);
    assert_eq!(books(&show(&rig, period.clone(), true).await), expected);

    // Months that are dropped leave their sums, by the month; only what took cases out is gone.
    let archive = Archive::open(&folder.display().to_string(), "small").unwrap();
    let dropped = archive.retain(Month::of(Timestamp::now())).await.unwrap();
    assert!(!dropped.is_empty());
    let of_months = |shown: &wire::ShowScoresResponse| {
        let sums = shown.scores.iter().map(|score| {
            let mut score = score.clone();
            score.excluded.clear();
            score
        });
        sums.filter(|score| score.assessed + score.unreached > 0)
            .collect::<Vec<_>>()
    };
    let (before, after) = (
        show_by(&rig, period.clone(), ScoreStep::Month, false).await,
        show_by(&rig, period, ScoreStep::Month, true).await,
    );
    assert_eq!(of_months(&after), of_months(&before));
}

#[tokio::test(flavor = "multi_thread")]
async fn units_are_ranked_with_their_teams_and_districts_and_each_figure_has_its_cases() {
    let rig = rig(&[]).await;
    let mut maker = Maker::new(&rig);
    for way in [Way::Plain, Way::Plain, Way::Reopened, Way::Unreached].repeat(6) {
        maker.make(way).await;
    }
    rig.settled().await;
    let period = days(&maker);
    let mut scores = scores(&rig);
    let mut ranked = async |ranking: &str, teams_of: &str| {
        let request = wire::RankScoresRequest {
            period: period.clone(),
            ranking: ranking.to_owned(),
            teams_of: teams_of.to_owned(),
            recompute: false,
        };
        let ranked = scores.rank_scores(request).await?.into_inner();
        assert!(ranked.ranks.windows(2).all(|pair| {
            let place = |one: &wire::RankedScore| if one.rank == 0 { u32::MAX } else { one.rank };
            place(&pair[0]) <= place(&pair[1])
        }));
        Ok::<_, Status>(ranked)
    };
    let subdistricts = ranked("subdistricts", "").await.unwrap();
    assert_eq!(
        (subdistricts.name.as_str(), subdistricts.ranks.len()),
        ("街道", 4)
    );
    let of = |ranks: &[wire::RankedScore], id: &str| {
        let found = ranks
            .iter()
            .find(|one| one.score.as_ref().unwrap().id == id);
        found.unwrap().score.clone().unwrap()
    };
    let hekou = of(&subdistricts.ranks, "st-hekou");
    let nobody = of(&subdistricts.ranks, "st-xinzhan");
    assert_eq!((nobody.assessed, nobody.score), (0, None));
    assert!(hekou.assessed >= 3, "{hekou:?}");
    let (response, resolution, satisfaction) = (
        hekou.response.unwrap(),
        hekou.resolution.unwrap(),
        hekou.satisfaction.unwrap(),
    );
    let mean = 100.0 * (response + 2.0 * resolution + satisfaction) / 4.0;
    assert!((hekou.score.unwrap() - mean).abs() < 1e-9);

    let districts = ranked("districts", "").await.unwrap();
    let dongshan = of(&districts.ranks, "01");
    let linqian = of(&subdistricts.ranks, "st-linqian");
    assert_eq!(dongshan.assessed, hekou.assessed + linqian.assessed);
    let teams = ranked("", "st-hekou").await.unwrap();
    let sum = |ranks: &[wire::RankedScore]| -> u64 {
        ranks
            .iter()
            .map(|one| one.score.as_ref().unwrap().assessed)
            .sum()
    };
    assert_eq!(sum(&teams.ranks), hekou.assessed);
    assert_eq!(teams.ranks.len(), 2);

    let wrong = ranked("boroughs", "").await.unwrap_err();
    assert_eq!(violations_of(&wrong)[0].field, "ranking");
    assert!(
        wrong.message().contains("districts, subdistricts"),
        "{wrong}"
    );
    let wrong = ranked("", "st-nowhere").await.unwrap_err();
    assert_eq!(
        (wrong.code(), violations_of(&wrong)[0].field.as_str()),
        (Code::NotFound, "teams_of")
    );

    let mut client = self::scores(&rig);
    let mut listed = async |measure: ScoreMeasure| {
        let request = wire::ListScoredCasesRequest {
            period: period.clone(),
            unit: "st-hekou".to_owned(),
            measure: measure.into(),
            ..wire::ListScoredCasesRequest::default()
        };
        client
            .list_scored_cases(request)
            .await
            .unwrap()
            .into_inner()
    };
    let excluded: u64 = hekou.excluded.values().sum();
    for (measure, figure) in [
        (ScoreMeasure::Assessed, hekou.assessed),
        (ScoreMeasure::Contacted, hekou.contacted),
        (
            ScoreMeasure::NotContacted,
            hekou.contacted_of - hekou.contacted,
        ),
        (ScoreMeasure::Solved, hekou.solved),
        (ScoreMeasure::NotSolved, hekou.solved_of - hekou.solved),
        (ScoreMeasure::Satisfied, hekou.satisfied),
        (
            ScoreMeasure::NotSatisfied,
            hekou.satisfied_of - hekou.satisfied,
        ),
        (ScoreMeasure::Unreached, hekou.unreached),
        (ScoreMeasure::Excluded, excluded),
    ] {
        let cases = listed(measure).await;
        assert_eq!(
            (cases.total, cases.cases.len() as u64),
            (figure, figure),
            "{measure:?}"
        );
    }
    let not_solved = listed(ScoreMeasure::NotSolved).await.cases;
    let request = wire::ExplainScoreRequest {
        case_number: not_solved[0].case_number.clone(),
    };
    let explained = scores_of(&rig, request).await.unwrap();
    assert_eq!(
        (explained.unit.as_str(), explained.solved),
        ("st-hekou", Some(false))
    );
    assert_eq!(explained.day, not_solved[0].day);
    let because = explained.because.join("\n");
    assert!(
        because.contains("more than once, and the first answers count"),
        "{because}"
    );
}

async fn scores_of(
    rig: &Rig,
    request: wire::ExplainScoreRequest,
) -> Result<wire::ExplainScoreResponse, Status> {
    Ok(scores(rig).explain_score(request).await?.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_wrongly_is_named() {
    let rig = rig(&[]).await;
    let mut scores = scores(&rig);
    let field = |status: Status| violations_of(&status)[0].field.clone();
    let today = Timestamp::now().to_zoned(zone()).date();
    let show = |period, ids: &[&str], by: ScoreBy| wire::ShowScoresRequest {
        period,
        by: by.into(),
        ids: ids.iter().map(ToString::to_string).collect(),
        ..wire::ShowScoresRequest::default()
    };
    let backwards = range(today, today.yesterday().unwrap());
    let ancient = range(Date::constant(1999, 1, 1), Date::constant(1999, 1, 31));
    for (request, wrong) in [
        (show(backwards, &[], ScoreBy::Unit), "period.to"),
        (show(ancient, &[], ScoreBy::Unit), "period.to"),
        (show(None, &["st-nowhere"], ScoreBy::Unit), "ids[0]"),
        (show(None, &["01", "01001"], ScoreBy::District), "ids[1]"),
    ] {
        let status = scores.show_scores(request).await.unwrap_err();
        assert_eq!(field(status), wrong);
    }
    let list = |unit: &str, measure: ScoreMeasure, limit| wire::ListScoredCasesRequest {
        unit: unit.to_owned(),
        measure: measure.into(),
        limit,
        ..wire::ListScoredCasesRequest::default()
    };
    for (request, wrong) in [
        (list("", ScoreMeasure::Solved, 0), "unit"),
        (list("st-hekou", ScoreMeasure::Unspecified, 0), "measure"),
        (list("st-hekou", ScoreMeasure::Solved, 1_001), "limit"),
    ] {
        let status = scores.list_scored_cases(request).await.unwrap_err();
        assert_eq!(field(status), wrong);
    }
    for (case_number, code) in [
        ("12", Code::InvalidArgument),
        ("nobody", Code::InvalidArgument),
    ] {
        let case_number = case_number.to_owned();
        let status = scores
            .explain_score(wire::ExplainScoreRequest { case_number })
            .await
            .unwrap_err();
        assert_eq!(status.code(), code);
    }
    let nobody = CaseNumber::new(Partition(1), 77).unwrap();
    let request = wire::ExplainScoreRequest {
        case_number: nobody.to_string(),
    };
    assert_eq!(
        scores.explain_score(request).await.unwrap_err().code(),
        Code::NotFound
    );
}
