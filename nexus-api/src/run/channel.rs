//! The events of one run while and after it goes on: one writer, any number of readers, each from where it likes.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures::Stream;
use nexus_core::id::RequestId;
use nexus_retrieval::run::Grounds;
use tokio::sync::{Notify, watch};

/// What is kept around the events of a finished run, in bytes: the places it is found at, and what readers wait at.
const AROUND: usize = 1024;

/// The events of one run, readable from any of them.
#[derive(Debug)]
pub struct Channel {
    run: RequestId,
    grounds: OnceLock<Grounds>,
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
            grounds: OnceLock::new(),
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

    /// What the events rest on, once they rest on anything: whoever reads them later must be able to read that.
    #[must_use]
    pub fn grounds(&self) -> Option<&Grounds> {
        self.grounds.get()
    }

    /// How many events there are.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.progress.borrow().frames
    }

    /// How many bytes it takes, what it rests on and what it is found by included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let grounds = self.grounds.get().map_or(0, Grounds::bytes);
        state.text.capacity() + state.ends.capacity() * size_of::<usize>() + grounds + size_of::<Self>() + AROUND
    }

    /// Reads what follows after the first `seen` events. While somebody reads, the run goes on.
    pub fn read_from(self: &Arc<Self>, seen: usize) -> Reader {
        self.readers.fetch_add(1, Ordering::SeqCst);
        Reader { channel: Arc::clone(self), progress: Box::pin(wait(self.progress.subscribe(), seen)), seen }
    }

    /// Says what the events from here on rest on.
    pub(super) fn rests_on(&self, grounds: Grounds) {
        let _ = self.grounds.set(grounds);
    }

    /// Adds an event; `write` is given its number and the text to add it to.
    pub(crate) fn push(&self, write: impl FnOnce(u64, &mut String)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = state.ends.len() + 1;
        write(u64::try_from(seq).unwrap_or(u64::MAX), &mut state.text);
        let end = state.text.len();
        state.ends.push(end);
        drop(state);
        self.progress.send_modify(|p| p.frames = seq);
    }

    /// No event will follow: what is kept of it keeps no room for more.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.text.shrink_to_fit();
        state.ends.shrink_to_fit();
        drop(state);
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
    async fn what_a_stream_rests_on_is_weighed_with_it() {
        let channel = channel(&["a", "bb", "ccc"]);
        channel.close();
        let without = channel.bytes();
        assert!(without > AROUND + 6 + 3 * size_of::<usize>(), "{without}");
        let metadata = serde_json::json!({ "about": "x".repeat(10_000) });
        let grounds = serde_json::json!({ "corpus": "c", "claims": [{ "document": "d", "metadata": metadata }] });
        channel.rests_on(serde_json::from_value(grounds).unwrap());
        assert!(channel.bytes() > without + 10_000, "{}", channel.bytes());
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
