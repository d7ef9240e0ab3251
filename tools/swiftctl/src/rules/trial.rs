//! `rules shadow` and `rules canary`: trying a version before it is in force everywhere.

use clap::Args;
use swiftline_domain::id::AreaId;
use swiftline_proto::router::v1::{CanaryBounds, CanaryRequest, ShadowRequest};

use super::digest::{By, digest};
use super::status::print;
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::Out;

/// Arguments of `rules shadow`.
#[derive(Debug, Args)]
#[command(after_help = "\
A shadow decides beside the rules in force; it moves nothing, and where it would decide otherwise is counted and shown by \
`swiftctl rules status`.

Examples:
  swiftctl rules shadow 3f2a5b6c
  swiftctl rules shadow --end")]
pub(super) struct ShadowArgs {
    /// The version, by its first 8 digits or more
    #[arg(value_parser = digest, required_unless_present = "end")]
    digest: Option<String>,
    /// End the shadow that runs
    #[arg(long, conflicts_with = "digest")]
    end: bool,
    #[command(flatten)]
    by: By,
}

/// Arguments of `rules canary`.
#[derive(Debug, Args)]
#[command(after_help = "\
In the districts named, and in what lies in them, the canary's rules decide. It is taken back by itself when, of at least \
--min-decided cases, more than one of the two rates allows were returned or had to be decided by a person.

Examples:
  swiftctl rules canary 3f2a5b6c --district 110105,110106
  swiftctl rules canary 3f2a5b6c --district 110105 --max-return-rate 0.1 --min-decided 200
  swiftctl rules canary --end")]
pub(super) struct CanaryArgs {
    /// The version, by its first 8 digits or more
    #[arg(value_parser = digest, required_unless_present = "end")]
    digest: Option<String>,
    /// In which areas, parted by commas; may be repeated
    #[arg(
        long,
        value_name = "AREA",
        value_delimiter = ',',
        required_unless_present = "end",
        conflicts_with = "end"
    )]
    district: Vec<AreaId>,
    /// The share of its offers that teams may return, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share)]
    max_return_rate: f64,
    /// The share of its cases that a person may have to decide, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share)]
    max_triage_rate: f64,
    /// Judge it when it has decided so many, not before
    #[arg(long, value_name = "CASES", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    min_decided: u32,
    /// End the canary that runs
    #[arg(long, conflicts_with = "digest")]
    end: bool,
    #[command(flatten)]
    by: By,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text
        .parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("{text:?} is no share from 0 to 1, such as 0.2"))
}

/// Begins or ends a shadow.
///
/// # Errors
/// When the mesh refuses, or the router is not there.
pub(super) async fn shadow(args: ShadowArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(ShadowRequest {
        digest: args.digest.unwrap_or_default(),
        actor: args.by.actor.to_string(),
        reason: args.by.reason,
    });
    let answer = mesh
        .call(Peer::Router, mesh.rules()?.shadow(request))
        .await?;
    print(answer.status.unwrap_or_default(), out)
}

/// Begins or ends a canary.
///
/// # Errors
/// When the mesh refuses, or the router is not there.
pub(super) async fn canary(args: CanaryArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let bounds = (!args.end).then_some(CanaryBounds {
        max_return_rate: args.max_return_rate,
        max_triage_rate: args.max_triage_rate,
        min_decided: args.min_decided,
    });
    let request = mesh.request(CanaryRequest {
        digest: args.digest.unwrap_or_default(),
        districts: args.district.iter().map(ToString::to_string).collect(),
        bounds,
        actor: args.by.actor.to_string(),
        reason: args.by.reason,
    });
    let answer = mesh
        .call(Peer::Router, mesh.rules()?.canary(request))
        .await?;
    print(answer.status.unwrap_or_default(), out)
}
