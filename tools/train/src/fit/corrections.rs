//! What the desk corrected, as messages to learn from.

use swiftline_classifier::model::Example;

use crate::learn::{Doc, Plan};

/// A correction counts as so many messages: a person looked at it, and it is of this city.
const WEIGHT: f32 = 2.0;

/// The first line that says nothing: neither text nor features.
pub(super) fn check(examples: &[Example]) -> Result<(), String> {
    let empty = |example: &Example| example.text.is_none() && example.features.is_empty();
    match examples.iter().position(empty) {
        Some(line) => Err(format!("{}: neither text nor features", line + 1)),
        None => Ok(()),
    }
}

/// How many are for the model.
pub(super) fn count(examples: &[Example], model: &str) -> usize {
    examples
        .iter()
        .filter(|example| example.model == model)
        .count()
}

/// Adds those for the plan's model; a label that the model does not have becomes one.
pub(super) fn add(examples: &[Example], plan: &mut Plan, docs: &mut Vec<Doc>) {
    for example in examples.iter().filter(|example| example.model == plan.name) {
        let known = plan.labels.iter().position(|label| *label == example.label);
        let label = known.unwrap_or_else(|| {
            plan.labels.push(example.label.clone());
            plan.labels.len() - 1
        });
        let mut doc = Doc::new("", example.text.as_deref().unwrap_or(""), label);
        if example.text.is_none() {
            doc.features.clone_from(&example.features);
            doc.features.sort_unstable();
            doc.features.dedup_by_key(|(key, _)| *key);
            doc.features.retain(|(_, count)| *count > 0);
        }
        doc.weight = WEIGHT;
        // nothing else is in its group
        doc.group = usize::MAX - docs.len();
        docs.push(doc);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Known, train};
    use crate::testing::{docs, plan};
    use swiftline_classifier::model::{Fields, Reader, Scratch};

    fn example(label: &str, text: Option<&str>, features: Vec<(u64, u16)>) -> Example {
        Example {
            model: plan().name,
            label: label.to_owned(),
            text: text.map(str::to_owned),
            features,
        }
    }

    #[test]
    fn a_correction_is_learned_with_or_without_its_text() {
        let all = docs();
        let (_, before) =
            train(&plan(), &all.iter().collect::<Vec<_>>(), &Known::default()).unwrap();
        let text = "充电桩坏了，充电桩没有电";
        let features = Reader::of(&before).features(Fields::from(text), None);
        let again = "小区充电桩坏了很久";
        for correction in [
            example("charging", Some(text), Vec::new()),
            example("charging", None, features),
        ] {
            let (mut plan, mut docs) = (plan(), docs());
            add(&[correction.clone(), correction], &mut plan, &mut docs);
            let (_, model) =
                train(&plan, &docs.iter().collect::<Vec<_>>(), &Known::default()).unwrap();
            let label = model
                .predict(Fields::from(again), &mut Scratch::new())
                .label;
            assert_eq!(model.labels()[label], "charging");
        }
    }

    #[test]
    fn a_line_that_says_nothing_is_named_and_other_models_are_passed_over() {
        let good = example("a", Some("x"), Vec::new());
        assert_eq!(check(std::slice::from_ref(&good)), Ok(()));
        let error = check(&[good.clone(), example("a", None, Vec::new())]).unwrap_err();
        assert!(error.starts_with("2: "), "{error}");
        let other = Example {
            model: "other".to_owned(),
            ..good
        };
        assert_eq!(count(std::slice::from_ref(&other), &plan().name), 0);
        let (mut plan, mut docs) = (plan(), docs());
        let before = docs.len();
        add(&[other], &mut plan, &mut docs);
        assert_eq!(docs.len(), before);
    }
}
