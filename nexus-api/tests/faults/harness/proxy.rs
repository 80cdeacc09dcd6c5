//! A stretch of network that breaks on purpose.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    task::{AbortHandle, JoinSet},
};

/// Where connections lead.
#[derive(Clone)]
pub enum Upstream {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// Forwards connections to one place.
pub struct Proxy {
    pub address: SocketAddr,
    upstream: Upstream,
    /// How many bytes of an answer pass at most before the connection is cut; chosen by chance for each connection.
    cut_within: Arc<AtomicU64>,
    cuts: Arc<AtomicU64>,
    frozen: watch::Sender<bool>,
    accepting: Option<AbortHandle>,
}

impl Proxy {
    pub async fn to(upstream: Upstream) -> Self {
        let mut proxy = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            upstream,
            cut_within: Arc::new(AtomicU64::new(0)),
            cuts: Arc::default(),
            frozen: watch::Sender::new(false),
            accepting: None,
        };
        proxy.open().await;
        proxy
    }

    /// Cuts every connection after a number of bytes below this one; never when it is zero.
    pub fn cut_within(&self, bytes: u64) {
        self.cut_within.store(bytes, Ordering::SeqCst);
    }

    /// How many connections were cut.
    pub fn cuts(&self) -> u64 {
        self.cuts.load(Ordering::SeqCst)
    }

    /// Bytes stay where they are, and nobody is told.
    pub fn freeze(&self, frozen: bool) {
        self.frozen.send_replace(frozen);
    }

    /// Cuts everything and refuses connections.
    pub fn close(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
        }
    }

    /// Accepts connections at the same address as before.
    pub async fn open(&mut self) {
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        };
        self.address = listener.local_addr().unwrap();
        let (upstream, within, cuts, frozen) =
            (self.upstream.clone(), Arc::clone(&self.cut_within), Arc::clone(&self.cuts), self.frozen.subscribe());
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let budget = match within.load(Ordering::SeqCst) {
                    0 => u64::MAX,
                    n => super::chance(n),
                };
                connections.spawn(forward(client, upstream.clone(), budget, Arc::clone(&cuts), frozen.clone()));
            }
        });
        self.accepting = Some(task.abort_handle());
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.close();
    }
}

async fn forward(
    client: TcpStream,
    upstream: Upstream,
    budget: u64,
    cuts: Arc<AtomicU64>,
    frozen: watch::Receiver<bool>,
) {
    let (client_in, client_out) = client.into_split();
    match upstream {
        Upstream::Tcp(address) => {
            let Ok(server) = TcpStream::connect(address).await else { return };
            let (server_in, server_out) = server.into_split();
            both(client_in, client_out, server_in, server_out, budget, &cuts, frozen).await;
        }
        Upstream::Unix(path) => {
            let Ok(server) = UnixStream::connect(path).await else { return };
            let (server_in, server_out) = server.into_split();
            both(client_in, client_out, server_in, server_out, budget, &cuts, frozen).await;
        }
    }
}

async fn both(
    client_in: impl AsyncRead + Unpin,
    client_out: impl AsyncWrite + Unpin,
    server_in: impl AsyncRead + Unpin,
    server_out: impl AsyncWrite + Unpin,
    budget: u64,
    cuts: &AtomicU64,
    frozen: watch::Receiver<bool>,
) {
    // When one direction is over, everything is: the ends are dropped together.
    tokio::select! {
        _ = copy(client_in, server_out, u64::MAX, frozen.clone()) => {}
        cut = copy(server_in, client_out, budget, frozen) => if cut {
            cuts.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Copies until the end or until the budget is spent; true in the latter case.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut budget: u64,
    mut frozen: watch::Receiver<bool>,
) -> bool {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(n @ 1..) = from.read(&mut buffer).await else { return false };
        if frozen.wait_for(|frozen| !frozen).await.is_err() {
            return false;
        }
        let pass = n.min(usize::try_from(budget).unwrap_or(usize::MAX));
        if to.write_all(&buffer[..pass]).await.is_err() {
            return false;
        }
        let _ = to.flush().await;
        budget -= pass as u64;
        if pass < n {
            return true;
        }
    }
}
