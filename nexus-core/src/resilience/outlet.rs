//! A line for a client that is made before the lines are.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use super::{Integration, Integrations, Line};

/// Where a client calls through. Until it is connected to the lines of an installation it has a breaker of its own. Clones
/// are connected together.
#[derive(Debug, Clone)]
pub struct Outlet {
    connected: Arc<OnceLock<Line>>,
    alone: Line,
}

impl Outlet {
    /// For calls of an integration, with a limit and attempts of its own.
    #[must_use]
    pub fn new(integration: Integration, timeout: Duration, attempts: u32) -> Self {
        let alone = Integrations::default().line(integration, "").limited(timeout, attempts);
        Self { connected: Arc::default(), alone }
    }

    /// The same for one place of several.
    #[must_use]
    pub fn at(self, place: &str) -> Self {
        let (which, timeout, attempts) = (self.alone.integration(), self.alone.timeout(), self.alone.attempts());
        let alone = Integrations::default().line(which, place).limited(timeout, attempts);
        Self { connected: Arc::default(), alone }
    }

    /// Goes by the breakers of an installation from now on. The first connection stays.
    pub fn connect(&self, integrations: &Integrations) {
        let (which, timeout, attempts) = (self.alone.integration(), self.alone.timeout(), self.alone.attempts());
        self.connected.get_or_init(|| integrations.line(which, self.alone.place()).limited(timeout, attempts));
    }

    /// The line of now.
    #[must_use]
    pub fn line(&self) -> &Line {
        self.connected.get().unwrap_or(&self.alone)
    }
}
