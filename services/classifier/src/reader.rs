//! All that is said of a complaint: by the engine, and by what needs more than its words.
//!
//! ```text
//! complaint ─▶ engine ─▶ translation (foreign callers) ─▶ answers (inquiries) ─▶ likeness (cases of the log) ─▶ classification
//! ```
//!
//! Everything after the engine helps people and may be missing: each step has a bound in time, and none can fail.

use std::sync::Arc;

use futures::future::join_all;
use jiff::Timestamp;
use swiftline_domain::city::CityPack;
use swiftline_domain::classification::{Classification, Hints, MAX_CANDIDATES, Translation};
use swiftline_domain::complaint::Complaint;
use swiftline_domain::number::CaseNumber;
use swiftline_domain::vocabulary::{Kind, Language};

use crate::engine::{Classify, Reason};
use crate::guard;
use crate::knowledge::Knowledge;
use crate::likeness::{Online, Sketcher, Told};
use crate::translate::Translator;

/// The least score that makes an entry worth showing.
const LEAST_ANSWER: f32 = 0.2;

/// Reads complaints. Shared by all that classify.
pub(crate) struct Reader {
    engine: Arc<dyn Classify>,
    pack: Arc<CityPack>,
    knowledge: Arc<Knowledge>,
    translator: Option<Translator>,
    likeness: Option<Online>,
}

/// A case of the log, beside its complaint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Logged {
    pub(crate) case: CaseNumber,
    pub(crate) accepted_at: Timestamp,
}

impl Reader {
    pub(crate) fn new(
        engine: Arc<dyn Classify>,
        pack: Arc<CityPack>,
        knowledge: Arc<Knowledge>,
        translator: Option<Translator>,
        likeness: Option<Online>,
    ) -> Self {
        Self {
            engine,
            pack,
            knowledge,
            translator,
            likeness,
        }
    }

    /// The version of the word lists and models in force.
    pub(crate) fn version(&self) -> Arc<str> {
        self.engine.version()
    }

    /// What complaints are about that nobody has submitted: without translation, and like no other case. `None` where the
    /// engine panicked.
    pub(crate) fn drafts(&self, complaints: &[Complaint]) -> Vec<Option<Classification>> {
        let mut told = guard::classify(self.engine.as_ref(), complaints);
        self.answer(complaints, &mut told, Timestamp::now());
        told
    }

    /// What a complaint is, and why.
    pub(crate) fn explain(
        &self,
        complaint: &Complaint,
        limit: usize,
    ) -> (Classification, Vec<Reason>) {
        self.engine.explain(complaint, limit)
    }

    /// What the complaints of the log are about; `None` where the engine panicked.
    pub(crate) async fn read(
        &self,
        cases: &[Logged],
        complaints: &[Complaint],
    ) -> Vec<Option<Classification>> {
        let mut told = guard::classify(self.engine.as_ref(), complaints);
        self.translate(complaints, &mut told).await;
        self.answer(complaints, &mut told, Timestamp::now());
        self.link(cases, complaints, &mut told).await;
        told
    }

    /// What is said in a language that the city does not speak is classified by its translation.
    async fn translate(&self, complaints: &[Complaint], told: &mut [Option<Classification>]) {
        let Some(translator) = &self.translator else {
            return;
        };
        let foreign = complaints.iter().zip(&*told).enumerate();
        let translating = foreign.filter_map(|(index, (complaint, told))| {
            let language = told.as_ref()?.language;
            let text = &complaint.text;
            self.is_foreign(language)
                .then(|| translated(translator, index, text, language))
        });
        // The translator itself bounds how many are under way.
        let translating: Vec<_> = translating.collect();
        let translated = join_all(translating).await;
        for (index, translation) in translated.into_iter().flatten() {
            let said = Complaint {
                text: translation.text.clone(),
                language: Some(translation.language),
                ..complaints[index].clone()
            };
            let again = guard::classify(self.engine.as_ref(), std::slice::from_ref(&said)).pop();
            retell(&mut told[index], again.flatten(), translation);
        }
    }

    fn is_foreign(&self, language: Language) -> bool {
        language != Language::UNDETERMINED && !self.pack.city.languages.contains(&language)
    }

    /// Finds what may answer the inquiries among them.
    fn answer(
        &self,
        complaints: &[Complaint],
        told: &mut [Option<Classification>],
        now: Timestamp,
    ) {
        let today = now.to_zoned(self.pack.city.time_zone.clone()).date();
        let both = complaints.iter().zip(told);
        let inquiries = both.filter_map(|(complaint, what)| Some((complaint, what.as_mut()?)));
        for (complaint, what) in inquiries.filter(|(_, what)| what.kind == Kind::Consultation) {
            let (text, language) = match &what.hints.translation {
                Some(translation) => (&translation.text, translation.language),
                None => (&complaint.text, what.language),
            };
            let hits = self.knowledge.search(text, language, MAX_CANDIDATES);
            let holds = |id: &str| {
                let entry = self.knowledge.entry(id);
                entry.is_some_and(|entry| entry.holds_on(today))
            };
            what.hints.answers = hits
                .into_iter()
                .filter(|hit| hit.score >= LEAST_ANSWER && holds(hit.entry.as_str()))
                .map(|hit| (hit.entry, hit.score))
                .collect();
        }
    }

    /// Finds the cases that tell of the same thing, and remembers these for those to come.
    async fn link(
        &self,
        cases: &[Logged],
        complaints: &[Complaint],
        told: &mut [Option<Classification>],
    ) {
        let Some(likeness) = &self.likeness else {
            return;
        };
        let mut sketcher = Sketcher::new();
        let read = cases.iter().zip(complaints).zip(told);
        let (sketches, told): (Vec<_>, Vec<_>) = read
            .filter_map(|((case, complaint), told)| {
                let told = told.as_mut()?;
                let said = Told::of(complaint, told);
                let sketch = sketcher.sketch(case.case, case.accepted_at, &said);
                Some((sketch, told))
            })
            .unzip();
        let similar = likeness.similar(&sketches).await;
        for (told, similar) in told.into_iter().zip(similar) {
            told.hints.similar = similar;
        }
    }
}

async fn translated(
    translator: &Translator,
    index: usize,
    text: &str,
    from: Language,
) -> Option<(usize, Translation)> {
    Some((index, translator.translate(text, from).await?))
}

/// Puts in what the translation tells. An engine that cannot bear it (`again` is `None`) leaves the case with what the
/// original told.
fn retell(
    told: &mut Option<Classification>,
    again: Option<Classification>,
    translation: Translation,
) {
    if let (Some(first), Some(again)) = (told, again) {
        *first = by_translation(first.clone(), again, translation);
    }
}

/// The classification of the translation, as far as it is surer; where and how pressing it is may stand in either.
fn by_translation(
    first: Classification,
    again: Classification,
    translation: Translation,
) -> Classification {
    let urgency = first.urgency.max(again.urgency);
    let hints = Hints {
        translation: Some(translation),
        ..again.hints.clone()
    };
    let (surer, language) = match again.confidence >= first.confidence {
        true => (again.clone(), first.language),
        false => (first.clone(), first.language),
    };
    let (place, place_candidates) = match first.place {
        Some(_) => (first.place, first.place_candidates),
        None => (again.place, again.place_candidates),
    };
    Classification {
        urgency,
        language,
        place,
        place_candidates,
        kind: again.kind,
        hints,
        ..surer
    }
}

#[cfg(test)]
mod tests {
    use swiftline_domain::vocabulary::Urgency;

    use super::*;

    fn told(category: Option<&str>, confidence: f32) -> Classification {
        Classification {
            category: category.map(|id| id.parse().unwrap()),
            kind: Kind::Complaint,
            urgency: Urgency::Normal,
            language: "es".parse().unwrap(),
            place: None,
            place_candidates: vec![],
            confidence,
            alternatives: vec![],
            evidence: vec![],
            model: String::new(),
            hints: Hints::default(),
        }
    }

    fn translation() -> Translation {
        Translation {
            language: Language::CHINESE,
            text: "没有水".to_owned(),
            by: "test".to_owned(),
        }
    }

    #[test]
    fn a_translation_tells_what_the_original_did_not() {
        let first = Classification {
            urgency: Urgency::Urgent,
            place: Some("110105".parse().unwrap()),
            ..told(None, 0.0)
        };
        let again = Classification {
            language: Language::CHINESE,
            kind: Kind::Help,
            ..told(Some("utilities.water"), 0.8)
        };
        let both = by_translation(first.clone(), again, translation());
        assert_eq!(both.category.as_ref().unwrap().as_str(), "utilities.water");
        assert_eq!((both.kind, both.urgency), (Kind::Help, Urgency::Urgent));
        assert_eq!(both.place, first.place);
        assert_eq!(both.language.as_str(), "es", "the caller's language stays");
        assert_eq!(both.hints.translation, Some(translation()));
    }

    #[test]
    fn a_translation_that_cannot_be_read_takes_nothing_away() {
        let first = told(Some("noise"), 0.2);
        let mut both = Some(first.clone());
        retell(&mut both, None, translation());
        assert_eq!(both, Some(first));
        retell(&mut both, Some(told(Some("parks"), 0.6)), translation());
        assert_eq!(both.unwrap().category.unwrap().as_str(), "parks");
    }

    #[test]
    fn what_was_surer_before_stays() {
        let first = told(Some("noise"), 0.9);
        let again = told(Some("parks"), 0.4);
        let both = by_translation(first, again, translation());
        assert_eq!(both.category.unwrap().as_str(), "noise");
    }
}
