//! Real redis-servers, each with a port and a folder of its own.

mod cluster;

use std::fmt;
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use redis::FromRedisValue;
use tempfile::TempDir;

use crate::process::cpu_seconds;
use crate::wait::wait_until;
pub use cluster::RedisCluster;

/// How long a server may take until it answers (it may have an append-only file to read), or to end.
const WITHIN: Duration = Duration::from_secs(30);
/// How often another port is tried when somebody else was faster to take the free one.
const PORT_ATTEMPTS: usize = 10;

/// When a server writes through to its disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fsync {
    /// When the system likes.
    No,
    /// Once a second.
    Everysec,
    /// Before it answers.
    Always,
}

impl Fsync {
    /// The word in Redis' configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Everysec => "everysec",
            Self::Always => "always",
        }
    }
}

/// Which server program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// `redis-server`.
    Redis,
    /// `valkey-server`.
    Valkey,
}

impl Flavour {
    const fn program(self) -> &'static str {
        match self {
            Self::Redis => "redis-server",
            Self::Valkey => "valkey-server",
        }
    }

    /// Whether the program is on the PATH.
    #[must_use]
    pub fn is_installed(self) -> bool {
        std::env::var_os("PATH").is_some_and(|path| {
            std::env::split_paths(&path).any(|folder| folder.join(self.program()).is_file())
        })
    }
}

/// The flavours that tests are to run on: Redis always, Valkey where it is installed; says so where it is not.
#[must_use]
pub fn flavours() -> Vec<Flavour> {
    if Flavour::Valkey.is_installed() {
        return vec![Flavour::Redis, Flavour::Valkey];
    }
    println!("skipped on Valkey: valkey-server is not on the PATH");
    vec![Flavour::Redis]
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum RedisServerError {
    /// The program is not installed.
    #[error("{0} is not on the PATH; on Debian and Ubuntu: apt-get install {0}")]
    Missing(&'static str),
    /// The system refused.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It ended at once, or never answered.
    #[error("{program} on port {port} does not answer; it said:\n{said}")]
    Silent {
        /// The program.
        program: &'static str,
        /// Its port.
        port: u16,
        /// The end of its log.
        said: String,
    },
    /// It answered with an error.
    #[error("redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// The masters did not find each other.
    #[error("the cluster did not come up within {} s", WITHIN.as_secs())]
    NoCluster,
}

/// A redis-server of our own: append-only file, no snapshots, loopback only. Killed when dropped.
pub struct RedisServer {
    flavour: Flavour,
    port: u16,
    /// More arguments, after the ones that every server gets.
    extra: Vec<String>,
    child: Child,
    dir: TempDir,
}

impl RedisServer {
    /// Starts a Redis and waits until it answers.
    ///
    /// # Errors
    /// When it is not installed or does not come up.
    pub async fn start(fsync: Fsync) -> Result<Self, RedisServerError> {
        Self::start_flavour(Flavour::Redis, fsync).await
    }

    /// Starts a Redis or a Valkey and waits until it answers.
    ///
    /// # Errors
    /// When it is not installed or does not come up.
    pub async fn start_flavour(flavour: Flavour, fsync: Fsync) -> Result<Self, RedisServerError> {
        let extra = ["--appendfsync", fsync.as_str()].map(str::to_owned);
        Self::start_with(flavour, &extra).await
    }

    async fn start_with(flavour: Flavour, extra: &[String]) -> Result<Self, RedisServerError> {
        if !flavour.is_installed() {
            return Err(RedisServerError::Missing(flavour.program()));
        }
        let mut last = None;
        for _ in 0..PORT_ATTEMPTS {
            let dir = tempfile::Builder::new()
                .prefix("swiftline-redis-")
                .tempdir()?;
            let port = free_port()?;
            let child = spawn(flavour, port, dir.path(), extra)?;
            let mut server = Self {
                flavour,
                port,
                extra: extra.to_vec(),
                child,
                dir,
            };
            match server.ready().await {
                Ok(()) => return Ok(server),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or(RedisServerError::NoCluster))
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Its folder, with its append-only file and log.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// CPU time it has used since it was last started, user and system, seconds.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        cpu_seconds(self.child.id())
    }

    /// Runs a command, given as words separated by spaces.
    ///
    /// # Errors
    /// When the server is away, refuses, or answers something else than a `T`.
    pub async fn command<T: FromRedisValue>(&self, words: &str) -> Result<T, RedisServerError> {
        let words: Vec<&str> = words.split(' ').collect();
        self.command_of(&words).await
    }

    /// Runs a command of these words, which may have spaces in them.
    ///
    /// # Errors
    /// As [`RedisServer::command`].
    pub async fn command_of<T: FromRedisValue>(
        &self,
        words: &[&str],
    ) -> Result<T, RedisServerError> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        let mut command = redis::Cmd::new();
        for word in words {
            command.arg(*word);
        }
        Ok(command.query_async(&mut connection).await?)
    }

    /// Stops it at once, as a crash would.
    pub fn kill_9(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to stop and waits for its end.
    pub async fn stop(&mut self) {
        self.signal(Signal::SIGTERM);
        if wait_until(WITHIN, async || self.child.try_wait().ok().flatten())
            .await
            .is_none()
        {
            self.kill_9();
        }
    }

    /// Lets it hang: connections stay, nothing is answered.
    pub fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Ends [`RedisServer::freeze`].
    pub fn thaw(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) {
        // It may be gone already.
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), signal);
    }

    /// Starts it again on the same port, with the data it had; kills it first if it still runs.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn restart(&mut self) -> Result<(), RedisServerError> {
        self.kill_9();
        self.child = spawn(self.flavour, self.port, self.dir.path(), &self.extra)?;
        self.ready().await
    }

    /// Waits until it answers, and it is really ours that answers on this port.
    async fn ready(&mut self) -> Result<(), RedisServerError> {
        let ours = format!("process_id:{}", self.child.id());
        let up = wait_until(WITHIN, async || {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return Some(false);
            }
            let info: String = self.command("INFO server").await.ok()?;
            let pong: String = self.command("PING").await.ok()?;
            (pong == "PONG").then(|| info.lines().any(|line| line.trim() == ours))
        })
        .await;
        if up == Some(true) {
            return Ok(());
        }
        self.kill_9();
        let log = std::fs::read_to_string(self.dir.path().join(LOG)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let said = lines[lines.len().saturating_sub(10)..].join("\n");
        Err(RedisServerError::Silent {
            program: self.flavour.program(),
            port: self.port,
            said,
        })
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill_9();
    }
}

impl fmt::Debug for RedisServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on port {}", self.flavour.program(), self.port)
    }
}

const LOG: &str = "redis.log";

fn spawn(
    flavour: Flavour,
    port: u16,
    dir: &Path,
    extra: &[String],
) -> Result<Child, std::io::Error> {
    // Not Redis' own log file: what is wrong with the arguments is said before it is opened.
    let log = File::options()
        .create(true)
        .append(true)
        .open(dir.join(LOG))?;
    Command::new(flavour.program())
        .args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--daemonize",
            "no",
        ])
        .args(["--appendonly", "yes", "--save", ""])
        // The default, 64 MB, would rewrite the file every few seconds under load.
        .args(["--auto-aof-rewrite-min-size", "1gb"])
        .arg("--dir")
        .arg(dir)
        .args(extra)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
}

/// A port that is free now. Somebody else may be faster to take it: whoever uses it must be ready to try another.
fn free_port() -> Result<u16, std::io::Error> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn data_survives_a_kill_and_the_port_stays() {
        let mut server = RedisServer::start(Fsync::Always).await.unwrap();
        let port = server.port();
        server.command::<()>("SET a 1").await.unwrap();
        server.kill_9();
        assert!(server.command::<String>("PING").await.is_err());
        server.restart().await.unwrap();
        assert_eq!(server.port(), port);
        assert_eq!(server.command::<u8>("GET a").await.unwrap(), 1);
        server.stop().await;
        assert!(server.command::<String>("PING").await.is_err());
    }

    #[tokio::test]
    async fn a_server_that_does_not_come_up_says_why() {
        let extra = ["--no-such-option".to_owned(), "1".to_owned()];
        let error = RedisServer::start_with(Flavour::Redis, &extra)
            .await
            .unwrap_err();
        assert!(matches!(error, RedisServerError::Silent { .. }), "{error}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = RedisServerError::Missing(Flavour::Redis.program()).to_string();
        assert!(error.contains("apt-get install redis-server"), "{error}");
    }
}
