//! Real surroundings for tests, the demo and the benchmark: redis-servers, the mesh as processes, waiting without sleeping.
//!
//! **Invariant:** everything that is started here listens on free ports, keeps its files in a folder of its own, and ends
//! when its handle is dropped.

pub mod mesh;
pub mod process;
pub mod redis;
pub mod tls;
pub mod wait;
