//! The trail of a run in shared state, by which another replica goes on with its stream.
//!
//! The replica that answers appends every frame to a list; a replica that is asked to resume a run that it does not know
//! reads that list from the wanted frame on, and says that somebody reads, so that the run is not stopped for want of a
//! client. The names of the list hold the [`Key`], which nobody but the caller who asked can make, and frames lie there
//! sealed. Without Redis there is no trail and nothing of this costs anything; when Redis or the key of the tenant is away,
//! runs go on and only resuming elsewhere is lost.

use std::{sync::Arc, time::Duration};

use async_stream::stream;
use bytes::Bytes;
use futures::Stream;
use nexus_core::{
    crypto::{
        Refused,
        vault::{Vault, VaultError},
    },
    id::TenantId,
    op::Op,
    shared::{Lost, MAX_ITEMS, Shared},
};
use nexus_retrieval::run::Grounds;
use tokio::time::Instant;

use super::{
    channel::Channel,
    replay::{Key, ReplaySettings},
    trail::{Place, Reader, Writer},
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
    vault: Vault,
    keep: Duration,
    /// After which silence the replica that answers counts as gone: it sends heartbeats.
    silence: Duration,
}

impl Mirror {
    /// Trails, if there is a place that other replicas see.
    pub(super) fn new(shared: &Shared, vault: &Vault, settings: &ReplaySettings) -> Option<Self> {
        let useful = shared.backend() == "redis" && !settings.keep.is_zero();
        useful.then(|| Self {
            shared: shared.clone(),
            vault: vault.clone(),
            keep: settings.keep,
            silence: settings.heartbeat + LAG * 5,
        })
    }

    /// Follows a run to its end and writes its frames down. A failure ends the trail, not the run.
    pub(super) async fn write(self, op: Op, tenant: TenantId, key: Key, channel: Arc<Channel>) {
        let place = place(&tenant, &key, channel.run().as_str());
        let trail = key.trail(&place.run);
        if let Err(error) = self.copy(&op, place, (&key, &trail), &channel).await {
            tracing::warn!(%error, "the run cannot be resumed on another replica");
            // Half a trail would keep readers waiting.
            let _ = self.shared.remove(&trail).await;
        }
    }

    async fn copy(
        &self,
        op: &Op,
        place: Place,
        (key, trail): (&Key, &str),
        channel: &Channel,
    ) -> Result<(), TrailError> {
        let (mut writer, beside) = Writer::begin(&self.vault, op, place).await?;
        let lives = self.keep + LONGEST;
        if !self.shared.put_if_absent(trail, beside.clone(), lives).await? {
            // The client has given the same name to another run before.
            self.shared.remove(trail).await?;
            self.shared.put(trail, beside, lives).await?;
        }
        let run = Bytes::copy_from_slice(channel.run().as_str().as_bytes());
        self.shared.put(&key.newest(), run, lives).await?;
        let (mut written, mut grounded) = (0, false);
        while channel.more_than(written).await {
            let frames = channel.frames_after(written);
            // Before the frames that rest on it.
            if let Some(grounds) = channel.grounds().filter(|_| !grounded) {
                let grounds = writer.grounds(&self.vault, serde_json::to_vec(grounds).unwrap_or_default())?;
                self.shared.put(&grounds_of(trail), grounds, lives).await?;
                grounded = true;
            }
            let frames = frames.into_iter().map(|frame| writer.frame(frame)).collect::<Result<Vec<_>, _>>()?;
            for batch in frames.chunks(MAX_ITEMS / 4) {
                written += batch.len();
                let end = self.shared.append(trail, batch, self.keep, MAX_ITEMS).await?;
                if usize::try_from(end) != Ok(written) {
                    return Err(TrailError::Contended);
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Whether a client reads a run of this replica through another one.
    pub(super) async fn is_read(&self, key: &Key, run: &str) -> bool {
        self.shared.get(&reader_of(&key.trail(run))).await.is_ok_and(|sign| sign.is_some())
    }

    /// The frames after the first `seen` of a run on another replica, which run it is, and what it rests on; nothing of the
    /// latter while it rests on nothing.
    pub(super) async fn find(
        self,
        tenant: &TenantId,
        key: &Key,
        run: Option<&str>,
        seen: u64,
    ) -> Option<(String, Option<Grounds>, impl Stream<Item = Result<Bytes, TrailError>> + use<>)> {
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
                break;
            }
            // The client may have been faster than the trail, which is still to come then.
            if part.first > seen || Instant::now() > until {
                return None;
            }
            tokio::time::sleep(PAUSE).await;
        }
        // Asked after the frames were found: they are written after what they rest on.
        match self.open(place(tenant, key, &run), &trail).await {
            Ok((reader, grounds)) => Some((run, grounds, self.follow(reader, trail, seen))),
            Err(error) => {
                tracing::warn!(%error, "a run of another replica cannot be resumed");
                None
            }
        }
    }

    async fn open(&self, place: Place, trail: &str) -> Result<(Reader, Option<Grounds>), TrailError> {
        let beside = self.shared.get(trail).await?.ok_or(Refused)?;
        let reader = Reader::begin(&self.vault, place, &beside).await?;
        let Some(lying) = self.shared.get(&grounds_of(trail)).await? else { return Ok((reader, None)) };
        let grounds = reader.grounds(&self.vault, lying).await?;
        Ok((reader, Some(serde_json::from_slice(&grounds).map_err(|_| Refused)?)))
    }

    /// Frames as they come, until the last one of the run. Ends early when there is nothing left to hope for.
    fn follow(
        self,
        reader: Reader,
        trail: String,
        after: u64,
    ) -> impl Stream<Item = Result<Bytes, TrailError>> + use<> {
        // The last frame that was seen is read once more: nothing follows when it was the last of all.
        let (mut seen, mut known) = (after.saturating_sub(1), after > 0);
        stream! {
            let (mut heard, mut said) = (Instant::now(), Instant::now());
            loop {
                let part = self.shared.range(&trail, seen).await?;
                if part.first != seen || part.end() == 0 {
                    return;
                }
                let (numbers, end) = (seen.., part.end());
                for (number, lying) in numbers.zip(part.items) {
                    let frame = reader.frame(number, lying)?;
                    heard = Instant::now();
                    let done = is_done(&frame);
                    if !std::mem::take(&mut known) {
                        yield Ok(frame);
                    }
                    if done {
                        return;
                    }
                }
                seen = end;
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

/// Why a trail ends early, or is not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum TrailError {
    /// Redis.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// The key of the tenant, or what lies there.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Two runs of one caller have one name.
    #[error("another run writes under the same name")]
    Contended,
}

impl From<Refused> for TrailError {
    fn from(refused: Refused) -> Self {
        Self::Vault(refused.into())
    }
}

fn place(tenant: &TenantId, key: &Key, run: &str) -> Place {
    Place { tenant: tenant.clone(), question: key.digest(), run: run.to_owned() }
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
