//! The task that runs a run and writes its events into a channel.

use std::{pin::pin, sync::Arc, time::Duration};

use futures::{FutureExt as _, Stream, StreamExt as _};
use nexus_core::problem::{Code, Kind};
use nexus_retrieval::run::{Admitted, Event};

use super::{channel::Channel, replay::Key, sse::Voice};
use crate::app::Platform;

/// How often it is asked at most whether somebody reads through another replica.
const LOOK: Duration = Duration::from_millis(500);

/// Answers until the run ends, its clients are gone for longer than the grace, or the server stops. The channel always ends
/// with what the voice says last. A run without a key cannot be read again, and has no grace.
///
/// The admission becomes the stream before there is a future: one that took it along would keep room for both.
pub(crate) fn produce(
    admitted: Admitted,
    mut voice: impl Voice,
    channel: Arc<Channel>,
    platform: Platform,
    key: Option<Key>,
) -> impl Future<Output = ()> + Send + 'static {
    let events = Box::pin(admitted.stream());
    async move {
        metrics::gauge!("nexusrag_streams_in_flight").increment(1);
        let forwarded = Box::pin(forward(events, &mut voice, &channel, &platform, key.as_ref()));
        if std::panic::AssertUnwindSafe(forwarded).catch_unwind().await.is_err() {
            let message = "The run failed unexpectedly".to_owned();
            voice.event(&channel, Event::Failed { kind: Kind::Internal, code: Code::Unknown, message });
        }
        voice.done(&channel);
        metrics::gauge!("nexusrag_streams_in_flight").decrement(1);
        if let Some(key) = key {
            platform.replays.end(&key, &channel);
        }
    }
}

async fn forward(
    mut events: impl Stream<Item = Event> + Unpin,
    voice: &mut impl Voice,
    channel: &Channel,
    platform: &Platform,
    key: Option<&Key>,
) {
    let mut abandoned = pin!(abandoned(channel, key, platform));
    let mut stopping = pin!(platform.stopping.cancelled());
    let heartbeat = platform.replays.settings().heartbeat;
    // Only what is told ends a silence: what happens meanwhile is nothing that a client hears.
    let mut silence = pin!(tokio::time::sleep(heartbeat));
    loop {
        tokio::select! {
            biased;
            // First, so that a model that never pauses can be stopped all the same.
            () = &mut stopping => return voice.event(channel, stopped()),
            () = &mut abandoned => {
                metrics::counter!("nexusrag_sse_streams_disconnected").increment(1);
                return voice.event(channel, cancelled("The client hung up and the run was stopped"));
            }
            event = events.next() => {
                let Some(event) = event else {
                    metrics::counter!("nexusrag_sse_streams_completed").increment(1);
                    return;
                };
                if let Event::Retrieved { grounds, .. } = &event {
                    channel.rests_on(grounds.clone());
                    if !platform.runs.settings.debug_events {
                        continue;
                    }
                }
                voice.event(channel, event);
            }
            () = &mut silence => voice.heartbeat(channel, platform.clock.now()),
        }
        silence.as_mut().reset(tokio::time::Instant::now() + heartbeat);
    }
}

/// Resolves when nobody has read for longer than the grace, neither here nor through another replica.
async fn abandoned(channel: &Channel, key: Option<&Key>, platform: &Platform) {
    let grace = key.map_or(Duration::ZERO, |_| platform.replays.settings().grace);
    loop {
        channel.abandoned(grace).await;
        match platform.replays.mirror().zip(key) {
            // In a box of its own: it is asked rarely, and every stream would hold room for it.
            Some((mirror, key)) if Box::pin(mirror.is_read(key, channel.run().as_str())).await => {
                tokio::time::sleep(grace.max(LOOK)).await;
            }
            _ => return,
        }
    }
}

/// The end of a run that the server cannot finish.
pub(crate) fn stopped() -> Event {
    cancelled("The server is stopping; ask again")
}

fn cancelled(message: &str) -> Event {
    Event::Failed { kind: Kind::Unavailable, code: Code::RunCancelled, message: message.to_owned() }
}
