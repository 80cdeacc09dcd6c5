//! The accept loop: bounded in connections, in time and in bytes, and finished in order.
//!
//! When all connections are taken, new ones wait in the kernel's backlog. When no file is left to open, accepting pauses
//! and goes on. After the signal to stop, nothing new is accepted, what is in flight may finish within the drain time,
//! and the rest is cut.

mod connection;
mod listen;
mod per_address;
mod settings;
#[cfg(test)]
mod tests;
mod version;
mod watch;

use std::{convert::Infallible, io, net::IpAddr, sync::Arc, time::Duration};

use axum::{body::Body, extract::Request, response::Response};
use metrics::{Counter, Gauge, counter, gauge};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

pub use listen::{Address, BindError};
pub use settings::{Listen, Settings};

use crate::{http::address::Peer, metrics as names};
use connection::Connection;
use listen::{Accepted, Listener};
use per_address::PerAddress;

/// How long accepting pauses after a failure that the machine must recover from: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// How long cut connections may take to be gone.
const CUT: Duration = Duration::from_secs(1);

/// What the accept loop serves.
pub trait Application:
    Service<Request, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static
{
}

impl<S> Application for S where
    S: Service<Request, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static
{
}

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// Every request in flight was finished.
    Drained,
    /// This many connections were cut when the drain time was over.
    Cut(usize),
}

/// A server that listens and does not accept yet.
#[derive(Debug)]
pub struct Server {
    listener: Listener,
    settings: Settings,
}

impl Server {
    /// Begins to listen. Connections wait in the backlog until [`Server::run`].
    pub async fn bind(settings: Settings) -> Result<Self, BindError> {
        let listener = Listener::bind(&settings.listen).await?;
        Ok(Self { listener, settings })
    }

    /// Where the server listens; of use when the port was 0.
    pub fn address(&self) -> io::Result<Address> {
        self.listener.address()
    }

    /// Serves until the token is cancelled and what was in flight is done.
    pub async fn run(self, app: impl Application, stop: CancellationToken) -> Stopped {
        let Self { listener, settings } = self;
        let drain = settings.drain;
        let gate = Gate::new(settings, stop.clone());
        gate.accept_until_stopped(&listener, &app).await;
        drop(listener);
        gate.finish(drain).await
    }
}

/// What all connections of a server share.
struct Gate {
    settings: Arc<Settings>,
    slots: Arc<Semaphore>,
    addresses: PerAddress,
    tasks: TaskTracker,
    stop: CancellationToken,
    cut: CancellationToken,
    open: Gauge,
    in_flight: Gauge,
    accepted: Counter,
    failures: Counter,
}

impl Gate {
    fn new(settings: Settings, stop: CancellationToken) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(settings.max_connections.min(Semaphore::MAX_PERMITS))),
            addresses: PerAddress::new(settings.max_per_address),
            settings: Arc::new(settings),
            tasks: TaskTracker::new(),
            stop,
            cut: CancellationToken::new(),
            open: gauge!(names::CONNECTIONS),
            in_flight: gauge!(names::IN_FLIGHT),
            accepted: counter!(names::ACCEPTED),
            failures: counter!(names::ACCEPT_ERRORS),
        }
    }

    async fn accept_until_stopped(&self, listener: &Listener, app: &impl Application) {
        let mut pause = PAUSES.0;
        loop {
            // The slot comes before the connection: without one, nothing is accepted.
            let next = async { (self.slots.clone().acquire_owned().await, listener.accept().await) };
            let Some((Ok(slot), accepted)) = self.stop.run_until_cancelled(next).await else { return };
            match accepted {
                Ok(Accepted::Tcp(stream, ip)) => {
                    pause = PAUSES.0;
                    self.serve(stream, Peer::Net(ip), Some(ip), slot, app.clone());
                }
                Ok(Accepted::Unix(stream)) => {
                    pause = PAUSES.0;
                    self.serve(stream, Peer::Unix, None, slot, app.clone());
                }
                Err(e) if of_the_client(&e) => {}
                Err(e) => {
                    self.failures.increment(1);
                    tracing::error!(error = %e, "cannot accept connections, trying again");
                    let _ = self.stop.run_until_cancelled(tokio::time::sleep(pause)).await;
                    pause = (pause * 2).min(PAUSES.1);
                }
            }
        }
    }

    fn serve<I>(
        &self,
        io: I,
        peer: Peer,
        ip: Option<IpAddr>,
        slot: tokio::sync::OwnedSemaphorePermit,
        app: impl Application,
    ) where
        I: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        self.accepted.increment(1);
        let Some(place) = self.addresses.enter(ip) else {
            counter!(names::CLOSED, "reason" => "per_address").increment(1);
            return;
        };
        let connection = Connection {
            peer,
            settings: self.settings.clone(),
            stop: self.stop.clone(),
            cut: self.cut.clone(),
            in_flight: self.in_flight.clone(),
        };
        let open = self.open.clone();
        open.increment(1);
        self.tasks.spawn(async move {
            connection.serve(io, app).await;
            open.decrement(1);
            drop((place, slot));
        });
    }

    async fn finish(self, drain: Duration) -> Stopped {
        self.tasks.close();
        if tokio::time::timeout(drain, self.tasks.wait()).await.is_ok() {
            return Stopped::Drained;
        }
        let left = self.tasks.len();
        self.cut.cancel();
        let _ = tokio::time::timeout(CUT, self.tasks.wait()).await;
        Stopped::Cut(left)
    }
}

/// A failure that concerns one connection, not the listener.
fn of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
