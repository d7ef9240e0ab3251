//! From configured entries to the addresses of replicas.

use std::collections::BTreeSet;
use std::path::PathBuf;

use http::uri::Authority;

/// One configured entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// One replica, or a balancer of somebody else's.
    Fixed(Address),
    /// All addresses of a name.
    Dns { host: String, port: u16 },
    /// One `host:port` a line.
    File(PathBuf),
}

/// Where one replica is, and the name that it was found by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Address {
    /// `host:port`.
    socket: String,
    host: String,
}

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (host, port) = host_and_port(text)?;
        let socket = format!("{host}:{port}");
        Ok(Self { socket, host })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.socket
    }

    /// As configured: of the addresses of a name the name, which is what their certificates are for.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

impl Target {
    /// Reads an entry; the error says what is wrong with it.
    pub(crate) fn parse(entry: &str) -> Result<Self, String> {
        let (scheme, rest) = entry
            .split_once("://")
            .ok_or("must begin with http://, dns:// or file://")?;
        match scheme {
            "http" => Address::parse(rest.strip_suffix('/').unwrap_or(rest)).map(Self::Fixed),
            "dns" => host_and_port(rest).map(|(host, port)| Self::Dns { host, port }),
            "file" if rest.starts_with('/') => Ok(Self::File(PathBuf::from(rest))),
            "file" => Err("must be an absolute path: file:///path".to_owned()),
            _ => Err(format!(
                "unknown scheme {scheme:?}, must be http, dns or file"
            )),
        }
    }

    /// Whether the answer can change.
    pub(crate) fn is_dynamic(&self) -> bool {
        !matches!(self, Self::Fixed(_))
    }

    /// The replicas now.
    pub(crate) async fn resolve(&self) -> Result<BTreeSet<Address>, String> {
        match self {
            Self::Fixed(address) => Ok(BTreeSet::from([address.clone()])),
            Self::Dns { host, port } => {
                let found = tokio::net::lookup_host((host.as_str(), *port)).await;
                let found = found.map_err(|error| format!("{host}: {error}"))?;
                let address = |socket: std::net::SocketAddr| Address {
                    socket: socket.to_string(),
                    host: host.clone(),
                };
                Ok(found.map(address).collect())
            }
            Self::File(path) => {
                let text = tokio::fs::read_to_string(path).await;
                let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
                let lines = text
                    .lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty() && !line.starts_with('#'));
                lines
                    .map(|line| Address::parse(line.strip_prefix("http://").unwrap_or(line)))
                    .collect()
            }
        }
    }
}

fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let authority: Authority = text
        .parse()
        .map_err(|_| format!("{text:?} is not host:port"))?;
    let port = authority
        .port_u16()
        .ok_or_else(|| format!("{text:?} has no port"))?;
    if authority.as_str().contains('@') || authority.host().is_empty() {
        return Err(format!("{text:?} is not host:port"));
    }
    Ok((authority.host().to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host: &str, socket: &str) -> Address {
        Address {
            socket: socket.to_owned(),
            host: host.to_owned(),
        }
    }

    #[test]
    fn reads_every_kind_of_entry() {
        assert_eq!(
            Target::parse("http://a:1/").unwrap(),
            Target::Fixed(address("a", "a:1"))
        );
        assert_eq!(
            Target::parse("http://[::1]:80").unwrap(),
            Target::Fixed(address("[::1]", "[::1]:80"))
        );
        assert_eq!(
            Target::parse("dns://a.b:2").unwrap(),
            Target::Dns {
                host: "a.b".into(),
                port: 2
            }
        );
        assert_eq!(
            Target::parse("file:///x").unwrap(),
            Target::File("/x".into())
        );
    }

    #[test]
    fn says_what_is_wrong_with_an_entry() {
        for (entry, reason) in [
            ("a:1", "must begin with"),
            ("https://a:1", "unknown scheme"),
            ("http://a", "has no port"),
            ("http://a:1/path", "not host:port"),
            ("http://me@a:1", "not host:port"),
            ("dns://a", "has no port"),
            ("file://x", "absolute path"),
        ] {
            let error = Target::parse(entry).unwrap_err();
            assert!(error.contains(reason), "{entry}: {error}");
        }
    }

    #[tokio::test]
    async fn a_file_has_one_address_a_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            "# replicas\n127.0.0.1:2\n\nhttp://127.0.0.1:1\n",
        )
        .unwrap();
        let target = Target::File(file.path().to_owned());
        let found: Vec<String> = target
            .resolve()
            .await
            .unwrap()
            .iter()
            .map(|a| a.as_str().to_owned())
            .collect();
        assert_eq!(found, ["127.0.0.1:1", "127.0.0.1:2"]);
        std::fs::write(file.path(), "nonsense\n").unwrap();
        assert!(target.resolve().await.unwrap_err().contains("has no port"));
        assert!(
            Target::File("/nonexistent".into())
                .resolve()
                .await
                .unwrap_err()
                .contains("/nonexistent")
        );
    }

    #[tokio::test]
    async fn a_name_gives_its_addresses() {
        let found = Target::parse("dns://127.0.0.1:5")
            .unwrap()
            .resolve()
            .await
            .unwrap();
        assert_eq!(found, BTreeSet::from([address("127.0.0.1", "127.0.0.1:5")]));
    }
}
