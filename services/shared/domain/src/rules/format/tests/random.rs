//! Rule sets written down in every way that YAML allows, with comments wherever they may stand.

use std::fmt::Write as _;

/// A value to be written.
enum Val {
    Word(&'static str),
    Text(String),
    Truth(bool),
    List(Vec<Val>),
    Map(Vec<(&'static str, Val)>),
}

use Val::{List, Map, Text, Truth, Word};

/// A text and how many comments it has: `#<0>` to `#<n-1>`.
pub(super) fn rules_text(seed: u64) -> (String, usize) {
    let mut random = Random(seed);
    let rules = random.rules();
    let mut writer = Writer {
        random,
        out: String::new(),
        comments: 0,
        after_literal: false,
    };
    writer.noise(0);
    writer.map(&rules, 0);
    writer.noise(0);
    (writer.out, writer.comments)
}

/// Numbers that look random; the same for the same seed (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((x ^ (x >> 31)) % bound as u64).unwrap()
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn words(&mut self, from: &[&'static str]) -> Val {
        let count = 1 + self.below(from.len());
        List(from[..count].iter().map(|word| Word(word)).collect())
    }

    fn choice(&mut self, any: &[&'static str], none: &[&'static str]) -> Val {
        let mut fields = vec![("none_of", self.words(none)), ("any_of", self.words(any))];
        fields.truncate(1 + self.below(2));
        Map(fields)
    }

    fn lead(&mut self) -> Val {
        match self.below(3) {
            0 => Map(vec![("unit", Word("util-gas"))]),
            1 => Map(vec![("by_place", Word("district"))]),
            _ => Map(vec![("by_place", Word("subdistrict"))]),
        }
    }

    fn shuffled(&mut self, mut fields: Vec<(&'static str, Val)>) -> Val {
        for at in (1..fields.len()).rev() {
            fields.swap(at, self.below(at + 1));
        }
        Map(fields)
    }

    fn rules(&mut self) -> Vec<(&'static str, Val)> {
        let count = 1 + self.below(4);
        let rules = (0..count).map(|number| self.rule(number)).collect();
        let otherwise = Map(vec![("unit", Word("dept-hotline"))]);
        let lead = self.lead();
        let backstop = self.shuffled(vec![("lead", lead), ("otherwise", otherwise)]);
        let mut sections = vec![("rules", List(rules)), ("backstop", backstop)];
        if self.one_in(3) {
            sections.reverse();
        }
        sections
    }

    fn rule(&mut self, number: usize) -> Val {
        const DESCRIPTIONS: [&str; 7] = [
            "plain",
            "Gas: leaks, [and] more",
            "# no comment",
            "it's \"so\" \\ 'so'",
            "two\nlines",
            "no",
            "燃气, 泄漏",
        ];
        let description = self.pick(&DESCRIPTIONS);
        let mut when = vec![("hours", Word("22:00-06:00"))];
        let category = self.choice(&["utilities.gas", "noise"], &["streets"]);
        when.push(("category", category));
        let place = self.choice(&["01", "02001"], &["01002"]);
        when.push(("place", place));
        let kind = self.choice(&["help", "report"], &["praise"]);
        when.push(("kind", kind));
        let words = [
            "gas leak",
            "燃气泄漏",
            "a, b",
            "12306",
            "c#",
            "4号线",
            "it's",
        ];
        let keywords = self.choice(&words, &["x: y", "{z}"]);
        when.push(("keywords", keywords));
        if self.one_in(3) {
            when.push(("guard", Word("hour > 6\n  && text != \"#\"")));
        }
        if self.one_in(4) {
            when = vec![("place", Map(vec![("known", Truth(self.one_in(2)))]))];
        }
        let when = self.shuffled(when);
        let (lead, helper) = (self.lead(), self.lead());
        let mut then = vec![
            ("lead", lead),
            ("lane", Word("urgent")),
            ("skills", self.words(&["gas", "lights", "roads"])),
            ("languages", self.words(&["zh", "en", "no"])),
        ];
        if self.one_in(2) {
            then.push((
                "helpers",
                List(vec![helper, Map(vec![("unit", Word("dept-streets"))])]),
            ));
        }
        let then = self.shuffled(then);
        self.shuffled(vec![
            ("id", Text(format!("rule-{number}"))),
            ("description", Word(description)),
            ("when", when),
            ("then", then),
        ])
    }
}

struct Writer {
    random: Random,
    out: String,
    comments: usize,
    /// The line before belongs to a literal block, which would swallow an indented comment.
    after_literal: bool,
}

impl Writer {
    fn comment(&mut self) {
        let text = self
            .random
            .pick(&["", " it's", " \"", " - a: [b", " {# }", "!"]);
        let _ = write!(self.out, "#<{}>{text}", self.comments);
        self.comments += 1;
    }

    fn pad(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn end_of_line(&mut self) {
        if self.random.one_in(6) {
            self.out.push_str("  ");
            self.comment();
        }
        let end = self.random.pick(&["\n", "\n", "\n", " \n", "\r\n"]);
        self.out.push_str(end);
    }

    /// Blank lines and comments of their own.
    fn noise(&mut self, indent: usize) {
        let after_literal = std::mem::take(&mut self.after_literal);
        while self.random.one_in(4) {
            if self.random.one_in(2) {
                let column = self
                    .random
                    .pick(&[0, 1, indent, indent, indent + 2, indent + 5]);
                self.pad(if after_literal { 0 } else { column });
                self.comment();
            }
            self.out.push('\n');
        }
    }

    fn map(&mut self, fields: &[(&'static str, Val)], indent: usize) {
        for (number, (key, value)) in fields.iter().enumerate() {
            if number > 0 {
                self.noise(indent);
                self.pad(indent);
            }
            self.out.push_str(key);
            self.out.push(':');
            self.value(value, indent);
        }
    }

    /// The value of a key or, after a dash, of an item.
    fn value(&mut self, value: &Val, indent: usize) {
        let is_flow = self.random.one_in(2);
        match value {
            Map(fields) if !is_flow => {
                let inner = indent + 1 + self.random.below(4);
                self.end_of_line();
                self.noise(inner);
                self.pad(inner);
                self.map(fields, inner);
            }
            List(items) if !is_flow => {
                let inner = indent + self.random.below(4);
                self.end_of_line();
                for item in items {
                    self.noise(inner);
                    self.item(item, inner);
                }
            }
            Text(_) | Word(_) | Truth(_) => {
                self.out.push(' ');
                self.scalar(value, false, indent);
            }
            collection => {
                self.out.push(' ');
                self.flow(collection, indent);
                self.end_of_line();
            }
        }
    }

    fn item(&mut self, item: &Val, indent: usize) {
        self.pad(indent);
        self.out.push('-');
        match item {
            Map(fields) if self.random.one_in(2) => {
                let inner = indent + 2;
                if self.random.one_in(3) {
                    self.end_of_line();
                    self.noise(inner);
                    self.pad(inner);
                } else {
                    self.out.push(' ');
                }
                self.map(fields, inner);
            }
            _ => self.value(item, indent),
        }
    }

    fn scalar(&mut self, value: &Val, flow: bool, indent: usize) {
        let text = match value {
            Word(text) => *text,
            Text(text) => text,
            Truth(truth) => {
                let _ = write!(self.out, "{truth}");
                if !flow {
                    self.end_of_line();
                }
                return;
            }
            List(_) | Map(_) => unreachable!("not a scalar"),
        };
        if !flow && text.contains('\n') && self.random.one_in(2) {
            self.out.push_str("|-");
            self.end_of_line();
            for line in text.lines() {
                self.pad(indent + 3);
                self.out.push_str(line);
                self.out.push('\n');
            }
            self.after_literal = true;
            return;
        }
        let simple = text.starts_with(char::is_alphabetic)
            && text
                .chars()
                .all(|c| c.is_alphanumeric() || "-._ ".contains(c));
        match self.random.below(3) {
            0 if simple => self.out.push_str(text),
            1 if !text.contains('\n') => {
                let _ = write!(self.out, "'{}'", text.replace('\'', "''"));
            }
            _ => {
                let _ = write!(self.out, "{text:?}");
            }
        }
        if !flow {
            self.end_of_line();
        }
    }

    fn flow(&mut self, value: &Val, indent: usize) {
        let (open, close) = if matches!(value, Map(_)) {
            ('{', '}')
        } else {
            ('[', ']')
        };
        self.out.push(open);
        let count = match value {
            Map(fields) => fields.len(),
            List(items) => items.len(),
            _ => 0,
        };
        for number in 0..count {
            self.flow_break(indent);
            let child = match value {
                Map(fields) => {
                    let _ = write!(self.out, "{}: ", fields[number].0);
                    &fields[number].1
                }
                List(items) => &items[number],
                _ => value,
            };
            match child {
                Map(_) | List(_) => self.flow(child, indent),
                scalar => self.scalar(scalar, true, indent),
            }
            self.flow_break(indent);
            if number + 1 < count {
                self.out.push(',');
            }
        }
        self.flow_break(indent);
        self.out.push(close);
    }

    fn flow_break(&mut self, indent: usize) {
        if self.random.one_in(5) {
            self.end_of_line();
            self.noise(indent + 4);
            self.pad(indent + 4);
        }
    }
}
