//! Mutual TLS over real connections, with certificates that are made here.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use swiftline_config::Files;
use swiftline_rpc::{Channel, ClientSettings, ServerSettings, Tls, TlsSettings};
use swiftline_telemetry::Instruments;
use swiftline_testkit::tls::{Authority, Mount, Pair};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::{Code, Status};

use crate::harness::{Replica, ask, client_settings, health_check, wait_until};

/// One party: its mounted files, what watches them, and what it makes of them.
struct Party {
    mount: Mount,
    files: Files,
    instruments: Instruments,
    tls: Tls,
}

fn settings(mount: &Mount) -> TlsSettings {
    let [certificate, key, ca] = ["tls.crt", "tls.key", "ca.crt"].map(|name| mount.path(name));
    TlsSettings::mutual(certificate.as_ref(), key.as_ref(), ca.as_ref())
}

impl Party {
    fn new(folder: &Path, pair: &Pair, ca: &Authority) -> Self {
        Self::with(folder, pair, ca, |_| {})
    }

    fn with(
        folder: &Path,
        pair: &Pair,
        ca: &Authority,
        change: impl FnOnce(&mut TlsSettings),
    ) -> Self {
        let mount = Mount::of_pair(folder, pair, ca).unwrap();
        let (files, instruments) = (Files::new(), Instruments::disabled());
        let mut settings = settings(&mount);
        change(&mut settings);
        let tls = Tls::load(&settings, &files, &instruments.metrics).unwrap();
        Self {
            mount,
            files,
            instruments,
            tls: tls.unwrap(),
        }
    }

    async fn serve(&self) -> Replica {
        self.serve_as(&ServerSettings::default()).await
    }

    async fn serve_as(&self, settings: &ServerSettings) -> Replica {
        let (instruments, tls) = (self.instruments.clone(), self.tls.clone());
        Replica::start_with("127.0.0.1:0", settings, 1, instruments, Some(tls)).await
    }

    fn channel(&self, replica: &Replica) -> Channel {
        self.channel_to(replica, "server")
    }

    fn channel_to(&self, replica: &Replica, name: &str) -> Channel {
        let settings = ClientSettings {
            server_name: name.to_owned(),
            connect_timeout_ms: 1_000,
            ..client_settings(&[replica.url()])
        };
        Channel::over(&settings, Some(&self.tls), &Instruments::disabled()).unwrap()
    }
}

/// A server `server` and a client `client` of one CA.
struct World {
    folder: TempDir,
    ca: Authority,
    server: Party,
    client: Party,
}

fn world() -> World {
    let (folder, ca) = (tempfile::tempdir().unwrap(), Authority::new());
    let (one, other) = (folder.path().join("server"), folder.path().join("client"));
    let server = Party::new(&one, &ca.issue(&["server"]), &ca);
    let client = Party::new(&other, &ca.issue(&["client"]), &ca);
    World {
        folder,
        ca,
        server,
        client,
    }
}

/// Why no call gets through.
async fn why(channel: &Channel) -> String {
    let status: Status = ask(channel, "").await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    status.message().to_owned()
}

fn plain_channel(url: String) -> Channel {
    let settings = ClientSettings {
        connect_timeout_ms: 1_000,
        ..client_settings(&[url])
    };
    Channel::new(&settings, &Instruments::disabled()).unwrap()
}

#[tokio::test]
async fn both_sides_with_a_certificate_of_the_ca_can_talk() {
    let world = world();
    let replica = world.server.serve().await;
    assert_eq!(ask(&world.client.channel(&replica), "").await.unwrap(), 1);
    let metrics = world.server.instruments.metrics.encode();
    assert!(
        metrics.contains(r#"swiftline_tls_handshakes_total{outcome="made"} 1"#),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_name_that_is_looked_up_is_the_name_in_the_certificate() {
    let (folder, ca) = (tempfile::tempdir().unwrap(), Authority::new());
    let at = |name: &str| folder.path().join(name);
    let server = Party::new(&at("server"), &ca.issue(&["localhost"]), &ca);
    let client = Party::new(&at("client"), &ca.issue(&["client"]), &ca);
    let replica = server.serve().await;
    let settings = client_settings(&[format!("dns://localhost:{}", replica.address.port())]);
    let channel = Channel::over(&settings, Some(&client.tls), &Instruments::disabled()).unwrap();
    assert_eq!(ask(&channel, "").await.unwrap(), 1);
    // By its address it would need a certificate for that.
    let said = why(&client.channel_to(&replica, "")).await;
    assert!(said.contains("for another name"), "{said}");
}

#[tokio::test]
async fn a_caller_of_another_ca_is_refused_and_so_is_such_a_server() {
    let (world, stranger) = (world(), Authority::new());
    let replica = world.server.serve().await;
    // It trusts our server, but has a certificate that our server does not.
    let pair = stranger.issue(&["client"]);
    let both = format!("{}{}", world.ca.certificate(), stranger.certificate());
    let files = [
        ("tls.crt", pair.certificate.as_str()),
        ("tls.key", pair.key.as_str()),
        ("ca.crt", both.as_str()),
    ];
    let mount = Mount::new(&world.folder.path().join("stranger"), &files).unwrap();
    let instruments = Instruments::disabled();
    let tls = Tls::load(&settings(&mount), &Files::new(), &instruments.metrics);
    let party = Party {
        mount,
        files: Files::new(),
        instruments,
        tls: tls.unwrap().unwrap(),
    };
    let said = why(&party.channel(&replica)).await;
    assert!(
        said.contains("refuses our certificate (tls.certificate)"),
        "{said}"
    );
    let metrics = world.server.instruments.metrics.encode();
    assert!(metrics.contains(r#"outcome="failed"}"#), "{metrics}");

    let replica = party.serve().await;
    let said = why(&world.client.channel(&replica)).await;
    assert!(said.contains("is not of a CA in tls.ca"), "{said}");
}

#[tokio::test]
async fn a_caller_without_a_certificate_is_refused() {
    let world = world();
    let replica = world.server.serve().await;
    let ca = CertificateDer::from_pem_slice(world.ca.certificate().as_bytes()).unwrap();
    let mut stream = handshake(&replica, ca, None).await.unwrap();
    // By TLS 1.3 the client is done before the server has looked; the refusal is the first thing that it reads.
    let refused = stream.read(&mut [0; 64]).await.unwrap_err().to_string();
    assert!(refused.contains("CertificateRequired"), "{refused}");
}

#[tokio::test]
async fn a_server_under_another_name_is_not_talked_to() {
    let world = world();
    let replica = world.server.serve().await;
    let said = why(&world.client.channel_to(&replica, "router")).await;
    assert!(
        said.contains("for another name (setting server_name)"),
        "{said}"
    );
    let said = why(&world.client.channel_to(&replica, "no name")).await;
    assert!(
        said.contains("no name that a certificate can have"),
        "{said}"
    );
}

#[tokio::test]
async fn who_is_not_on_the_list_is_refused_by_name() {
    let (folder, ca) = (tempfile::tempdir().unwrap(), Authority::new());
    let at = |name: &str| folder.path().join(name);
    let server = Party::with(&at("server"), &ca.issue(&["server"]), &ca, |settings| {
        settings.allow = vec!["Classifier".to_owned(), "feedback".to_owned()];
    });
    let replica = server.serve().await;
    let names = ["classifier.swiftline.svc", "classifier"];
    let classifier = Party::new(&at("classifier"), &ca.issue(&names), &ca);
    assert_eq!(ask(&classifier.channel(&replica), "").await.unwrap(), 1);

    let intake = Party::new(&at("intake"), &ca.issue(&["intake"]), &ca);
    let channel = intake.channel(&replica);
    let status = ask(&channel, "").await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert_eq!(status.message(), "intake may not call this service");
    assert_eq!(
        health_check(&channel).await.unwrap(),
        1,
        "health is for all"
    );
    let metrics = server.instruments.metrics.encode();
    assert!(
        metrics.contains("swiftline_tls_calls_refused_total 1"),
        "{metrics}"
    );
    assert!(
        metrics.contains(r#"rpc_status_code="PERMISSION_DENIED"} 1"#),
        "the call is seen like any other: {metrics}"
    );
}

#[tokio::test]
async fn what_has_expired_is_refused_at_the_start_and_by_the_other_side() {
    let world = world();
    let expired = world.ca.issue_expired(&["client"]);
    let mount = Mount::of_pair(&world.folder.path().join("old"), &expired, &world.ca).unwrap();
    let metrics = Instruments::disabled().metrics;
    let refused = Tls::load(&settings(&mount), &Files::new(), &metrics).unwrap_err();
    assert_eq!(refused.to_string(), "tls.certificate has expired");

    let replica = world.server.serve().await;
    let ca = CertificateDer::from_pem_slice(world.ca.certificate().as_bytes()).unwrap();
    let mut stream = handshake(&replica, ca, Some(&expired)).await.unwrap();
    let refused = stream.read(&mut [0; 64]).await.unwrap_err().to_string();
    assert!(refused.contains("CertificateExpired"), "{refused}");
}

#[tokio::test]
async fn a_new_certificate_comes_into_force_while_calls_run_and_none_fails() {
    let world = world();
    let settings = ServerSettings {
        max_connection_age_ms: 20, // so that connections are made all the time
        ..ServerSettings::default()
    };
    let replica = world.server.serve_as(&settings).await;
    let (channel, end) = (
        world.client.channel(&replica),
        Arc::new(AtomicBool::new(false)),
    );
    let calls = tokio::spawn({
        let end = end.clone();
        async move {
            let mut done = 0;
            while !end.load(Ordering::Relaxed) {
                ask(&channel, "").await.unwrap();
                done += 1;
            }
            done
        }
    });
    assert_eq!(shown(&replica, &world).await, world.server.tls.serial());
    for party in [&world.server, &world.client] {
        let (before, name) = (party.tls.serial(), ["server", "client"]);
        let pair = world.ca.issue(&name);
        party.mount.replace_pair(&pair, &world.ca).unwrap();
        let changes = party.files.look();
        assert!(
            changes.len() == 1 && changes[0].refused.is_none(),
            "{changes:?}"
        );
        assert_ne!(party.tls.serial(), before);
        assert_eq!(shown(&replica, &world).await, world.server.tls.serial());
        let made = || world.server.instruments.metrics.encode();
        let count = handshakes(&made());
        wait_until(|| handshakes(&made()) > count + 3).await;
    }
    end.store(true, Ordering::Relaxed);
    assert!(calls.await.unwrap() > 0);
}

/// Connections that were made, as the metrics say.
fn handshakes(metrics: &str) -> u64 {
    let line = r#"swiftline_tls_handshakes_total{outcome="made"} "#;
    let count = metrics.lines().find_map(|one| one.strip_prefix(line));
    count.map_or(0, |count| count.parse().unwrap())
}

#[tokio::test]
async fn broken_files_change_nothing() {
    let world = world();
    let replica = world.server.serve().await;
    let before = world.server.tls.serial();
    let (one, other) = (world.ca.issue(&["server"]), world.ca.issue(&["server"]));
    let ca = world.ca.certificate();
    let stranger = Authority::new();
    let expired = world.ca.issue_expired(&["server"]);
    for (files, reason) in [
        ([&one.certificate, &other.key, &ca], "tls.key does not fit"),
        ([&one.key, &one.key, &ca], "tls.certificate"),
        ([&one.certificate, &one.certificate, &ca], "tls.key"),
        ([&one.certificate, &one.key, &String::new()], "tls.ca"),
        (
            [&one.certificate, &one.key, &stranger.certificate()],
            "not one that tls.ca vouches for",
        ),
        ([&expired.certificate, &expired.key, &ca], "has expired"),
    ] {
        let named = [
            ("tls.crt", files[0].as_str()),
            ("tls.key", files[1]),
            ("ca.crt", files[2]),
        ];
        world.server.mount.replace(&named).unwrap();
        let changes = world.server.files.look();
        let refused = changes[0].refused.as_deref().unwrap();
        assert!(
            refused.contains(reason),
            "{refused:?} should have {reason:?}"
        );
        assert!(!refused.contains("BEGIN"), "{refused}");
        assert_eq!(shown(&replica, &world).await, before);
    }
    assert_eq!(ask(&world.client.channel(&replica), "").await.unwrap(), 1);
}

#[tokio::test]
async fn plain_text_and_tls_tell_each_other_what_is_wrong() {
    let world = world();
    let replica = world.server.serve().await;
    let said = why(&plain_channel(replica.url())).await;
    assert!(
        said.contains("the server speaks TLS: set tls.mode"),
        "{said}"
    );
    let plain = Replica::start(&ServerSettings::default()).await;
    let said = why(&world.client.channel(&plain)).await;
    assert!(said.contains("does not speak TLS: its tls.mode"), "{said}");
}

#[tokio::test]
async fn who_hangs_or_talks_nonsense_holds_up_nobody() {
    let (folder, ca) = (tempfile::tempdir().unwrap(), Authority::new());
    let at = |name: &str| folder.path().join(name);
    let server = Party::with(&at("server"), &ca.issue(&["server"]), &ca, |settings| {
        settings.handshake_timeout_ms = 300;
    });
    let replica = server.serve().await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(TcpStream::connect(replica.address).await.unwrap());
    }
    let mut loud = TcpStream::connect(replica.address).await.unwrap();
    loud.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let client = Party::new(&at("client"), &ca.issue(&["client"]), &ca);
    assert_eq!(ask(&client.channel(&replica), "").await.unwrap(), 1);
    // Each is closed by the server when its time is up.
    for stream in &mut silent {
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
    }
    let metrics = server.instruments.metrics.encode();
    for line in [r#"outcome="late"} 50"#, r#"outcome="failed"} 1"#] {
        assert!(metrics.contains(line), "{line} not in {metrics}");
    }
}

#[tokio::test]
async fn a_drain_lets_calls_end_and_takes_no_more() {
    let world = world();
    let replica = world.server.serve().await;
    let channel = world.client.channel(&replica);
    let call = tokio::spawn(async move { ask(&channel, "block").await });
    replica.handler.arrived.notified().await;
    replica.drain();
    let address = replica.address;
    let refused = async || TcpStream::connect(address).await.is_err();
    while !refused().await {
        tokio::task::yield_now().await;
    }
    replica.handler.gate.add_permits(1);
    assert_eq!(call.await.unwrap().unwrap(), 1);
    replica.gone().await;
}

#[tokio::test]
async fn the_expiry_of_the_certificate_in_force_is_shown() {
    let (folder, ca) = (tempfile::tempdir().unwrap(), Authority::new());
    let party = Party::new(&folder.path().join("a"), &ca.issue(&["a"]), &ca);
    let metrics = party.instruments.metrics.encode();
    let line = "swiftline_certificate_expires_seconds ";
    let shown = metrics.lines().find_map(|one| one.strip_prefix(line));
    let expires: i64 = shown.unwrap().parse().unwrap();
    assert_eq!(expires, 67_090_118_400, "rcgen's default: the year 4096");
}

#[test]
fn without_the_mode_there_is_no_tls() {
    let metrics = Instruments::disabled().metrics;
    let none = Tls::load(&TlsSettings::default(), &Files::new(), &metrics).unwrap();
    assert!(none.is_none());
}

/// The serial number of the certificate that a new connection is shown.
async fn shown(replica: &Replica, world: &World) -> String {
    let ca = CertificateDer::from_pem_slice(world.ca.certificate().as_bytes()).unwrap();
    let pair = world.ca.issue(&["client"]);
    let stream = handshake(replica, ca, Some(&pair)).await.unwrap();
    let leaf = &stream.get_ref().1.peer_certificates().unwrap()[0];
    let (_, leaf) = x509_parser::parse_x509_certificate(leaf).unwrap();
    leaf.raw_serial_as_string()
}

/// A client of nobody's making but rustls'.
async fn handshake(
    replica: &Replica,
    ca: CertificateDer<'static>,
    pair: Option<&Pair>,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(ca).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match pair {
        None => builder.with_no_client_auth(),
        Some(pair) => {
            let chain = vec![CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap()];
            let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(replica.address).await.unwrap();
    let name = ServerName::try_from("server").unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, connector.connect(name, stream))
        .await
        .unwrap()
}
