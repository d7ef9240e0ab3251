//! Languages that share a script, told apart by the letters that only some of them have and by a few words.

/// Kazakh, Mongolian, Kyrgyz, Tajik, Ukrainian, Belarusian, Serbian, Macedonian; else Russian.
pub(super) fn cyrillic(text: &str) -> &'static str {
    let (mut turkic, mut kazakh, mut oe, mut tajik) = (0, 0, 0, 0);
    let (mut ukrainian, mut belarusian, mut dotted, mut serbian, mut macedonian, mut russian) =
        (0, 0, 0, 0, 0, 0);
    for c in text.chars() {
        match c {
            'қ' | 'Қ' | 'ғ' | 'Ғ' => turkic += 1,
            'ә' | 'Ә' | 'ұ' | 'Ұ' | 'һ' | 'Һ' => kazakh += 1,
            'ө' | 'Ө' | 'ү' | 'Ү' | 'ң' | 'Ң' => oe += 1,
            'ҷ' | 'Ҷ' | 'ҳ' | 'Ҳ' | 'ӯ' | 'Ӯ' | 'ӣ' | 'Ӣ' => tajik += 1,
            'є' | 'Є' | 'ї' | 'Ї' | 'ґ' | 'Ґ' => ukrainian += 1,
            'ў' | 'Ў' => belarusian += 1,
            'і' | 'І' => dotted += 1,
            'ђ' | 'Ђ' | 'ћ' | 'Ћ' | 'ј' | 'Ј' | 'љ' | 'Љ' | 'њ' | 'Њ' | 'џ' | 'Џ' => {
                serbian += 1;
            }
            'ѓ' | 'Ѓ' | 'ќ' | 'Ќ' | 'ѕ' | 'Ѕ' => macedonian += 1,
            'ы' | 'Ы' | 'э' | 'Э' | 'ё' | 'Ё' => russian += 1,
            _ => {}
        }
    }
    if macedonian > 0 && serbian > 0 {
        "mk"
    } else if serbian > 0 {
        "sr"
    } else if tajik > 0 && kazakh == 0 {
        "tg"
    } else if kazakh > 0 || turkic > 0 || dotted > 0 && belarusian == 0 && (oe > 0 || russian > 0) {
        "kk"
    } else if oe > 0 {
        if text.contains(['ң', 'Ң']) {
            "ky"
        } else {
            "mn"
        }
    } else if belarusian > 0 {
        "be"
    } else if ukrainian > 0 || dotted > 0 && russian == 0 {
        "uk"
    } else {
        "ru"
    }
}

/// Uyghur, Urdu, Pashto, Kurdish, Persian; else Arabic.
pub(super) fn arabic(text: &str) -> &'static str {
    let (mut uyghur, mut urdu, mut pashto, mut kurdish, mut persian, mut arabic) =
        (0, 0, 0, 0, 0, 0);
    for c in text.chars() {
        match c {
            'ۇ' | 'ۈ' | 'ې' | 'ۋ' | 'ڭ' | 'ە' | 'ۆ' => uyghur += 1,
            'ٹ' | 'ڈ' | 'ڑ' | 'ں' | 'ے' | 'ہ' => urdu += 1,
            'ټ' | 'ډ' | 'ړ' | 'ښ' | 'ځ' | 'څ' | 'ۍ' | 'ڼ' => pashto += 1,
            'ێ' | 'ڵ' | 'ڕ' => kurdish += 1,
            'پ' | 'چ' | 'ژ' | 'گ' | 'ک' | 'ی' => persian += 1,
            'ة' | 'أ' | 'إ' | 'ي' | 'ك' | 'ى' | 'ؤ' => arabic += 1,
            _ => {}
        }
    }
    if pashto > 0 {
        "ps"
    } else if kurdish > 0 {
        "ku"
    } else if uyghur > urdu || is_uyghur(text) {
        "ug"
    } else if urdu > 0 {
        "ur"
    } else if persian > arabic || persian > 0 && arabic == 0 {
        "fa"
    } else {
        by_words(text)
    }
}

/// Uyghur words without a letter of their own, or that begin as no Arabic word does.
fn is_uyghur(text: &str) -> bool {
    let is_uyghur = |word: &str| word.starts_with('ئ') || matches!(word, "ماددا" | "يوق" | "بار");
    words(text).any(is_uyghur) && !words(text).any(|word| word.starts_with("ال"))
}

/// Persian typed on an Arabic keyboard has Persian's small words; else it is Arabic.
fn by_words(text: &str) -> &'static str {
    let is_persian = |word: &str| {
        matches!(
            word,
            "است"
                | "را"
                | "از"
                | "در"
                | "این"
                | "اين"
                | "نداریم"
                | "نداريم"
                | "آب"
                | "برق"
        )
    };
    let persian = words(text).filter(|word| is_persian(word)).count();
    let arabic = words(text)
        .filter(|word| word.starts_with("ال") || matches!(*word, "في" | "من" | "لا" | "على"))
        .count();
    if persian > arabic { "fa" } else { "ar" }
}

/// Yiddish has its vowels as letters, doubles its yods and vavs and has German small words; else Hebrew.
pub(super) fn hebrew(text: &str) -> &'static str {
    let is_mark = |c| {
        matches!(
            c,
            '\u{FB1D}' | '\u{FB1F}' | '\u{FB2E}' | '\u{FB2F}' | '\u{05F0}'..='\u{05F2}'
        )
    };
    let is_yiddish = |word: &str| {
        matches!(
            word,
            "איז"
                | "נישט"
                | "ניט"
                | "קיין"
                | "דער"
                | "פון"
                | "האב"
                | "האבן"
                | "האט"
                | "אויף"
                | "ביי"
        )
    };
    let has_words = words(text).any(is_yiddish);
    let pointed = text.contains("אָ") || text.chars().any(is_mark);
    if has_words || pointed { "yi" } else { "he" }
}

/// Nepali and Marathi by their commonest words; else Hindi.
pub(super) fn devanagari(text: &str) -> &'static str {
    let is_nepali = |word: &str| {
        matches!(
            word,
            "छ" | "छैन" | "मेरो" | "हाम्रो" | "भएको" | "गर्नुहोस्" | "पनि"
        ) || word.ends_with("लाई")
    };
    let is_marathi = |word: &str| {
        matches!(
            word,
            "आहे" | "नाही"
                | "आहेत"
                | "आमच्या"
                | "माझ्या"
                | "आणि"
                | "झाला"
                | "झाले"
        )
    };
    let is_hindi = |word: &str| {
        matches!(
            word,
            "है" | "हैं"
                | "नहीं"
                | "का"
                | "की"
                | "के"
                | "में"
                | "मेरे"
                | "हमारे"
                | "और"
                | "को"
                | "से"
        )
    };
    let (mut nepali, mut marathi, mut hindi) = (0, 0, 0);
    for word in words(text) {
        nepali += usize::from(is_nepali(word));
        marathi += usize::from(is_marathi(word));
        hindi += usize::from(is_hindi(word));
    }
    if nepali > hindi && nepali >= marathi {
        "ne"
    } else if marathi > hindi {
        "mr"
    } else {
        "hi"
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '.' | ',' | '!' | '?' | '।' | '؟' | '،'))
        .filter(|word| !word.is_empty())
}
