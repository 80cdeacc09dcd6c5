//! The listening socket, and one clear sentence when there cannot be one.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::settings::Listen;

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else listens there.
    #[error("{0} is taken: stop the server that listens there, or set {1} to another value")]
    Taken(String, &'static str),
    /// The process may not listen there.
    #[error("{0} may not be used by this process: ports below 1024 need privileges, set NEXUS_PORT to a higher one")]
    Privileged(String),
    /// The process may not write to the directory.
    #[error("the socket file {0} cannot be made: {1}")]
    File(String, io::Error),
    /// The address is not one of this machine.
    #[error("{0} is not an address of this machine: set NEXUS_HOST to one, or to 0.0.0.0 for all")]
    NotHere(String),
    /// Anything else.
    #[error("cannot listen on {0}: {1}")]
    Other(String, io::Error),
}

/// Where the server listens, as a client would write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// An address and a port.
    Tcp(SocketAddr),
    /// A socket file.
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "http://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A listening socket.
#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

/// A connection that was accepted.
pub(super) enum Accepted {
    Tcp(TcpStream, IpAddr),
    Unix(UnixStream),
}

/// A socket file that goes away with its listener.
#[derive(Debug)]
pub(super) struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Listener {
    pub(super) async fn bind(listen: &Listen) -> Result<Self, BindError> {
        match listen {
            Listen::Tcp(host, port) => {
                let name = format!("port {port} on {host}");
                let bound = TcpListener::bind((host.as_str(), *port)).await;
                bound.map(Self::Tcp).map_err(|e| refused(name, host, e))
            }
            Listen::Unix(path) => bind_unix(path).await,
        }
    }

    pub(super) fn address(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            Self::Unix(_, file) => Ok(Address::Unix(file.0.clone())),
        }
    }

    pub(super) async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // Events are small and each must leave at once.
                let _ = stream.set_nodelay(true);
                Ok(Accepted::Tcp(stream, peer.ip()))
            }
            Self::Unix(listener, _) => Ok(Accepted::Unix(listener.accept().await?.0)),
        }
    }
}

fn refused(name: String, host: &str, error: io::Error) -> BindError {
    match error.kind() {
        io::ErrorKind::AddrInUse => BindError::Taken(name, "NEXUS_PORT"),
        io::ErrorKind::PermissionDenied => BindError::Privileged(name),
        io::ErrorKind::AddrNotAvailable => BindError::NotHere(host.to_owned()),
        _ => BindError::Other(name, error),
    }
}

/// A file that a crashed server left behind answers no connection and is replaced; one that answers is in use.
async fn bind_unix(path: &Path) -> Result<Listener, BindError> {
    let name = path.display().to_string();
    match UnixStream::connect(path).await {
        Ok(_) => return Err(BindError::Taken(format!("the socket file {name}"), "NEXUS_LISTEN")),
        Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(|e| BindError::File(name.clone(), e))?;
        }
        Err(_) => {}
    }
    let listener = UnixListener::bind(path).map_err(|e| BindError::File(name.clone(), e))?;
    let file = SocketFile(path.to_owned());
    let mode = std::fs::Permissions::from_mode(0o660);
    std::fs::set_permissions(path, mode).map_err(|e| BindError::File(name, e))?;
    Ok(Listener::Unix(listener, file))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_taken_port_says_so() {
        let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = first.local_addr().unwrap().port();
        let error = Listener::bind(&Listen::Tcp("127.0.0.1".into(), port)).await.unwrap_err();
        let expected = format!(
            "port {port} on 127.0.0.1 is taken: stop the server that listens there, or set NEXUS_PORT to another value"
        );
        assert_eq!(error.to_string(), expected);
    }

    #[tokio::test]
    async fn an_address_of_another_machine_says_so() {
        let error = Listener::bind(&Listen::Tcp("192.0.2.1".into(), 0)).await.unwrap_err();
        assert!(matches!(error, BindError::NotHere(host) if host == "192.0.2.1"));
    }

    #[tokio::test]
    async fn a_socket_file_is_replaced_when_dead_and_kept_when_alive() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("nexus.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let alive = Listener::bind(&Listen::Unix(path.clone())).await.unwrap();
        let error = Listener::bind(&Listen::Unix(path.clone())).await.unwrap_err();
        assert!(matches!(error, BindError::Taken(..)));
        drop(alive);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_directory_that_is_not_there_says_so() {
        let error = Listener::bind(&Listen::Unix("/nowhere/at/all.sock".into())).await.unwrap_err();
        assert!(matches!(error, BindError::File(..)));
    }
}
