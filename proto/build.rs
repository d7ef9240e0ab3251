//! Compiles the proto files with protox, so that nobody has to install protoc.

use std::path::PathBuf;
use std::{env, error, fs};

use prost::Message;

const FILES: &[&str] = &[
    "swiftline/types/v1/complaint.proto",
    "swiftline/types/v1/case.proto",
    "swiftline/intake/v1/intake.proto",
    "swiftline/classifier/v1/classifier.proto",
    "swiftline/classifier/v1/knowledge.proto",
    "swiftline/classifier/v1/models.proto",
    "swiftline/classifier/v1/learning.proto",
    "swiftline/router/v1/router.proto",
    "swiftline/router/v1/desk.proto",
    "swiftline/router/v1/rules.proto",
    "swiftline/router/v1/handling.proto",
    "swiftline/router/v1/operations.proto",
    "swiftline/feedback/v1/feedback.proto",
    "swiftline/feedback/v1/callbacks.proto",
    "swiftline/feedback/v1/archive.proto",
    "swiftline/feedback/v1/insight.proto",
    "swiftline/feedback/v1/scores.proto",
    "swiftline/trace/v1/trace.proto",
];

fn main() -> Result<(), Box<dyn error::Error>> {
    println!("cargo::rerun-if-changed=swiftline");
    let files = protox::compile(FILES, ["."])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    // Kept for gRPC reflection.
    fs::write(out.join("descriptors.bin"), files.encode_to_vec())?;
    tonic_prost_build::configure()
        .codec_path("crate::codec::ProtoCodec")
        .compile_fds(files)?;
    Ok(())
}
