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
    /// From 0, every weight costs the same, to 1, the cost of a weight falls with how unevenly the feature is spread between its
    /// label and the others (as in NB-SVM, Wang and Manning 2012).
    pub(super) evidence: f32,
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
    /// For each feature, and last for the bias, how freely the weight of a label moves.
    freedom: Vec<f32>,
    /// For each label the square of the message's length, in that freedom.
    squares: Vec<f32>,
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
        freedom: freedom(problem, stride),
        squares: vec![0.0; stride],
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
        self.squares.fill(1.0);
        for (feature, value) in row {
            let place = *feature as usize * self.stride;
            add(
                &mut self.sums,
                &self.weights[place..][..self.stride],
                *value,
            );
            let freedom = &self.freedom[place..][..self.stride];
            add(&mut self.squares, freedom, value * value);
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
            let moved = (*dual - gradient / (self.squares[label] + slack)).max(0.0);
            self.steps[label] = (moved - *dual) * side;
            *dual = moved;
        }
        if worst > 0.0 {
            for (feature, value) in row.iter().chain(&[(self.problem.features as u32, 1.0)]) {
                let place = *feature as usize * self.stride;
                let weights = &mut self.weights[place..][..self.stride];
                let freedom = &self.freedom[place..][..self.stride];
                for ((weight, step), freedom) in weights.iter_mut().zip(&self.steps).zip(freedom) {
                    *weight += value * step * freedom;
                }
            }
        }
        worst
    }
}

/// How freely each weight moves: the square of `1 - e + e·|r|/mean |r|`, where `r` is the logarithm of how much more frequent
/// the feature is among messages of the label than among the others, and `e` the problem's `evidence`.
fn freedom(problem: &Problem<'_>, stride: usize) -> Vec<f32> {
    let mut freedom = vec![1.0; (problem.features + 1) * stride];
    if problem.evidence == 0.0 {
        return freedom;
    }
    let classes = problem.classes;
    let mut counts = vec![0.0_f32; problem.features * classes];
    let mut messages = vec![0.0_f32; classes];
    for (row, label) in problem.rows.iter().zip(problem.labels) {
        messages[*label] += 1.0;
        for (feature, _) in row {
            counts[*feature as usize * classes + label] += 1.0;
        }
    }
    let all: f32 = messages.iter().sum();
    let (mut sum, mut seen) = (0.0_f64, 0.0_f64);
    for (feature, counts) in counts.chunks_exact(classes).enumerate() {
        let having: f32 = counts.iter().sum();
        for label in 0..classes {
            let among = (counts[label] + 1.0) / (messages[label] + 2.0);
            let besides = (having - counts[label] + 1.0) / (all - messages[label] + 2.0);
            let ratio = libm::logf(among / besides).abs();
            freedom[feature * stride + label] = ratio;
            sum += f64::from(ratio * having);
            seen += f64::from(having);
        }
    }
    let mean = (sum / seen.max(1.0)).max(1e-6) as f32;
    for row in freedom.chunks_exact_mut(stride).take(problem.features) {
        for cell in &mut row[..classes] {
            let free = 1.0 - problem.evidence + problem.evidence * *cell / mean;
            *cell = free * free;
        }
    }
    freedom
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
            evidence: 0.5,
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
                evidence: 0.0,
            };
            let linear = train(&problem, 7);
            linear.weights[0] + linear.biases[0]
        };
        assert!(score(&[3.0, 1.0]) > 0.2 && score(&[1.0, 3.0]) < -0.2);
    }
}
