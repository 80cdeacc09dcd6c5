//! The trail of a run in shared state, by which another replica goes on with its stream.
//!
//! The replica that answers appends every frame to a list; a replica that is asked to resume a run that it does not know
//! reads that list from the wanted frame on, and says that somebody reads, so that the run is not stopped for want of a
//! client. The names of the list hold the [`Key`], which nobody but the caller who asked can make. Without Redis there is no
//! trail and nothing of this costs anything; when Redis fails, runs go on and only resuming elsewhere is lost.

use std::{sync::Arc, time::Duration};

use async_stream::stream;
use bytes::Bytes;
use futures::Stream;
use nexus_core::shared::{Lost, MAX_ITEMS, Shared};
use nexus_retrieval::run::Grounds;
use tokio::time::Instant;

use super::{
    channel::Channel,
    replay::{Key, ReplaySettings},
};

/// The pause between two appends and between two looks: what is lost in delay is won in round trips.
const PAUSE: Duration = Duration::from_millis(50);
/// How long frames may take to arrive that the client has seen already.
const LAG: Duration = Duration::from_secs(1);
/// How long a reader counts as there after it said so.
const READING: Duration = Duration::from_secs(3);
/// How long the newest run of a question is remembered beyond the time that a finished one is kept.
const LONGEST: Duration = Duration::from_hours(1);

/// Trails in the Redis of all replicas.
#[derive(Debug, Clone)]
pub struct Mirror {
    shared: Shared,
    keep: Duration,
    /// After which silence the replica that answers counts as gone: it sends heartbeats.
    silence: Duration,
}

impl Mirror {
    /// Trails, if there is a place that other replicas see.
    pub(super) fn new(shared: &Shared, settings: &ReplaySettings) -> Option<Self> {
        let useful = shared.backend() == "redis" && !settings.keep.is_zero();
        useful.then(|| Self { shared: shared.clone(), keep: settings.keep, silence: settings.heartbeat + LAG * 5 })
    }

    /// Follows a run to its end and writes its frames down. A failure ends the trail, not the run.
    pub(super) async fn write(self, key: Key, channel: Arc<Channel>) {
        let trail = key.trail(channel.run().as_str());
        if let Err(error) = self.copy(&key, &trail, &channel).await {
            tracing::warn!(%error, "the run cannot be resumed on another replica");
            // Half a trail would keep readers waiting.
            let _ = self.shared.remove(&trail).await;
        }
    }

    async fn copy(&self, key: &Key, trail: &str, channel: &Channel) -> Result<(), Lost> {
        self.shared.remove(trail).await?;
        let run = Bytes::copy_from_slice(channel.run().as_str().as_bytes());
        self.shared.put(&key.newest(), run, self.keep + LONGEST).await?;
        let (mut written, mut grounded) = (0, false);
        while channel.more_than(written).await {
            let frames = channel.frames_after(written);
            // Before the frames that rest on it.
            if let Some(grounds) = channel.grounds().filter(|_| !grounded) {
                let grounds = serde_json::to_vec(grounds).unwrap_or_default();
                self.shared.put(&grounds_of(trail), grounds.into(), self.keep + LONGEST).await?;
                grounded = true;
            }
            for batch in frames.chunks(MAX_ITEMS / 4) {
                written += batch.len();
                let end = self.shared.append(trail, batch, self.keep, MAX_ITEMS).await?;
                if usize::try_from(end) != Ok(written) {
                    return Err(Lost::Away("another run writes under the same name".to_owned()));
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// What a run on another replica rests on; `None` while it rests on nothing.
    pub(super) async fn grounds(&self, key: &Key, run: &str) -> Result<Option<Grounds>, Lost> {
        let kept = self.shared.get(&grounds_of(&key.trail(run))).await?;
        let unreadable = |_| Lost::Away("the grounds of a run cannot be read".to_owned());
        kept.map(|bytes| serde_json::from_slice(&bytes).map_err(unreadable)).transpose()
    }

    /// Whether a client reads a run of this replica through another one.
    pub(super) async fn is_read(&self, key: &Key, run: &str) -> bool {
        self.shared.get(&reader_of(&key.trail(run))).await.is_ok_and(|sign| sign.is_some())
    }

    /// The frames after the first `seen` of a run on another replica, and which run it is.
    pub(super) async fn find(
        self,
        key: &Key,
        run: Option<&str>,
        seen: u64,
    ) -> Option<(String, impl Stream<Item = Result<Bytes, Lost>> + use<>)> {
        let run = match run {
            Some(run) => run.to_owned(),
            None => String::from_utf8(self.shared.get(&key.newest()).await.ok()??.into()).ok()?,
        };
        let trail = key.trail(&run);
        let until = Instant::now() + LAG;
        loop {
            self.read(&trail).await.ok()?;
            let part = self.shared.range(&trail, seen).await.ok()?;
            if part.first == seen && part.end() > 0 {
                return Some((run, self.follow(trail, seen)));
            }
            // The client may have been faster than the trail, which is still to come then.
            if part.first > seen || Instant::now() > until {
                return None;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Frames as they come, until the last one of the run. Ends early when there is nothing left to hope for.
    fn follow(self, trail: String, after: u64) -> impl Stream<Item = Result<Bytes, Lost>> + use<> {
        // The last frame that was seen is read once more: nothing follows when it was the last of all.
        let (mut seen, mut known) = (after.saturating_sub(1), after > 0);
        stream! {
            let (mut heard, mut said) = (Instant::now(), Instant::now());
            loop {
                let part = self.shared.range(&trail, seen).await?;
                if part.first != seen || part.end() == 0 {
                    return;
                }
                seen = part.end();
                for frame in part.items {
                    heard = Instant::now();
                    let done = is_done(&frame);
                    if !std::mem::take(&mut known) {
                        yield Ok(frame);
                    }
                    if done {
                        return;
                    }
                }
                if heard.elapsed() > self.silence {
                    // Whoever resumes again is told at once that there is nothing to wait for.
                    let _ = self.shared.remove(&trail).await;
                    return;
                }
                if said.elapsed() > READING / 3 {
                    said = Instant::now();
                    self.read(&trail).await?;
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Says that somebody reads.
    async fn read(&self, trail: &str) -> Result<(), Lost> {
        self.shared.put(&reader_of(trail), Bytes::from_static(b"1"), READING).await
    }
}

fn reader_of(trail: &str) -> String {
    format!("{trail}:reader")
}

fn grounds_of(trail: &str) -> String {
    format!("{trail}:grounds")
}

/// Whether a frame is the last of its run. The type stands first in the data, where no text of an answer can be.
fn is_done(frame: &[u8]) -> bool {
    let data = frame.windows(6).position(|w| w == b"data: ").and_then(|at| frame.get(at + 6..));
    data.is_some_and(|data| data.starts_with(br#"{"type":"done""#))
}
