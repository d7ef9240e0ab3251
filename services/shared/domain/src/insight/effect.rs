//! What a campaign did to the inflow: before and after, with the rest of the city as the control.
//!
//! ```text
//! effect = (inside after / inside before) / (outside after / outside before)
//! ```
//!
//! A ratio of ratios (difference in differences on the logarithm): what the whole city has in common (season, weekday, weather)
//! falls out. Given a day's total, the part inside is binomial, so the logarithm of the effect has the variance
//! 1/a + 1/b + 1/c + 1/d, times how much more the days scatter around their period's share than binomial ones would
//! (Pearson's χ² over its degrees of freedom, never below 1). The interval holds the effect in 95 of 100 such
//! comparisons, as far as nothing else changed inside and not outside: that it cannot know.

/// Standard deviations to each side of a 95 % interval.
const WIDE: f64 = 1.959_963_984_540_054;
/// Added to each of the four sums when one is 0, so that a ratio exists.
const NONE: f64 = 0.5;

/// Cases of a day, of what the campaign is about and of the rest of the city.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Inflow {
    /// Of the campaign's categories in its areas.
    pub inside: u64,
    /// Of its categories elsewhere; of everything else, when it is everywhere.
    pub outside: u64,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// Cases inside before and after, a day.
    pub inside: (f64, f64),
    /// Cases outside before and after, a day.
    pub outside: (f64, f64),
    /// The ratio of ratios: 0.8 is a fifth less than without.
    pub ratio: f64,
    /// Its 95 % interval.
    pub interval: (f64, f64),
    /// How much more than binomial the days scatter; 1 is not more.
    pub scatter: f64,
}

/// The effect, from the days before and after; `None` without a day or a case on one of the sides.
#[must_use]
pub fn effect(before: &[Inflow], after: &[Inflow]) -> Option<Effect> {
    let (first, second) = (sum(before), sum(after));
    if before.is_empty() || after.is_empty() {
        return None;
    }
    if first.inside + second.inside == 0 || first.outside + second.outside == 0 {
        return None;
    }
    let sums = [first.inside, second.inside, first.outside, second.outside];
    let add = if sums.contains(&0) { NONE } else { 0.0 };
    let [b, a, d, c] = sums.map(|sum| sum as f64 + add);
    let scatter = scatter(before, after);
    let log = libm::log(a / b) - libm::log(c / d);
    let spread = WIDE * libm::sqrt((1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d) * scatter);
    let (days, later) = (before.len() as f64, after.len() as f64);
    Some(Effect {
        inside: (first.inside as f64 / days, second.inside as f64 / later),
        outside: (first.outside as f64 / days, second.outside as f64 / later),
        ratio: libm::exp(log),
        interval: (libm::exp(log - spread), libm::exp(log + spread)),
        scatter,
    })
}

fn sum(days: &[Inflow]) -> Inflow {
    days.iter().fold(Inflow::default(), |sum, day| Inflow {
        inside: sum.inside + day.inside,
        outside: sum.outside + day.outside,
    })
}

/// Pearson's χ² of the days around their period's share, over its degrees of freedom; at least 1.
fn scatter(before: &[Inflow], after: &[Inflow]) -> f64 {
    let (mut square, mut free) = (0.0, -2.0);
    for days in [before, after] {
        let all = sum(days);
        let share = all.inside as f64 / (all.inside + all.outside).max(1) as f64;
        for day in days {
            let total = (day.inside + day.outside) as f64;
            let variance = total * share * (1.0 - share);
            if variance > 0.0 {
                let off = day.inside as f64 - total * share;
                square += off * off / variance;
                free += 1.0;
            }
        }
    }
    if free > 0.0 {
        (square / free).max(1.0)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn days(inside: u64, outside: u64, days: usize) -> Vec<Inflow> {
        vec![Inflow { inside, outside }; days]
    }

    #[test]
    fn what_the_whole_city_has_in_common_is_no_effect() {
        let found = effect(&days(40, 400, 28), &days(20, 200, 28)).unwrap();
        assert!((found.ratio - 1.0).abs() < 1e-9, "{found:?}");
        assert!(found.interval.0 < 1.0 && found.interval.1 > 1.0);
        assert_eq!(found.inside, (40.0, 20.0));
    }

    #[test]
    fn half_of_it_is_seen_and_the_interval_is_that_of_the_logarithm() {
        let found = effect(&days(40, 400, 28), &days(20, 400, 28)).unwrap();
        assert!((found.ratio - 0.5).abs() < 1e-9);
        let spread = WIDE * (1.0 / 1_120.0 + 1.0 / 560.0 + 2.0 / 11_200.0_f64).sqrt();
        assert!((found.interval.1 - 0.5 * spread.exp()).abs() < 1e-9);
        assert!((found.scatter - 1.0).abs() < 1e-9);
    }

    #[test]
    fn days_that_scatter_widen_the_interval() {
        let mut rough = days(40, 400, 28);
        rough.iter_mut().step_by(2).for_each(|day| day.inside = 80);
        rough
            .iter_mut()
            .skip(1)
            .step_by(2)
            .for_each(|day| day.inside = 1);
        let found = effect(&rough, &days(40, 400, 28)).unwrap();
        assert!(found.scatter > 5.0, "{found:?}");
        assert!(found.interval.0 < 1.0 && found.interval.1 > 1.0);
    }

    #[test]
    fn nothing_to_compare_is_no_effect_and_none_after_is_still_one() {
        assert_eq!(effect(&[], &days(1, 1, 1)), None);
        assert_eq!(effect(&days(0, 9, 3), &days(0, 9, 3)), None);
        assert_eq!(effect(&days(9, 0, 3), &days(9, 0, 3)), None);
        let found = effect(&days(9, 90, 7), &days(0, 90, 7)).unwrap();
        assert!(found.ratio < 0.05 && found.interval.0 > 0.0);
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_ratio_and_the_mirror_its_inverse(
            before in proptest::collection::vec((0_u64..60, 0_u64..600), 1..20),
            after in proptest::collection::vec((0_u64..60, 0_u64..600), 1..20),
        ) {
            let days = |days: &[(u64, u64)]| -> Vec<Inflow> {
                days.iter().map(|(inside, outside)| Inflow { inside: *inside, outside: *outside }).collect()
            };
            let (before, after) = (days(&before), days(&after));
            let (Some(one), Some(other)) = (effect(&before, &after), effect(&after, &before)) else {
                return Ok(());
            };
            prop_assert!(one.interval.0 <= one.ratio && one.ratio <= one.interval.1);
            prop_assert!((one.ratio * other.ratio - 1.0).abs() < 1e-9);
        }
    }
}
