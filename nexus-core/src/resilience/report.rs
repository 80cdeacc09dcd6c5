//! What is told of calls whose caller went away.
//!
//! Such a call cannot report itself: nobody polls it any more, and dropping it may happen outside of a runtime. Its end goes
//! through a bounded queue to a task of the runtime that calls are made in.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use tokio::sync::mpsc::{self, Sender};

use super::{Line, integrations::Pass};

/// Reports that may wait; more are lost, which is a failure less each.
const MAX_WAITING: usize = 1024;
/// A call that was given up before this part of its limit was over says nothing of the service.
const PATIENCE: u32 = 4;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The service answered, were it with a refusal.
    Well,
    /// It failed.
    Ill,
    /// Nobody knows.
    Untold,
}

/// The queue, which is there from the first call on.
#[derive(Debug, Default)]
pub(super) struct Reports(OnceLock<Sender<(Line, Pass, End)>>);

impl Reports {
    /// Starts the task that reports. Must run inside a runtime; later calls do nothing.
    pub(super) fn start(&self) {
        self.0.get_or_init(|| {
            let (sender, mut waiting) = mpsc::channel::<(Line, Pass, End)>(MAX_WAITING);
            // Ends when the last handle on the integrations is gone, and the queue with it.
            tokio::spawn(async move {
                while let Some((line, pass, end)) = waiting.recv().await {
                    line.leave(&pass, end).await;
                }
            });
            sender
        });
    }

    fn send(&self, line: &Line, pass: Pass, end: End) {
        if let Some(sender) = self.0.get() {
            let _ = sender.try_send((line.clone(), pass, end));
        }
    }
}

/// A call that was let through and has not reported.
pub(super) struct Pending<'a> {
    line: &'a Line,
    reports: &'a Reports,
    pass: Option<Pass>,
    began: Instant,
    limit: Duration,
}

impl<'a> Pending<'a> {
    pub(super) fn new(line: &'a Line, reports: &'a Reports, pass: Pass, limit: Duration) -> Self {
        Self { line, reports, pass: Some(pass), began: Instant::now(), limit }
    }

    /// Reports how the call ended.
    pub(super) async fn ended(mut self, end: End) {
        if let Some(pass) = self.pass.take() {
            self.line.leave(&pass, end).await;
        }
    }
}

impl Drop for Pending<'_> {
    /// The caller went away. If the service had let it wait for long, that is why, as far as anybody can tell; otherwise
    /// a trial of the breaker is free for another call.
    fn drop(&mut self) {
        let Some(pass) = self.pass.take() else { return };
        let end = if self.began.elapsed() >= self.limit / PATIENCE { End::Ill } else { End::Untold };
        self.reports.send(self.line, pass, end);
    }
}
