//! What the city's complaints tell together: surges, hot issues, pain points, campaigns, the map.
//!
//! ```text
//! log counter ─ note, with the acknowledgement ─▶ {pNN}:notes ─▶ keeper (one replica) ─ documents + cursor, one step ─▶ {insight}
//!                                                                  └ surges: learned each hour, looked for each round
//! calls ─▶ queries: documents → answer;  campaigns: versions in a ledger, compare and set
//! ```
//!
//! # Invariants
//!
//! - Each note is in the documents exactly once, whoever crashes when: it is written by the acknowledgement and folded with
//!   the cursor.
//! - A surge is one alarm: what is stored is what the next keeper goes on with.
//! - Nothing personal: categories, areas, case numbers, counts, and opaque caller keys.

mod alarms;
mod api;
mod board;
mod campaigns;
mod documents;
mod keeper;
mod learn;
mod metrics;
mod note;
mod queries;
mod settings;
mod wire;

use swiftline_domain::insight::issues::{Issue, Issues};
use swiftline_store::{Store, StoreError};

pub(crate) use api::InsightApi;
pub(crate) use keeper::Keeper;
pub(crate) use metrics::InsightMetrics;
pub(crate) use note::note;
pub use settings::InsightSettings;

use documents::{Alarm, SURGES, issues_name};

/// Every issue that is kept.
async fn load_issues(store: &Store) -> Result<Issues, StoreError> {
    let names: Vec<String> = store.partitions().map(issues_name).collect();
    let mut issues: Vec<Issue> = Vec::new();
    for (name, document) in names.iter().zip(store.insight_documents(&names).await?) {
        if let Some(document) = document {
            let read: Vec<Issue> =
                serde_json::from_slice(&document).map_err(|error| corrupt(name, error))?;
            issues.extend(read);
        }
    }
    Ok(Issues::resume(issues))
}

/// The alarms that are kept, the newest first.
async fn load_alarms(store: &Store) -> Result<Vec<Alarm>, StoreError> {
    let names = [SURGES.to_owned()];
    match store.insight_documents(&names).await?.pop().flatten() {
        None => Ok(Vec::new()),
        Some(document) => serde_json::from_slice(&document).map_err(|error| corrupt(SURGES, error)),
    }
}

fn corrupt(key: &str, reason: impl ToString) -> StoreError {
    StoreError::Corrupt {
        key: key.to_owned(),
        reason: reason.to_string(),
    }
}
