//! The whole mesh as processes: four services that find each other, on free ports, against a Redis that is given.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use crate::process::{Launch, Process, ProcessError, program_folder};

/// The services, in the order in which they start.
pub const SERVICES: [Service; 4] = [
    Service::Router,
    Service::Classifier,
    Service::Feedback,
    Service::Intake,
];

/// One of the four services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// Takes complaints in.
    Intake,
    /// Says what they are.
    Classifier,
    /// Says whose they are.
    Router,
    /// Says what came of them.
    Feedback,
}

impl Service {
    /// The service's name and program.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Classifier => "classifier",
            Self::Router => "router",
            Self::Feedback => "feedback",
        }
    }

    /// The services that it calls.
    const fn calls(self) -> &'static [Self] {
        match self {
            Self::Classifier | Self::Feedback => &[Self::Router],
            Self::Intake => &[Self::Classifier, Self::Feedback],
            Self::Router => &[],
        }
    }
}

/// The settings that name ports.
const PORTS: [&str; 2] = ["server.listen", "runtime.metrics_listen"];

/// How to start a mesh.
#[derive(Debug, Clone)]
pub struct MeshSettings {
    /// The folder for logs, ready files, keys and address lists; must exist.
    pub dir: PathBuf,
    /// The city pack's folder.
    pub city_pack: PathBuf,
    /// The address of Redis; several, separated by commas, for a cluster.
    pub redis_url: String,
    /// The OTLP receiver; empty for none.
    pub otlp_endpoint: String,
    /// More settings: the service they are for (`None` for all), the key, the value.
    pub set: Vec<(Option<Service>, String, String)>,
}

impl MeshSettings {
    /// A mesh of this city, without telemetry.
    #[must_use]
    pub fn new(dir: &Path, city_pack: &Path, redis_url: &str) -> Self {
        Self {
            dir: dir.to_owned(),
            city_pack: city_pack.to_owned(),
            redis_url: redis_url.to_owned(),
            otlp_endpoint: String::new(),
            set: Vec::new(),
        }
    }

    /// The same with one more setting for every service that has it in `services`.
    #[must_use]
    pub fn with(
        mut self,
        service: impl Into<Option<Service>>,
        key: &str,
        value: impl ToString,
    ) -> Self {
        self.set
            .push((service.into(), key.to_owned(), value.to_string()));
        self
    }

    fn addresses(&self, service: Service) -> PathBuf {
        self.dir.join(format!("{}.addresses", service.as_str()))
    }

    fn keys(&self) -> PathBuf {
        self.dir.join("contact.keys")
    }

    fn launch(&self, service: Service, replica: usize) -> Launch {
        let name = match replica {
            0 => service.as_str().to_owned(),
            n => format!("{}-{n}", service.as_str()),
        };
        let mut set = vec![
            ("server.listen".to_owned(), "127.0.0.1:0".to_owned()),
            (
                "runtime.metrics_listen".to_owned(),
                "127.0.0.1:0".to_owned(),
            ),
            ("store.url".to_owned(), self.redis_url.clone()),
            (
                "store.cluster".to_owned(),
                self.redis_url.contains(',').to_string(),
            ),
            (
                "telemetry.otlp_endpoint".to_owned(),
                self.otlp_endpoint.clone(),
            ),
            ("city.pack".to_owned(), self.city_pack.display().to_string()),
        ];
        if service != Service::Classifier {
            set.push((
                "contact.keys_file".to_owned(),
                self.keys().display().to_string(),
            ));
        }
        for called in service.calls() {
            let list = format!("file://{}", self.addresses(*called).display());
            set.push((format!("{}.addresses", called.as_str()), list));
            set.push((
                format!("{}.resolve_interval_ms", called.as_str()),
                "100".to_owned(),
            ));
        }
        let more = self
            .set
            .iter()
            .filter(|(only, ..)| only.is_none_or(|only| only == service))
            // One replica can have a fixed port; the others take free ones.
            .filter(|(_, key, _)| replica == 0 || !PORTS.contains(&key.as_str()));
        set.extend(more.map(|(_, key, value)| (key.clone(), value.clone())));
        Launch {
            program: program_folder().join(service.as_str()),
            name,
            set,
            dir: self.dir.clone(),
        }
    }
}

/// A running mesh. Everything it started ends when it is dropped.
#[derive(Debug)]
pub struct Mesh {
    settings: MeshSettings,
    replicas: Vec<(Service, usize, Process)>,
}

impl Mesh {
    /// Starts one replica of each service and waits until all serve.
    ///
    /// # Errors
    /// When one of them does not start.
    pub async fn start(settings: MeshSettings) -> Result<Self, ProcessError> {
        let io = |error| ProcessError::Io {
            name: "mesh".to_owned(),
            error,
        };
        fs::write(settings.keys(), format!("demo-1 {}\n", random_key())).map_err(io)?;
        restrict(&settings.keys()).map_err(io)?;
        for service in SERVICES {
            fs::write(settings.addresses(service), "").map_err(io)?;
        }
        let mut mesh = Self {
            settings,
            replicas: Vec::new(),
        };
        for service in SERVICES {
            mesh.add(service).await?;
        }
        Ok(mesh)
    }

    /// Starts one more replica of a service; the services that call it notice.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn add(&mut self, service: Service) -> Result<(), ProcessError> {
        let replica = self.of(service).count();
        let process = Process::start(self.settings.launch(service, replica)).await?;
        self.replicas.push((service, replica, process));
        self.publish(service)
    }

    /// The replicas of a service.
    pub fn of(&self, service: Service) -> impl Iterator<Item = &Process> {
        self.replicas
            .iter()
            .filter(move |(of, ..)| *of == service)
            .map(|(.., process)| process)
    }

    /// The first replica of a service that runs; the first of all when none does.
    ///
    /// # Panics
    /// When the mesh has none: [`Mesh::start`] starts one of each.
    #[must_use]
    pub fn get(&self, service: Service) -> &Process {
        self.of(service)
            .find(|process| process.is_running())
            .or_else(|| self.of(service).next())
            .expect("a mesh has each service")
    }

    /// The gRPC address of [`Mesh::get`]'s replica.
    #[must_use]
    pub fn url(&self, service: Service) -> String {
        self.get(service).url()
    }

    /// Kills the first replica of a service that runs, as a crash would. Those that call it are not told.
    pub fn kill_9(&mut self, service: Service) {
        if let Some(process) = self.running(service) {
            process.kill_9();
        }
    }

    /// Drains the first replica of a service that runs and waits for its end; `None` when none runs. Those that call it
    /// are not told.
    ///
    /// # Errors
    /// When it does not end in time.
    pub async fn terminate(
        &mut self,
        service: Service,
    ) -> Result<Option<ExitStatus>, ProcessError> {
        match self.running(service) {
            Some(process) => process.terminate().await.map(Some),
            None => Ok(None),
        }
    }

    fn running(&mut self, service: Service) -> Option<&mut Process> {
        self.replicas
            .iter_mut()
            .filter(|(of, ..)| *of == service)
            .map(|(.., process)| process)
            .find(|process| process.is_running())
    }

    /// Starts the first replica of a service that was stopped again; nothing when all run.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&mut self, service: Service) -> Result<(), ProcessError> {
        let stopped =
            |(of, _, process): &(Service, usize, Process)| *of == service && !process.is_running();
        if let Some(at) = self.replicas.iter().position(stopped) {
            let (of, replica, process) = self.replicas.remove(at);
            self.replicas
                .insert(at, (of, replica, process.restart().await?));
        }
        self.publish(service)
    }

    /// Drains every service, the first in the path first, and waits for their ends.
    ///
    /// # Errors
    /// When one of them does not end in time.
    pub async fn stop(mut self) -> Result<(), ProcessError> {
        for service in SERVICES.iter().rev() {
            for (.., process) in self.replicas.iter_mut().filter(|(of, ..)| of == service) {
                process.terminate().await?;
            }
        }
        Ok(())
    }

    /// Writes where the replicas of a service are, for those that call it.
    fn publish(&self, service: Service) -> Result<(), ProcessError> {
        let list: String = self
            .of(service)
            .map(|process| format!("{}\n", process.ready().grpc))
            .collect();
        let file = self.settings.addresses(service);
        let io = |error| ProcessError::Io {
            name: "mesh".to_owned(),
            error,
        };
        // In one step, so that nobody reads half a list.
        let new = file.with_extension("new");
        fs::write(&new, list).map_err(io)?;
        fs::rename(&new, &file).map_err(io)
    }
}

fn random_key() -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(rand::random::<[u8; 32]>())
}

fn restrict(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))
}
