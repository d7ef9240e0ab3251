//! Translation of what foreign callers say.
