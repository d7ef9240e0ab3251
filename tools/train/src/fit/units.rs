//! `beijing-units`: the institution that answers a letter to Beijing's government.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use swiftline_classifier::model::{Block, Counts, ModelKind, Recipe, Spelling, Unit};
use swiftline_config::read_folder;
use swiftline_domain::city::CityPack;

use super::card::{Figures, Made, known, with_honest_confidence};
use super::{Sources, corrections};
use crate::data::Data;
use crate::learn::{Answer, Doc, Freedom, LearnError, Plan, cross_validate, train};
use crate::metrics::{Confusion, confidence_report, mean, spread};
use crate::split::{Groups, Shingles, join_near_duplicates, stratified};

pub(crate) const NAME: &str = "beijing-units";

const FILE: &str = "beijing_letters/letters.jsonl";

const FOLDS: usize = 5;
/// With so few letters one deal is an accident.
const REPEATS: u64 = 5;

/// How letters name institutions, and the units of the pack that they are. Others go by their own names.
const UNITS: [(&str, &str); 30] = [
    ("公交集团公司", "util-bus"),
    ("北京地铁公司", "util-subway"),
    ("市人力社保局", "dept-human-resources"),
    ("市公安局公安交通管理局", "dept-traffic-police"),
    ("市公安局", "dept-public-security"),
    ("市市场监督管理局", "dept-market"),
    ("市交通委", "dept-transport"),
    ("市医保局", "dept-medical-insurance"),
    ("市住房城乡建设委", "dept-housing"),
    ("北京住房公积金管理中心", "dept-housing-fund"),
    ("市重大办", "dept-major-projects"),
    ("市司法局", "dept-justice"),
    ("市应急管理局", "dept-emergency"),
    ("北京市政务服务局", "dept-services"),
    ("市体育局", "dept-sports"),
    ("市城市管理委", "dept-urban-management"),
    ("市委社会工委市民政局", "dept-civil-affairs"),
    ("市经济信息化局", "dept-economy"),
    ("市规划自然资源委", "dept-planning"),
    ("市广播电视局", "dept-broadcasting"),
    ("市药监局", "dept-drugs"),
    ("市卫生健康委", "dept-health"),
    ("丰台区", "fengtai"),
    ("大兴区", "daxing"),
    ("海淀区", "haidian"),
    ("怀柔区", "huairou"),
    ("石景山区", "shijingshan"),
    ("延庆区", "yanqing"),
    ("朝阳区", "chaoyang"),
    ("昌平区", "changping"),
];

#[derive(Debug, Deserialize)]
struct Letter {
    title: String,
    content: String,
    institution: String,
}

/// The letters and how they are learned from.
#[derive(Debug)]
pub(crate) struct Letters {
    plan: Plan,
    docs: Vec<Doc>,
}

/// The letters; `None` where the data is absent.
pub(crate) fn letters(data: &Data, cities: &Path) -> Result<Option<Letters>, Box<dyn Error>> {
    let Some(letters) = data.jsonl::<Letter>(FILE)? else {
        return Ok(None);
    };
    let pack = CityPack::load(&cities.join("beijing"), read_folder)?;
    let unit = |letter: &Letter| unit(&pack, &letter.institution);
    let labels: BTreeSet<String> = letters.iter().map(unit).collect();
    let labels: Vec<String> = labels.into_iter().collect();
    let place = |name: &str| labels.iter().position(|label| label == name).unwrap_or(0);
    let mut docs: Vec<Doc> = letters
        .iter()
        .map(|letter| Doc::new(&letter.title, &letter.content, place(&unit(letter))))
        .collect();
    let texts = docs
        .iter()
        .map(|doc| Shingles::of(&format!("{}{}", doc.subject, doc.detail)));
    let texts: Vec<Shingles> = texts.collect();
    let mut groups = Groups::new(docs.len());
    join_near_duplicates(&mut groups, &texts, &vec![false; docs.len()]);
    for (letter, doc) in docs.iter_mut().enumerate() {
        doc.group = groups.of(letter);
    }
    Ok(Some(Letters {
        plan: plan(labels),
        docs,
    }))
}

/// The first of the institutions that answered, as a unit of the pack where it is one.
fn unit(pack: &CityPack, institutions: &str) -> String {
    let first = institutions
        .split(',')
        .next()
        .unwrap_or(institutions)
        .trim();
    let known = UNITS.iter().find(|(name, _)| *name == first);
    match known.filter(|(_, id)| pack.units.get(id).is_some()) {
        Some((_, id)) => (*id).to_owned(),
        None => first.to_owned(),
    }
}

fn plan(labels: Vec<String>) -> Plan {
    let block = |head, to, weight| Block {
        unit: Unit::Chars,
        head,
        from: 1,
        to,
        weight,
        counts: Counts::Log,
    };
    Plan {
        name: NAME.to_owned(),
        kind: ModelKind::Unit,
        language: "zh".to_owned(),
        labels,
        recipe: Recipe {
            spelling: Spelling::Han,
            head: 27,
            blocks: vec![block(false, 2, 1.0), block(true, 2, 0.7)],
        },
        fewest: 2,
        most: None,
        fewest_words: 1,
        cost: 2.0,
        freedoms: vec![Freedom::Evidence(0.0)],
        seed: 1,
    }
}

impl Letters {
    /// Answers about letters that were left out, by repeat.
    fn measure(&self, tell: &mut dyn FnMut(&str)) -> Result<Vec<Vec<Answer>>, LearnError> {
        // one letter of a group stands for it
        let mut seen = BTreeSet::new();
        let asked: Vec<usize> = (0..self.docs.len())
            .filter(|doc| seen.insert(self.docs[*doc].group))
            .collect();
        let labels: Vec<usize> = asked.iter().map(|doc| self.docs[*doc].label).collect();
        let mut repeats = Vec::new();
        for repeat in 0..REPEATS {
            let mut folds = vec![None; self.docs.len()];
            for (doc, fold) in asked.iter().zip(stratified(&labels, FOLDS, 40 + repeat)) {
                folds[*doc] = Some(fold);
            }
            repeats.push(cross_validate(
                &self.plan,
                &self.docs,
                &folds,
                &|_| false,
                tell,
            )?);
        }
        Ok(repeats)
    }

    /// The figures, in Markdown, the answers that calibration is learned from, and what goes into the header.
    pub(crate) fn report(&self, tell: &mut dyn FnMut(&str)) -> Result<Figures, LearnError> {
        let repeats = self.measure(tell)?;
        let labels = self.plan.labels.len();
        let confusions: Vec<Confusion> = repeats
            .iter()
            .map(|answers| Confusion::of(labels, answers.iter().map(|a| (a.truth, a.label()))))
            .collect();
        let over = |figure: &dyn Fn(&Confusion) -> f64| -> Vec<f64> {
            confusions.iter().map(figure).collect()
        };
        let mut text = format!(
            "{} letters, {} of them told once, {labels} institutions; {FOLDS} folds, dealt {REPEATS} times\n\n\
             | figure | mean | spread |\n|---|---|---|\n",
            self.docs.len(),
            repeats.first().map_or(0, Vec::len),
        );
        let accuracy = over(&Confusion::accuracy);
        let common = over(&|confusion| confusion.macro_f1(5.0));
        let all = over(&|confusion| confusion.macro_f1(1.0));
        let always = self.always_the_most_frequent(repeats.first().map_or(&[], Vec::as_slice));
        for (name, figures) in [
            ("macro-F1, institutions with 5 letters or more", &common),
            (
                "macro-F1, all institutions (one with a single letter can never be right)",
                &all,
            ),
            ("accuracy", &accuracy),
        ] {
            // writing to a String cannot fail
            let _ = writeln!(
                text,
                "| {name} | {:.4} | {:.4} |",
                mean(figures),
                spread(figures)
            );
        }
        let _ = writeln!(
            text,
            "| accuracy of always answering the most frequent | {always:.4} | |\n"
        );
        if let Some(first) = confusions.first() {
            text.push_str(&first.by_label(&self.plan.labels));
        }
        let answers: Vec<Answer> = repeats.into_iter().flatten().collect();
        let honest = confidence_report(&with_honest_confidence(&answers));
        let _ = write!(
            text,
            "\nAll repeats, calibration learned on the other half. {honest}"
        );
        let metrics = vec![
            ("macro_f1_common", mean(&common)),
            ("macro_f1_all", mean(&all)),
            ("accuracy", mean(&accuracy)),
        ];
        Ok((text, answers, metrics))
    }

    fn always_the_most_frequent(&self, answers: &[Answer]) -> f64 {
        let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
        for answer in answers {
            *counts.entry(answer.truth).or_insert(0) += 1;
        }
        f64::from(counts.values().max().copied().unwrap_or(0)) / answers.len().max(1) as f64
    }
}

/// Measures, then learns from all letters.
pub(super) fn make(
    sources: &Sources<'_>,
    tell: &mut dyn FnMut(&str),
) -> Result<Option<Made>, Box<dyn Error>> {
    tell(&format!("{NAME}: reading"));
    let Some(mut letters) = letters(sources.data, sources.cities)? else {
        return Ok(None);
    };
    // every fold would be told of, and there are many
    let (report, answers, metrics) = letters.report(&mut |_| {})?;
    let known = known(&answers, &metrics);
    corrections::add(&sources.corrections, &mut letters.plan, &mut letters.docs);
    tell(&format!("{NAME}: learning from all letters"));
    let docs: Vec<&Doc> = letters.docs.iter().collect();
    let (bytes, model) = train(&letters.plan, &docs, &known)?;
    Ok(Some(Made {
        bytes,
        model,
        purpose: "Which unit of Beijing answers a letter: units of the pack, or the institution's own name where the pack has no \
                  such unit."
            .to_owned(),
        data: "`beijing_letters`: letters of 2023 to Beijing's government with the institution that answered; where several did, \
               the first. Subject and text."
            .to_owned(),
        method: String::new(),
        protocol: "Stratified cross-validation, repeated; near-duplicates are on one side. The bus company answers four letters of \
                   five, so accuracy says little and macro-F1 counts every institution alike."
            .to_owned(),
        report,
        limits: "Few letters, and most institutions have one or two: for those the model is a hint at best. Letters to a mayor's \
                 mailbox about buses are not a hotline's day. Use it to propose a unit, never to route without a rule."
            .to_owned(),
    }))
}
