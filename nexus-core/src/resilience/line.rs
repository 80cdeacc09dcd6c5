//! One call to another service, with everything around it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::{sleep, timeout};

use super::{
    Integration, Integrations, Setback, Verdict,
    decide::{self, Rules},
    integrations::Pass,
    places::Held,
    report::{End, Pending},
};
use crate::{clock, id::TenantId};

/// Why a call brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError<E> {
    /// The breaker is open: the service was not asked.
    #[error("the circuit breaker is open")]
    Open {
        /// When it may let a trial through.
        retry_after: Duration,
    },
    /// Too many calls to this place go on in this process, or too many of this tenant.
    #[error("too many calls at once")]
    Busy,
    /// The service did not answer in time.
    #[error("no answer in time")]
    Late,
    /// The service failed or refused, at the last attempt.
    #[error(transparent)]
    Failed(E),
}

/// The way to a service in a place. Cheap to make.
#[derive(Debug, Clone)]
pub struct Line {
    integrations: Integrations,
    integration: Integration,
    place: Arc<str>,
    tenant: Option<TenantId>,
    timeout: Duration,
    attempts: u32,
}

/// Counts a call from its beginning to its end, also one whose caller went away.
struct Flight {
    integration: Integration,
    outcome: &'static str,
    began: Instant,
    _place: Held,
}

impl Line {
    pub(super) fn new(integrations: Integrations, integration: Integration, place: &str) -> Self {
        let settings = integrations.settings();
        let (timeout, attempts) = (settings.timeout, settings.attempts);
        Self { integrations, integration, place: place.into(), tenant: None, timeout, attempts }
    }

    /// A line with a time limit and a number of attempts of its own.
    #[must_use]
    pub fn limited(self, timeout: Duration, attempts: u32) -> Self {
        Self { timeout, attempts, ..self }
    }

    /// A line whose calls are made for a tenant, which has a share of the places.
    #[must_use]
    pub fn on_behalf_of(self, tenant: &TenantId) -> Self {
        Self { tenant: Some(tenant.clone()), ..self }
    }

    /// How long a call may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    pub(super) fn rules(&self) -> Rules {
        self.integrations.settings().rules(self.timeout)
    }

    pub(super) fn integration(&self) -> Integration {
        self.integration
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Makes the call. Dropping the future ends it: the service is told on when it had let the call wait for long, and a
    /// trial of the breaker that ends so is free for another call.
    pub async fn call<T, E, F>(&self, attempt: impl FnMut() -> F + Send) -> Result<T, CallError<E>>
    where
        T: Send,
        E: Setback + Send,
        F: Future<Output = Result<T, E>> + Send,
    {
        let Some(mut flight) = self.take_place() else {
            count(self.integration, "busy");
            return Err(CallError::Busy);
        };
        let pass = match self.integrations.enter(self).await {
            Ok(pass) => pass,
            Err(wait) => {
                flight.outcome = "rejected";
                return Err(CallError::Open { retry_after: Duration::from_millis(wait) });
            }
        };
        let limit = self.timeout;
        let reports = self.integrations.reports();
        reports.start();
        let pending = Pending::new(self, reports, pass, limit);
        let outcome = match timeout(limit, self.tries(attempt, limit)).await {
            Ok(outcome) => outcome.map_err(CallError::Failed),
            Err(_) => Err(CallError::Late),
        };
        let (word, end) = match &outcome {
            Ok(_) => ("ok", End::Well),
            Err(CallError::Failed(error)) => match error.verdict() {
                Verdict::Refused => ("refused", End::Well),
                Verdict::Throttled { .. } => ("throttled", End::Well),
                Verdict::Failed { .. } => ("failed", End::Ill),
            },
            Err(_) => ("timeout", End::Ill),
        };
        flight.outcome = word;
        drop(flight);
        pending.ended(end).await;
        outcome
    }

    pub(super) async fn leave(&self, pass: &Pass, end: End) {
        self.integrations.leave(self, pass, end).await;
    }

    async fn tries<T, E: Setback, F>(&self, mut attempt: impl FnMut() -> F, limit: Duration) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let settings = self.integrations.settings();
        let began = Instant::now();
        let mut made = 1;
        loop {
            let error = match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let asked = match error.verdict() {
                Verdict::Refused => return Err(error),
                Verdict::Throttled { retry_after } | Verdict::Failed { retry_after } => retry_after,
            };
            let left = limit.saturating_sub(began.elapsed());
            let pause = decide::pause(made, settings.backoff, clock::jitter(), asked, left);
            let Some(pause) = pause.filter(|_| made < self.attempts) else { return Err(error) };
            metrics::counter!("nexusrag_external_retries_total", "integration" => self.integration.as_str())
                .increment(1);
            made += 1;
            sleep(pause).await;
        }
    }

    fn take_place(&self) -> Option<Flight> {
        let place = self.integrations.places().take(self.integration, &self.place, self.tenant.as_ref())?;
        metrics::gauge!("nexusrag_external_in_flight", "integration" => self.integration.as_str()).increment(1.0);
        Some(Flight { integration: self.integration, outcome: "abandoned", began: Instant::now(), _place: place })
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let integration = self.integration.as_str();
        metrics::gauge!("nexusrag_external_in_flight", "integration" => integration).decrement(1.0);
        // A call that was not made took no time, and would make the service look fast.
        if self.outcome != "rejected" {
            metrics::histogram!("nexusrag_external_call_duration_seconds", "integration" => integration)
                .record(self.began.elapsed().as_secs_f64());
        }
        count(self.integration, self.outcome);
    }
}

fn count(integration: Integration, outcome: &'static str) {
    let labels = [("integration", integration.as_str()), ("outcome", outcome)];
    metrics::counter!("nexusrag_external_calls_total", &labels).increment(1);
}

#[cfg(test)]
mod tests;
