//! The first minute: waiting for Redis, and looking whether it is what we need.

use std::time::{Duration, Instant};

use redis::cmd;
use tracing::{info, warn};

use crate::conn::Conn;
use crate::keys::{Keys, key_home};
use crate::reply::read;
use crate::{StoreError, StoreSettings};

/// The version of the layout described in [`crate::keys`]. Raised when a program could no longer read what is there.
const LAYOUT: u32 = 1;
/// The oldest Redis that has what the scripts use (`SET NX GET`).
const OLDEST_MAJOR: u32 = 7;
/// How often to look for a Redis that is not there yet.
const RETRY_EVERY: Duration = Duration::from_millis(100);
/// How often to say so.
const SAY_EVERY: Duration = Duration::from_secs(5);

/// Opens again and again for as long as the settings say, while Redis is not there, still loading, or nodes that are no
/// cluster yet.
pub(crate) async fn patiently<T>(
    settings: &StoreSettings,
    open: impl AsyncFn() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let started = Instant::now();
    let patience = Duration::from_millis(settings.connect_wait_ms);
    let mut said: Option<Instant> = None;
    loop {
        let error = match open().await {
            Ok(opened) => return Ok(opened),
            Err(error) if !error.is_unavailable() => return Err(error),
            Err(error) => error,
        };
        let waited = started.elapsed();
        if waited >= patience {
            return Err(StoreError::Unavailable(format!(
                "not reached within {} ms: {error}",
                patience.as_millis()
            )));
        }
        if said.is_none_or(|said| said.elapsed() >= SAY_EVERY) {
            said = Some(Instant::now());
            info!(%error, waited_ms = waited.as_millis(), wait_at_most_ms = patience.as_millis(), "waiting for redis");
        }
        tokio::time::sleep(RETRY_EVERY.min(patience - waited)).await;
    }
}

/// Looks whether this Redis and what it holds fit, and says what a crash of it could lose.
pub(crate) async fn check(
    conn: &Conn,
    keys: &Keys,
    settings: &StoreSettings,
) -> Result<(), StoreError> {
    check_version(conn).await?;
    check_meta(conn, keys, settings).await?;
    say_loss_window(conn).await;
    Ok(())
}

async fn check_version(conn: &Conn) -> Result<(), StoreError> {
    let mut info = cmd("INFO");
    info.arg("server");
    for answer in conn.run_everywhere(info).await? {
        new_enough(version(&read::<String>(answer)?))?;
    }
    Ok(())
}

fn new_enough(version: &str) -> Result<(), StoreError> {
    let major = version
        .split('.')
        .next()
        .and_then(|n| n.parse::<u32>().ok());
    if major.is_some_and(|major| major >= OLDEST_MAJOR) {
        return Ok(());
    }
    Err(StoreError::TooOld {
        found: version.to_owned(),
    })
}

/// Valkey and others that speak like Redis name the Redis version they are like.
fn version(info: &str) -> &str {
    info.lines()
        .find_map(|line| line.strip_prefix("redis_version:"))
        .map_or("of unknown version", str::trim)
}

async fn check_meta(conn: &Conn, keys: &Keys, settings: &StoreSettings) -> Result<(), StoreError> {
    let key = keys.meta();
    let home = key_home(&key);
    // Each field is set by whoever comes first; everybody then reads what is there.
    for (field, ours) in [
        ("partitions", settings.partitions.to_string()),
        ("layout", LAYOUT.to_string()),
    ] {
        let mut first = cmd("HSETNX");
        first.arg(&key).arg(field).arg(&ours);
        conn.run(home, first).await?;
        let mut get = cmd("HGET");
        get.arg(&key).arg(field);
        let found: String = read(conn.run(home, get).await?)?;
        if found != ours {
            return Err(if field == "layout" {
                StoreError::Layout {
                    wanted: LAYOUT,
                    found,
                }
            } else {
                StoreError::Partitions {
                    wanted: settings.partitions,
                    found,
                }
            });
        }
    }
    Ok(())
}

/// What a crash of Redis could lose of what was acknowledged, in words; `None` when nothing.
fn loss_window(appendonly: &str, appendfsync: &str) -> Option<&'static str> {
    match (appendonly, appendfsync) {
        ("yes", "always") => None,
        ("yes", "everysec") => {
            Some("up to 1 second of acknowledged work (2 when the disk is slow)")
        }
        ("yes", "no") => {
            Some("whatever the operating system has not written yet, typically up to 30 seconds")
        }
        ("no", _) => Some("everything since the last snapshot: there is no append-only file"),
        _ => Some("unknown"),
    }
}

async fn say_loss_window(conn: &Conn) {
    let mut config = cmd("CONFIG");
    config.arg("GET").arg("appendonly").arg("appendfsync");
    let answers = match conn.run_everywhere(config).await {
        Ok(answers) => answers,
        Err(error) => {
            let error = StoreError::from(error);
            warn!(%error, could_lose = "unknown", "redis does not tell how it persists");
            return;
        }
    };
    for answer in answers {
        let facts: std::collections::HashMap<String, String> = read(answer).unwrap_or_default();
        let get = |name: &str| facts.get(name).map_or("", String::as_str);
        let (appendonly, appendfsync) = (get("appendonly"), get("appendfsync"));
        match loss_window(appendonly, appendfsync) {
            None => info!(appendfsync, "redis persists before it answers"),
            Some(could_lose) => {
                warn!(
                    appendonly,
                    appendfsync, could_lose, "a crash of redis can lose acknowledged work"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fsync_always_loses_nothing() {
        assert_eq!(loss_window("yes", "always"), None);
        assert!(loss_window("yes", "everysec").unwrap().contains("1 second"));
        assert!(
            loss_window("yes", "no")
                .unwrap()
                .contains("operating system")
        );
        assert!(loss_window("no", "always").unwrap().contains("snapshot"));
        assert_eq!(loss_window("", ""), Some("unknown"));
    }

    #[test]
    fn refuses_what_is_older_than_7() {
        for good in ["7.0.0", "7.2.4", "8.6.1", "10.0.0"] {
            assert_eq!(new_enough(good), Ok(()));
        }
        for bad in ["6.2.14", "5.0.0", "of unknown version"] {
            let found = bad.to_owned();
            assert_eq!(new_enough(bad), Err(StoreError::TooOld { found }));
        }
    }

    #[test]
    fn reads_the_version() {
        assert_eq!(
            version("# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n"),
            "7.0.15"
        );
        assert_eq!(
            version("server_name:valkey\r\nredis_version:7.2.4\r\n"),
            "7.2.4"
        );
        assert_eq!(version(""), "of unknown version");
    }
}
