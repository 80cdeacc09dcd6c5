//! How many connections one address has open.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// The open connections of every address; at most as many entries as there are connections.
#[derive(Debug, Clone)]
pub struct PerAddress {
    max: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A place that is given back on drop.
#[derive(Debug)]
pub struct Place {
    ip: Option<IpAddr>,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl PerAddress {
    /// A limit; 0 is none.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { max, open: Arc::default() }
    }

    /// Takes a place, unless the address has all of its own. Connections without an address are not limited.
    #[must_use]
    pub fn enter(&self, ip: Option<IpAddr>) -> Option<Place> {
        let ip = ip.filter(|_| self.max > 0).map(group);
        if let Some(ip) = ip {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let count = open.entry(ip).or_default();
            if *count >= self.max {
                return None;
            }
            *count += 1;
        }
        Some(Place { ip, open: self.open.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(ip) = self.ip else { return };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&ip) {
            *count -= 1;
            if *count == 0 {
                open.remove(&ip);
            }
        }
    }
}

/// One customer has a whole IPv6 /64, so its addresses count as one.
fn group(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => std::net::Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn places_come_back() {
        let limit = PerAddress::new(1);
        let ip = |text: &str| Some(text.parse().unwrap());
        let first = limit.enter(ip("2001:db8::1")).unwrap();
        assert!(limit.enter(ip("2001:db8::2")).is_none(), "the same network");
        assert!(limit.enter(ip("2001:db8:0:1::1")).is_some());
        assert!(limit.enter(None).is_some());
        drop(first);
        assert!(limit.enter(ip("2001:db8::2")).is_some());
        assert!(limit.open.lock().unwrap().is_empty());
    }
}
