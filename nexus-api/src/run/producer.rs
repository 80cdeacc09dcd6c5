//! The task that runs a run and writes its events into a channel.

use std::{pin::pin, sync::Arc, time::Duration};

use futures::{FutureExt as _, StreamExt as _};
use nexus_core::problem::Code;
use nexus_retrieval::run::{Admitted, Event};

use super::{
    channel::Channel,
    convert::to_wire,
    replay::{Key, ReplaySettings},
    sse::{self, Identity},
};
use crate::app::Platform;

/// How often it is asked at most whether somebody reads through another replica.
const LOOK: Duration = Duration::from_millis(500);

/// Answers until the run ends, its clients are gone for longer than the grace, or the server stops. The channel always ends
/// with `done`.
pub(super) async fn produce(
    admitted: Admitted,
    identity: Identity,
    channel: Arc<Channel>,
    settings: ReplaySettings,
    platform: Platform,
    key: Key,
) {
    metrics::gauge!("nexusrag_streams_in_flight").increment(1);
    let events =
        std::panic::AssertUnwindSafe(Box::pin(forward(admitted, &identity, &channel, &settings, &platform, &key)));
    if events.catch_unwind().await.is_err() {
        let message = "The run failed unexpectedly".to_owned();
        sse::send(&identity, &channel, to_wire(Event::Failed { code: Code::Unknown, message }));
    }
    sse::done(&identity, &channel);
    metrics::gauge!("nexusrag_streams_in_flight").decrement(1);
    platform.replays.end(&key, &channel);
}

async fn forward(
    admitted: Admitted,
    identity: &Identity,
    channel: &Channel,
    settings: &ReplaySettings,
    platform: &Platform,
    key: &Key,
) {
    let mut events = pin!(admitted.stream());
    let mut abandoned = pin!(abandoned(channel, settings, key, platform));
    let mut stopping = pin!(platform.stopping.cancelled());
    loop {
        tokio::select! {
            biased;
            // First, so that a model that never pauses can be stopped all the same.
            () = &mut stopping => return cancelled(identity, channel, "The server is stopping; ask again"),
            () = &mut abandoned => {
                metrics::counter!("nexusrag_sse_streams_disconnected").increment(1);
                return cancelled(identity, channel, "The client hung up and the run was stopped");
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
                sse::send(identity, channel, to_wire(event));
            }
            () = tokio::time::sleep(settings.heartbeat) => sse::heartbeat(identity, channel, platform.clock.now()),
        }
    }
}

/// Resolves when nobody has read for longer than the grace, neither here nor through another replica.
async fn abandoned(channel: &Channel, settings: &ReplaySettings, key: &Key, platform: &Platform) {
    loop {
        channel.abandoned(settings.grace).await;
        match platform.replays.mirror() {
            Some(mirror) if mirror.is_read(key, channel.run().as_str()).await => {
                tokio::time::sleep(settings.grace.max(LOOK)).await;
            }
            _ => return,
        }
    }
}

fn cancelled(identity: &Identity, channel: &Channel, message: &str) {
    let event = Event::Failed { code: Code::RunCancelled, message: message.to_owned() };
    sse::send(identity, channel, to_wire(event));
}
