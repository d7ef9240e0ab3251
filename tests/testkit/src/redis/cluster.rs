//! A Redis Cluster for tests.

use super::{Flavour, Fsync, RedisServer, RedisServerError, WITHIN, free_port};
use crate::wait::wait_until;

/// The masters of a test cluster.
const MASTERS: u16 = 3;
/// The slots of every cluster.
const SLOTS: u16 = 16_384;

/// A Redis Cluster of three masters that share all slots, without replicas. Killed when dropped.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
    bus_ports: Vec<u16>,
}

impl RedisCluster {
    /// Starts the masters, gives them their slots, and waits until each knows the others.
    ///
    /// # Errors
    /// When Redis is not installed or the cluster does not come up.
    pub async fn start(fsync: Fsync) -> Result<Self, RedisServerError> {
        Self::start_flavour(Flavour::Redis, fsync).await
    }

    /// As [`RedisCluster::start`], of Redis or Valkey.
    ///
    /// # Errors
    /// When it is not installed or the cluster does not come up.
    pub async fn start_flavour(flavour: Flavour, fsync: Fsync) -> Result<Self, RedisServerError> {
        let cluster = Self::apart(flavour, fsync).await?;
        cluster.join().await?;
        Ok(cluster)
    }

    /// Starts the masters only: they answer, and do not know each other.
    ///
    /// # Errors
    /// When it is not installed or a master does not come up.
    pub async fn apart(flavour: Flavour, fsync: Fsync) -> Result<Self, RedisServerError> {
        let mut nodes = Vec::new();
        let mut bus_ports = Vec::new();
        for _ in 0..MASTERS {
            let bus_port = free_port()?;
            let extra = [
                ("--appendfsync", fsync.as_str()),
                ("--cluster-enabled", "yes"),
                ("--cluster-config-file", "nodes.conf"),
                ("--cluster-node-timeout", "5000"),
                ("--cluster-port", &bus_port.to_string()),
            ]
            .map(|(name, value)| [name.to_owned(), value.to_owned()])
            .concat();
            nodes.push(RedisServer::start_with(flavour, &extra).await?);
            bus_ports.push(bus_port);
        }
        Ok(Self { nodes, bus_ports })
    }

    /// Gives the masters their slots and waits until each knows the others.
    ///
    /// # Errors
    /// When they do not come together.
    pub async fn join(&self) -> Result<(), RedisServerError> {
        for (index, node) in (0..MASTERS).zip(&self.nodes) {
            let (from, to) = (SLOTS / MASTERS * index, SLOTS / MASTERS * (index + 1) - 1);
            let to = if index + 1 == MASTERS { SLOTS - 1 } else { to };
            node.command::<()>(&format!("CLUSTER SET-CONFIG-EPOCH {}", index + 1))
                .await?;
            node.command::<()>(&format!("CLUSTER ADDSLOTSRANGE {from} {to}"))
                .await?;
        }
        for (node, bus_port) in self.nodes.iter().zip(&self.bus_ports).skip(1) {
            let meet = format!("CLUSTER MEET 127.0.0.1 {} {bus_port}", node.port());
            self.nodes[0].command::<()>(&meet).await?;
        }
        wait_until(WITHIN, async || self.is_whole().await.then_some(()))
            .await
            .ok_or(RedisServerError::NoCluster)
    }

    async fn is_whole(&self) -> bool {
        for node in &self.nodes {
            let info: String = node.command("CLUSTER INFO").await.unwrap_or_default();
            let says = |wanted: &str| info.lines().any(|line| line.trim() == wanted);
            if !(says("cluster_state:ok")
                && says(&format!("cluster_slots_ok:{SLOTS}"))
                && says(&format!("cluster_size:{MASTERS}")))
            {
                return false;
            }
        }
        true
    }

    /// The addresses of all masters, separated by commas.
    #[must_use]
    pub fn url(&self) -> String {
        let urls: Vec<String> = self.nodes.iter().map(RedisServer::url).collect();
        urls.join(",")
    }

    /// The masters.
    #[must_use]
    pub fn nodes(&self) -> &[RedisServer] {
        &self.nodes
    }

    /// The masters, to kill and restart them.
    pub fn nodes_mut(&mut self) -> &mut [RedisServer] {
        &mut self.nodes
    }

    /// CPU time that the masters have used, user and system, seconds.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        self.nodes.iter().map(RedisServer::cpu_seconds).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_cluster_has_three_masters() {
        let cluster = RedisCluster::start(Fsync::No).await.unwrap();
        assert_eq!(cluster.url().split(',').count(), 3);
        assert!(cluster.is_whole().await);
        assert!(cluster.cpu_seconds() >= 0.0);
    }
}
