//! The running scores and every case computed again: the same, and what a test that kept its own books expects.

mod made;

use std::fs;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use swiftline_domain::archive::Month;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_feedback::archive::Archive;
use swiftline_proto::feedback::v1 as wire;
use swiftline_proto::feedback::v1::scores_client::ScoresClient;
use swiftline_proto::feedback::v1::{ScoreBy, ScoreMeasure, ScoreStep};
use swiftline_rpc::status::violations_of;
use swiftline_testkit::wait::wait_until;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::rig::{PATIENCE, Rig};
use made::{Books, Maker, WAYS, Way, zone};

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
    for (by, step, wrong) in [(9, 0, "by"), (0, 9, "step")] {
        let request = wire::ShowScoresRequest {
            by,
            step,
            ..wire::ShowScoresRequest::default()
        };
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
