//! One message read once: which of the taxonomy's keywords stand in it. The words of kinds and urgencies are read too, but
//! only for the language that they are of.

use std::collections::HashMap;
use std::sync::Arc;

use swiftline_domain::city::{Category, Taxonomy};
use swiftline_domain::complaint::Complaint;
use swiftline_domain::id::CategoryId;
use swiftline_domain::vocabulary::{Language, Urgency};

use super::phrases::{Hit, Outermost, Phrase, Phrases};

/// The taxonomy compiled.
#[derive(Debug)]
pub(super) struct Keywords {
    phrases: Phrases<Meaning>,
    /// In the order of the taxonomy.
    pub(super) categories: Vec<(CategoryId, Urgency)>,
    by_source_type: HashMap<String, (usize, Arc<str>)>,
}

/// What a keyword speaks for, and the language it is of.
#[derive(Debug, Clone, Copy)]
struct Meaning {
    about: About,
    language: Language,
}

#[derive(Debug, Clone, Copy)]
enum About {
    /// By its place in the taxonomy.
    Category(usize),
    /// How something is told: a kind or an urgency.
    Manner,
}

/// A keyword within a longer one is passed over, but only among those that speak for the same thing: 燃气泄漏 as the
/// name of an emergency hides neither the category 燃气 nor the other way round.
const DIMENSIONS: usize = 2;

impl About {
    const fn dimension(self) -> usize {
        match self {
            Self::Category(_) => 0,
            Self::Manner => 1,
        }
    }
}

impl Keywords {
    pub(super) fn new(taxonomy: &Taxonomy) -> Self {
        let of_categories = taxonomy.iter().enumerate().flat_map(|(number, category)| {
            category
                .keywords
                .iter()
                .map(move |word| (About::Category(number), word))
        });
        let of_kinds = taxonomy
            .kinds()
            .iter()
            .flat_map(|(_, words)| words.iter().map(|word| (About::Manner, word)));
        let of_urgencies = taxonomy
            .urgencies()
            .iter()
            .flat_map(|(_, words)| words.iter().map(|word| (About::Manner, word)));
        let all = of_categories
            .chain(of_kinds)
            .chain(of_urgencies)
            .map(|(about, (language, word))| (Arc::clone(word), Meaning { about, language }));
        Self {
            phrases: Phrases::new(all, true),
            categories: taxonomy
                .iter()
                .map(|category| (category.id.clone(), category.urgency))
                .collect(),
            by_source_type: taxonomy.iter().enumerate().flat_map(source_types).collect(),
        }
    }

    /// The keywords, for finding them together with other lists.
    pub(super) fn spelled(&self) -> (Vec<&str>, bool) {
        self.phrases.spelled()
    }

    /// The category that another system's complaint type means, and the type as the pack spells it.
    pub(super) fn of_source_type(&self, complaint_type: &str) -> Option<(usize, &str)> {
        let key = complaint_type.trim().to_lowercase();
        let (category, spelled) = self.by_source_type.get(&key)?;
        Some((*category, spelled))
    }
}

fn source_types(
    (number, category): (usize, &Category),
) -> impl Iterator<Item = (String, (usize, Arc<str>))> {
    category
        .source_types
        .iter()
        .map(move |spelled| (spelled.trim().to_lowercase(), (number, Arc::clone(spelled))))
}

/// What was found in the message read last.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    keywords: &'a Keywords,
    pad: &'a mut Pad,
}

/// A scratch pad for reading by the same keywords again and again.
#[derive(Debug)]
pub(super) struct Pad {
    hits: Vec<Hit>,
    /// By phrase and dimension: how often it was found. All zero but for the phrases of `found`.
    times: Vec<[u8; DIMENSIONS]>,
    /// The phrases found, in the order of the text.
    found: Vec<usize>,
    /// So many of `found` are in the citizen's text; the others in what another system said of it.
    in_text: usize,
    /// By category. All zero but for the categories of `scored`.
    scores: Vec<f32>,
    /// The categories that something was found for.
    scored: Vec<usize>,
}

/// A keyword that spoke for something, and how much it weighed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Find<'a> {
    pub(super) word: &'a Arc<str>,
    pub(super) weight: f32,
}

impl Pad {
    pub(super) fn new(keywords: &Keywords) -> Self {
        Self {
            hits: Vec::new(),
            times: vec![[0; DIMENSIONS]; keywords.phrases.len()],
            found: Vec::new(),
            in_text: 0,
            scores: vec![0.0; keywords.categories.len()],
            scored: Vec::new(),
        }
    }
}

impl<'a> Reading<'a> {
    /// What the pad holds, which must be one for these keywords.
    pub(super) const fn new(keywords: &'a Keywords, pad: &'a mut Pad) -> Self {
        Self { keywords, pad }
    }

    /// Reads the complaint's text, in which `hits` were found, and what another system said of it; forgets the one before.
    pub(super) fn read(&mut self, complaint: &Complaint, hits: &[Hit]) {
        for phrase in self.pad.found.drain(..) {
            self.pad.times[phrase] = [0; DIMENSIONS];
        }
        for category in self.pad.scored.drain(..) {
            self.pad.scores[category] = 0.0;
        }
        self.take(hits);
        self.pad.in_text = self.pad.found.len();
        if let Some(source) = &complaint.source {
            self.look_through(&source.complaint_type);
            self.look_through(&source.descriptor);
        }
        self.score();
    }

    fn look_through(&mut self, text: &str) {
        let mut hits = std::mem::take(&mut self.pad.hits);
        self.keywords.phrases.find(text, &mut hits);
        self.take(&hits);
        self.pad.hits = hits;
    }

    fn take(&mut self, hits: &[Hit]) {
        let mut outermost = [Outermost::default(); DIMENSIONS];
        for hit in hits {
            let mut dimensions = [false; DIMENSIONS];
            for meaning in &self.keywords.phrases.get(hit.phrase).meanings {
                dimensions[meaning.about.dimension()] = true;
            }
            let times = &mut self.pad.times[hit.phrase];
            let is_new = *times == [0; DIMENSIONS];
            for (dimension, wanted) in dimensions.into_iter().enumerate() {
                if wanted && outermost[dimension].take(*hit) {
                    times[dimension] = times[dimension].saturating_add(1);
                }
            }
            if is_new && *times != [0; DIMENSIONS] {
                self.pad.found.push(hit.phrase);
            }
        }
    }

    fn score(&mut self) {
        let keywords = self.keywords;
        for &number in &self.pad.found {
            let phrase = keywords.phrases.get(number);
            let Some(weight) = weight(phrase, 0, self.pad.times[number][0]) else {
                continue;
            };
            for meaning in &phrase.meanings {
                if let About::Category(category) = meaning.about {
                    if self.pad.scores[category] == 0.0 {
                        self.pad.scored.push(category);
                    }
                    self.pad.scores[category] += weight;
                }
            }
        }
    }

    /// The categories that something was found for, with their scores, the best first.
    pub(super) fn scores(&self) -> Vec<(usize, f32)> {
        let mut scores: Vec<(usize, f32)> = self
            .pad
            .scored
            .iter()
            .map(|category| (*category, self.pad.scores[*category]))
            .collect();
        scores.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scores
    }

    /// The keywords found for a category, the weightiest first.
    pub(super) fn finds_for(&self, category: usize) -> Vec<Find<'a>> {
        let mut finds: Vec<Find<'a>> = self
            .finds(0)
            .filter(|(meaning, _)| matches!(meaning.about, About::Category(c) if c == category))
            .map(|(_, find)| find)
            .collect();
        finds.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        finds
    }

    /// The language that all words found in the text are of, and the weightiest of them; `None` when nothing was found
    /// or the words are of several languages.
    pub(super) fn language_of_words(&self) -> Option<(Language, Find<'a>)> {
        let mut told: Option<(Language, Find<'a>)> = None;
        for (meaning, find) in
            (0..DIMENSIONS).flat_map(|dimension| self.finds_among(self.pad.in_text, dimension))
        {
            match &mut told {
                None => told = Some((meaning.language, find)),
                Some((language, _)) if *language != meaning.language => return None,
                Some((_, best)) if find.weight > best.weight => *best = find,
                Some(_) => {}
            }
        }
        told
    }

    /// Every meaning of every phrase that was found in this dimension.
    fn finds(&self, dimension: usize) -> impl Iterator<Item = (Meaning, Find<'a>)> {
        self.finds_among(self.pad.found.len(), dimension)
    }

    /// The same for the first so many phrases found.
    fn finds_among(
        &self,
        first: usize,
        dimension: usize,
    ) -> impl Iterator<Item = (Meaning, Find<'a>)> {
        let keywords = self.keywords;
        self.pad.found[..first].iter().flat_map(move |&number| {
            let phrase = keywords.phrases.get(number);
            let weight = weight(phrase, dimension, self.pad.times[number][dimension]);
            weight.into_iter().flat_map(move |weight| {
                let of_dimension = move |m: &&Meaning| m.about.dimension() == dimension;
                let find = Find {
                    word: &phrase.text,
                    weight,
                };
                phrase
                    .meanings
                    .iter()
                    .filter(of_dimension)
                    .map(move |meaning| (*meaning, find))
            })
        })
    }
}

/// What a phrase found so often weighs in a dimension: its units, half as much again for every e-fold of its mentions
/// (`1 + ½ ln times`), shared among all that it may mean there. `None` when it was not found.
fn weight(phrase: &Phrase<Meaning>, dimension: usize, times: u8) -> Option<f32> {
    let times = (times > 0).then(|| f32::from(times))?;
    let sharers = phrase
        .meanings
        .iter()
        .filter(|m| m.about.dimension() == dimension)
        .count();
    let sharers = f32::from(u16::try_from(sharers.max(1)).unwrap_or(u16::MAX));
    Some(phrase.units * (1.0 + 0.5 * times.ln()) / sharers)
}
