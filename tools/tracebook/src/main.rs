//! The demo's OTLP receiver as a program.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use swiftline_tracebook::{Tracebook, serve};
use tokio::net::TcpListener;

/// Receives spans by OTLP/gRPC, keeps them in memory and answers which belong to a case.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:4317", value_name = "HOST:PORT")]
    listen: SocketAddr,
    /// How many spans to keep; 0 only counts. A span takes about 1 kB.
    #[arg(long, default_value_t = 1_000_000, value_name = "SPANS")]
    keep: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tracebook: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind(args.listen).await?;
    // One line on standard output, read by whoever started us to learn the port.
    println!("{}", listener.local_addr()?);
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    serve(Tracebook::new(args.keep), listener, stop).await?;
    Ok(())
}
