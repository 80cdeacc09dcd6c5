#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::{
    resilience::{Phase, ResilienceSettings},
    shared::{Shared, SharedSettings},
};

const KIND: Integration = Integration::AwsBedrock;

#[derive(Debug, thiserror::Error)]
#[error("{0:?}")]
struct Fault(Verdict);

impl Setback for Fault {
    fn verdict(&self) -> Verdict {
        self.0
    }
}

const DOWN: Verdict = Verdict::Failed { retry_after: None };

fn quick() -> ResilienceSettings {
    ResilienceSettings {
        timeout: Duration::from_millis(100),
        backoff: Duration::from_millis(1),
        failures: 3,
        open_for: Duration::from_millis(50),
        max_concurrency: 2,
        ..ResilienceSettings::default()
    }
}

fn integrations(settings: ResilienceSettings) -> Integrations {
    Integrations::new(&Shared::local(&SharedSettings::default()), settings)
}

/// A service that answers with these, one after the other, and then well.
struct Service(AtomicU32, Vec<Verdict>);

impl Service {
    fn of(answers: impl IntoIterator<Item = Verdict>) -> Self {
        Self(AtomicU32::new(0), answers.into_iter().collect())
    }

    async fn asked(&self, line: &Line) -> Result<u32, CallError<Fault>> {
        line.call(|| async {
            let n = self.0.fetch_add(1, Ordering::SeqCst);
            self.1.get(n as usize).map_or(Ok(n), |verdict| Err(Fault(*verdict)))
        })
        .await
    }

    fn attempts(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_a_refusal_is_not() {
    let line = integrations(quick()).line(KIND, "");
    let throttled = Verdict::Throttled { retry_after: Some(Duration::from_millis(2)) };
    for setback in [DOWN, throttled] {
        let service = Service::of([setback]);
        assert_eq!(service.asked(&line).await.unwrap(), 1);
    }
    let service = Service::of([Verdict::Refused]);
    assert!(matches!(service.asked(&line).await, Err(CallError::Failed(Fault(Verdict::Refused)))));
    assert_eq!(service.attempts(), 1);
}

#[tokio::test]
async fn a_service_that_wants_more_patience_than_there_is_time_is_not_asked_again() {
    let line = integrations(quick()).line(KIND, "");
    let service = Service::of([Verdict::Throttled { retry_after: Some(Duration::from_hours(1)) }]);
    assert!(matches!(service.asked(&line).await, Err(CallError::Failed(_))));
    assert_eq!(service.attempts(), 1);
}

#[tokio::test]
async fn a_service_that_is_down_is_left_alone_and_used_again_when_it_is_back() {
    let integrations = integrations(ResilienceSettings { open_for: Duration::from_secs(1), ..quick() });
    let line = integrations.line(KIND, "eu-west-1");
    let service = Service::of([DOWN; 6]);
    for _ in 0..3 {
        assert!(matches!(service.asked(&line).await, Err(CallError::Failed(_))));
    }
    let Err(CallError::Open { retry_after }) = service.asked(&line).await else { panic!("the breaker is open") };
    assert!(retry_after <= Duration::from_secs(1));
    assert_eq!(service.attempts(), 6, "a service that is down is not asked");
    let standing = integrations.standings().await.remove(0);
    assert_eq!((standing.phase, standing.places), (Phase::Open, [("eu-west-1".to_owned(), Phase::Open)].into()));
    assert_eq!(service.asked(&integrations.line(KIND, "us-east-1")).await.unwrap(), 6, "another region is not down");
    while service.asked(&line).await.is_err() {
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(integrations.standings().await.remove(0).phase, Phase::Closed);
}

#[tokio::test]
async fn refusals_and_throttling_never_open_a_breaker() {
    let integrations = integrations(quick());
    let line = integrations.line(KIND, "");
    for verdict in [Verdict::Refused, Verdict::Throttled { retry_after: None }] {
        let service = Service::of([verdict; 20]);
        for _ in 0..10 {
            assert!(matches!(service.asked(&line).await, Err(CallError::Failed(_))));
        }
    }
    assert_eq!(integrations.standings().await.remove(0).phase, Phase::Closed);
}

#[tokio::test]
async fn silence_ends_and_counts() {
    let line = integrations(quick()).line(KIND, "");
    for _ in 0..3 {
        let silent = line.call(std::future::pending::<Result<(), Fault>>);
        assert!(matches!(silent.await, Err(CallError::Late)));
    }
    assert!(matches!(Service::of([]).asked(&line).await, Err(CallError::Open { .. })));
}

#[tokio::test]
async fn calls_beyond_the_places_are_refused_and_a_caller_who_leaves_frees_its_own() {
    let line = integrations(ResilienceSettings { timeout: Duration::from_mins(1), ..quick() }).line(KIND, "");
    let silent = || line.call(std::future::pending::<Result<(), Fault>>);
    let (mut one, mut two) = (Box::pin(silent()), Box::pin(silent()));
    assert!(futures::poll!(&mut one).is_pending() && futures::poll!(&mut two).is_pending());
    assert!(matches!(Service::of([]).asked(&line).await, Err(CallError::Busy)));
    drop(one);
    assert_eq!(Service::of([]).asked(&line).await.unwrap(), 0);
}

#[tokio::test]
async fn callers_who_give_up_on_a_silent_service_open_its_breaker() {
    let integrations = integrations(ResilienceSettings { open_for: Duration::from_hours(1), ..quick() });
    let line = integrations.line(KIND, "eu").limited(Duration::from_millis(80), 1);
    for _ in 0..3 {
        let silent = line.call(std::future::pending::<Result<(), Fault>>);
        assert!(timeout(Duration::from_millis(40), silent).await.is_err(), "the caller goes first");
    }
    let opened = async {
        while integrations.standings().await.remove(0).phase != Phase::Open {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), opened).await.unwrap();
    let service = Service::of([]);
    assert!(matches!(service.asked(&line).await, Err(CallError::Open { .. })));
}

#[tokio::test]
async fn a_caller_who_leaves_at_once_says_nothing_of_the_service_and_frees_its_trial() {
    let settings = ResilienceSettings { failures: 1, trials: 1, open_for: Duration::ZERO, ..quick() };
    let integrations = integrations(settings);
    // An hour is the time of a trial that nobody gives back.
    let line = integrations.line(KIND, "eu").limited(Duration::from_hours(1), 1);
    for _ in 0..5 {
        let mut silent = Box::pin(line.call(std::future::pending::<Result<(), Fault>>));
        assert!(futures::poll!(&mut silent).is_pending());
    }
    assert_eq!(integrations.standings().await.remove(0).phase, Phase::Closed);
    assert!(Service::of([DOWN]).asked(&line).await.is_err());
    let mut trial = Box::pin(line.call(std::future::pending::<Result<(), Fault>>));
    assert!(futures::poll!(&mut trial).is_pending());
    assert!(matches!(Service::of([]).asked(&line).await, Err(CallError::Open { .. })), "the trial is taken");
    // Outside of the runtime, as when a server ends.
    std::thread::scope(|outside| drop(outside.spawn(move || drop(trial))));
    let free = async {
        while Service::of([]).asked(&line).await.is_err() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), free).await.unwrap();
    assert_eq!(integrations.standings().await.remove(0).phase, Phase::Closed);
}

#[tokio::test]
async fn a_tenant_does_not_take_all_places() {
    let settings = ResilienceSettings { tenant_max_concurrency: 1, timeout: Duration::from_mins(1), ..quick() };
    let integrations = integrations(settings);
    let of = |tenant: &str| integrations.line(KIND, "eu").on_behalf_of(&tenant.parse().unwrap());
    let (a, b) = (of("a"), of("b"));
    let mut held = Box::pin(a.call(std::future::pending::<Result<(), Fault>>));
    assert!(futures::poll!(&mut held).is_pending());
    assert!(matches!(Service::of([]).asked(&a).await, Err(CallError::Busy)));
    assert_eq!(Service::of([]).asked(&b).await.unwrap(), 0);
}
