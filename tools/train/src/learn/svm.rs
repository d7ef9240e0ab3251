//! One-against-the-rest linear support vector machines with squared hinge loss, by dual coordinate descent (Hsieh et al., ICML
//! 2008), all labels in one pass. Own, because the crates for it want dense arrays (linfa) or a C++ library (liblinear).

use serde::{Deserialize, Serialize};

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
    /// How telling each feature is.
    pub(super) idf: &'a [f32],
    pub(super) freedom: Freedom,
}

/// How freely each weight moves: the more freely, the less it costs to be large.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum Freedom {
    /// The more evenly a feature is spread between its label and the others, the less (as in NB-SVM, Wang and Manning 2012):
    /// the square of `1 - e + e·|r|/mean |r|`, where `r` is the logarithm of how much more frequent the feature is among messages
    /// of the label than among the others, and `e` is this, from 0 (all alike) to 1.
    Evidence(f32),
    /// The rarer a feature, the less: `c·idf⁻ᵖ`, where `p` is this, and `c` leaves the messages as long as they are on the average.
    Common(f32),
}

/// What was learned.
#[derive(Debug, Default)]
pub(super) struct Linear {
    /// For each feature a weight per label.
    pub(super) weights: Vec<f32>,
    pub(super) biases: Vec<f32>,
}

impl Linear {
    /// The mean of machines for the same features; none of them is nothing.
    pub(super) fn mean(machines: impl ExactSizeIterator<Item = Self>) -> Self {
        let share = 1.0 / machines.len().max(1) as f32;
        let scale = |numbers: &mut Vec<f32>| numbers.iter_mut().for_each(|number| *number *= share);
        let add = |all: &mut Vec<f32>, more: &[f32]| {
            all.iter_mut()
                .zip(more)
                .for_each(|(sum, number)| *sum += number);
        };
        let sum = machines.reduce(|mut all, machine| {
            add(&mut all.weights, &machine.weights);
            add(&mut all.biases, &machine.biases);
            all
        });
        let mut mean = sum.unwrap_or_default();
        scale(&mut mean.weights);
        scale(&mut mean.biases);
        mean
    }

    /// The places of so many features in order: those with the largest weights for any label; of equals the first.
    pub(super) fn heaviest(&self, classes: usize, most: usize) -> Vec<usize> {
        let heaviest = |weights: &[f32]| weights.iter().fold(0.0, |most: f32, w| most.max(w.abs()));
        let heaviest: Vec<f32> = self.weights.chunks_exact(classes).map(heaviest).collect();
        let mut places: Vec<usize> = (0..heaviest.len()).collect();
        places.sort_by(|a, b| heaviest[*b].total_cmp(&heaviest[*a]));
        places.truncate(most);
        places.sort_unstable();
        places
    }
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
        weights: vec![0.0; (problem.idf.len() + 1) * stride],
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
    let mut weights: Vec<f32> = Vec::with_capacity((problem.idf.len() + 1) * problem.classes);
    for row in state.weights.chunks_exact(stride) {
        weights.extend(&row[..problem.classes]);
    }
    let biases = weights.split_off(problem.idf.len() * problem.classes);
    Linear { weights, biases }
}

impl State<'_> {
    /// Moves the message's dual variables to their best places given the others; how far off the worst was.
    fn visit(&mut self, message: usize) -> f32 {
        let row = &self.problem.rows[message];
        let bias = self.problem.idf.len() * self.stride;
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
            for (feature, value) in row.iter().chain(&[(self.problem.idf.len() as u32, 1.0)]) {
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

/// How freely each weight moves; that of the bias, which stands last, neither more nor less.
fn freedom(problem: &Problem<'_>, stride: usize) -> Vec<f32> {
    let mut freedom = vec![1.0; (problem.idf.len() + 1) * stride];
    match problem.freedom {
        Freedom::Evidence(evidence) if evidence > 0.0 => {
            by_evidence(problem, evidence, &mut freedom, stride);
        }
        Freedom::Evidence(_) => {}
        Freedom::Common(power) => by_commonness(problem, power, &mut freedom, stride),
    }
    freedom
}

fn by_evidence(problem: &Problem<'_>, evidence: f32, freedom: &mut [f32], stride: usize) {
    let (classes, features) = (problem.classes, problem.idf.len());
    let mut counts = vec![0.0_f32; features * classes];
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
    for row in freedom.chunks_exact_mut(stride).take(features) {
        for cell in &mut row[..classes] {
            let free = 1.0 - evidence + evidence * *cell / mean;
            *cell = free * free;
        }
    }
}

fn by_commonness(problem: &Problem<'_>, power: f32, freedom: &mut [f32], stride: usize) {
    let of = |idf: f32| libm::powf(idf, -power);
    let (mut squares, mut weighed) = (0.0_f64, 0.0_f64);
    for (feature, value) in problem.rows.iter().flatten() {
        let square = value * value;
        squares += f64::from(square);
        weighed += f64::from(square * of(problem.idf[*feature as usize]));
    }
    let scale = (squares / weighed.max(1e-9)) as f32;
    for (row, idf) in freedom.chunks_exact_mut(stride).zip(problem.idf) {
        row.fill(scale * of(*idf));
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
            idf: &[1.0; 4],
            freedom: Freedom::Evidence(0.5),
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
    fn the_heaviest_features_are_those_that_speak_loudest_for_or_against_a_label() {
        let linear = Linear {
            weights: vec![0.1, 0.2, -0.9, 0.0, 0.2, 0.2, 0.3, -0.1],
            biases: vec![0.0; 2],
        };
        assert_eq!(linear.heaviest(2, 2), [1, 3]);
        assert_eq!(linear.heaviest(2, 3), [0, 1, 3], "of equals the first");
        assert_eq!(linear.heaviest(2, 9), [0, 1, 2, 3]);
    }

    #[test]
    fn the_mean_of_machines_is_theirs_weight_by_weight() {
        let machine = |weight: f32| Linear {
            weights: vec![weight, -weight],
            biases: vec![2.0 * weight],
        };
        let mean = Linear::mean([1.0, 4.0].map(machine).into_iter());
        assert_eq!((mean.weights, mean.biases), (vec![2.5, -2.5], vec![5.0]));
    }

    #[test]
    fn what_is_rarer_moves_less_freely_and_messages_stay_as_long() {
        let rows = vec![vec![(0, 0.6), (1, 0.8)], vec![(0, 1.0)]];
        let problem = Problem {
            rows: &rows,
            labels: &[0, 1],
            costs: &[1.0; 2],
            classes: 2,
            idf: &[1.0, 3.0],
            freedom: Freedom::Common(0.6),
        };
        let freedom = freedom(&problem, LANES);
        let (frequent, rare, bias) = (freedom[0], freedom[LANES], freedom[2 * LANES]);
        assert!(rare < 1.0 && 1.0 < frequent && bias == 1.0);
        assert!((rare / frequent - libm::powf(3.0, -0.6)).abs() < 1e-6);
        let lengths = (0.36 + 1.0) * frequent + 0.64 * rare;
        assert!((lengths - 2.0).abs() < 1e-6, "{lengths}");
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
                idf: &[1.0],
                freedom: Freedom::Evidence(0.0),
            };
            let linear = train(&problem, 7);
            linear.weights[0] + linear.biases[0]
        };
        assert!(score(&[3.0, 1.0]) > 0.2 && score(&[1.0, 3.0]) < -0.2);
    }
}
