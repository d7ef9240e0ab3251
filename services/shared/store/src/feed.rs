//! Waking whoever waits: desks, of teams that have something new; routers and classifiers, of news in the log that they follow.
//!
//! A message may be lost with the connection that should bring it. So a feed says that something may have been missed
//! whenever it has made a connection, and who looks then has missed nothing.

use std::collections::VecDeque;
use std::time::Duration;

use futures::StreamExt as _;
use redis::aio::{PubSubSink, PubSubStream};
use redis::{Client, ConnectionInfo, ErrorKind, RedisError, RedisResult};
use swiftline_domain::id::TeamId;
use tokio::time::timeout;
use tracing::{debug, warn};

use crate::Store;
use crate::password::Password;

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

/// Wake-ups of desks.
pub type DeskFeed = Feed<Wake>;

/// Wake-ups of who follows the log of a ledger. They say no more than that it is worth a look.
pub type LedgerFeed = Feed<()>;

/// A feed of wake-ups, by pub/sub on a connection of its own; connects, and connects again, by itself.
pub struct Feed<W> {
    /// Where to connect, tried in turn: a message reaches every node of a cluster.
    addresses: Vec<ConnectionInfo>,
    password: Option<Password>,
    turn: usize,
    channel: String,
    live: Option<(PubSubSink, PubSubStream)>,
    pause: Duration,
    /// What to say when something may have been missed.
    missed: W,
    /// The wake-ups in a message.
    read: fn(&str) -> Vec<W>,
    /// Wake-ups of a message that were not given yet.
    waiting: VecDeque<W>,
}

impl Store {
    /// A feed of wake-ups for desks. One a process is enough; it begins with [`Wake::All`].
    #[must_use]
    pub fn desk_feed(&self) -> DeskFeed {
        let teams = |message: &str| {
            let teams = message.split(' ').filter_map(|team| TeamId::new(team).ok());
            teams.map(Wake::Team).collect()
        };
        self.feed(self.keys().desk(), Wake::All, teams)
    }

    /// A feed of what `read` finds in the messages of a channel.
    pub(crate) fn feed<W>(&self, channel: String, missed: W, read: fn(&str) -> Vec<W>) -> Feed<W> {
        Feed {
            addresses: self.0.addresses.clone(),
            password: self.0.password.clone(),
            turn: 0,
            channel,
            live: None,
            pause: FIRST_PAUSE,
            missed,
            read,
            waiting: VecDeque::new(),
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

impl<W: Clone> Feed<W> {
    /// The next wake-up. Never fails: while Redis is away it waits. May be dropped at any time without losing one that
    /// was not yet given.
    pub async fn next(&mut self) -> W {
        loop {
            if let Some(wake) = self.waiting.pop_front() {
                return wake;
            }
            let Some((sink, stream)) = &mut self.live else {
                if self.connect().await {
                    return self.missed.clone();
                }
                continue;
            };
            match timeout(PING_EVERY, stream.next()).await {
                Ok(Some(message)) => {
                    let message = String::from_utf8_lossy(message.get_payload_bytes()).into_owned();
                    self.waiting.extend((self.read)(&message));
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
                let channel = self.channel.as_str();
                warn!(%error, channel, "a feed is not connected; trying again");
                tokio::time::sleep(self.pause).await;
                self.turn = self.turn.wrapping_add(1);
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                false
            }
        }
    }

    async fn dial(&self) -> RedisResult<(PubSubSink, PubSubStream)> {
        let mut address = self.addresses[self.turn % self.addresses.len()].clone();
        if let Some(password) = &self.password {
            address = password.put_into(address);
        }
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
