//! What a text is compared by: words without their endings, and one and two Chinese characters at a time.
//!
//! The same analyser makes the index and reads the inquiries. Chinese is not cut into words: pairs of characters find
//! what a dictionary would, also where it has no entry, such as the name of a card or an office.

use std::sync::{Arc, LazyLock};

use aho_corasick::{AhoCorasick, MatchKind};
use tantivy::tokenizer::{
    Language as Stems, LowerCaser, Stemmer, StopWordFilter, TextAnalyzer, Token, TokenStream,
    Tokenizer,
};

/// The longest text that is looked at, in bytes: what somebody wants to know stands in the first few hundred characters.
pub(super) const MAX_BYTES: usize = 1_800;

/// Chinese that people say whatever they ask. It parts the text, so that no pair of characters runs across it.
const SAID_ANYWAY: [&str; 80] = [
    "请问一下",
    "请问",
    "您好",
    "你好",
    "咨询一下",
    "想咨询",
    "咨询",
    "想问一下",
    "想问",
    "问一下",
    "我想知道",
    "想知道",
    "我想了解",
    "想了解",
    "了解一下",
    "麻烦",
    "谢谢",
    "多谢",
    "帮忙",
    "帮我",
    "一下",
    "怎么办理",
    "怎么办",
    "怎么样",
    "怎么",
    "咋办",
    "咋",
    "如何",
    "怎样",
    "为什么",
    "什么",
    "是不是",
    "有没有",
    "能不能",
    "可不可以",
    "可以",
    "能否",
    "是否",
    "需要",
    "需不需要",
    "要不要",
    "哪里",
    "哪儿",
    "在哪",
    "哪些",
    "多少",
    "我们",
    "我的",
    "我家",
    "我要",
    "我想",
    "我",
    "你们",
    "北京市",
    "北京",
    "纽约市",
    "纽约",
    "市民",
    "现在",
    "目前",
    "应该",
    "吗",
    "呢",
    "打哪个电话",
    "打什么电话",
    "该打什么电话",
    "电话是多少",
    "电话多少",
    "什么电话",
    "哪个电话",
    "找哪个部门",
    "找谁",
    "突然",
    "该找谁",
    "应该找谁",
    "去哪儿",
    "去哪里",
    "到哪里",
    "哪家",
    "先做什么",
];

/// English that people say whatever they ask.
const SMALL_WORDS: &str = "a an and any anyone are as at be been but by can could did do does for from get gets getting go \
     had has have he her here hi hello hey him his how i if in into is it its just know like may me might my need needs no not \
     now of on or our please should so some somebody someone tell than thank thanks that the their them then there these they \
     this to too up us want wants was we were what when where which who why will with would you your i'm i've i'd it's \
     don't doesn't didn't can't isn't there's what's where's how's nyc city york wondering";

static BREAKS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(SAID_ANYWAY)
        .ok()
});

/// What makes terms of a text, for index and inquiry alike.
pub(super) fn analyzer() -> TextAnalyzer {
    let small = SMALL_WORDS.split_whitespace().map(str::to_owned);
    TextAnalyzer::builder(Grams)
        .filter(LowerCaser)
        .filter(StopWordFilter::remove(small))
        .filter(Stemmer::new(Stems::English))
        .build()
}

/// The beginning of a text, as far as it is looked at.
pub(super) fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_BYTES)]
}

/// Whether a term is a single character of a script without spaces: weak evidence.
pub(super) fn is_single(term: &str) -> bool {
    let mut chars = term.chars();
    chars.next().is_some_and(is_han) && chars.next().is_none()
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2ffff}')
}

/// Cuts a text into Latin words and into one and two Chinese characters.
#[derive(Clone)]
struct Grams;

impl Tokenizer for Grams {
    type TokenStream<'a> = Cut;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Cut {
        Cut {
            spans: spans(text),
            text: text.into(),
            next: 0,
            token: Token::default(),
        }
    }
}

/// Whether a token is of Chinese characters, and so a term as it stands.
pub(super) fn is_of_characters(token: &str) -> bool {
    token.chars().next().is_some_and(is_han)
}

/// Where the tokens of a text are, in bytes.
pub(super) fn spans(text: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::with_capacity(text.len() / 2);
    let mut from = 0;
    if let Some(breaks) = BREAKS.as_ref() {
        for said in breaks.find_iter(text) {
            cut(text, from, said.start(), &mut spans);
            from = said.end();
        }
    }
    cut(text, from, text.len(), &mut spans);
    spans
}

/// Adds the tokens between two places of the text.
fn cut(text: &str, from: usize, to: usize, spans: &mut Vec<(usize, usize)>) {
    let mut word: Option<usize> = None;
    let mut before: Option<usize> = None;
    for (offset, c) in text[from..to].char_indices() {
        let at = from + offset;
        let end = at + c.len_utf8();
        let han = is_han(c);
        let inner = !han && (c.is_alphanumeric() || (c == '\'' && word.is_some()));
        if let Some(start) = word.filter(|_| !inner) {
            spans.push((start, at));
            word = None;
        }
        if han {
            spans.push((at, end));
            if let Some(start) = before {
                spans.push((start, end));
            }
            before = Some(at);
        } else {
            before = None;
            if inner && word.is_none() {
                word = Some(at);
            }
        }
    }
    if let Some(start) = word {
        spans.push((start, to));
    }
}

/// The tokens of one text.
struct Cut {
    text: Arc<str>,
    spans: Vec<(usize, usize)>,
    next: usize,
    token: Token,
}

impl TokenStream for Cut {
    fn advance(&mut self) -> bool {
        let Some(&(from, to)) = self.spans.get(self.next) else {
            return false;
        };
        self.token.reset();
        self.token.position = self.next;
        (self.token.offset_from, self.token.offset_to) = (from, to);
        self.token
            .text
            .push_str(self.text[from..to].trim_end_matches('\''));
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        let mut analyzer = analyzer();
        let mut stream = analyzer.token_stream(text);
        let mut terms = Vec::new();
        stream.process(&mut |token| terms.push(token.text.clone()));
        terms
    }

    #[test]
    fn words_lose_their_endings_and_small_ones_go() {
        assert_eq!(
            terms("How do I renew my parking PERMITS?"),
            ["renew", "park", "permit"]
        );
        assert_eq!(
            terms("landlord's heat, IDNYC"),
            ["landlord", "heat", "idnyc"]
        );
    }

    #[test]
    fn chinese_is_taken_one_and_two_characters_at_a_time() {
        assert_eq!(terms("居住证"), ["居", "住", "居住", "证", "住证"]);
        assert_eq!(terms("办IDNYC卡"), ["办", "idnyc", "卡"]);
    }

    #[test]
    fn what_is_said_anyway_parts_the_text() {
        assert_eq!(terms("请问狗证怎么办理？谢谢"), ["狗", "证", "狗证"]);
        assert_eq!(terms("您好，我想咨询一下"), [""; 0]);
    }

    #[test]
    fn every_known_phrase_is_there_once() {
        let mut all = SAID_ANYWAY;
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = "费".repeat(MAX_BYTES);
        assert!(beginning(&text).len() <= MAX_BYTES && !beginning(&text).is_empty());
        assert_eq!(beginning("short"), "short");
    }
}
