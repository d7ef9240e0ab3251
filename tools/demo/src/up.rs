//! A mesh that is left running.

use swiftline_testkit::mesh::{SERVICES, Service};

use crate::stage::{Ports, Stage};
use crate::summary::heading;
use crate::{Failure, UpArgs, load_pack};

/// The ports that `swiftctl` looks at by default.
const PORTS: Ports = Ports {
    grpc: port,
    otlp: 4317,
};

const fn port(service: Service) -> u16 {
    match service {
        Service::Intake => 7001,
        Service::Classifier => 7002,
        Service::Router => 7003,
        Service::Feedback => 7004,
    }
}

/// Starts the mesh and waits until it is told to stop.
pub(crate) async fn up(args: UpArgs) -> Result<bool, Failure> {
    let pack = load_pack(&args.city)?;
    let mut stage = Stage::set(&args.city, Some(PORTS)).await?;
    for _ in 1..args.routers {
        stage.mesh.add(Service::Router).await?;
    }
    let mut swiftctl = swiftline_testkit::process::program_folder();
    swiftctl.push("swiftctl");
    let swiftctl = swiftctl
        .strip_prefix(std::env::current_dir()?)
        .unwrap_or(&swiftctl)
        .display()
        .to_string();
    let text = if pack.city.id == "nyc" {
        "no heat since Monday in Astoria"
    } else {
        "朝阳区望京小区暖气不热"
    };

    anstream::println!("{}", heading(&format!("{} is up", pack.city.name.text())));
    for service in SERVICES {
        for replica in stage.mesh.of(service) {
            let ready = replica.ready();
            anstream::println!(
                "  {:11} gRPC {:15} metrics http://{}/metrics",
                service.as_str(),
                ready.grpc.to_string(),
                ready.metrics
            );
        }
    }
    anstream::println!("  {:11} OTLP {}", "spans", stage.otlp());
    anstream::println!("  {:11} {}", "redis", stage.redis.url());
    anstream::println!("  {:11} {}", "logs", stage.dir.path().display());
    let archive = stage.archive().display().to_string();
    anstream::println!("  {:11} {archive}", "archive");
    anstream::println!("{}", heading("try, in another terminal"));
    for line in [
        format!("{swiftctl} submit --text '{text}'"),
        format!("{swiftctl} case explain NUMBER       # where it went and why"),
        format!("{swiftctl} trace NUMBER              # every hop of it"),
        format!("{swiftctl} queues                    # which teams have orders waiting"),
        format!("{swiftctl} rules status              # which rules every router decides by"),
        format!("{swiftctl} desk watch --team TEAM    # then sign, resolve, ..."),
        format!(
            "{swiftctl} query --archive {archive} 'SELECT event, count(*) FROM events GROUP BY event'   # after `make sql`"
        ),
        format!("{swiftctl} --help"),
    ] {
        anstream::println!("  {line}");
    }
    anstream::println!("\nCtrl-C stops it; the cases are gone then.");
    std::future::pending().await
}
