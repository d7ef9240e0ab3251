//! `bench balance`: how evenly the choice of a team spreads orders over a simulated city, beside simpler ways.
//!
//! Two layouts: 17 subdistrict offices (one a district, the district above as backstop) with eight teams of capacities 10 to
//! 80 each; and the city pack as it is, all subdistrict offices and districts at noon of a working day.

mod layout;
mod report;

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use swiftline_router::balance::simulation::{Conditions, Policy, Report, Surge, simulate};

use crate::Failure;
use layout::Layout;

/// Simulates how evenly orders are spread over the teams of a city, in the steady state and in a surge.
#[derive(Args)]
pub(crate) struct Balance {
    /// The city pack.
    #[arg(long, default_value = "k8s/cities/beijing", value_name = "FOLDER")]
    city: PathBuf,
    /// Router replicas.
    #[arg(long, default_value_t = 4)]
    routers: usize,
    /// How long an order is open on average, in seconds. Real ones take hours: the shorter, the staler the loads are.
    #[arg(long, default_value_t = 300.0, value_name = "SECONDS")]
    handling: f64,
    /// How long the steady state is measured, in mean handling times.
    #[arg(long, default_value_t = 10.0, value_name = "TIMES")]
    steady: f64,
    /// The shares of capacity that are open on average.
    #[arg(long, value_delimiter = ',', default_values_t = [0.5, 0.8, 0.95], value_name = "SHARES")]
    utilisation: Vec<f64>,
    /// How often each router looks at the loads, in milliseconds.
    #[arg(long, value_delimiter = ',', default_values_t = [100.0, 500.0, 2_000.0], value_name = "MS")]
    refresh_ms: Vec<f64>,
    /// Where the random numbers begin.
    #[arg(long, default_value_t = 17)]
    seed: u64,
}

/// One simulated city.
#[derive(Serialize)]
struct Row {
    layout: &'static str,
    policy: &'static str,
    utilisation: f64,
    refresh_ms: f64,
    handling_s: f64,
    routers: usize,
    seed: u64,
    #[serde(flatten)]
    report: Report,
}

/// A surge is shown under these: the usual refresh, a busy day.
const SURGE_AT: (f64, f64) = (0.8, 500.0);

/// Runs every layout, utilisation, refresh and policy and prints tables and JSON lines.
///
/// # Errors
/// When the pack cannot be read or a number makes no sense.
pub(crate) fn run(args: &Balance) -> Result<(), Failure> {
    if args.routers == 0 {
        return Err("--routers must be at least 1".into());
    }
    let mut numbers = [args.handling, args.steady].into_iter();
    let mut lists = args.utilisation.iter().chain(&args.refresh_ms);
    if !(numbers.all(|number| number > 0.0) && lists.all(|number| *number > 0.0)) {
        return Err("--handling, --steady, --utilisation and --refresh-ms must be above 0".into());
    }
    let mut rows = Vec::new();
    for layout in layout::all(&args.city)? {
        for &utilisation in &args.utilisation {
            for &refresh_ms in &args.refresh_ms {
                anstream::eprintln!(
                    "{}: {:.0} % busy, loads every {refresh_ms} ms",
                    layout.name,
                    utilisation * 100.0
                );
                for policy in Policy::ALL {
                    rows.push(row(args, &layout, policy, utilisation, refresh_ms)?);
                }
            }
        }
    }
    anstream::println!("{}", report::steady(&rows));
    anstream::println!("{}", report::surge(&rows));
    for row in &rows {
        anstream::println!("{}", serde_json::to_string(row)?);
    }
    Ok(())
}

fn row(
    args: &Balance,
    layout: &Layout,
    policy: Policy,
    utilisation: f64,
    refresh_ms: f64,
) -> Result<Row, Failure> {
    let surge = Surge {
        district: layout.surges_in.clone(),
        factor: 10.0,
        lasts: 0.25,
    };
    let conditions = Conditions {
        seed: args.seed,
        routers: args.routers,
        refresh_s: refresh_ms / 1_000.0,
        handling_s: args.handling,
        utilisation,
        steady: args.steady,
        surge: ((utilisation, refresh_ms) == SURGE_AT).then_some(surge),
        now: noon()?,
    };
    Ok(Row {
        layout: layout.name,
        policy: policy.as_str(),
        utilisation,
        refresh_ms,
        handling_s: args.handling,
        routers: args.routers,
        seed: args.seed,
        report: simulate(&layout.pack, &layout.units(), policy, &conditions),
    })
}

/// Noon in China on Wednesday 11 March 2026, a working day.
fn noon() -> Result<Timestamp, Failure> {
    Ok("2026-03-11T04:00:00Z".parse()?)
}
