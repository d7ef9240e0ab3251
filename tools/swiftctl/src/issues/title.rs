//! What an issue is called.

/// The longest title, in characters, without the place before it.
const MAX_CHARS: usize = 40;

/// The subject of the most typical message, or how its text begins, and the place where that does not say it.
pub(super) fn of(subject: &str, detail: &str, place: Option<&str>) -> String {
    let said = if subject.trim().is_empty() {
        first_clause(detail)
    } else {
        subject
    };
    let title = shortened(said.trim());
    match place {
        Some(place) if !title.to_lowercase().contains(place) => format!("{place}: {title}"),
        _ => title,
    }
}

fn first_clause(text: &str) -> &str {
    let is_end = |letter: char| matches!(letter, '。' | '！' | '？' | '\n' | '.' | '!' | '?');
    let clauses = text.split(is_end).map(str::trim);
    // A greeting is no matter.
    clauses
        .filter(|clause| !clause.is_empty())
        .find(|clause| clause.chars().count() > 8)
        .unwrap_or_else(|| text.trim())
}

fn shortened(text: &str) -> String {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(MAX_CHARS) {
        None => text,
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_is_the_title_and_says_where() {
        assert_eq!(
            of("朝晖新苑旁建混凝土厂", "x", Some("朝晖新苑")),
            "朝晖新苑旁建混凝土厂"
        );
        assert_eq!(
            of("混凝土厂扰民", "x", Some("朝晖新苑")),
            "朝晖新苑: 混凝土厂扰民"
        );
        assert_eq!(of(" a  lamp\nis dark ", "x", None), "a lamp is dark");
        let long = "a".repeat(50);
        assert_eq!(of(&long, "", None), format!("{}…", "a".repeat(40)));
    }

    #[test]
    fn without_a_subject_the_text_says_it() {
        assert_eq!(
            of("", "您好！混凝土厂昼夜生产噪音很大。求解决。", None),
            "混凝土厂昼夜生产噪音很大"
        );
        assert_eq!(of("", "Dark. lamp", None), "Dark. lamp");
    }
}
