//! Where the server listens and what it puts up with.

use std::{path::PathBuf, time::Duration};

use nexus_core::settings::Source;

/// Where the server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// A host name or address, and a port; port 0 is any free one.
    Tcp(String, u16),
    /// A socket file.
    Unix(PathBuf),
}

impl Listen {
    /// Whether only this machine can reach it. A name counts when it is that of this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp(host, _) => {
                let host = host.trim_start_matches('[').trim_end_matches(']');
                host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
            }
        }
    }
}

/// The knobs of the accept loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where to listen.
    pub listen: Listen,
    /// The longest time for the headers of a request, and for a new connection to send its first request.
    pub header_timeout: Duration,
    /// The longest time between two requests of a connection.
    pub idle_timeout: Duration,
    /// The longest time that a client may refuse to take bytes.
    pub write_timeout: Duration,
    /// Open connections.
    pub max_connections: usize,
    /// Open connections of one address; 0 is no limit. Behind a proxy all connections are the proxy's.
    pub max_per_address: usize,
    /// The bytes of the headers of a request.
    pub max_header_bytes: usize,
    /// Requests at once on one HTTP/2 connection.
    pub max_streams: u32,
    /// How long requests in flight may go on after the signal to stop.
    pub drain: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self::read(&mut Source::default())
    }
}

impl Settings {
    /// Reads the knobs.
    pub fn read(source: &mut Source) -> Self {
        Self {
            listen: listen(source),
            header_timeout: source.millis(
                "HTTP_HEADER_TIMEOUT_MS",
                10_000,
                10..=600_000,
                "The longest time for the headers of a request.",
            ),
            idle_timeout: source.millis(
                "HTTP_IDLE_TIMEOUT_MS",
                75_000,
                10..=3_600_000,
                "The longest time between two requests of a connection; longer than that of the load balancer.",
            ),
            write_timeout: source.millis(
                "HTTP_WRITE_TIMEOUT_MS",
                60_000,
                10..=3_600_000,
                "The longest time that a client may refuse to take bytes of its answer.",
            ),
            max_connections: source.number("HTTP_MAX_CONNECTIONS", 10_000, 1..=1_000_000, "Open connections at once."),
            max_per_address: source.number(
                "HTTP_MAX_CONNECTIONS_PER_ADDRESS",
                0,
                0..=1_000_000,
                "Open connections of one address at once; 0 is no limit.",
            ),
            max_header_bytes: source.number(
                "HTTP_MAX_HEADER_BYTES",
                32 * 1024,
                8192..=1024 * 1024,
                "The bytes of the headers of a request.",
            ),
            max_streams: source.number("HTTP2_MAX_STREAMS", 128, 1..=10_000, "Requests at once on one connection."),
            drain: source.millis(
                "SHUTDOWN_TIMEOUT_MS",
                30_000,
                0..=3_600_000,
                "How long requests in flight may go on after the signal to stop.",
            ),
        }
    }
}

fn listen(source: &mut Source) -> Listen {
    const NAME: &str = "NEXUS_LISTEN";
    let host = source.text_or("NEXUS_HOST", "127.0.0.1", "The address to listen on; 0.0.0.0 is every network.");
    let port = source.number("NEXUS_PORT", 8000_u16, 0..=u16::MAX, "The port to listen on; 0 is any free one.");
    let about = "A socket file to listen on instead of a port: unix:/run/nexus.sock.";
    let Some(text) = source.text(NAME, about) else { return Listen::Tcp(host, port) };
    if let Some(path) = text.strip_prefix("unix:").filter(|path| path.starts_with('/')) {
        return Listen::Unix(path.into());
    }
    source.refuse(NAME, format!("{text:?} is not unix: and an absolute path"));
    Listen::Tcp(host, port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_file_takes_the_place_of_a_port() {
        let mut source = Source::from_pairs([("NEXUS_LISTEN", "unix:/run/nexus.sock")]);
        assert_eq!(Settings::read(&mut source).listen, Listen::Unix("/run/nexus.sock".into()));
        let mut source = Source::from_pairs([("NEXUS_LISTEN", "tcp:1"), ("HTTP_MAX_CONNECTIONS", "0")]);
        assert_eq!(Settings::read(&mut source).listen, Listen::Tcp("127.0.0.1".into(), 8000));
        assert_eq!(source.errors().len(), 2);
    }
}
