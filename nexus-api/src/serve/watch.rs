//! What a connection is doing, seen from its bytes and its requests, so that one that does nothing useful can be closed.
//!
//! The protocol library times some of this and not all: a connection that sends half of the first line is waited for
//! forever, and so is an HTTP/2 client that opens streams and never takes their bytes. Here the connection itself is
//! watched, whatever it speaks.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use http_body::{Body, Frame, SizeHint};
use metrics::Gauge;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::Settings;

/// What should become of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    Keep,
    /// It is told to finish.
    Retire(&'static str),
    /// It is closed.
    Close(&'static str),
}

/// The state of one connection. Times are milliseconds since it was accepted, plus one, so that 0 is "not".
#[derive(Debug)]
pub struct Activity {
    accepted: Instant,
    in_flight: AtomicUsize,
    served: AtomicBool,
    http2: AtomicBool,
    quiet_since: AtomicU64,
    head_since: AtomicU64,
    stalled_since: AtomicU64,
    bodies: Mutex<Vec<Weak<AtomicU64>>>,
}

impl Activity {
    /// A connection that was just accepted.
    #[must_use]
    pub fn new() -> Self {
        Self {
            accepted: Instant::now(),
            in_flight: AtomicUsize::new(0),
            served: AtomicBool::new(false),
            http2: AtomicBool::new(false),
            quiet_since: AtomicU64::new(1),
            head_since: AtomicU64::new(0),
            stalled_since: AtomicU64::new(0),
            bodies: Mutex::default(),
        }
    }

    /// A request begins; it ends when what is returned is dropped.
    #[must_use]
    pub fn request(self: &Arc<Self>, http2: bool, gauge: &Gauge) -> InFlight {
        self.in_flight.fetch_add(1, Relaxed);
        self.served.store(true, Relaxed);
        self.http2.store(http2, Relaxed);
        self.head_since.store(0, Relaxed);
        gauge.increment(1);
        let given_since = Arc::new(AtomicU64::new(0));
        if http2 {
            self.bodies().push(Arc::downgrade(&given_since));
        }
        InFlight { activity: self.clone(), gauge: gauge.clone(), given_since }
    }

    /// What should become of the connection now.
    #[must_use]
    pub fn verdict(&self, limits: &Settings) -> Verdict {
        let seen = Seen {
            in_flight: self.in_flight.load(Relaxed) > 0,
            served: self.served.load(Relaxed),
            http2: self.http2.load(Relaxed),
            quiet: self.since(&self.quiet_since).unwrap_or_default(),
            head: self.since(&self.head_since),
            stalled: self.since(&self.stalled_since).max(self.oldest_given()),
        };
        seen.verdict(limits)
    }

    /// How long the piece of an HTTP/2 body has been waiting that waits longest for its client to take it. (The bytes of
    /// HTTP/1 wait in the socket, where [`Watched`] sees them.)
    fn oldest_given(&self) -> Option<Duration> {
        let mut bodies = self.bodies();
        bodies.retain(|body| body.strong_count() > 0);
        bodies.iter().filter_map(Weak::upgrade).filter_map(|since| self.since(&since)).max()
    }

    fn bodies(&self) -> std::sync::MutexGuard<'_, Vec<Weak<AtomicU64>>> {
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.accepted.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }

    fn since(&self, mark: &AtomicU64) -> Option<Duration> {
        let mark = mark.load(Relaxed);
        (mark != 0).then(|| Duration::from_millis(self.now().saturating_sub(mark)))
    }

    /// Bytes between two requests are the beginning of the next one's headers.
    fn bytes_came(&self) {
        if self.in_flight.load(Relaxed) == 0 {
            let _ = self.head_since.compare_exchange(0, self.now(), Relaxed, Relaxed);
        }
    }

    fn write_polled(&self, pending: bool) {
        if pending {
            let _ = self.stalled_since.compare_exchange(0, self.now(), Relaxed, Relaxed);
        } else if self.stalled_since.load(Relaxed) != 0 {
            self.stalled_since.store(0, Relaxed);
        }
    }
}

/// What was seen of a connection at one moment.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    in_flight: bool,
    served: bool,
    http2: bool,
    quiet: Duration,
    head: Option<Duration>,
    stalled: Option<Duration>,
}

impl Seen {
    fn verdict(self, limits: &Settings) -> Verdict {
        let longer = |time: Option<Duration>, limit: Duration| time.is_some_and(|t| t > limit);
        if longer(self.stalled, limits.write_timeout) {
            Verdict::Close("write_stalled")
        } else if self.in_flight {
            Verdict::Keep
        } else if !self.served && self.quiet > limits.header_timeout {
            Verdict::Close("no_request")
        } else if !self.http2 && longer(self.head, limits.header_timeout) {
            Verdict::Close("slow_headers")
        } else if self.quiet > limits.idle_timeout + limits.header_timeout {
            Verdict::Close("idle")
        } else if self.quiet > limits.idle_timeout {
            Verdict::Retire("idle")
        } else {
            Verdict::Keep
        }
    }
}

impl Default for Activity {
    fn default() -> Self {
        Self::new()
    }
}

/// A request whose answer is not completely sent.
#[derive(Debug)]
pub struct InFlight {
    activity: Arc<Activity>,
    gauge: Gauge,
    /// Since when a piece of the body is given to the protocol, which has not asked for another yet.
    given_since: Arc<AtomicU64>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let activity = &self.activity;
        activity.quiet_since.store(activity.now(), Relaxed);
        activity.in_flight.fetch_sub(1, Relaxed);
        self.gauge.decrement(1);
    }
}

/// The body of an answer: its request is in flight until the last byte has left.
#[derive(Debug)]
pub struct Held<B> {
    body: B,
    in_flight: InFlight,
}

impl<B> Held<B> {
    /// Keeps a request in flight for as long as its body lives.
    pub fn new(body: B, in_flight: InFlight) -> Self {
        Self { body, in_flight }
    }
}

impl<B: Body + Unpin> Body for Held<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        let given = matches!(polled, Poll::Ready(Some(Ok(_))));
        let since = if given { self.in_flight.activity.now() } else { 0 };
        self.in_flight.given_since.store(since, Relaxed);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The bytes of a connection, watched.
#[derive(Debug)]
pub struct Watched<I> {
    io: I,
    activity: Arc<Activity>,
}

impl<I> Watched<I> {
    /// Watches a stream.
    pub fn new(io: I, activity: Arc<Activity>) -> Self {
        Self { io, activity }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Watched<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let done = ready!(Pin::new(&mut self.io).poll_read(cx, buf));
        if buf.filled().len() > before {
            self.activity.bytes_came();
        }
        Poll::Ready(done)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Watched<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, buf);
        self.activity.write_polled(polled.is_pending());
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.activity.write_polled(polled.is_pending());
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(seen: Seen) -> Verdict {
        let limits = Settings {
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_mins(1),
            ..Settings::default()
        };
        seen.verdict(&limits)
    }

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_connection_that_asks_nothing_is_closed() {
        assert_eq!(verdict(Seen { quiet: secs(9), ..Seen::default() }), Verdict::Keep);
        assert_eq!(verdict(Seen { quiet: secs(11), ..Seen::default() }), Verdict::Close("no_request"));
    }

    #[test]
    fn half_of_a_second_request_is_not_waited_for() {
        let seen = Seen { served: true, quiet: secs(30), ..Seen::default() };
        assert_eq!(verdict(seen), Verdict::Keep);
        assert_eq!(verdict(Seen { head: Some(secs(9)), ..seen }), Verdict::Keep);
        assert_eq!(verdict(Seen { head: Some(secs(11)), ..seen }), Verdict::Close("slow_headers"));
        assert_eq!(verdict(Seen { head: Some(secs(11)), http2: true, ..seen }), Verdict::Keep);
    }

    #[test]
    fn a_stream_may_be_silent_and_an_idle_connection_may_not() {
        let seen = Seen { served: true, http2: true, quiet: secs(10_000), ..Seen::default() };
        assert_eq!(verdict(Seen { in_flight: true, ..seen }), Verdict::Keep);
        assert_eq!(verdict(Seen { quiet: secs(76), ..seen }), Verdict::Retire("idle"));
        assert_eq!(verdict(Seen { quiet: secs(86), ..seen }), Verdict::Close("idle"));
    }

    #[test]
    fn a_client_that_takes_nothing_is_closed() {
        let seen = Seen { served: true, in_flight: true, ..Seen::default() };
        assert_eq!(verdict(Seen { stalled: Some(secs(50)), ..seen }), Verdict::Keep);
        assert_eq!(verdict(Seen { stalled: Some(secs(61)), ..seen }), Verdict::Close("write_stalled"));
    }

    #[test]
    fn marks_follow_what_happens() {
        let activity = Arc::new(Activity::new());
        let request = activity.request(false, &Gauge::noop());
        activity.bytes_came();
        assert_eq!(activity.since(&activity.head_since), None, "bytes of a body are not headers");
        drop(request);
        activity.bytes_came();
        assert!(activity.since(&activity.head_since).is_some());
        activity.write_polled(true);
        assert!(activity.since(&activity.stalled_since).is_some());
        activity.write_polled(false);
        assert_eq!(activity.since(&activity.stalled_since), None);
    }
}
