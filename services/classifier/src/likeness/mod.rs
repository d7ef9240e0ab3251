//! Which messages tell of the same thing.
