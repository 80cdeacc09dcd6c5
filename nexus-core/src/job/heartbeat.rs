//! The sign of life of workers, in shared state. It is for eyes only: leases, not heartbeats, decide who works.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};

use crate::shared::{Lost, Shared};

/// With the usual prefix this is `nexusrag:worker:heartbeat` in Redis.
const KEY: &str = "worker:heartbeat";

/// Says that a worker is alive. The sign outlives `stale`, so that its age can be told for some time.
pub async fn beat(shared: &Shared, now: DateTime<Utc>, stale: Duration) -> Result<(), Lost> {
    let text = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    shared.put(KEY, Bytes::from(text), stale * 10).await
}

/// When a worker last said that it is alive; nothing when none did for a long time.
pub async fn last_heartbeat(shared: &Shared) -> Result<Option<DateTime<Utc>>, Lost> {
    let value = shared.get(KEY).await?;
    Ok(value.and_then(|v| std::str::from_utf8(&v).ok()?.parse().ok()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{clock::Clock, shared::SharedSettings};

    #[tokio::test]
    async fn a_heartbeat_is_read_as_it_was_written() {
        let shared = Shared::local(&SharedSettings::default());
        assert_eq!(last_heartbeat(&shared).await.unwrap(), None);
        let now = Clock::system().now();
        beat(&shared, now, Duration::from_mins(1)).await.unwrap();
        let read = last_heartbeat(&shared).await.unwrap().unwrap();
        assert_eq!(read.timestamp_millis(), now.timestamp_millis());
    }
}
