//! One connection to one Redis, shared by many callers, that comes back by itself.
//!
//! Not redis' own `ConnectionManager`: that one keeps every caller waiting through its backoff while Redis is away, and
//! keeps for ever an attempt that failed with anything but an I/O error (a Redis that is still loading, say).

use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, Pipeline, RedisError, RedisResult, Value};
use tokio::sync::Mutex;

use crate::password::Password;

/// After a failed attempt, callers get its error for this long, instead of queueing up for attempts of their own.
const REDIAL_PAUSE: Duration = Duration::from_millis(50);

pub(super) struct Link {
    client: Client,
    config: AsyncConnectionConfig,
    live: RwLock<Option<Live>>,
    dialling: Mutex<Dialling>,
}

#[derive(Clone)]
struct Live {
    /// Which connection it is, so that a late failure of an old one does not discard a new one.
    generation: u64,
    connection: MultiplexedConnection,
}

#[derive(Default)]
struct Dialling {
    generation: u64,
    failed: Option<(Instant, RedisError)>,
}

impl Link {
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
        Self {
            client,
            config,
            live: RwLock::default(),
            dialling: Mutex::default(),
        }
    }

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
    fn broke<T>(&self, used: &Live, result: &RedisResult<T>) -> bool {
        let Err(error) = result else { return false };
        // After a timeout the peer may be gone without a word: a new connection finds out, the old one would not.
        if error.is_unrecoverable_error() || error.is_timeout() {
            let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
            if live
                .as_ref()
                .is_some_and(|live| live.generation == used.generation)
            {
                *live = None;
            }
        }
        error.is_connection_dropped()
    }

    fn current(&self) -> Option<Live> {
        self.live
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn live(&self) -> RedisResult<Live> {
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
        let dialled = self
            .client
            .get_multiplexed_async_connection_with_config(&self.config)
            .await;
        match dialled {
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
