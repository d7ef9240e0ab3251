//! Connections: to one Redis, or to a cluster; the rest of the crate does not know which.
//!
//! A command goes to the [`Home`] of its keys. On one Redis that picks one of several connections, so that under
//! `appendfsync always` several share one fsync; in a cluster it names the slot, so that no command is parsed for its keys.
//! No command here ever blocks: a blocking read holds its socket against every other caller of it.
//!
//! **Invariant:** whatever is sent may be sent again. Every script of the store recognises its own repeat, so a connection
//! that breaks is dialled once more and the command repeated, whether or not Redis had done it.

mod link;

use std::sync::Arc;
use std::time::Duration;

use redis::cluster::ClusterClientBuilder;
use redis::cluster_routing::{
    MultipleNodeRoutingInfo, Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr,
};
use redis::io::tcp::TcpSettings;
use redis::{
    Client, Cmd, ConnectionInfo, IntoConnectionInfo as _, Pipeline, ProtocolVersion, RedisResult,
    Value,
};

use crate::keys::Home;
use crate::password::Password;
use crate::{StoreError, StoreSettings};
use link::{Cluster, Link, Node};

/// The longest that a connection attempt may take.
const DIAL_TIMEOUT: Duration = Duration::from_secs(1);
/// How often the cluster client tries a command, and how long it waits between: enough for a moved slot, not for a dead node.
const CLUSTER_RETRIES: u32 = 3;
const CLUSTER_RETRY_WAIT_MS: (u64, u64) = (10, 200);

/// Connections to Redis. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Conn(Arc<Kind>);

enum Kind {
    Single(Vec<Link<Node>>),
    Cluster(Vec<Link<Cluster>>),
}

/// The addresses in the settings, separated by commas, each with our protocol and socket options.
pub(crate) fn addresses(settings: &StoreSettings) -> Result<Vec<ConnectionInfo>, StoreError> {
    let one = |url: &str| -> Result<ConnectionInfo, StoreError> {
        // The error does not repeat the URL: it may have a password.
        let info = url
            .trim()
            .into_connection_info()
            .map_err(|error| StoreError::Url(error.to_string()))?;
        let redis = info
            .redis_settings()
            .clone()
            .set_protocol(ProtocolVersion::RESP2);
        Ok(info.set_redis_settings(redis).set_tcp_settings(tcp()))
    };
    let all: Vec<_> = settings.url.split(',').map(one).collect::<Result<_, _>>()?;
    if all.len() > 1 && !settings.cluster {
        return Err(StoreError::Url(
            "several addresses are for a cluster: set cluster to true".to_owned(),
        ));
    }
    Ok(all)
}

/// Small writes go out at once: batching is done by us, not by the kernel.
fn tcp() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

impl Conn {
    /// Connects; fails at once when Redis is not there.
    pub(crate) async fn open(
        settings: &StoreSettings,
        password: Option<&Password>,
    ) -> Result<Self, StoreError> {
        let addresses = addresses(settings)?;
        let count = usize::from(settings.connections.max(1));
        let mut timeout = Duration::from_millis(settings.response_timeout_ms);
        if settings.wait_replicas > 0 {
            timeout += Duration::from_millis(settings.wait_timeout_ms);
        }
        let dial = DIAL_TIMEOUT.min(timeout);
        let kind = if settings.cluster {
            let mut client = ClusterClientBuilder::new(addresses)
                .use_protocol(ProtocolVersion::RESP2)
                .tcp_settings(tcp())
                .connection_timeout(dial)
                .response_timeout(timeout)
                .overall_response_timeout(Some(timeout * 2))
                .retries(CLUSTER_RETRIES)
                .min_retry_wait(CLUSTER_RETRY_WAIT_MS.0)
                .max_retry_wait(CLUSTER_RETRY_WAIT_MS.1);
            if let Some(password) = password {
                client = client.set_credentials_provider(password.clone());
            }
            let client = client.build()?;
            let cluster = || Cluster {
                client: client.clone(),
                within: timeout * 2,
            };
            let links: Vec<_> = (0..count).map(|_| Link::new(cluster())).collect();
            for link in &links {
                link.live().await?;
            }
            Kind::Cluster(links)
        } else {
            let address = addresses
                .into_iter()
                .next()
                .ok_or_else(|| StoreError::Url("is empty".to_owned()))?;
            let client = Client::open(address)?;
            let node = || Node::new(client.clone(), dial, timeout, password);
            let links: Vec<_> = (0..count).map(|_| Link::new(node())).collect();
            for link in &links {
                link.run(&ping()).await?;
            }
            Kind::Single(links)
        };
        Ok(Self(Arc::new(kind)))
    }

    /// Runs a command at the master of its slot.
    pub(crate) async fn run(&self, home: Home, cmd: Cmd) -> RedisResult<Value> {
        match &*self.0 {
            Kind::Single(links) => links[home.index % links.len()].run(&cmd).await,
            Kind::Cluster(links) => {
                let routing = RoutingInfo::SingleNode(node(home));
                links[home.index % links.len()].run(cmd, routing).await
            }
        }
        .and_then(Value::extract_error)
    }

    /// Runs commands of one slot in one go, one answer each; the first error is the result.
    pub(crate) async fn pipe(&self, home: Home, pipeline: Pipeline) -> RedisResult<Vec<Value>> {
        match &*self.0 {
            Kind::Single(links) => links[home.index % links.len()].pipe(&pipeline).await,
            Kind::Cluster(links) => {
                let link = &links[home.index % links.len()];
                link.pipe(pipeline, node(home)).await
            }
        }?
        .into_iter()
        .map(Value::extract_error)
        .collect()
    }

    /// Runs a command at every master; the answers in no order.
    pub(crate) async fn run_everywhere(&self, cmd: Cmd) -> RedisResult<Vec<Value>> {
        match &*self.0 {
            Kind::Single(links) => Ok(vec![links[0].run(&cmd).await?.extract_error()?]),
            Kind::Cluster(links) => {
                let everywhere =
                    RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
                match links[0].run(cmd, everywhere).await? {
                    Value::Map(answers) => answers
                        .into_iter()
                        .map(|(_, answer)| answer.extract_error())
                        .collect(),
                    answer => Ok(vec![answer.extract_error()?]),
                }
            }
        }
    }

    /// Runs a command at any node: a message to a channel reaches all of them.
    pub(crate) async fn run_anywhere(&self, cmd: Cmd) -> RedisResult<Value> {
        match &*self.0 {
            Kind::Single(links) => links[0].run(&cmd).await,
            Kind::Cluster(links) => {
                let any = RoutingInfo::SingleNode(SingleNodeRoutingInfo::Random);
                links[0].run(cmd, any).await
            }
        }
        .and_then(Value::extract_error)
    }
}

fn node(home: Home) -> SingleNodeRoutingInfo {
    SingleNodeRoutingInfo::SpecificNode(Route::with_slot(home.slot, SlotAddr::Master))
}

fn ping() -> Cmd {
    redis::cmd("PING")
}
