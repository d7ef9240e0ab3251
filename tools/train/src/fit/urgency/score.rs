//! What counts of answers about urgency: emergencies that are missed, and ordinary messages that are raised.

use std::error::Error;

use swiftline_domain::vocabulary::Urgency;

use super::Written;

/// How many messages of each urgency were called which.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Score {
    /// By truth, then by answer.
    counts: [[u32; 3]; 3],
    /// Of the ordinary ones those that are no trap: all, and those that were raised to emergencies.
    plain: [u32; 2],
}

impl Score {
    /// Of messages and the answers to them.
    pub(crate) fn of<'a>(
        answers: impl IntoIterator<Item = (&'a Written, Urgency)>,
    ) -> Result<Self, Box<dyn Error>> {
        let mut score = Self::default();
        for (written, told) in answers {
            let truth = written.truth()?;
            score.counts[truth as usize][told as usize] += 1;
            if truth == Urgency::Normal && written.is_plain() {
                score.plain[0] += 1;
                score.plain[1] += u32::from(told == Urgency::Emergency);
            }
        }
        Ok(score)
    }

    /// Emergencies that were called so.
    pub(crate) fn recall(&self) -> f64 {
        let [_, _, emergencies] = self.counts;
        share(emergencies[2], emergencies.iter().sum())
    }

    /// Emergencies that were raised to urgent at least.
    pub(crate) fn raised(&self) -> f64 {
        let [_, _, emergencies] = self.counts;
        share(emergencies[1] + emergencies[2], emergencies.iter().sum())
    }

    /// Of what was called an emergency, what is one.
    fn precision(&self) -> f64 {
        let called: u32 = self.counts.iter().map(|told| told[2]).sum();
        share(self.counts[2][2], called)
    }

    /// Of what is urgent or worse, what was called so.
    fn pressing(&self) -> f64 {
        let [_, urgent, emergencies] = self.counts;
        let found: u32 = urgent[1..].iter().chain(&emergencies[1..]).sum();
        share(found, urgent.iter().chain(&emergencies).sum())
    }

    /// Ordinary messages that were called emergencies, and pressing.
    fn false_alarms(&self) -> (f64, f64) {
        let [normal, ..] = self.counts;
        let all = normal.iter().sum();
        (share(normal[2], all), share(normal[1] + normal[2], all))
    }

    /// What goes into a model's header.
    pub(crate) fn metrics(&self) -> [(&'static str, f64); 3] {
        [
            ("emergency_recall", self.recall()),
            ("emergency_raised", self.raised()),
            ("false_emergencies", self.false_alarms().0),
        ]
    }

    /// The head of a table of rows.
    pub(crate) const fn header() -> &'static str {
        "| | messages | recall of emergencies | raised to urgent at least | precision | recall of urgent or more | ordinary called \
         emergencies | of these, no traps | ordinary called pressing |\n|---|---|---|---|---|---|---|---|---|\n"
    }

    /// A row, without its end.
    pub(crate) fn row(&self, name: &str) -> String {
        let (emergencies, pressing) = self.false_alarms();
        format!(
            "| {name} | {} | {:.3} | {:.3} | {:.3} | {:.3} | {emergencies:.3} | {:.3} | {pressing:.3} |",
            self.counts.iter().flatten().sum::<u32>(),
            self.recall(),
            self.raised(),
            self.precision(),
            self.pressing(),
            share(self.plain[1], self.plain[0]),
        )
    }
}

/// 0 of nothing.
fn share(part: u32, whole: u32) -> f64 {
    f64::from(part) / f64::from(whole.max(1))
}

#[cfg(test)]
mod unit_tests {
    use swiftline_domain::vocabulary::Language;

    use super::*;

    #[test]
    fn a_missed_emergency_and_a_false_one_are_told_apart() {
        let written = |urgency: &str, note: &str| Written {
            text: String::new(),
            language: Language::ENGLISH,
            urgency: urgency.to_owned(),
            note: note.to_owned(),
            writing: None,
        };
        let all = [
            (written("emergency", "gas"), Urgency::Emergency),
            (written("emergency", "gas"), Urgency::Urgent),
            (written("urgent", "cut"), Urgency::Normal),
            (written("normal", "ordinary"), Urgency::Emergency),
            (written("normal", "figure"), Urgency::Normal),
        ];
        let score = Score::of(all.iter().map(|(one, told)| (one, *told))).unwrap();
        assert_eq!((score.recall(), score.raised()), (0.5, 1.0));
        assert_eq!(score.false_alarms(), (0.5, 0.5));
        assert_eq!(
            score.row("x"),
            "| x | 5 | 0.500 | 1.000 | 0.500 | 0.667 | 0.500 | 1.000 | 0.500 |"
        );
        let wrong = written("grave", "");
        assert!(Score::of([(&wrong, Urgency::Normal)]).is_err());
    }
}
