//! The checker: reads every case out of Redis, independently of what any service has counted, and says what was lost or doubled.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use swiftline_domain::case::{Case, State};
use swiftline_domain::city::CityPack;
use swiftline_domain::id::{TeamId, UnitId};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::types::v1::event::Event as Happened;
use swiftline_proto::types::v1::{Commit, Event};
use swiftline_store::{Store, StoreSettings};

use crate::Failure;

/// What a team has done.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Work {
    /// Orders offered to it.
    pub offered: u64,
    /// Orders it signed for.
    pub signed: u64,
    /// Orders it gave back.
    pub returned: u64,
    /// Results it reported.
    pub resolved: u64,
    /// Orders it has now.
    pub open: u64,
}

/// What the store says.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Cases in the store.
    pub cases: u64,
    /// Cases that were put before a team or a person.
    pub routed: u64,
    /// Cases that a person must look at.
    pub triage: u64,
    /// Everything each team has done.
    pub work: HashMap<TeamId, Work>,
    /// Promises broken by leaving something out: one line each.
    pub lost: Vec<String>,
    /// Promises broken by doing something twice: one line each.
    pub duplicated: Vec<String>,
    /// Made-up complaints that reached the unit they belong to, and all of them.
    pub right: (u64, u64),
    /// A case that went the whole way, for its waterfall.
    pub example: Option<CaseNumber>,
}

impl Findings {
    /// The teams' work added up.
    pub(crate) fn total(&self) -> Work {
        self.work.values().fold(Work::default(), |sum, work| Work {
            offered: sum.offered + work.offered,
            signed: sum.signed + work.signed,
            returned: sum.returned + work.returned,
            resolved: sum.resolved + work.resolved,
            open: sum.open + work.open,
        })
    }
}

/// What was promised to whoever submitted: the case number that each key was answered with.
pub(crate) type Promised = BTreeMap<String, CaseNumber>;

/// Who has which case, as lead or as helper.
type Owners = BTreeSet<(CaseNumber, TeamId)>;

/// Reads the whole store.
pub(crate) async fn check(
    store: &StoreSettings,
    pack: &CityPack,
    promised: &Promised,
    answers: &BTreeMap<String, UnitId>,
) -> Result<Findings, Failure> {
    let store = Store::connect(store).await?;
    let mut findings = Findings::default();
    let mut owners = Owners::new();
    let expected: HashMap<CaseNumber, &UnitId> = promised
        .iter()
        .filter_map(|(key, number)| Some((*number, answers.get(key)?)))
        .collect();
    let mut found = BTreeSet::new();
    for partition in store.partitions() {
        for number in store.case_numbers(partition).await? {
            found.insert(number);
            let journey = store.journey(number).await?;
            let Some(stored) = store.load(number).await? else {
                findings
                    .lost
                    .push(format!("{number}: is in the store and cannot be read"));
                continue;
            };
            findings.look_at(&stored.case, &journey, expected.get(&number).copied());
            let lead = stored.case.owner().map(|offer| &offer.assignment.team);
            let parts = stored.case.parts.iter().filter(|part| part.end.is_none());
            let hands = lead.into_iter().chain(parts.map(|part| &part.team));
            owners.extend(hands.map(|team| (number, team.clone())));
        }
    }
    findings.cases = found.len() as u64;
    findings.compare(promised, &found);
    findings.look_at_queues(&store, pack, &owners).await?;
    Ok(findings)
}

impl Findings {
    fn look_at(&mut self, case: &Case, journey: &[Commit], expected: Option<&UnitId>) {
        let number = case.number;
        let events: Vec<&Event> = journey.iter().flat_map(|commit| &commit.events).collect();
        if events.len() as u64 != case.version.0 {
            self.lost.push(format!(
                "{number}: has version {} and {} events",
                case.version,
                events.len()
            ));
        }
        let accepted = events
            .iter()
            .filter(|event| matches!(event.event, Some(Happened::Accepted(_))))
            .count();
        match accepted {
            0 => self.lost.push(format!("{number}: was never accepted")),
            1 => {}
            n => self
                .duplicated
                .push(format!("{number}: was accepted {n} times")),
        }
        if matches!(
            case.state,
            State::Accepted | State::Classified | State::Returned | State::Reopened
        ) {
            self.lost
                .push(format!("{number}: is {} and nobody has it", case.state));
        }
        self.triage += u64::from(case.state == State::Triage);
        self.count(number, &events, expected);
        let reopened_once = case.reopened == 1 && case.state == State::Closed;
        if self.example.is_none() && reopened_once {
            self.example = Some(number);
        }
    }

    fn count(&mut self, number: CaseNumber, events: &[&Event], expected: Option<&UnitId>) {
        let mut routed = false;
        let mut offers = BTreeSet::new();
        let mut signed = BTreeSet::new();
        for event in events {
            match &event.event {
                Some(Happened::SentToTriage(_)) => routed = true,
                Some(Happened::Offered(offered)) => {
                    let Some(offer) = &offered.offer else {
                        continue;
                    };
                    let Some(assignment) = &offer.assignment else {
                        continue;
                    };
                    if !offers.insert(offer.no) {
                        self.duplicated
                            .push(format!("{number}: offer {} was made twice", offer.no));
                    }
                    if let Some(unit) = expected.filter(|_| !routed) {
                        self.right.1 += 1;
                        self.right.0 += u64::from(unit.as_str() == assignment.unit);
                    }
                    routed = true;
                    self.work_of(&assignment.team).offered += 1;
                }
                Some(Happened::Signed(sign)) => {
                    if !signed.insert(sign.offer) {
                        self.duplicated.push(format!(
                            "{number}: offer {} was signed for twice",
                            sign.offer
                        ));
                    }
                    let team = team_of(events, sign.offer).to_owned();
                    self.work_of(&team).signed += 1;
                }
                Some(Happened::Returned(returned)) => self.work_of(&returned.team).returned += 1,
                Some(Happened::Resolved(resolved)) => self.work_of(&resolved.team).resolved += 1,
                _ => {}
            }
        }
        self.routed += u64::from(routed);
    }

    fn work_of(&mut self, team: &str) -> &mut Work {
        // An id that cannot be read would be a case that cannot be read, which is found before.
        let id = TeamId::new(team).unwrap_or_else(|_| unreachable!("a stored team id"));
        self.work.entry(id).or_default()
    }

    fn compare(&mut self, promised: &Promised, found: &BTreeSet<CaseNumber>) {
        let mut keys: HashMap<CaseNumber, &str> = HashMap::new();
        for (key, number) in promised {
            if !found.contains(number) {
                self.lost
                    .push(format!("{number}: was promised and is not in the store"));
            }
            if let Some(other) = keys.insert(*number, key) {
                self.lost
                    .push(format!("{number}: was promised for both {other} and {key}"));
            }
        }
        for number in found {
            if !keys.contains_key(number) {
                self.duplicated.push(format!(
                    "{number}: is in the store and was promised to nobody"
                ));
            }
        }
    }

    /// Every order that a team has, as lead or as helper, is among that team's open orders and nobody else's.
    async fn look_at_queues(
        &mut self,
        store: &Store,
        pack: &CityPack,
        owners: &Owners,
    ) -> Result<(), Failure> {
        let mut seen = Owners::new();
        for team in pack.teams.iter() {
            for (number, _) in store.open_orders(&team.id).await? {
                self.work.entry(team.id.clone()).or_default().open += 1;
                let order = (number, team.id.clone());
                if !owners.contains(&order) {
                    self.duplicated.push(format!(
                        "{number}: is among {}'s open orders and is not theirs",
                        team.id
                    ));
                }
                seen.insert(order);
            }
        }
        for (number, team) in owners.difference(&seen) {
            self.lost.push(format!(
                "{number}: is {team}'s and not among their open orders"
            ));
        }
        Ok(())
    }
}

fn team_of<'a>(events: &[&'a Event], no: u32) -> &'a str {
    events
        .iter()
        .find_map(|event| match &event.event {
            Some(Happened::Offered(offered)) => {
                offered.offer.as_ref().filter(|offer| offer.no == no)
            }
            _ => None,
        })
        .and_then(|offer| offer.assignment.as_ref())
        .map_or("unknown", |assignment| &assignment.team)
}
