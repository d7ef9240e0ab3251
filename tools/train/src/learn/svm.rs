//! One-against-the-rest linear support vector machines with squared hinge loss, by dual coordinate descent (Hsieh et al., ICML
//! 2008), all labels in one pass. Own, because the crates for it want dense arrays (linfa) or a C++ library (liblinear).

use super::Chance;

/// Enough when no dual variable is further than this from its place.
const TOLERANCE: f32 = 0.02;
/// Passes over the messages, at most.
const PASSES: usize = 80;
/// Labels are handled so many at once.
const LANES: usize = 8;

/// What is to be learned.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    /// Messages as places of features and values.
    pub(super) rows: &'a [Vec<(u32, f32)>],
    /// The label of each.
    pub(super) labels: &'a [usize],
    /// What each costs on the wrong side.
    pub(super) costs: &'a [f32],
    pub(super) classes: usize,
    pub(super) features: usize,
}

/// What was learned.
#[derive(Debug)]
pub(super) struct Linear {
    /// For each feature a weight per label.
    pub(super) weights: Vec<f32>,
    pub(super) biases: Vec<f32>,
}

/// The state of learning; rows of numbers are padded to whole [`LANES`].
struct State<'a> {
    problem: &'a Problem<'a>,
    stride: usize,
    /// For each feature, and last for the bias, a weight per label.
    weights: Vec<f32>,
    /// For each message, a dual variable per label.
    duals: Vec<f32>,
    sums: Vec<f32>,
    steps: Vec<f32>,
}

pub(super) fn train(problem: &Problem<'_>, seed: u64) -> Linear {
    let stride = problem.classes.next_multiple_of(LANES);
    let mut state = State {
        problem,
        stride,
        weights: vec![0.0; (problem.features + 1) * stride],
        duals: vec![0.0; problem.rows.len() * stride],
        sums: vec![0.0; stride],
        steps: vec![0.0; stride],
    };
    let mut order: Vec<usize> = (0..problem.rows.len()).collect();
    let mut chance = Chance::new(seed);
    for _ in 0..PASSES {
        chance.shuffle(&mut order);
        let worst = order
            .iter()
            .fold(0.0, |worst: f32, message| worst.max(state.visit(*message)));
        if worst < TOLERANCE {
            break;
        }
    }
    let mut weights: Vec<f32> = Vec::with_capacity((problem.features + 1) * problem.classes);
    for row in state.weights.chunks_exact(stride) {
        weights.extend(&row[..problem.classes]);
    }
    let biases = weights.split_off(problem.features * problem.classes);
    Linear { weights, biases }
}

impl State<'_> {
    /// Moves the message's dual variables to their best places given the others; how far off the worst was.
    fn visit(&mut self, message: usize) -> f32 {
        let row = &self.problem.rows[message];
        let bias = self.problem.features * self.stride;
        self.sums.copy_from_slice(&self.weights[bias..]);
        let mut square = 1.0;
        for (feature, value) in row {
            square += value * value;
            let weights = &self.weights[*feature as usize * self.stride..][..self.stride];
            add(&mut self.sums, weights, *value);
        }
        let slack = 0.5 / self.problem.costs[message];
        let mut worst: f32 = 0.0;
        self.steps.fill(0.0);
        let duals = &mut self.duals[message * self.stride..][..self.problem.classes];
        for (label, dual) in duals.iter_mut().enumerate() {
            let side = if label == self.problem.labels[message] {
                1.0
            } else {
                -1.0
            };
            let gradient = side * self.sums[label] - 1.0 + slack * *dual;
            if *dual == 0.0 && gradient >= 0.0 {
                continue;
            }
            worst = worst.max(gradient.abs());
            let moved = (*dual - gradient / (square + slack)).max(0.0);
            self.steps[label] = (moved - *dual) * side;
            *dual = moved;
        }
        if worst > 0.0 {
            for (feature, value) in row.iter().chain(&[(self.problem.features as u32, 1.0)]) {
                let weights = &mut self.weights[*feature as usize * self.stride..][..self.stride];
                add(weights, &self.steps, *value);
            }
        }
        worst
    }
}

fn add(to: &mut [f32], row: &[f32], value: f32) {
    let (to, row) = (to.as_chunks_mut::<LANES>().0, row.as_chunks::<LANES>().0);
    for (to, row) in to.iter_mut().zip(row) {
        for (to, number) in to.iter_mut().zip(row) {
            *to += value * number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three labels, each with a feature of its own and one that all share.
    fn rows() -> (Vec<Vec<(u32, f32)>>, Vec<usize>) {
        let labels: Vec<usize> = (0..60).map(|message| message % 3).collect();
        let row = |label: &usize| vec![(*label as u32, 0.8), (3, 0.6)];
        (labels.iter().map(row).collect(), labels)
    }

    #[test]
    fn what_can_be_told_apart_is() {
        let (rows, labels) = rows();
        let problem = Problem {
            rows: &rows,
            labels: &labels,
            costs: &[1.0; 60],
            classes: 3,
            features: 4,
        };
        let linear = train(&problem, 7);
        for (row, label) in rows.iter().zip(&labels) {
            let score = |class: usize| {
                let sum: f32 = row
                    .iter()
                    .map(|(f, v)| v * linear.weights[*f as usize * 3 + class])
                    .sum();
                sum + linear.biases[class]
            };
            assert!(score(*label) > 0.5, "{}", score(*label));
            assert!((0..3).all(|other| other == *label || score(other) < -0.5));
        }
        assert_eq!(linear.weights, train(&problem, 7).weights);
    }

    #[test]
    fn a_message_that_costs_more_is_fitted_more_closely() {
        let rows = vec![vec![(0, 1.0)], vec![(0, 1.0)]];
        let score = |costs: &[f32]| {
            let problem = Problem {
                rows: &rows,
                labels: &[0, 1],
                costs,
                classes: 2,
                features: 1,
            };
            let linear = train(&problem, 7);
            linear.weights[0] + linear.biases[0]
        };
        assert!(score(&[3.0, 1.0]) > 0.2 && score(&[1.0, 3.0]) < -0.2);
    }
}
