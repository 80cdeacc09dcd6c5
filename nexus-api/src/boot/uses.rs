//! When keys were used last.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::Platform;

/// How often uses of keys are written down.
const EVERY: Duration = Duration::from_secs(2);

/// Writes uses of keys down now and then, and once more at the end.
pub(super) async fn write(platform: Platform, stop: CancellationToken) {
    loop {
        let ended = stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none();
        if let Err(error) = platform.credentials.write_uses().await {
            tracing::warn!(%error, "uses of API keys were not written down");
        }
        if ended {
            return;
        }
    }
}
