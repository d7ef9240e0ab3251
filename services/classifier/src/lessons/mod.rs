//! What the desk teaches: corrections become labelled examples, and drift is watched.
