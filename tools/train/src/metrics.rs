//! Figures of a set of answers.

use std::fmt::Write as _;

use swiftline_classifier::model::calibration_error;

/// How often each label was taken for each other.
#[derive(Debug, Clone)]
pub(crate) struct Confusion {
    labels: usize,
    /// By truth, then by answer.
    cells: Vec<f64>,
}

impl Confusion {
    pub(crate) fn new(labels: usize) -> Self {
        Self {
            labels,
            cells: vec![0.0; labels * labels],
        }
    }

    /// Of pairs of truth and answer.
    pub(crate) fn of(labels: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut confusion = Self::new(labels);
        for (truth, answer) in pairs {
            confusion.add(truth, answer, 1.0);
        }
        confusion
    }

    /// So many messages of this truth had this answer.
    pub(crate) fn add(&mut self, truth: usize, answer: usize, messages: f64) {
        self.cells[truth * self.labels + answer] += messages;
    }

    fn cell(&self, truth: usize, answer: usize) -> f64 {
        self.cells[truth * self.labels + answer]
    }

    /// Messages that truly are of the label.
    pub(crate) fn support(&self, label: usize) -> f64 {
        (0..self.labels)
            .map(|answer| self.cell(label, answer))
            .sum()
    }

    /// Of the messages that got the label, the share that is of it; 0 when none got it.
    pub(crate) fn precision(&self, label: usize) -> f64 {
        let answered: f64 = (0..self.labels).map(|truth| self.cell(truth, label)).sum();
        if answered == 0.0 {
            0.0
        } else {
            self.cell(label, label) / answered
        }
    }

    /// Of the messages of the label, the share that got it; 0 when there are none.
    pub(crate) fn recall(&self, label: usize) -> f64 {
        let support = self.support(label);
        if support == 0.0 {
            0.0
        } else {
            self.cell(label, label) / support
        }
    }

    /// The harmonic mean of precision and recall.
    pub(crate) fn f1(&self, label: usize) -> f64 {
        let (precision, recall) = (self.precision(label), self.recall(label));
        let sum = precision + recall;
        if sum == 0.0 {
            0.0
        } else {
            2.0 * precision * recall / sum
        }
    }

    /// The mean F1 of the labels that have at least so many messages; 0 when there is none.
    pub(crate) fn macro_f1(&self, at_least: f64) -> f64 {
        let counted: Vec<f64> = (0..self.labels)
            .filter(|label| self.support(*label) >= at_least)
            .map(|label| self.f1(label))
            .collect();
        if counted.is_empty() {
            0.0
        } else {
            mean(&counted)
        }
    }

    /// The share of messages that was right; 0 of none.
    pub(crate) fn accuracy(&self) -> f64 {
        let all: f64 = self.cells.iter().sum();
        let right: f64 = (0..self.labels).map(|label| self.cell(label, label)).sum();
        if all == 0.0 { 0.0 } else { right / all }
    }

    /// A table of precision, recall and F1 a label, in Markdown; labels without messages are left out.
    pub(crate) fn by_label(&self, names: &[String]) -> String {
        let mut text =
            String::from("| label | messages | precision | recall | F1 |\n|---|---|---|---|---|\n");
        for (label, name) in names
            .iter()
            .enumerate()
            .filter(|(l, _)| self.support(*l) > 0.0)
        {
            let (support, f1) = (self.support(label), self.f1(label));
            let (precision, recall) = (self.precision(label), self.recall(label));
            // writing to a String cannot fail
            let _ = writeln!(
                text,
                "| {name} | {support:.0} | {precision:.3} | {recall:.3} | {f1:.3} |"
            );
        }
        text
    }

    /// The whole table, truth down, answers across, in Markdown.
    pub(crate) fn table(&self, names: &[String]) -> String {
        let mut text = format!("| truth \\ answer | {} |\n|---|", names.join(" | "));
        text.push_str(&"---|".repeat(self.labels));
        text.push('\n');
        for (truth, name) in names.iter().enumerate() {
            let cells = (0..self.labels).map(|answer| format!("{:.0}", self.cell(truth, answer)));
            let _ = writeln!(
                text,
                "| {name} | {} |",
                cells.collect::<Vec<_>>().join(" | ")
            );
        }
        text
    }
}

/// 0 of none.
pub(crate) fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}

/// The standard deviation of a population; 0 of none.
pub(crate) fn spread(numbers: &[f64]) -> f64 {
    let mean = mean(numbers);
    let squares: Vec<f64> = numbers
        .iter()
        .map(|number| (number - mean).powi(2))
        .collect();
    self::mean(&squares).sqrt()
}

/// The share of wrong answers among the most confident `coverage` (0 to 1) of them.
pub(crate) fn risk_at(coverage: f64, answers: &[(f32, bool)]) -> f64 {
    let mut sorted = answers.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let kept = ((answers.len() as f64 * coverage).round() as usize).max(1);
    let wrong = sorted.iter().take(kept).filter(|(_, right)| !right).count();
    wrong as f64 / kept as f64
}

/// Calibration error and the risk-coverage curve, in Markdown.
pub(crate) fn confidence_report(answers: &[(f32, bool)]) -> String {
    let mut text = format!(
        "Expected calibration error (15 bins): {:.4}\n\n",
        calibration_error(answers)
    );
    text.push_str("| answered (most confident first) | error |\n|---|---|\n");
    for percent in [100, 95, 90, 80, 70, 50] {
        let risk = risk_at(f64::from(percent) / 100.0, answers);
        let _ = writeln!(text, "| {percent} % | {:.2} % |", risk * 100.0);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_what_the_books_say() {
        let pairs = [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (2, 2)];
        let confusion = Confusion::of(4, pairs);
        assert!((confusion.precision(0) - 2.0 / 3.0).abs() < 1e-9);
        assert!((confusion.recall(1) - 0.5).abs() < 1e-9);
        assert!((confusion.f1(1) - 0.5).abs() < 1e-9);
        assert_eq!(confusion.f1(3), 0.0);
        assert!((confusion.macro_f1(1.0) - (2.0 / 3.0 + 0.5 + 1.0) / 3.0).abs() < 1e-9);
        assert_eq!(confusion.macro_f1(9.0), 0.0);
        assert!((confusion.accuracy() - 4.0 / 6.0).abs() < 1e-9);
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        assert!(
            confusion
                .by_label(&names)
                .contains("| b | 2 | 0.500 | 0.500 | 0.500 |")
        );
        assert!(confusion.table(&names).contains("| a | 2 | 1 | 0 | 0 |"));
    }

    #[test]
    fn those_it_is_surest_of_come_first() {
        let answers = [(0.2, false), (0.9, true), (0.8, true), (0.7, false)];
        assert_eq!(risk_at(1.0, &answers), 0.5);
        assert_eq!(risk_at(0.5, &answers), 0.0);
        assert!((spread(&[1.0, 3.0]) - 1.0).abs() < 1e-9);
        assert!(confidence_report(&answers).contains("| 100 % | 50.00 % |"));
    }
}
