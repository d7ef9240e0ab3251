//! Waking desks: which team has something new.
//!
//! A message may be lost with the connection that should bring it. So a feed says [`Wake::All`] whenever it has made a
//! connection, and a desk that looks then has missed nothing.

use std::collections::VecDeque;
use std::time::Duration;

use futures::StreamExt as _;
use redis::aio::{PubSubSink, PubSubStream};
use redis::{Client, ConnectionInfo, ErrorKind, RedisError, RedisResult};
use swiftline_domain::id::TeamId;
use tokio::time::timeout;
use tracing::{debug, warn};

use crate::Store;

/// The longest that connecting and subscribing may take.
const DIAL_TIMEOUT: Duration = Duration::from_secs(2);
/// After this long of nothing the connection is tried: a peer that is gone without a word would stay silent for ever.
const PING_EVERY: Duration = Duration::from_secs(15);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Why a desk should look at its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wake {
    /// This team has something new.
    Team(TeamId),
    /// The connection was made anew and something may have been missed: every desk should look.
    All,
}

/// A feed of wake-ups, by pub/sub on a connection of its own; connects, and connects again, by itself.
pub struct DeskFeed {
    /// Where to connect, tried in turn: a message reaches every node of a cluster.
    addresses: Vec<ConnectionInfo>,
    turn: usize,
    channel: String,
    live: Option<(PubSubSink, PubSubStream)>,
    pause: Duration,
    /// Teams of a message that were not given yet.
    teams: VecDeque<TeamId>,
}

impl Store {
    /// A feed of wake-ups. One a process is enough; it begins with [`Wake::All`].
    #[must_use]
    pub fn desk_feed(&self) -> DeskFeed {
        DeskFeed {
            addresses: self.0.addresses.clone(),
            turn: 0,
            channel: self.keys().desk(),
            live: None,
            pause: FIRST_PAUSE,
            teams: VecDeque::new(),
        }
    }

    /// Wakes the desks of these teams. Best effort: the orders are in the queues, and a desk also looks by itself.
    pub(crate) async fn wake(&self, teams: impl Iterator<Item = &TeamId>) {
        let message: Vec<&str> = teams.map(TeamId::as_str).collect();
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(self.keys().desk()).arg(message.join(" "));
        if let Err(error) = self.conn().run_anywhere(publish).await {
            debug!(%error, "could not wake the desks");
        }
    }
}

impl DeskFeed {
    /// The next wake-up. Never fails: while Redis is away it waits. May be dropped at any time without losing one that
    /// was not yet given.
    pub async fn next(&mut self) -> Wake {
        loop {
            if let Some(team) = self.teams.pop_front() {
                return Wake::Team(team);
            }
            let Some((sink, stream)) = &mut self.live else {
                if self.connect().await {
                    return Wake::All;
                }
                continue;
            };
            match timeout(PING_EVERY, stream.next()).await {
                Ok(Some(message)) => {
                    let message = String::from_utf8_lossy(message.get_payload_bytes()).into_owned();
                    self.teams
                        .extend(message.split(' ').filter_map(|team| TeamId::new(team).ok()));
                }
                Ok(None) => self.live = None,
                Err(_) => {
                    if !matches!(
                        timeout(DIAL_TIMEOUT, sink.ping::<redis::Value>()).await,
                        Ok(Ok(_))
                    ) {
                        self.live = None;
                    }
                }
            }
        }
    }

    /// Tries one address; waits when it is not there.
    async fn connect(&mut self) -> bool {
        match self.dial().await {
            Ok(live) => {
                self.live = Some(live);
                self.pause = FIRST_PAUSE;
                true
            }
            Err(error) => {
                warn!(%error, "the desk feed is not connected; trying again");
                tokio::time::sleep(self.pause).await;
                self.turn = self.turn.wrapping_add(1);
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                false
            }
        }
    }

    async fn dial(&self) -> RedisResult<(PubSubSink, PubSubStream)> {
        let address = self.addresses[self.turn % self.addresses.len()].clone();
        let dialled = async {
            let mut pubsub = Client::open(address)?.get_async_pubsub().await?;
            pubsub.subscribe(&self.channel).await?;
            Ok(pubsub.split())
        };
        match timeout(DIAL_TIMEOUT, dialled).await {
            Ok(live) => live,
            Err(_) => Err(RedisError::from((ErrorKind::Io, "no answer in time"))),
        }
    }
}
