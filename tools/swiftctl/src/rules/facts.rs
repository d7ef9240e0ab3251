//! Complaints written as facts on the command line: `category=utilities.gas,place=110105,at=2026-10-01T02:00`.

use swiftline_domain::city::CityPack;
use swiftline_domain::rules::{SAMPLE_FIELDS, Sample};

use crate::failure::Failure;
use crate::output::clean;

/// Takes facts apart into names and values. Whatever follows `text=` is the text, commas and all.
///
/// # Errors
/// When one has no `=`.
pub(crate) fn pairs(facts: &[String]) -> Result<Vec<(&str, &str)>, Failure> {
    let mut pairs = Vec::new();
    for all in facts {
        let mut rest = all.as_str();
        while !rest.is_empty() {
            let (one, after) = match rest.split_once(',') {
                Some(parts) if !rest.trim_start().starts_with("text=") => parts,
                _ => (rest, ""),
            };
            let (name, value) = one.split_once('=').ok_or_else(|| {
                Failure::Given(clean(&format!(
                    "--facts: {:?} is not name=value; the names are {}",
                    one,
                    SAMPLE_FIELDS.join(", ")
                )))
            })?;
            pairs.push((name.trim(), value.trim()));
            rest = after;
        }
    }
    Ok(pairs)
}

/// Reads a complaint. What is not said of it is ordinary.
///
/// # Errors
/// Everything that is wrong, one a line.
pub(crate) fn sample(pack: &CityPack, facts: &[String]) -> Result<Sample, Failure> {
    Sample::read(pack, pairs(facts)?).map_err(|wrong| {
        let wrong = wrong
            .iter()
            .map(|(name, reason)| clean(&format!("--facts: {name}: {reason}")));
        Failure::Given(wrong.collect::<Vec<_>>().join("\n"))
    })
}

#[cfg(test)]
mod tests {
    use swiftline_domain::city::testing::small_pack;

    use super::*;

    fn given(facts: &[&str]) -> Vec<String> {
        facts.iter().map(|&one| one.to_owned()).collect()
    }

    #[test]
    fn the_text_keeps_its_commas() {
        let facts = given(&[
            "category=noise, place=01001",
            "time=23:00,text=loud, a=b, loud",
        ]);
        assert_eq!(
            pairs(&facts).unwrap(),
            [
                ("category", "noise"),
                ("place", "01001"),
                ("time", "23:00"),
                ("text", "loud, a=b, loud")
            ]
        );
        assert!(pairs(&given(&[""])).unwrap().is_empty());
    }

    #[test]
    fn everything_wrong_is_told() {
        let error = pairs(&given(&["gas"])).unwrap_err().to_string();
        assert!(
            error.starts_with("--facts: \"gas\" is not name=value"),
            "{error}"
        );
        let wrong = sample(&small_pack(), &given(&["category=x,colour=red"])).unwrap_err();
        let wrong = wrong.to_string();
        assert_eq!(wrong.lines().count(), 2, "{wrong}");
        assert!(
            wrong.contains("--facts: category: the city has no category \"x\""),
            "{wrong}"
        );
    }
}
