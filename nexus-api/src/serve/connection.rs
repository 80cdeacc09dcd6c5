//! One connection, from its first byte to its last.

use std::{convert::Infallible, pin::pin, sync::Arc, time::Duration};

use axum::{body::Body, extract::Request};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use metrics::{Gauge, counter};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Interval,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{
    Application, Settings,
    version::Begun,
    watch::{Activity, Held, Verdict, Watched},
};
use crate::{http::address::Peer, metrics as names};

/// How often HTTP/2 asks a silent client whether it is still there, and how long it waits for the answer.
const PING: Duration = Duration::from_secs(20);

/// How many streams a client may reset before the server has looked at them.
const MAX_PENDING_RESETS: usize = 20;

/// How often a connection is looked at: at least, at most.
const LOOKS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(5));

/// What a connection needs to know.
pub struct Connection {
    /// The other end.
    pub peer: Peer,
    /// The limits.
    pub settings: Arc<Settings>,
    /// Requests in flight may finish; no others.
    pub stop: CancellationToken,
    /// Nothing may finish.
    pub cut: CancellationToken,
    /// Requests in flight.
    pub in_flight: Gauge,
}

impl Connection {
    /// Serves requests until one of both sides ends the connection.
    pub async fn serve<I>(self, io: I, app: impl Application)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let activity = Arc::new(Activity::new());
        let service = service_fn({
            let (activity, peer, in_flight) = (activity.clone(), self.peer, self.in_flight.clone());
            move |request: http::Request<Incoming>| {
                let held = activity.request(request.version() == http::Version::HTTP_2, &in_flight);
                let mut request: Request = request.map(Body::new);
                request.extensions_mut().insert(peer);
                let answer = app.clone().oneshot(request);
                async move {
                    let Ok(response) = answer.await;
                    Ok::<_, Infallible>(response.map(|body| Held::new(body, held)))
                }
            }
        });
        let mut look = tokio::time::interval(self.look_interval());
        let io = tokio::select! {
            begun = Begun::new(Watched::new(io, activity.clone())) => match begun {
                Ok(io) => io,
                Err(_) => return,
            },
            () = self.unasked(&activity, &mut look) => return,
        };
        let builder = self.builder(io.is_http2());
        let mut connection = pin!(builder.serve_connection(TokioIo::new(io), service));
        let mut retired = false;
        loop {
            tokio::select! {
                _ = connection.as_mut() => return,
                () = self.cut.cancelled() => return,
                () = self.stop.cancelled(), if !retired => {
                    retired = true;
                    connection.as_mut().graceful_shutdown();
                }
                _ = look.tick() => match activity.verdict(&self.settings) {
                    Verdict::Retire(reason) if !retired => {
                        retired = true;
                        closed(reason);
                        connection.as_mut().graceful_shutdown();
                    }
                    Verdict::Keep | Verdict::Retire(_) => {}
                    Verdict::Close(reason) => {
                        closed(reason);
                        return;
                    }
                }
            }
        }
    }

    /// Resolves when a connection on which nothing was asked yet has to end.
    async fn unasked(&self, activity: &Activity, look: &mut Interval) {
        loop {
            tokio::select! {
                () = self.cut.cancelled() => return,
                () = self.stop.cancelled() => return,
                _ = look.tick() => {
                    if let Verdict::Retire(reason) | Verdict::Close(reason) = activity.verdict(&self.settings) {
                        return closed(reason);
                    }
                }
            }
        }
    }

    fn builder(&self, http2: bool) -> Builder<TokioExecutor> {
        let settings = &self.settings;
        let header_bytes = u32::try_from(settings.max_header_bytes).unwrap_or(u32::MAX);
        let mut builder = Builder::new(TokioExecutor::new());
        // The time for headers is watched from outside, where a silent keep-alive is told from half a request.
        builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(settings.max_header_bytes);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(settings.max_streams)
            .max_header_list_size(header_bytes)
            .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING);
        if http2 { builder.http2_only() } else { builder.http1_only() }
    }

    fn look_interval(&self) -> Duration {
        let s = &self.settings;
        let shortest = s.header_timeout.min(s.idle_timeout).min(s.write_timeout);
        (shortest / 2).clamp(LOOKS.0, LOOKS.1)
    }
}

fn closed(reason: &'static str) {
    counter!(names::CLOSED, "reason" => reason).increment(1);
    tracing::debug!(reason, "connection closed by the server");
}
