//! The entries in one language: tantivy's index of them, and what is needed to score the few that it finds.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use swiftline_domain::city::{CityPack, KnowledgeBase, KnowledgeEntry};
use swiftline_domain::vocabulary::Language;
use tantivy::collector::TopDocs;
use tantivy::columnar::Column;
use tantivy::indexer::NoMergePolicy;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term};

use super::score::{self, Inquiry, Leaf, TermId, Weights};
use super::{Hit, terms};

/// Terms by their text.
type Vocabulary = HashMap<Box<str>, TermId>;

const ANALYZER: &str = "terms";
/// tantivy's least, bytes; a city's answers need a hundredth.
const WRITER_BYTES: usize = 15_000_000;
/// How much more a word counts in a question than in an answer.
const ASKED_BOOST: f32 = 2.5;
/// How many entries BM25 proposes.
const CANDIDATES: usize = 8;
/// How many terms of an inquiry BM25 sees, the rarest first: each costs a look at the index, and twice as many find no more of
/// `testdata/knowledge.jsonl`.
const MAX_TERMS: usize = 12;

/// A term as the index knows it: in the fields in which some entry has it, so that nobody asks for it in vain elsewhere.
struct Indexed {
    asked: Option<Term>,
    told: Option<Term>,
}

/// The entries in one language.
pub(super) struct Shelf {
    language: Language,
    reader: IndexReader,
    /// The place of an index's document in the pack's list of entries, by segment.
    ordinals: Vec<Column<u64>>,
    analyzer: TextAnalyzer,
    vocabulary: Vocabulary,
    /// By term.
    terms: Vec<Indexed>,
    weights: Weights,
    /// By place in the pack's list; `None` for an entry without this language.
    leaves: Vec<Option<Leaf>>,
}

impl Shelf {
    pub(super) fn new(pack: &CityPack, language: Language) -> Result<Self, TantivyError> {
        let (schema, [ordinal, asked, told]) = schema();
        let index = Index::create_in_ram(schema);
        let mut analyzer = terms::analyzer();
        index.tokenizers().register(ANALYZER, analyzer.clone());
        let mut writer: IndexWriter = index.writer_with_num_threads(1, WRITER_BYTES)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let (mut vocabulary, mut leaves) = (Vocabulary::new(), Vec::new());
        let (mut all_asked, mut all_told) = (Vec::new(), Vec::new());
        for (place, entry) in pack.knowledge.iter().enumerate() {
            let Some(parts) = Parts::of(entry, pack, language) else {
                leaves.push(None);
                continue;
            };
            let mut document = TantivyDocument::new();
            document.add_u64(ordinal, place as u64);
            for text in &parts.asked {
                document.add_text(asked, text);
            }
            for text in &parts.told {
                document.add_text(told, text);
            }
            writer.add_document(document)?;
            let mut read = |text: &str| ids(&mut analyzer, text, &mut vocabulary);
            let wordings: Vec<Vec<TermId>> = parts.asked.iter().map(|text| read(text)).collect();
            let rest: Vec<TermId> = parts.told.iter().flat_map(|text| read(text)).collect();
            all_asked.extend(wordings.iter().flatten().copied());
            all_told.extend(&rest);
            leaves.push(Some(Leaf::new(wordings, rest)));
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        let ordinals = ordinals(&reader, index.schema().get_field_name(ordinal))?;
        let weights = Weights::new(&vocabulary, &leaves);
        let terms = indexed(&vocabulary, (asked, &all_asked), (told, &all_told));
        Ok(Self {
            language,
            reader,
            ordinals,
            analyzer,
            vocabulary,
            terms,
            weights,
            leaves,
        })
    }

    pub(super) fn language(&self) -> Language {
        self.language
    }

    /// The entries that may answer a text, in no order.
    pub(super) fn search(&self, text: &str, base: &KnowledgeBase) -> Vec<Hit> {
        let inquiry = self.read(terms::beginning(text));
        // An index in memory does not fail; if it did, nobody would be answered by a machine.
        let places = self.candidates(&inquiry).unwrap_or_default();
        let candidates: Vec<(usize, &Leaf)> = places
            .into_iter()
            .filter_map(|place| Some((place, self.leaves.get(place)?.as_ref()?)))
            .collect();
        let scored = score::score(&inquiry, &candidates, &self.weights);
        let hits = scored.into_iter().filter_map(|scored| {
            let entry = base.at(scored.place)?;
            let questions = entry.questions.in_language(self.language);
            Some(Hit {
                entry: entry.id.clone(),
                language: self.language,
                question: Arc::clone(questions.get(scored.wording)?),
                score: scored.score,
            })
        });
        hits.collect()
    }

    /// The terms of a text, each once.
    fn read(&self, text: &str) -> Inquiry {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        let mut words = String::new();
        // Characters are terms as they stand; only words need the analyser, which is slow.
        for (from, to) in terms::spans(text) {
            let said = &text[from..to];
            if !terms::is_of_characters(said) {
                words.extend([said, " "]);
            } else if let Some(&id) = self.vocabulary.get(said) {
                known.push(id);
            } else {
                unknown.push(Cow::Borrowed(said));
            }
        }
        let mut analyzer = self.analyzer.clone();
        let mut stream = analyzer.token_stream(&words);
        stream.process(
            &mut |token| match self.vocabulary.get(token.text.as_str()) {
                Some(&id) => known.push(id),
                None => unknown.push(Cow::Owned(token.text.clone())),
            },
        );
        Inquiry::new(known, unknown, &self.weights)
    }

    /// The places of the entries that BM25 puts first.
    fn candidates(&self, inquiry: &Inquiry) -> Result<Vec<usize>, TantivyError> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        let best = inquiry.known.iter().take(MAX_TERMS);
        for terms in best.filter_map(|id| self.terms.get(*id as usize)) {
            let query = |term: &Term| {
                let query = TermQuery::new(term.clone(), IndexRecordOption::WithFreqs);
                Box::new(query)
            };
            if let Some(asked) = &terms.asked {
                let asked = BoostQuery::new(query(asked), ASKED_BOOST);
                clauses.push((Occur::Should, Box::new(asked)));
            }
            if let Some(told) = &terms.told {
                clauses.push((Occur::Should, query(told)));
            }
        }
        if clauses.is_empty() {
            return Ok(Vec::new());
        }
        let best = TopDocs::with_limit(CANDIDATES).order_by_score();
        let found = self
            .reader
            .searcher()
            .search(&BooleanQuery::new(clauses), &best)?;
        let places = found.into_iter().filter_map(|(_, address)| {
            let column = self.ordinals.get(address.segment_ord as usize)?;
            usize::try_from(column.first(address.doc_id)?).ok()
        });
        Ok(places.collect())
    }
}

/// The fields: the entry's place, what is asked, what is told.
fn schema() -> (Schema, [Field; 3]) {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(ANALYZER)
        .set_index_option(IndexRecordOption::WithFreqs);
    let text = TextOptions::default().set_indexing_options(indexing);
    let mut builder = Schema::builder();
    let fields = [
        builder.add_u64_field("entry", FAST),
        builder.add_text_field("asked", text.clone()),
        builder.add_text_field("told", text),
    ];
    (builder.build(), fields)
}

fn ordinals(reader: &IndexReader, field: &str) -> Result<Vec<Column<u64>>, TantivyError> {
    let searcher = reader.searcher();
    searcher
        .segment_readers()
        .iter()
        .map(|segment| segment.fast_fields().u64(field))
        .collect()
}

/// The texts of an entry in one language.
struct Parts<'a> {
    asked: Vec<&'a str>,
    told: Vec<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(entry: &'a KnowledgeEntry, pack: &'a CityPack, language: Language) -> Option<Self> {
        let asked: Vec<&str> = entry
            .questions
            .in_language(language)
            .iter()
            .map(AsRef::as_ref)
            .collect();
        if asked.is_empty() {
            return None;
        }
        let category = pack.taxonomy.get(entry.category.as_str());
        let category = category.map(|category| category.name.in_language(language));
        let told = std::iter::once(entry.answer.in_language(language)).chain(category);
        Some(Self {
            asked,
            told: told.collect(),
        })
    }
}

/// Every term in the two fields, where it is among those that the field has.
fn indexed(
    vocabulary: &Vocabulary,
    asked: (Field, &[TermId]),
    told: (Field, &[TermId]),
) -> Vec<Indexed> {
    let all_in = |(field, ids): (Field, &[TermId])| {
        let mut terms = vec![None; vocabulary.len()];
        let ids: HashSet<TermId> = ids.iter().copied().collect();
        for (text, id) in vocabulary.iter().filter(|(_, id)| ids.contains(id)) {
            if let Some(term) = terms.get_mut(*id as usize) {
                *term = Some(Term::from_field_text(field, text));
            }
        }
        terms
    };
    let both = all_in(asked).into_iter().zip(all_in(told));
    both.map(|(asked, told)| Indexed { asked, told }).collect()
}

/// The terms of a text by number; new ones get the next.
fn ids(analyzer: &mut TextAnalyzer, text: &str, vocabulary: &mut Vocabulary) -> Vec<TermId> {
    let mut found = Vec::new();
    analyzer.token_stream(text).process(&mut |token| {
        let next = TermId::try_from(vocabulary.len()).unwrap_or(TermId::MAX);
        found.push(*vocabulary.entry(token.text.as_str().into()).or_insert(next));
    });
    found
}

#[cfg(test)]
mod unit_tests {
    use proptest::prelude::*;
    use swiftline_domain::city::testing::small_pack;

    use super::*;

    #[test]
    fn an_inquiry_has_the_terms_that_the_analyser_makes() {
        let shelf = Shelf::new(&small_pack(), Language::CHINESE).unwrap();
        let plain = |text: &str| {
            let (mut known, mut unknown) = (Vec::new(), Vec::new());
            let mut analyzer = shelf.analyzer.clone();
            analyzer.token_stream(text).process(&mut |token| match shelf
                .vocabulary
                .get(token.text.as_str())
            {
                Some(&id) => known.push(id),
                None => unknown.push(Cow::Owned(token.text.clone())),
            });
            Inquiry::new(known, unknown, &shelf.weights)
        };
        proptest!(|(text in "[燃气表电池请问怎么办A-Za-z' ，,0-9É]{0,40}", any in ".{0,30}")| {
            for text in [text, any] {
                prop_assert_eq!(shelf.read(&text), plain(&text));
            }
        });
    }
}
