//! Where a request comes from: the peer of the connection, or what a proxy that we trust says about it.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;
use nexus_core::settings::Source;

/// How many hops of `X-Forwarded-For` are looked at.
const MAX_HOPS: usize = 32;

/// The other end of the connection, put into the request by the accept loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// An address on the network.
    Net(IpAddr),
    /// A process on this machine, through a Unix socket.
    Unix,
}

/// The proxies whose `X-Forwarded-For` is believed. Empty by default: then nobody can claim another address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    nets: Vec<IpNet>,
    unix: bool,
}

impl TrustedProxies {
    /// Reads `TRUSTED_PROXIES`.
    pub fn read(source: &mut Source) -> Self {
        const NAME: &str = "TRUSTED_PROXIES";
        let about = "Networks (CIDR, comma-separated, or the word unix) whose X-Forwarded-For is believed.";
        let text = source.text(NAME, about).unwrap_or_default();
        Self::parse(&text).unwrap_or_else(|word| {
            source.refuse(NAME, format!("{word:?} is neither an address, a network such as 10.0.0.0/8, nor unix"));
            Self::default()
        })
    }

    /// Parses a comma-separated list; the error is the word that is not a network.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut proxies = Self::default();
        for word in text.split(',').map(str::trim).filter(|w| !w.is_empty()) {
            match (word, word.parse::<IpNet>(), word.parse::<IpAddr>()) {
                ("unix", ..) => proxies.unix = true,
                (_, Ok(net), _) => proxies.nets.push(net),
                (_, _, Ok(ip)) => proxies.nets.push(ip.into()),
                _ => return Err(word.to_owned()),
            }
        }
        Ok(proxies)
    }

    /// The address of the client: the last hop that no trusted proxy vouches for being one of its own.
    #[must_use]
    pub fn client(&self, peer: Option<Peer>, headers: &HeaderMap) -> Option<IpAddr> {
        let direct = match peer? {
            Peer::Net(ip) => Some(ip.to_canonical()),
            Peer::Unix => None,
        };
        let believed = direct.map_or(self.unix, |ip| self.trusts(ip));
        if !believed {
            return direct;
        }
        let mut client = direct;
        for hop in hops(headers).take(MAX_HOPS) {
            let Some(ip) = hop else { break };
            client = Some(ip);
            if !self.trusts(ip) {
                break;
            }
        }
        client
    }

    fn trusts(&self, ip: IpAddr) -> bool {
        self.nets.iter().any(|net| net.contains(&ip))
    }
}

/// The hops from the nearest to the farthest; `None` for one that is not an address.
fn hops(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(',')).map(|word| parse_hop(word.trim()))
}

fn parse_hop(word: &str) -> Option<IpAddr> {
    let bare = word.strip_prefix('[').and_then(|w| w.strip_suffix(']')).unwrap_or(word);
    let ip = bare.parse().ok().or_else(|| word.parse::<SocketAddr>().ok().map(|a| a.ip()))?;
    Some(IpAddr::to_canonical(&ip))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn client(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let peer = if peer == "unix" { Peer::Unix } else { Peer::Net(peer.parse().unwrap()) };
        let found = TrustedProxies::parse(proxies).unwrap().client(Some(peer), &headers);
        found.map_or_else(|| "none".into(), |ip| ip.to_string())
    }

    #[test]
    fn a_stranger_cannot_claim_another_address() {
        assert_eq!(client("", "203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
        assert_eq!(client("10.0.0.0/8", "203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
    }

    #[test]
    fn the_nearest_untrusted_hop_is_the_client() {
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["6.6.6.6, 1.2.3.4, 10.9.9.9"]), "1.2.3.4");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["6.6.6.6", "1.2.3.4:5555"]), "1.2.3.4");
        assert_eq!(client("10.0.0.0/8", "::ffff:10.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
    }

    #[test]
    fn nonsense_ends_the_walk() {
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["6.6.6.6, unknown, 10.0.0.7"]), "10.0.0.7");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn a_unix_socket_speaks_for_its_proxy_only_when_told() {
        assert_eq!(client("", "unix", &["1.2.3.4"]), "none");
        assert_eq!(client("unix", "unix", &["1.2.3.4"]), "1.2.3.4");
    }

    #[test]
    fn a_bad_network_names_itself() {
        assert_eq!(TrustedProxies::parse("10.0.0.0/8, banana"), Err("banana".into()));
    }
}
