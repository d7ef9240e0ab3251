//! Properties of the choice, on generated units.

use std::collections::HashMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use swiftline_domain::city::testing::small_pack_files;

use super::*;

impl Loads for HashMap<TeamId, u32> {
    fn load(&self, team: &TeamId) -> u32 {
        self.get(team).copied().unwrap_or(0)
    }
}

/// A team of the generated unit.
#[derive(Debug, Clone)]
struct Made {
    capacity: u32,
    load: u32,
    skilled: bool,
    english: bool,
    on_duty: bool,
    asked: bool,
}

fn made() -> impl Strategy<Value = Made> {
    let parts = (
        1..20_u32,
        0..30_u32,
        any::<bool>(),
        any::<bool>(),
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.2),
    );
    parts.prop_map(|(capacity, load, skilled, english, on_duty, asked)| Made {
        capacity,
        load,
        skilled,
        english,
        on_duty,
        asked,
    })
}

/// The small city, the teams of one of its units replaced.
fn pack_with(unit: &str, made: &[Made]) -> CityPack {
    let mut files = small_pack_files();
    let teams = files.get_mut("teams.yaml").expect("the pack has teams");
    let line_of_unit = format!("unit: {unit},");
    *teams = teams
        .lines()
        .filter(|line| !line.contains(&line_of_unit))
        .collect::<Vec<_>>()
        .join("\n");
    for (n, team) in made.iter().enumerate() {
        let capacity = team.capacity;
        let skills = if team.skilled { "heating" } else { "" };
        let languages = if team.english { "zh, en" } else { "zh" };
        // 1970-01-01 is a workday of the small city's calendar.
        let hours = if team.on_duty {
            "always"
        } else {
            "{holiday: \"08:00-09:00\"}"
        };
        let _ = write!(
            teams,
            "\n  - {{id: t{n}, unit: {unit}, name: {{zh: 组}}, capacity: {capacity}, skills: [{skills}], \
             languages: [{languages}], hours: {hours}}}"
        );
    }
    // Somebody has to have the skills that the taxonomy and the rules speak of.
    let _ = write!(
        teams,
        "\n  - {{id: spare, unit: dept-hotline, name: {{zh: 组}}, capacity: 1, skills: [heating], hours: always}}\n"
    );
    CityPack::parse(&files).unwrap_or_else(|errors| panic!("{errors}\n{}", files["teams.yaml"]))
}

fn id(n: usize) -> TeamId {
    TeamId::new(&format!("t{n}")).unwrap()
}

fn loads_of(made: &[Made]) -> HashMap<TeamId, u32> {
    made.iter()
        .enumerate()
        .map(|(n, team)| (id(n), team.load))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_team_that_fits_and_has_room_is_never_passed_over(
        teams in prop::collection::vec(made(), 1..7), seed: u64, emergency: bool, want_skill: bool, english: bool,
    ) {
        let pack = pack_with("st-hekou", &teams);
        let asked: Vec<TeamId> = (0..teams.len()).filter(|n| teams[*n].asked).map(id).collect();
        let skill = [Skill::new("heating").unwrap()];
        let wish = Wish {
            place: None,
            skills: if want_skill { &skill } else { &[] },
            languages: if english { &[Language::ENGLISH] } else { &[Language::CHINESE] },
            lane: if emergency { Lane::Emergency } else { Lane::Normal },
            asked: &asked,
            now: Timestamp::UNIX_EPOCH,
        };
        let unit = pack.units.get("st-hekou").unwrap();
        let above = pack.units.get("dongshan").unwrap();
        let loads = loads_of(&teams);
        let mut rng = SmallRng::seed_from_u64(seed);
        let picked = pick(&pack, &[unit, above], &wish, &loads, &mut rng).expect("dongshan-a was never asked");

        prop_assert!(!asked.contains(&picked.team.id));
        prop_assert!(picked.considered.len() <= MAX_CONSIDERED);
        prop_assert_eq!(&picked.considered[0].team, &picked.team.id);
        prop_assert_eq!(picked.considered[0].verdict, Verdict::Chosen);
        let skill_counts = want_skill && teams.iter().any(|team| team.skilled);
        let language_counts = english && teams.iter().any(|team| team.english && (!skill_counts || team.skilled));
        let fits = |team: &Made| {
            !team.asked && team.on_duty && team.load < team.capacity
                && (!skill_counts || team.skilled) && (!language_counts || team.english)
        };
        if teams.iter().any(fits) {
            let n: usize = picked.team.id.as_str()[1..].parse().expect("a team of the unit itself");
            prop_assert!(fits(&teams[n]), "{:?} though another fits: {:?}", teams[n], teams);
            prop_assert_eq!(picked.choice, TeamChoice::LeastLoaded);
        }
    }
}

fn choose(teams: &[Made], lane: Lane) -> (String, TeamChoice, Vec<Verdict>) {
    let pack = pack_with("st-hekou", teams);
    let units: Vec<&Unit> = ["st-hekou", "dongshan"]
        .iter()
        .filter_map(|id| pack.units.get(id))
        .collect();
    let asked: Vec<TeamId> = (0..teams.len())
        .filter(|n| teams[*n].asked)
        .map(id)
        .collect();
    let wish = Wish {
        place: None,
        skills: &[],
        languages: &[Language::CHINESE],
        lane,
        asked: &asked,
        now: Timestamp::UNIX_EPOCH,
    };
    let picked = pick(
        &pack,
        &units,
        &wish,
        &loads_of(teams),
        &mut SmallRng::seed_from_u64(7),
    )
    .unwrap();
    let verdicts = picked.considered.iter().map(|one| one.verdict).collect();
    (picked.team.id.to_string(), picked.choice, verdicts)
}

const PLAIN: Made = Made {
    capacity: 10,
    load: 0,
    skilled: false,
    english: false,
    on_duty: true,
    asked: false,
};

#[test]
fn the_freer_by_share_of_capacity_is_asked_not_the_one_with_fewer_orders() {
    let half_full = Made { load: 5, ..PLAIN };
    let third_full = Made {
        load: 10,
        capacity: 30,
        ..PLAIN
    };
    let (team, choice, verdicts) = choose(&[half_full, third_full], Lane::Normal);
    assert_eq!((team.as_str(), choice), ("t1", TeamChoice::LeastLoaded));
    assert_eq!(verdicts, [Verdict::Chosen, Verdict::Busier]);
}

#[test]
fn a_full_unit_spills_to_the_one_above() {
    let full = Made { load: 10, ..PLAIN };
    let (team, choice, verdicts) = choose(&[full.clone(), full], Lane::Normal);
    assert_eq!((team.as_str(), choice), ("dongshan-a", TeamChoice::Spill));
    assert_eq!(verdicts, [Verdict::Chosen, Verdict::Full, Verdict::Full]);
}

#[test]
fn a_unit_off_duty_keeps_its_order_unless_it_is_an_emergency() {
    let away = Made {
        on_duty: false,
        ..PLAIN
    };
    let (team, choice, _) = choose(std::slice::from_ref(&away), Lane::Normal);
    assert_eq!((team.as_str(), choice), ("t0", TeamChoice::OffDuty));
    let (team, choice, verdicts) = choose(&[away], Lane::Emergency);
    assert_eq!((team.as_str(), choice), ("dongshan-a", TeamChoice::Spill));
    assert_eq!(verdicts, [Verdict::Chosen, Verdict::OffDuty]);
}

#[test]
fn when_all_are_full_the_order_waits_where_it_belongs() {
    let pack = pack_with(
        "st-hekou",
        &[Made { load: 30, ..PLAIN }, Made { load: 20, ..PLAIN }],
    );
    let units: Vec<&Unit> = ["st-hekou", "dongshan"]
        .iter()
        .filter_map(|id| pack.units.get(id))
        .collect();
    let loads = HashMap::from([
        (id(0), 30),
        (id(1), 20),
        (TeamId::new("dongshan-a").unwrap(), 20),
    ]);
    let wish = Wish {
        place: None,
        skills: &[],
        languages: &[Language::CHINESE],
        lane: Lane::Urgent,
        asked: &[],
        now: Timestamp::UNIX_EPOCH,
    };
    let picked = pick(
        &pack,
        &units,
        &wish,
        &loads,
        &mut SmallRng::seed_from_u64(7),
    )
    .unwrap();
    assert_eq!(
        (picked.team.id.as_str(), picked.choice),
        ("t1", TeamChoice::LeastLoaded)
    );
}

#[test]
fn what_no_team_of_the_unit_has_is_not_asked_of_it() {
    let pack = pack_with("st-hekou", &[PLAIN]);
    let unit = pack.units.get("st-hekou").unwrap();
    let skill = [Skill::new("gas").unwrap()];
    let wish = Wish {
        place: None,
        skills: &skill,
        languages: &[Language::ENGLISH],
        lane: Lane::Normal,
        asked: &[],
        now: Timestamp::UNIX_EPOCH,
    };
    let picked = pick(
        &pack,
        &[unit],
        &wish,
        &HashMap::new(),
        &mut SmallRng::seed_from_u64(7),
    )
    .unwrap();
    assert_eq!(picked.team.id.as_str(), "t0");
    assert!(!picked.meets_wish);
}

#[test]
fn a_team_of_another_place_is_passed_over_unless_all_are() {
    let mut files = small_pack_files();
    let teams = files.get_mut("teams.yaml").expect("the pack has teams");
    let away = teams.replace("capacity: 10", "areas: [\"02\"], capacity: 10");
    *teams = format!(
        "{away}  - {{id: streets-b, unit: dept-streets, name: {{zh: 组}}, areas: [\"01\"], capacity: 10, hours: always}}\n"
    );
    let pack = CityPack::parse(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let unit = pack.units.get("dept-streets").unwrap();
    let ask = |place: &str| {
        let place = place.parse().unwrap();
        let wish = Wish {
            place: Some(&place),
            skills: &[],
            languages: &[Language::CHINESE],
            lane: Lane::Normal,
            asked: &[],
            now: Timestamp::UNIX_EPOCH,
        };
        let none = HashMap::new();
        pick(
            &pack,
            &[unit],
            &wish,
            &none,
            &mut SmallRng::seed_from_u64(7),
        )
        .unwrap()
    };
    let near = ask("01002");
    assert_eq!(
        (near.team.id.as_str(), near.meets_wish),
        ("streets-b", true)
    );
    assert_eq!(near.considered[1].verdict, Verdict::Elsewhere);
    assert_eq!(ask("02001").team.id.as_str(), "streets-a");
}

#[test]
fn nobody_is_left_when_everybody_was_asked() {
    let pack = pack_with(
        "st-hekou",
        &[Made {
            asked: true,
            ..PLAIN
        }],
    );
    let unit = pack.units.get("st-hekou").unwrap();
    let asked = [id(0)];
    let wish = Wish {
        place: None,
        skills: &[],
        languages: &[Language::CHINESE],
        lane: Lane::Normal,
        asked: &asked,
        now: Timestamp::UNIX_EPOCH,
    };
    assert_eq!(
        pick(
            &pack,
            &[unit],
            &wish,
            &HashMap::new(),
            &mut SmallRng::seed_from_u64(7)
        ),
        None
    );
}

#[test]
fn any_of_the_wanted_languages_will_do_and_an_undetermined_one_is_no_wish() {
    let english = Made {
        english: true,
        load: 9,
        ..PLAIN
    };
    let pack = pack_with("st-hekou", &[PLAIN, english]);
    let unit = pack.units.get("st-hekou").unwrap();
    let loads = HashMap::from([(id(1), 9)]);
    let ask = |languages: &[Language]| {
        let wish = Wish {
            languages,
            ..NO_WISH
        };
        let rng = &mut SmallRng::seed_from_u64(7);
        let picked = pick(&pack, &[unit], &wish, &loads, rng).unwrap();
        (picked.team.id.to_string(), picked.meets_wish)
    };
    let french: Language = "fr".parse().unwrap();
    let (chinese_team, english_team) = ("t0".to_owned(), "t1".to_owned());
    assert_eq!(ask(&[french, Language::ENGLISH]), (english_team, true));
    assert_eq!(
        ask(&[Language::ENGLISH, Language::CHINESE]),
        (chinese_team.clone(), true)
    );
    assert_eq!(ask(&[Language::UNDETERMINED]), (chinese_team.clone(), true));
    assert_eq!(ask(&[]), (chinese_team.clone(), true));
    assert_eq!(ask(&[french]), (chinese_team, false));
}

const NO_WISH: Wish<'static> = Wish {
    place: None,
    skills: &[],
    languages: &[],
    lane: Lane::Normal,
    asked: &[],
    now: Timestamp::UNIX_EPOCH,
};

#[test]
fn the_backstop_is_asked_only_when_the_unit_and_those_between_are_full() {
    let full = Made { load: 10, ..PLAIN };
    let pack = pack_with("st-hekou", &[full.clone(), full]);
    let units: Vec<&Unit> = ["st-hekou", "st-linqian", "dongshan"]
        .iter()
        .filter_map(|id| pack.units.get(id))
        .collect();
    let mut loads = HashMap::from([(id(0), 10), (id(1), 9)]);
    // Linqian's team comes at night; the epoch is eight in the morning there.
    let mut asked = Vec::new();
    for _ in 0..2 {
        let wish = Wish {
            asked: &[],
            ..NO_WISH
        };
        let rng = &mut SmallRng::seed_from_u64(7);
        let picked = pick(&pack, &units, &wish, &loads, rng).unwrap();
        *loads.entry(picked.team.id.clone()).or_default() += 1;
        asked.push((picked.team.id.to_string(), picked.choice));
    }
    assert_eq!(
        asked,
        [
            ("t1".to_owned(), TeamChoice::LeastLoaded),
            ("dongshan-a".to_owned(), TeamChoice::Spill)
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn equal_teams_are_asked_equally_often(
        teams in 2..9_usize, load in 0..13_u32, seed: u64,
    ) {
        const ASKED: usize = 200;
        // From with room to more than full.
        let made = vec![Made { load, ..PLAIN }; teams];
        let pack = pack_with("st-hekou", &made);
        let unit = pack.units.get("st-hekou").unwrap();
        let loads = loads_of(&made);
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut times: HashMap<TeamId, usize> = HashMap::new();
        for _ in 0..ASKED * teams {
            let picked = pick(&pack, &[unit], &NO_WISH, &loads, &mut rng).unwrap();
            *times.entry(picked.team.id.clone()).or_default() += 1;
        }
        // Five standard deviations (14) of what each team is expected to get.
        prop_assert!(times.len() == teams && times.values().all(|times| times.abs_diff(ASKED) <= 70), "{times:?}");
    }

    #[test]
    fn who_gave_it_away_is_not_asked_whatever_the_others_have_to_do(
        teams in prop::collection::vec(made(), 1..9), emergency: bool, seed: u64,
    ) {
        let pack = pack_with("st-hekou", &teams);
        let unit = pack.units.get("st-hekou").unwrap();
        let asked: Vec<TeamId> = (0..teams.len()).filter(|n| teams[*n].asked).map(id).collect();
        let lane = if emergency { Lane::Emergency } else { Lane::Normal };
        let wish = Wish { asked: &asked, lane, ..NO_WISH };
        let mut rng = SmallRng::seed_from_u64(seed);
        match pick(&pack, &[unit], &wish, &loads_of(&teams), &mut rng) {
            Some(picked) => prop_assert!(!asked.contains(&picked.team.id)),
            None => prop_assert_eq!(asked.len(), teams.len()),
        }
    }
}
