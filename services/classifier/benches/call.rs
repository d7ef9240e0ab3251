//! How long one call of `Classify` takes over loopback, unloaded, against the real service with its own Redis, beside a call
//! without a message, which shows what transport and machine take of it: `cargo bench -p swiftline-classifier --bench call --
//! --measure`. Without `--measure` it does nothing, as it starts servers.

#[path = "common/texts.rs"]
mod texts;

use std::time::{Duration, Instant};

use swiftline_classifier::{ClassifierSettings, DEFAULTS, build};
use swiftline_config::{Cli, load_with};
use swiftline_proto::classifier::v1::ClassifyRequest;
use swiftline_proto::classifier::v1::classifier_client::ClassifierClient;
use swiftline_proto::types::v1::{Channel, Complaint};
use swiftline_runtime::{CancellationToken, Context, Listeners};
use swiftline_telemetry::Instruments;
use swiftline_testkit::redis::{Fsync, RedisServer};

/// As in the service.
#[global_allocator]
static ALLOCATOR: swiftline_runtime::Allocator = swiftline_runtime::Allocator;

/// Calls that are timed, one after the other, and those before them that are not.
const CALLS: usize = 10_000;
const WARMING: usize = 500;

fn main() {
    if !std::env::args().any(|argument| argument == "--measure") {
        println!("call: skipped, as it starts servers; `-- --measure` runs it");
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for (city, texts) in [("beijing", texts::CHINESE), ("nyc", texts::ENGLISH)] {
        let [empty, full] = runtime.block_on(measure(city, &texts));
        show(&format!("{city}: one call of Classify"), full);
        show(&format!("{city}: the same without a message"), empty);
    }
}

fn show(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{what}, {CALLS} in turn: p50 {:?}, p90 {:?}, p99 {:?}, p99.9 {:?}",
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999)
    );
}

/// How long calls without and with a message took, in turns, so that both met the same machine.
async fn measure(city: &str, texts: &[&str]) -> [Vec<Duration>; 2] {
    let redis = RedisServer::start(Fsync::No).await.expect("a Redis");
    let folder = tempfile::tempdir().expect("a folder");
    let routers = folder.path().join("routers");
    std::fs::write(&routers, "").expect("a file");
    let pack = format!("{}/../../k8s/cities/{city}", env!("CARGO_MANIFEST_DIR"));
    let set = vec![
        format!("router.addresses=file://{}", routers.display()),
        format!("store.url={}", redis.url()),
        format!("city.pack={pack}"),
    ];
    let cli = Cli {
        set,
        ..Cli::default()
    };
    let settings: ClassifierSettings = load_with(DEFAULTS, &cli, []).expect("good settings");
    let context = Context::new("classifier", "0", Instruments::disabled());
    let service = build(settings, context).await.expect("a service");
    let listeners = Listeners::loopback().await.expect("free ports");
    let (address, _) = listeners.addresses().expect("addresses");
    let drain = CancellationToken::new();
    let running = tokio::spawn(service.run(listeners, drain.clone()));
    let client = ClassifierClient::connect(format!("http://{address}")).await;
    let mut client = client.expect("the service listens");
    let mut times = [Vec::with_capacity(CALLS), Vec::with_capacity(CALLS)];
    for (call, text) in texts.iter().cycle().take(WARMING + CALLS).enumerate() {
        let complaint = Complaint {
            text: (*text).to_owned(),
            channel: Channel::Phone.into(),
            ..Complaint::default()
        };
        for (complaints, times) in [vec![], vec![complaint]].into_iter().zip(&mut times) {
            let request = ClassifyRequest { complaints };
            let begun = Instant::now();
            client.classify(request).await.expect("an answer");
            if call >= WARMING {
                times.push(begun.elapsed());
            }
        }
    }
    drop(client);
    drain.cancel();
    running.await.expect("no panic").expect("a clean end");
    times
}
