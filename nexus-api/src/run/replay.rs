//! Streams that can be read again from any event, by the caller who asked and nobody else.
//!
//! A run writes into a [`Channel`]; connections read from it. It is found again under a [`Key`] made of the caller and the
//! whole question, so that a stranger cannot name it. Channels of finished runs are kept for a while within a number of
//! bytes; losing one costs a client the possibility to resume and nothing else.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures::Stream;
use nexus_core::{id::RequestId, principal::Principal, settings::Source, shared::Shared};
use nexus_retrieval::run::Ask;
use sha2::{Digest as _, Sha256};
use tokio::sync::{Notify, watch};

use super::mirror::Mirror;

/// Knobs of streams.
#[derive(Debug, Clone, Copy)]
pub struct ReplaySettings {
    /// After which silence a heartbeat is sent.
    pub heartbeat: Duration,
    /// How long a run goes on without a client before it is stopped.
    pub grace: Duration,
    /// How long a finished stream can be read again.
    pub keep: Duration,
    /// How many bytes of finished streams are kept.
    pub keep_bytes: u64,
}

impl Default for ReplaySettings {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(10),
            grace: Duration::from_millis(500),
            keep: Duration::from_mins(2),
            keep_bytes: 16 * 1024 * 1024,
        }
    }
}

impl ReplaySettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        Self {
            heartbeat: s.seconds("RUN_SSE_HEARTBEAT_S", 10, 1..=300, "Silence after which a heartbeat is sent"),
            grace: s.millis(
                "RUN_RESUME_GRACE_MS",
                500,
                0..=60_000,
                "How long a run goes on for a client that lost its connection",
            ),
            keep: s.seconds("RUN_RESUME_TTL_S", 120, 0..=3600, "How long a finished stream can be resumed"),
            keep_bytes: s.number(
                "RUN_RESUME_MAX_BYTES",
                16 * 1024 * 1024,
                0..=4 * 1024 * 1024 * 1024,
                "Bytes of finished streams kept for resuming",
            ),
        }
    }
}

/// Under what a stream is found again: a digest of the caller and the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of a question by a caller.
    #[must_use]
    pub fn of(caller: &Principal, ask: &Ask) -> Self {
        let mut hash = Sha256::new();
        let top_k = ask.top_k.map_or_else(String::new, |k| k.to_string());
        let audio = if ask.audio { "audio" } else { "" };
        for part in [
            caller.tenant.as_str(),
            caller.user.as_str(),
            caller.credential.as_str(),
            ask.session.as_str(),
            ask.corpus.as_str(),
            &ask.message,
            &top_k,
            audio,
        ] {
            // Lengths keep two different lists of parts from looking the same.
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// Where the trail of a run of this question is kept.
    pub(super) fn trail(&self, run: &str) -> String {
        format!("{}:{run}", self.newest())
    }

    /// Where it is kept which run of this question is the newest.
    pub(super) fn newest(&self) -> String {
        format!("replay:{}", hex::encode(self.0))
    }
}

/// The events of one run, readable from any of them.
#[derive(Debug)]
pub struct Channel {
    run: RequestId,
    state: Mutex<State>,
    /// The number of frames, and whether there will be more; readers wait for it to change.
    progress: watch::Sender<Progress>,
    readers: AtomicUsize,
    reader_left: Notify,
}

#[derive(Debug, Default)]
struct State {
    text: String,
    /// Where each frame ends in the text.
    ends: Vec<usize>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    frames: usize,
    closed: bool,
}

impl Channel {
    /// An empty stream of a run.
    #[must_use]
    pub fn new(run: RequestId) -> Self {
        Self {
            run,
            state: Mutex::default(),
            progress: watch::Sender::new(Progress::default()),
            readers: AtomicUsize::new(0),
            reader_left: Notify::new(),
        }
    }

    /// The run.
    #[must_use]
    pub fn run(&self) -> &RequestId {
        &self.run
    }

    /// How many events there are.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.progress.borrow().frames
    }

    /// How many bytes they have.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).text.len()
    }

    /// Reads what follows after the first `seen` events. While somebody reads, the run goes on.
    pub fn read_from(self: &Arc<Self>, seen: usize) -> Reader {
        self.readers.fetch_add(1, Ordering::SeqCst);
        Reader { channel: Arc::clone(self), progress: Box::pin(wait(self.progress.subscribe(), seen)), seen }
    }

    /// Adds an event; `write` is given its number and the text to add it to.
    pub(super) fn push(&self, write: impl FnOnce(u64, &mut String)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = state.ends.len() + 1;
        write(u64::try_from(seq).unwrap_or(u64::MAX), &mut state.text);
        let end = state.text.len();
        state.ends.push(end);
        drop(state);
        self.progress.send_modify(|p| p.frames = seq);
    }

    /// No event will follow.
    pub(super) fn close(&self) {
        self.progress.send_modify(|p| p.closed = true);
    }

    /// Resolves when nobody has read for longer than the grace.
    pub(super) async fn abandoned(&self, grace: Duration) {
        loop {
            let left = self.reader_left.notified();
            if self.readers.load(Ordering::SeqCst) == 0 {
                tokio::time::sleep(grace).await;
                if self.readers.load(Ordering::SeqCst) == 0 {
                    return;
                }
            } else {
                left.await;
            }
        }
    }

    /// Waits until there are more events than `seen`; false when there will not be. Does not count as a reader.
    pub(super) async fn more_than(&self, seen: usize) -> bool {
        wait(self.progress.subscribe(), seen).await.1.frames > seen
    }

    /// The events after the first `seen`, one by one.
    pub(super) fn frames_after(&self, seen: usize) -> Vec<Bytes> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let starts = std::iter::once(&0).chain(&state.ends);
        let spans = starts.zip(&state.ends).skip(seen);
        spans.filter_map(|(from, to)| Some(Bytes::copy_from_slice(state.text.get(*from..*to)?.as_bytes()))).collect()
    }

    /// The text of all events after the first `seen`, and how many there are now.
    fn after(&self, seen: usize) -> (Bytes, usize) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let from = seen.checked_sub(1).and_then(|last| state.ends.get(last)).copied().unwrap_or(0);
        (Bytes::copy_from_slice(state.text.get(from..).unwrap_or_default().as_bytes()), state.ends.len())
    }
}

type Wait = Pin<Box<dyn Future<Output = (watch::Receiver<Progress>, Progress)> + Send>>;

/// Waits until there is more than was seen, or nothing will follow.
async fn wait(mut receiver: watch::Receiver<Progress>, seen: usize) -> (watch::Receiver<Progress>, Progress) {
    let more = receiver.wait_for(|p| p.frames > seen || p.closed).await.map(|p| *p);
    // A channel that is gone without being closed will not say more either.
    let progress = more.unwrap_or(Progress { frames: seen, closed: true });
    (receiver, progress)
}

/// A connection that reads a stream.
pub struct Reader {
    channel: Arc<Channel>,
    progress: Wait,
    seen: usize,
}

impl Stream for Reader {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Poll::Ready((receiver, progress)) = self.progress.as_mut().poll(cx) else { return Poll::Pending };
        if progress.frames <= self.seen {
            // Polled again after the end, it ends again.
            self.progress = Box::pin(std::future::ready((receiver, progress)));
            return Poll::Ready(None);
        }
        let (bytes, seen) = self.channel.after(self.seen);
        self.seen = seen;
        self.progress = Box::pin(wait(receiver, seen));
        Poll::Ready(Some(Ok(bytes)))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if self.channel.readers.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.channel.reader_left.notify_one();
        }
    }
}

/// The streams of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Replays {
    settings: ReplaySettings,
    mirror: Option<Mirror>,
    /// Streams that go on, the newest of a question last. There are as many as runs, which are bounded.
    running: Arc<Mutex<HashMap<Key, Vec<Arc<Channel>>>>>,
    finished: moka::sync::Cache<(Key, RequestId), Arc<Channel>>,
    newest: moka::sync::Cache<Key, RequestId>,
}

impl Replays {
    /// Keeps streams within these limits.
    #[must_use]
    pub fn new(settings: ReplaySettings, shared: &Shared) -> Self {
        let finished = moka::sync::Cache::builder()
            .max_capacity(settings.keep_bytes)
            .weigher(|_: &(Key, RequestId), channel: &Arc<Channel>| {
                u32::try_from(channel.bytes() + 1024).unwrap_or(u32::MAX)
            })
            .time_to_live(settings.keep)
            .build();
        let newest =
            moka::sync::Cache::builder().max_capacity(settings.keep_bytes / 1024).time_to_live(settings.keep).build();
        Self { settings, mirror: Mirror::new(shared, &settings), running: Arc::default(), finished, newest }
    }

    /// The trails that other replicas see, when there are any.
    pub(super) fn mirror(&self) -> Option<&Mirror> {
        self.mirror.as_ref()
    }

    /// The knobs.
    #[must_use]
    pub fn settings(&self) -> ReplaySettings {
        self.settings
    }

    /// A run has begun. It is found however long it takes.
    pub(super) fn begin(&self, key: &Key, channel: &Arc<Channel>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.entry(*key).or_default().push(Arc::clone(channel));
    }

    /// A run has ended: from now on it is kept for a while, as far as there is room.
    pub(super) fn end(&self, key: &Key, channel: &Arc<Channel>) {
        self.finished.insert((*key, channel.run().clone()), Arc::clone(channel));
        self.newest.insert(*key, channel.run().clone());
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channels) = running.get_mut(key) {
            channels.retain(|other| !Arc::ptr_eq(other, channel));
            if channels.is_empty() {
                running.remove(key);
            }
        }
    }

    /// The stream of a question, if it is still there: that of the run that is meant, or the newest.
    pub(super) fn find(&self, key: &Key, run: Option<&str>) -> Option<Arc<Channel>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned().unwrap_or_default();
        let meant = |channel: &&Arc<Channel>| run.is_none_or(|run| channel.run().as_str() == run);
        if let Some(channel) = running.iter().rev().find(meant) {
            return Some(Arc::clone(channel));
        }
        let run = run.map_or_else(|| self.newest.get(key), |run| RequestId::new(run).ok())?;
        self.finished.get(&(*key, run))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures::StreamExt as _;

    fn channel(frames: &[&str]) -> Arc<Channel> {
        let channel = Arc::new(Channel::new("run-1".parse().unwrap()));
        for frame in frames {
            channel.push(|_, buffer| buffer.push_str(frame));
        }
        channel
    }

    async fn rest(channel: &Arc<Channel>, seen: usize) -> String {
        let parts: Vec<_> = channel.read_from(seen).map(|part| part.unwrap()).collect().await;
        String::from_utf8(parts.concat()).unwrap()
    }

    #[tokio::test]
    async fn a_reader_gets_what_it_has_not_seen_and_then_the_end() {
        let channel = channel(&["a", "bb", "ccc"]);
        channel.close();
        assert_eq!(rest(&channel, 0).await, "abbccc");
        assert_eq!(rest(&channel, 2).await, "ccc");
        assert_eq!(rest(&channel, 3).await, "");
    }

    #[tokio::test]
    async fn a_stream_is_copied_event_by_event() {
        let channel = channel(&["a", "bb", "ccc"]);
        assert_eq!(channel.frames_after(0), ["a", "bb", "ccc"]);
        assert_eq!(channel.frames_after(2), ["ccc"]);
        assert!(channel.frames_after(3).is_empty() && channel.more_than(2).await);
        channel.close();
        assert!(channel.more_than(2).await && !channel.more_than(3).await);
    }

    #[tokio::test]
    async fn a_reader_follows_a_stream_that_goes_on() {
        let channel = channel(&["a"]);
        let mut reader = channel.read_from(0);
        assert_eq!(reader.next().await.unwrap().unwrap(), "a");
        let writer = Arc::clone(&channel);
        tokio::spawn(async move {
            writer.push(|seq, buffer| buffer.push_str(&seq.to_string()));
            writer.close();
        });
        assert_eq!(reader.next().await.unwrap().unwrap(), "2");
        assert!(reader.next().await.is_none());
        assert!(reader.next().await.is_none());
    }

    #[tokio::test]
    async fn a_stream_is_abandoned_only_after_the_grace_without_any_reader() {
        let channel = channel(&[]);
        let reader = channel.read_from(0);
        let waiting = tokio::spawn({
            let channel = Arc::clone(&channel);
            async move { channel.abandoned(Duration::from_millis(300)).await }
        });
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert!(!waiting.is_finished(), "somebody reads");
        drop(reader);
        let back = channel.read_from(0);
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert!(!waiting.is_finished(), "the reader came back within the grace");
        drop(back);
        waiting.await.unwrap();
    }
}
