//! `examples/probe.rs` as a process: exit codes, signals, log lines.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use swiftline_testkit::tls::{Authority, Mount};

fn probe(arguments: &[&str]) -> Command {
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop(); // deps
    path.pop();
    path.push("examples/probe");
    let mut command = Command::new(path);
    command
        .args(arguments)
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn output(arguments: &[&str]) -> Output {
    probe(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A probe that was started, its log being read; killed when dropped.
struct Started {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Started {
    fn new(arguments: &[&str]) -> Self {
        let mut child = probe(arguments).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { child, log }
    }

    /// Reads the log until the message appears.
    fn until(&mut self, message: &str) -> Value {
        let mut line = String::new();
        loop {
            line.clear();
            assert_ne!(
                self.log.read_line(&mut line).unwrap(),
                0,
                "the log ended before {message:?}"
            );
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["message"] == message {
                return event;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    fn code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn help_and_version_exit_with_0_and_a_wrong_flag_with_64() {
    let help = output(&["--help"]);
    let text = String::from_utf8(help.stdout).unwrap();
    assert_eq!(help.status.code(), Some(0));
    assert!(text.starts_with("Serves health only\n"), "{text}");
    assert!(
        text.contains("--config") && text.contains("--set") && text.contains("--print-config"),
        "{text}"
    );
    assert_eq!(output(&["--version"]).status.code(), Some(0));
    assert_eq!(output(&["--wrong"]).status.code(), Some(64));
}

#[test]
fn the_effective_settings_can_be_printed_without_secrets() {
    let printed = output(&[
        "--print-config",
        "--set",
        "probe.password=hunter2",
        "--set",
        "server.concurrency_limit=7",
    ]);
    let text = String::from_utf8(printed.stdout).unwrap();
    assert_eq!(printed.status.code(), Some(0));
    assert!(
        text.contains("concurrency_limit = 7") && text.contains("password = \"***\""),
        "{text}"
    );
    assert!(!text.contains("hunter2"));
}

#[test]
fn bad_settings_exit_with_64_and_say_why() {
    let unknown = output(&["--set", "server.prot=1"]);
    assert_eq!(unknown.status.code(), Some(64));
    assert_eq!(
        stderr(&unknown),
        "probe: unknown setting server.prot: no such setting (from flag --set server.prot)\n"
    );
    let invalid = output(&["--set", "runtime.drain_timeout_ms=0"]);
    assert_eq!(invalid.status.code(), Some(64));
    assert!(
        stderr(&invalid).contains("invalid setting runtime.drain_timeout_ms"),
        "{}",
        stderr(&invalid)
    );
}

#[test]
fn plain_text_for_strangers_exits_with_64_and_so_do_wrong_certificates() {
    let outside = output(&["--set", "server.listen=0.0.0.0:0"]);
    assert_eq!(outside.status.code(), Some(64));
    let said = stderr(&outside);
    let wanted = "invalid setting server.listen: is no loopback address: set tls.mode to";
    assert!(said.contains(wanted), "{said}");

    let mutual = ["--set", "tls.mode=mutual"];
    let nameless = output(&mutual);
    assert_eq!(nameless.status.code(), Some(64));
    let said = stderr(&nameless);
    let wanted = "invalid setting tls.certificate: is empty, but mode is";
    assert!(said.contains(wanted), "{said}");

    let folder = tempfile::tempdir().unwrap();
    let (ca, other) = (Authority::new(), Authority::new());
    let mount = Mount::of_pair(folder.path(), &ca.issue(&["probe"]), &other).unwrap();
    let file = |setting: &str, name: &str| format!("tls.{setting}={}", mount.path(name));
    let set = [
        file("certificate", "tls.crt"),
        file("key", "tls.key"),
        file("ca", "ca.crt"),
    ];
    let mut arguments = mutual.to_vec();
    set.iter().for_each(|set| arguments.extend(["--set", set]));
    let refused = output(&arguments);
    assert_eq!(refused.status.code(), Some(64));
    let said = stderr(&refused);
    let wanted = "probe: tls.certificate is not one that tls.ca vouches for: ";
    assert!(said.contains(wanted), "{said}");
}

#[test]
fn certificates_change_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Authority::new();
    let mount = Mount::of_pair(folder.path(), &ca.issue(&["probe"]), &ca).unwrap();
    let file = |setting: &str, name: &str| format!("tls.{setting}={}", mount.path(name));
    let set = [
        file("certificate", "tls.crt"),
        file("key", "tls.key"),
        file("ca", "ca.crt"),
    ];
    let mut arguments = vec![
        "--set",
        "tls.mode=mutual",
        "--set",
        "runtime.files_every_ms=10",
    ];
    set.iter().for_each(|set| arguments.extend(["--set", set]));
    let mut started = Started::new(&arguments);
    started.until("serving");
    mount.replace_pair(&ca.issue(&["probe"]), &ca).unwrap();
    assert_eq!(
        started.until("changed files are in force")["fields"]["setting"],
        "tls"
    );
    mount
        .replace_pair(&ca.issue_expired(&["probe"]), &ca)
        .unwrap();
    let refused = started.until("changed files are refused, the old ones stay in force");
    assert_eq!(refused["fields"]["reason"], "tls.certificate has expired");
    started.signal(Signal::SIGTERM);
    assert_eq!(started.code(), Some(0));
}

#[test]
fn an_address_in_use_exits_with_64() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("server.listen={}", taken.local_addr().unwrap());
    let refused = output(&["--set", &listen]);
    assert_eq!(refused.status.code(), Some(64));
    let text = stderr(&refused);
    let plain = |line: &str| line.starts_with("probe: configuration: server.listen");
    assert!(text.lines().any(plain), "{text}");
}

#[test]
fn an_absent_dependency_exits_with_75() {
    let absent = output(&["--set", "probe.mode=absent"]);
    assert_eq!(absent.status.code(), Some(75));
    assert!(
        stderr(&absent).contains("unavailable: no store for 1 ms"),
        "{}",
        stderr(&absent)
    );
}

#[test]
fn sigterm_drains_and_exits_with_0() {
    let mut probe = Started::new(&[]);
    let serving = probe.until("serving");
    assert_eq!(serving["fields"]["service"], "probe");
    assert!(
        serving["fields"]["grpc"]
            .as_str()
            .unwrap()
            .starts_with("127.0.0.1:")
    );
    assert!(
        serving["fields"]["metrics"]
            .as_str()
            .unwrap()
            .starts_with("127.0.0.1:")
    );
    probe.signal(Signal::SIGTERM);
    assert_eq!(probe.until("draining")["fields"]["signal"], "SIGTERM");
    probe.until("drained");
    assert_eq!(probe.until("exit")["fields"]["code"], 0);
    assert_eq!(probe.code(), Some(0));
}

#[test]
fn a_drain_beyond_its_limit_exits_with_70() {
    let mut probe = Started::new(&[
        "--set",
        "probe.mode=stuck",
        "--set",
        "runtime.drain_timeout_ms=10",
    ]);
    probe.until("serving");
    probe.signal(Signal::SIGINT);
    probe.until("service failed");
    assert_eq!(probe.code(), Some(70));
}

#[test]
fn a_second_signal_exits_at_once() {
    let mut probe = Started::new(&["--set", "probe.mode=stuck"]);
    probe.until("serving");
    probe.signal(Signal::SIGTERM);
    probe.until("draining");
    probe.signal(Signal::SIGTERM);
    probe.until("second signal, exiting at once");
    assert_eq!(probe.code(), Some(70));
}

#[test]
fn a_signal_ends_the_wait_for_a_dependency() {
    let mut probe = Started::new(&["--set", "probe.mode=wait"]);
    probe.until("waiting for a dependency");
    probe.signal(Signal::SIGTERM);
    assert_eq!(probe.code(), Some(0));
}

#[test]
fn an_essential_task_that_fails_exits_with_70() {
    let failed = output(&["--set", "probe.mode=fail"]);
    assert_eq!(failed.status.code(), Some(70));
    assert!(
        stderr(&failed).contains("task failing ended: gone"),
        "{}",
        stderr(&failed)
    );
}

#[test]
fn a_panic_is_a_log_line_without_its_data() {
    let mut probe = Started::new(&["--set", "probe.mode=panic"]);
    let event = probe.until("panic");
    assert!(
        event["fields"]["at"].as_str().unwrap().contains("probe.rs"),
        "{event}"
    );
    let mut rest = String::new();
    probe.log.read_to_string(&mut rest).unwrap();
    assert!(
        !event.to_string().contains("secret") && !rest.contains("secret"),
        "{event} {rest}"
    );
    assert_eq!(probe.code(), Some(70));
}
