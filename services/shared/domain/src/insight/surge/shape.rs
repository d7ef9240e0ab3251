//! What is usual at each hour of the week, as a factor on a series' level: 1 on average.
//!
//! Few series have enough complaints to tell 168 hours apart, so each shape leans on a broader one: a category in a
//! district on the category in the whole city, that on its theme, that on the city, the city on the hour of the day, and
//! that on nothing. The factor of an hour is a gamma variable around the broader shape's; with `seen` complaints where the
//! broader shape expects `expected`, its mean is
//!
//! ```text
//! factor = broader · (seen + κ) / (expected + κ)
//! ```
//!
//! κ, how alike the shapes of a tier are, is estimated from all of the tier at once: Σ expected² over
//! Σ ((seen − expected)² − expected), the moments of a gamma–Poisson mixture (empirical Bayes).

use super::super::grid::{Grid, SeriesNo};
use super::super::hour::SLOTS;
use super::History;

/// κ in complaints: what hardly differs is one shape, what differs much still needs two complaints to show it.
const KAPPA: std::ops::RangeInclusive<f64> = 2.0..=5_000.0;

/// Factors by hour of the week.
pub(super) type Shape = [f32; SLOTS];

const FLAT: Shape = [1.0; SLOTS];

/// The shape of every series.
#[derive(Debug, Clone)]
pub(super) struct Shapes {
    /// By series; those without a complaint share their subject's.
    own: Vec<Option<Box<Shape>>>,
    subjects: Vec<Shape>,
}

impl Shapes {
    pub(super) fn of(&self, grid: &Grid, series: SeriesNo) -> &Shape {
        match &self.own[series.index()] {
            Some(shape) => shape,
            None => &self.subjects[grid.split(series).0],
        }
    }

    /// Learns the shapes from a history.
    pub(super) fn learn(grid: &Grid, history: &History) -> Self {
        let mut hours = [0.0_f32; SLOTS];
        let mut own: Vec<Option<Box<Shape>>> = vec![None; grid.len()];
        for hour in history.hours() {
            let slot = hour.slot.index();
            hours[slot] += 1.0;
            for (series, count) in &hour.counts {
                let seen = own[series.index()].get_or_insert_with(|| Box::new([0.0; SLOTS]));
                seen[slot] += *count as f32;
            }
        }
        let cities = by_subject(grid, &own);
        let city = city_shape(grid, &cities, &hours);
        let (themes, rest): (Vec<usize>, Vec<usize>) =
            (0..grid.subjects()).partition(|subject| grid.theme_of(*subject).is_none());
        let mut subjects = vec![FLAT; grid.subjects()];
        lean(&themes, &cities, |_| &city, &hours)
            .into_iter()
            .zip(&themes)
            .for_each(|(shape, theme)| subjects[*theme] = shape);
        let broader = |subject: usize| match grid.theme_of(subject) {
            Some(theme) => &subjects[theme],
            None => &city,
        };
        let leaned = lean(&rest, &cities, broader, &hours);
        for (shape, subject) in leaned.into_iter().zip(&rest) {
            subjects[*subject] = shape;
        }
        let told: Vec<usize> = (0..own.len()).filter(|at| own[*at].is_some()).collect();
        let seen: Vec<Shape> = own.iter().flatten().map(|seen| **seen).collect();
        let places: Vec<usize> = (0..told.len()).collect();
        let subject_of = |place: usize| told[place] / grid.places();
        let shapes = lean(&places, &seen, |place| &subjects[subject_of(place)], &hours);
        for (shape, at) in shapes.into_iter().zip(&told) {
            own[*at] = Some(Box::new(shape));
        }
        Self { own, subjects }
    }
}

/// What each subject had in the whole city.
fn by_subject(grid: &Grid, own: &[Option<Box<Shape>>]) -> Vec<Shape> {
    own.chunks(grid.places())
        .map(|places| {
            let mut sum = [0.0; SLOTS];
            for seen in places.iter().flatten() {
                add(&mut sum, seen);
            }
            sum
        })
        .collect()
}

/// The whole city's, leaning on the hour of the day.
fn city_shape(grid: &Grid, cities: &[Shape], hours: &Shape) -> Shape {
    let mut all = [0.0; SLOTS];
    // A theme has what is under it already.
    for (subject, seen) in cities.iter().enumerate() {
        if grid.theme_of(subject).is_none() {
            add(&mut all, seen);
        }
    }
    let mut by_day = [0.0; SLOTS];
    for hour in 0..24 {
        let of_day = || (hour..SLOTS).step_by(24);
        let seen: f32 = of_day().map(|slot| all[slot]).sum();
        let hours: f32 = of_day().map(|slot| hours[slot]).sum();
        of_day().for_each(|slot| by_day[slot] = if hours > 0.0 { seen / hours } else { 0.0 });
    }
    // An hour of the day that was never seen is like the average.
    let known: Vec<f32> = by_day.iter().copied().filter(|rate| *rate > 0.0).collect();
    let average = known.iter().sum::<f32>() / (known.len() as f32).max(1.0);
    for rate in &mut by_day {
        *rate = if *rate > 0.0 { *rate } else { average.max(1.0) };
    }
    level(&mut by_day, hours);
    let one = [all];
    let mut shapes = lean(&[0], &one, |_| &by_day, hours);
    shapes.pop().unwrap_or(FLAT)
}

fn add(sum: &mut Shape, seen: &Shape) {
    sum.iter_mut()
        .zip(seen)
        .for_each(|(sum, seen)| *sum += seen);
}

/// The shapes of a tier, each leaning on a broader one.
fn lean<'a>(
    tier: &[usize],
    seen: &[Shape],
    broader: impl Fn(usize) -> &'a Shape,
    hours: &Shape,
) -> Vec<Shape> {
    let (mut above, mut below) = (0.0, 0.0);
    for at in tier {
        let seen = &seen[*at];
        for (seen, expected) in seen.iter().zip(expected(seen, broader(*at), hours)) {
            let off = f64::from(*seen) - expected;
            above += expected * expected;
            below += off * off - expected;
        }
    }
    let kappa = if below > 0.0 {
        (above / below).clamp(*KAPPA.start(), *KAPPA.end())
    } else {
        *KAPPA.end()
    };
    let shape = |at: &usize| {
        let (seen, broader) = (&seen[*at], broader(*at));
        let mut shape = *broader;
        for ((factor, seen), expected) in shape
            .iter_mut()
            .zip(seen.iter())
            .zip(expected(seen, broader, hours))
        {
            *factor *= ((f64::from(*seen) + kappa) / (expected + kappa)) as f32;
        }
        level(&mut shape, hours);
        shape
    };
    tier.iter().map(shape).collect()
}

/// What each hour of the week would have if the broader shape were right.
fn expected(seen: &Shape, broader: &Shape, hours: &Shape) -> impl Iterator<Item = f64> {
    let all: f64 = seen.iter().copied().map(f64::from).sum();
    let of = |(hours, factor): (&f32, &f32)| f64::from(*hours) * f64::from(*factor);
    let whole: f64 = hours.iter().zip(broader).map(of).sum();
    let share = if whole > 0.0 { all / whole } else { 0.0 };
    let (hours, broader) = (*hours, *broader);
    (0..SLOTS).map(move |slot| share * of((&hours[slot], &broader[slot])))
}

/// Makes the average over the hours that were seen 1.
fn level(shape: &mut Shape, hours: &Shape) {
    let all: f32 = hours.iter().sum();
    let sum: f32 = shape
        .iter()
        .zip(hours)
        .map(|(factor, hours)| factor * hours)
        .sum();
    if all > 0.0 && sum > 0.0 {
        shape.iter_mut().for_each(|factor| *factor *= all / sum);
    }
}
