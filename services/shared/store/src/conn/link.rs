//! One connection, to one Redis or to a cluster, shared by many callers, that comes back by itself.
//!
//! Not redis' own `ConnectionManager`: that one keeps every caller waiting through its backoff while Redis is away, and
//! keeps for ever an attempt that failed with anything but an I/O error (a Redis that is still loading, say). And not the
//! cluster client alone: when a master dies and comes back, one of its refreshes of the slots may never end, and then it
//! answers nobody any more.

use std::io;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{RoutingInfo, SingleNodeRoutingInfo};
use redis::{AsyncConnectionConfig, Client, Cmd, Pipeline, RedisError, RedisResult, Value};
use tokio::sync::Mutex;

use crate::password::Password;

/// After a failed attempt, callers get its error for this long, instead of queueing up for attempts of their own.
const REDIAL_PAUSE: Duration = Duration::from_millis(50);

/// Makes connections.
pub(super) trait Dial {
    type Connection: Clone;

    fn dial(&self) -> impl Future<Output = RedisResult<Self::Connection>> + Send;
}

pub(super) struct Link<D: Dial> {
    dial: D,
    live: RwLock<Option<Live<D::Connection>>>,
    dialling: Mutex<Dialling>,
}

#[derive(Clone)]
pub(super) struct Live<C> {
    /// Which connection it is, so that a late failure of an old one does not discard a new one.
    generation: u64,
    connection: C,
}

#[derive(Default)]
struct Dialling {
    generation: u64,
    failed: Option<(Instant, RedisError)>,
}

/// One Redis.
pub(super) struct Node {
    client: Client,
    config: AsyncConnectionConfig,
}

impl Node {
    pub(super) fn new(
        client: Client,
        dial: Duration,
        response: Duration,
        password: Option<&Password>,
    ) -> Self {
        let mut config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(dial))
            .set_response_timeout(Some(response));
        if let Some(password) = password {
            config = config.set_credentials_provider(password.clone());
        }
        Self { client, config }
    }
}

impl Dial for Node {
    type Connection = MultiplexedConnection;

    async fn dial(&self) -> RedisResult<MultiplexedConnection> {
        self.client
            .get_multiplexed_async_connection_with_config(&self.config)
            .await
    }
}

/// The nodes of a cluster.
pub(super) struct Cluster {
    pub(super) client: ClusterClient,
    /// How long it may take to find and reach them.
    pub(super) within: Duration,
}

impl Dial for Cluster {
    type Connection = ClusterConnection;

    async fn dial(&self) -> RedisResult<ClusterConnection> {
        tokio::time::timeout(self.within, self.client.get_async_connection())
            .await
            .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
    }
}

impl Link<Node> {
    /// Runs a command; once more on a new connection when this one breaks.
    pub(super) async fn run(&self, cmd: &Cmd) -> RedisResult<Value> {
        let mut live = self.live().await?;
        let result = live.connection.send_packed_command(cmd).await;
        if !self.broke(&live, &result) {
            return result;
        }
        let mut live = self.live().await?;
        let result = live.connection.send_packed_command(cmd).await;
        self.broke(&live, &result);
        result
    }

    /// Runs commands in one go, one answer each; once more on a new connection when this one breaks.
    pub(super) async fn pipe(&self, pipeline: &Pipeline) -> RedisResult<Vec<Value>> {
        let count = pipeline.len();
        let mut live = self.live().await?;
        let result = live
            .connection
            .send_packed_commands(pipeline, 0, count)
            .await;
        if !self.broke(&live, &result) {
            return result;
        }
        let mut live = self.live().await?;
        let result = live
            .connection
            .send_packed_commands(pipeline, 0, count)
            .await;
        self.broke(&live, &result);
        result
    }

    /// Discards the connection if the result says that it is of no more use; whether to try again at once.
    fn broke<T>(&self, used: &Live<MultiplexedConnection>, result: &RedisResult<T>) -> bool {
        let Err(error) = result else { return false };
        // After a timeout the peer may be gone without a word: a new connection finds out, the old one would not.
        if error.is_unrecoverable_error() || error.is_timeout() {
            self.discard(used);
        }
        error.is_connection_dropped()
    }
}

impl Link<Cluster> {
    /// Runs a command where the routing says. The client repeats it itself while nodes come and go.
    pub(super) async fn run(&self, cmd: Cmd, routing: RoutingInfo) -> RedisResult<Value> {
        let mut live = self.live().await?;
        let result = live.connection.route_command(cmd, routing).await;
        self.silent(&live, &result);
        result
    }

    /// Runs commands of one slot in one go, one answer each.
    pub(super) async fn pipe(
        &self,
        pipeline: Pipeline,
        node: SingleNodeRoutingInfo,
    ) -> RedisResult<Vec<Value>> {
        let count = pipeline.len();
        let mut live = self.live().await?;
        let result = live
            .connection
            .route_pipeline(pipeline, 0, count, node)
            .await;
        self.silent(&live, &result);
        result
    }

    /// Discards a client that has let a command wait for as long as may be: it may be one that answers nobody any more.
    fn silent<T>(&self, used: &Live<ClusterConnection>, result: &RedisResult<T>) {
        if result.as_ref().is_err_and(RedisError::is_timeout) {
            self.discard(used);
        }
    }
}

impl<D: Dial> Link<D> {
    pub(super) fn new(dial: D) -> Self {
        Self {
            dial,
            live: RwLock::default(),
            dialling: Mutex::default(),
        }
    }

    fn discard(&self, used: &Live<D::Connection>) {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        if live
            .as_ref()
            .is_some_and(|live| live.generation == used.generation)
        {
            *live = None;
        }
    }

    fn current(&self) -> Option<Live<D::Connection>> {
        self.live
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The connection in use, made now if there is none.
    pub(super) async fn live(&self) -> RedisResult<Live<D::Connection>> {
        if let Some(live) = self.current() {
            return Ok(live);
        }
        let mut dialling = self.dialling.lock().await;
        if let Some(live) = self.current() {
            return Ok(live);
        }
        if let Some((at, error)) = &dialling.failed
            && at.elapsed() < REDIAL_PAUSE
        {
            return Err(error.clone());
        }
        match self.dial.dial().await {
            Ok(connection) => {
                dialling.generation += 1;
                dialling.failed = None;
                let live = Live {
                    generation: dialling.generation,
                    connection,
                };
                *self.live.write().unwrap_or_else(PoisonError::into_inner) = Some(live.clone());
                Ok(live)
            }
            Err(error) => {
                dialling.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }
}
