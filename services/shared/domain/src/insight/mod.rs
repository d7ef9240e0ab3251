//! What a city's complaints tell when they are looked at together: surges, hot issues, pain points, campaigns, the map.
//!
//! ```text
//! tells of cases ─▶ Hours (category × area × hour) ─▶ surge: expected against seen ─▶ alarms with evidence
//!                          │                └─▶ pain: theme × area of a year, map: GeoJSON, effect: before and after
//!                          └ links to like cases ─▶ issues: union of links ─▶ heat ─▶ ranking
//! ```
//!
//! **Invariants**
//! - The same counts in the same order give the same alarms, issues and figures on every machine.
//! - Memory is bounded: by the pack (categories × districts) for surges, by constants for everything else.
//! - Nothing here has ever seen a citizen's words or name: categories, areas, case numbers and opaque caller keys only.

pub mod campaign;
pub mod counts;
pub mod effect;
pub mod grid;
pub mod heat;
pub mod hour;
pub mod issues;
pub mod map;
pub mod pain;
pub mod surge;
pub mod tail;
