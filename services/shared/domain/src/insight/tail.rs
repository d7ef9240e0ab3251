//! Tails of counts: how unlikely so many or more are.
//!
//! A count is Poisson, or negative binomial when it is more scattered than that: mean `mean`, variance
//! `mean + scatter · mean²`. Computed by the incomplete gamma and beta functions (series and Lentz's continued fraction),
//! with `libm`, so that every machine gets the same figures.

/// A count to be expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// How many, at least 0.
    pub mean: f64,
    /// How much more scattered than Poisson: variance `mean + scatter · mean²`; 0 is Poisson.
    pub scatter: f64,
}

/// Below this scatter a count is taken as Poisson: the beta function loses digits there, the tails are the same.
const POISSON: f64 = 1e-7;
/// Terms of a series or fraction; each case that occurs here ends long before.
const TERMS: u32 = 10_000;
const SMALL: f64 = 1e-300;
const EXACT: f64 = 1e-14;

impl Expected {
    /// The variance.
    #[must_use]
    pub fn variance(self) -> f64 {
        self.mean + self.scatter * self.mean * self.mean
    }

    /// The chance of `count` or more, 0 to 1.
    #[must_use]
    pub fn at_least(self, count: u64) -> f64 {
        if count == 0 {
            return 1.0;
        }
        if self.mean <= 0.0 {
            return 0.0;
        }
        let count = count as f64;
        if self.scatter <= POISSON {
            return gamma_p(count, self.mean);
        }
        let size = 1.0 / self.scatter;
        beta_i(count, size, self.mean / (self.mean + size))
    }

    /// The smallest count that is not exceeded with this chance (above 0, below 1).
    #[must_use]
    pub fn quantile(self, chance: f64) -> u64 {
        // P(Y ≤ n) = 1 − P(Y ≥ n + 1); an interval that doubles, then halves.
        let reached = |count: u64| 1.0 - self.at_least(count + 1) >= chance;
        let mut high = 1;
        while !reached(high) && high < u64::from(u32::MAX) {
            high *= 2;
        }
        let mut low = 0;
        while low < high {
            let middle = low + (high - low) / 2;
            if reached(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        high
    }
}

/// The regularised lower incomplete gamma function, P(a, x); a and x above 0. It is also P(Poisson(x) ≥ a).
#[must_use]
pub fn gamma_p(a: f64, x: f64) -> f64 {
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for n in 1..TERMS {
            term *= x / (a + f64::from(n));
            sum += term;
            if term < sum * EXACT {
                break;
            }
        }
        return (front * sum).min(1.0);
    }
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / SMALL;
    let mut d = 1.0 / b;
    let mut h = d;
    for n in 1..TERMS {
        let n = f64::from(n);
        let an = -n * (n - a);
        b += 2.0;
        d = 1.0 / away(an * d + b);
        c = away(b + an / c);
        h *= d * c;
        if (d * c - 1.0).abs() < EXACT {
            break;
        }
    }
    (1.0 - front * h).clamp(0.0, 1.0)
}

/// The regularised incomplete beta function, I_x(a, b); a and b above 0, x from 0 to 1.
#[must_use]
pub fn beta_i(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let logs = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b);
    let front = libm::exp(logs + a * libm::log(x) + b * libm::log1p(-x));
    if x < (a + 1.0) / (a + b + 2.0) {
        (front * beta_fraction(a, b, x) / a).clamp(0.0, 1.0)
    } else {
        (1.0 - front * beta_fraction(b, a, 1.0 - x) / b).clamp(0.0, 1.0)
    }
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let (sum, above, below) = (a + b, a + 1.0, a - 1.0);
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - sum * x / above);
    let mut h = d;
    for m in 1..TERMS {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((below + 2.0 * m) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (sum + m) * x / ((a + 2.0 * m) * (above + 2.0 * m));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        h *= d * c;
        if (d * c - 1.0).abs() < EXACT {
            break;
        }
    }
    h
}

/// The same, but never so near to 0 that it cannot be divided by.
fn away(value: f64) -> f64 {
    if value.abs() < SMALL { SMALL } else { value }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(found: f64, known: f64) {
        assert!(
            (found / known - 1.0).abs() < 1e-9,
            "{found:e} is not {known:e}"
        );
    }

    fn of(mean: f64, scatter: f64) -> Expected {
        Expected { mean, scatter }
    }

    // The known values were computed with SciPy 1.17 (`poisson.sf`, `nbinom.sf`).
    #[test]
    fn tails_of_poisson_are_those_of_the_tables() {
        for (mean, count, known) in [
            (0.1, 3, 1.546_530_702_646_717e-4),
            (2.5, 8, 4.246_695_489_344_507e-3),
            (10.0, 25, 4.694_938_142_679_987e-5),
            (100.0, 150, 1.884_210_466_038_684_4e-6),
            (0.5, 30, 2.164_467_298_149_885e-42),
            (1000.0, 1100, 9.626_304_058_665_587e-4),
        ] {
            near(of(mean, 0.0).at_least(count), known);
        }
    }

    #[test]
    fn tails_of_the_negative_binomial_are_those_of_the_tables() {
        for (mean, scatter, count, known) in [
            (0.5, 0.2, 5, 5.715_525_434_020_336e-4),
            (5.0, 0.1, 20, 9.414_000_241_685_874e-5),
            (50.0, 0.05, 100, 9.989_734_674_058_267e-4),
            (3.0, 2.0, 1, 0.622_035_526_990_772_8),
            (200.0, 0.01, 300, 1.359_830_985_021_092_5e-4),
            (0.02, 1.0, 6, 5.683_016_845_991_701e-11),
        ] {
            near(of(mean, scatter).at_least(count), known);
        }
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        let both = |of: Expected| (of.quantile(0.025), of.quantile(0.975));
        assert_eq!(both(of(5.0, 0.1)), (1, 11));
        assert_eq!(both(of(50.0, 0.05)), (27, 79));
        assert_eq!(both(of(0.3, 0.5)), (0, 2));
        assert_eq!(both(of(7.0, 0.0)), (2, 13));
        assert_eq!(both(of(0.0, 0.0)), (0, 0));
    }

    proptest! {
        #[test]
        fn a_tail_falls_with_the_count_and_rises_with_the_mean(
            mean in 1e-3..500.0_f64, scatter in 0.0..2.0_f64, count in 0_u64..800,
        ) {
            let here = of(mean, scatter).at_least(count);
            prop_assert!((0.0..=1.0).contains(&here));
            prop_assert!(of(mean, scatter).at_least(count + 1) <= here + 1e-12);
            prop_assert!(of(mean * 1.1, scatter).at_least(count) >= here - 1e-12);
        }

        #[test]
        fn tails_sum_to_the_mean(mean in 0.05..40.0_f64, scatter in 0.0..0.5_f64) {
            // E[Y] is the sum of P(Y ≥ n) over n from 1.
            let sum: f64 = (1..4_000).map(|count| of(mean, scatter).at_least(count)).sum();
            prop_assert!((sum / mean - 1.0).abs() < 1e-6, "{sum} is not {mean}");
        }

        #[test]
        fn little_scatter_is_poisson(mean in 0.05..100.0_f64, count in 1_u64..200) {
            let (none, little) = (of(mean, 0.0).at_least(count), of(mean, 1.1e-7).at_least(count));
            prop_assert!((none - little).abs() <= 1e-3 * none + 1e-12, "{none} {little}");
        }
    }
}
