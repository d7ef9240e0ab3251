//! Tests of the whole mesh as four real processes; see `tests/it`.
