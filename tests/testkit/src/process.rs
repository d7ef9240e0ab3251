//! A service as a process of its own, on ports that the system chooses.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Deserialize;

use crate::wait::wait_until;

/// How long a service may take until it serves.
const START_WITHIN: Duration = Duration::from_secs(30);
/// How long a service may take to drain.
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// What went wrong with a process.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The program is not where cargo puts it.
    #[error("{} is missing: run `cargo build --workspace --bins` first", .0.display())]
    Missing(PathBuf),
    /// It could not be started, or its files could not be read.
    #[error("{name}: {error}")]
    Io {
        /// The service.
        name: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// It ended before it served.
    #[error("{name} ended with {status} before it served; it said:\n{said}")]
    Ended {
        /// The service.
        name: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of its log.
        said: String,
    },
    /// It did not end in time when it was asked to, and was killed.
    #[error("{name} has not drained after {} s; it said:\n{said}", STOP_WITHIN.as_secs())]
    Hangs {
        /// The service.
        name: String,
        /// The end of its log.
        said: String,
    },
    /// It did not serve in time.
    #[error("{name} does not serve after {} s; it said:\n{said}", START_WITHIN.as_secs())]
    Late {
        /// The service.
        name: String,
        /// The end of its log.
        said: String,
    },
}

/// Where a service listens, as it writes it into its ready file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Ready {
    /// gRPC.
    pub grpc: SocketAddr,
    /// Metrics over HTTP.
    pub metrics: SocketAddr,
}

/// How to start a service.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Its name, for files and messages; also the program's unless `program` says otherwise.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// `section.field=value` settings, given as flags.
    pub set: Vec<(String, String)>,
    /// The folder for its log and ready file.
    pub dir: PathBuf,
}

/// A running service. Killed when dropped.
#[derive(Debug)]
pub struct Process {
    launch: Launch,
    child: Child,
    ready: Ready,
    stopped: bool,
}

impl Process {
    /// Starts the service and waits until it serves.
    ///
    /// # Errors
    /// When it cannot be started, ends at once or does not serve in time; the end of its log is in the error.
    pub async fn start(launch: Launch) -> Result<Self, ProcessError> {
        let mut child = spawn(&launch)?;
        let ready_file = ready_file(&launch);
        let begun = Instant::now();
        loop {
            if let Some(ready) = read_ready(&ready_file) {
                return Ok(Self {
                    launch,
                    child,
                    ready,
                    stopped: false,
                });
            }
            let ended = child.try_wait().map_err(|error| io(&launch, error))?;
            if let Some(status) = ended {
                let said = end_of_log(&launch);
                return Err(ProcessError::Ended {
                    name: launch.name,
                    status,
                    said,
                });
            }
            if begun.elapsed() > START_WITHIN {
                // The child must not outlive the error.
                let _ = child.kill();
                let _ = child.wait();
                let said = end_of_log(&launch);
                return Err(ProcessError::Late {
                    name: launch.name,
                    said,
                });
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The service's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.launch.name
    }

    /// Whether nobody has stopped it.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.stopped
    }

    /// Where it listens.
    #[must_use]
    pub fn ready(&self) -> Ready {
        self.ready
    }

    /// Its gRPC address as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.ready.grpc)
    }

    /// Everything it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(log_file(&self.launch)).unwrap_or_default()
    }

    /// CPU time it has used, user and system, seconds.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        cpu_seconds(self.child.id())
    }

    /// Stops it at once, as a crash would.
    pub fn kill_9(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.stopped = true;
    }

    /// Lets it hang: its connections stay and nothing is answered. It can still be killed.
    pub fn freeze(&self) {
        // It may be gone already.
        let _ = kill(self.pid(), Signal::SIGSTOP);
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// Asks it to drain (SIGTERM) and waits for its end.
    ///
    /// # Errors
    /// When it does not end in time; it is killed then.
    pub async fn terminate(&mut self) -> Result<ExitStatus, ProcessError> {
        // It may be gone already.
        let _ = kill(self.pid(), Signal::SIGTERM);
        let ended = wait_until(STOP_WITHIN, async || self.child.try_wait().ok().flatten()).await;
        self.kill_9();
        ended.ok_or_else(|| ProcessError::Hangs {
            name: self.launch.name.clone(),
            said: end_of_log(&self.launch),
        })
    }

    /// Starts it again with the same settings, after [`Process::kill_9`] or [`Process::terminate`]; its ports may differ.
    ///
    /// # Errors
    /// As [`Process::start`].
    pub async fn restart(mut self) -> Result<Self, ProcessError> {
        self.kill_9();
        let launch = self.launch.clone();
        // The old ready file would be taken for the new one's.
        let _ = fs::remove_file(ready_file(&launch));
        Self::start(launch).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill_9();
    }
}

/// The folder where cargo has put the programs that belong to the running one.
#[must_use]
pub fn program_folder() -> PathBuf {
    let mut folder = std::env::current_exe().unwrap_or_default();
    folder.pop();
    // Tests run from `deps`, programs from beside it.
    if folder.ends_with("deps") {
        folder.pop();
    }
    folder
}

/// CPU time that a process has used, user and system, seconds; 0 when it is gone.
#[must_use]
pub fn cpu_seconds(pid: u32) -> f64 {
    /// Linux counts in hundredths of a second on every architecture we run on.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in parentheses may hold spaces: fields are counted from after it. utime and stime are 14 and 15.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: f64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|n| n.parse::<f64>().ok())
        .sum();
    ticks / TICKS_PER_SECOND
}

fn spawn(launch: &Launch) -> Result<Child, ProcessError> {
    if !launch.program.exists() {
        return Err(ProcessError::Missing(launch.program.clone()));
    }
    let log = File::options()
        .create(true)
        .append(true)
        .open(log_file(launch))
        .map_err(|error| io(launch, error))?;
    let mut command = Command::new(&launch.program);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    // What the caller's shell has set is not what the test or demo has asked for.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SWIFTLINE_") {
            command.env_remove(name);
        }
    }
    let ready = format!("runtime.ready_file={}", ready_file(launch).display());
    command.arg("--set").arg(ready);
    for (key, value) in &launch.set {
        command.arg("--set").arg(format!("{key}={value}"));
    }
    command.spawn().map_err(|error| io(launch, error))
}

fn read_ready(file: &Path) -> Option<Ready> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

fn ready_file(launch: &Launch) -> PathBuf {
    launch.dir.join(format!("{}.ready.json", launch.name))
}

fn log_file(launch: &Launch) -> PathBuf {
    launch.dir.join(format!("{}.log", launch.name))
}

fn end_of_log(launch: &Launch) -> String {
    let log = fs::read_to_string(log_file(launch)).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}

fn io(launch: &Launch, error: std::io::Error) -> ProcessError {
    ProcessError::Io {
        name: launch.name.clone(),
        error,
    }
}
