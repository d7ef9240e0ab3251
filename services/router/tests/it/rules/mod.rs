//! Rules that change while routers run.

mod canary;
mod helpers;
mod history;
mod in_flight;
mod replicas;
mod shadow;
mod steps;
mod swap;
