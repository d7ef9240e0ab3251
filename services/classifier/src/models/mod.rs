//! The models in force: followed, compared, swapped and taken back while the service runs.
