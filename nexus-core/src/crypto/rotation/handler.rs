//! The job of a rotation.

use std::{
    fmt,
    time::{Duration, Instant},
};

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    ITEM_ATTEMPTS, KIND, MAX_FAILURES, Reseal, ResealError, Rotation, RotationStatus, Rotations, Step, end, enqueue,
    jobs, keys, retire,
};
use crate::{
    audit::{self, Event, EventType},
    clock::Clock,
    crypto::vault::VaultError,
    job::{self, Handler, JobError, Lease},
    op::Op,
    pg::{Db, DbError, TenantTx},
    problem::Code,
};

/// How long one attempt works before it makes room for other jobs.
const TURN: Duration = Duration::from_secs(30);
/// How long what could not be read is left alone before it is tried again.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
struct Payload {
    rotation_id: Uuid,
}

/// Seals anew what older versions of a tenant's key sealed.
#[derive(Clone)]
pub struct RotationHandler {
    db: Db,
    rotations: Rotations,
    clock: Clock,
}

impl fmt::Debug for RotationHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RotationHandler").field("rotations", &self.rotations).finish_non_exhaustive()
    }
}

/// What a batch came to.
enum Went {
    /// There may be more.
    On,
    /// Everything was looked at.
    Through,
}

impl RotationHandler {
    /// With the kinds of things that `rotations` knows.
    #[must_use]
    pub fn new(db: Db, rotations: Rotations, clock: Clock) -> Self {
        Self { db, rotations, clock }
    }

    async fn work(&self, lease: &Lease) -> Result<(), JobError> {
        let payload: Payload =
            serde_json::from_value(lease.payload.clone()).map_err(|e| JobError::Fatal(format!("payload: {e}")))?;
        let op = Op::internal(self.clock.now());
        let Some((rotation, mut at)) = self.begin(&op, lease, payload.rotation_id).await? else { return Ok(()) };
        let step = self.step(op, lease, &rotation).await?;
        let began = Instant::now();
        loop {
            match self.batch(&step, &mut at).await {
                Ok(Went::On) if began.elapsed() < TURN => {}
                Ok(Went::On) => return self.later(lease, &step, Duration::ZERO).await,
                Ok(Went::Through) => return self.finish(lease, &step).await,
                // Whoever stopped it has said what becomes of it.
                Err(ResealError::Stopped) => return Ok(()),
                Err(ResealError::Db(error)) => return Err(error.into()),
                Err(error) => return Err(JobError::Retry(error.to_string())),
            }
        }
    }

    async fn begin(&self, op: &Op, lease: &Lease, id: Uuid) -> Result<Option<(Rotation, jobs::Cursor)>, JobError> {
        let mut tx = self.db.tenant(&lease.tenant).await?;
        let begun = jobs::begin(&mut tx, id, op.now).await?;
        tx.commit().await?;
        Ok(begun)
    }

    async fn step(&self, op: Op, lease: &Lease, rotation: &Rotation) -> Result<Step, JobError> {
        let vault = self.rotations.vault.clone();
        let to = vault.of_id(&lease.tenant, rotation.to).await.map_err(|error| match error {
            VaultError::Db(error) => JobError::Db(error),
            error => JobError::Retry(error.to_string()),
        })?;
        Ok(Step { op, tenant: lease.tenant.clone(), vault, to, rotation: rotation.id })
    }

    /// The next things of the kind at the cursor, or the next kind.
    async fn batch(&self, step: &Step, at: &mut jobs::Cursor) -> Result<Went, ResealError> {
        let settings = step.vault.settings();
        let kinds = &self.rotations.things;
        let index = kinds.iter().position(|thing| thing.kind() == at.kind).unwrap_or_default();
        let Some(thing) = kinds.get(index) else { return Ok(Went::Through) };
        let mut tx = self.db.tenant(&step.tenant).await?;
        let broken = jobs::broken(&mut tx, step.rotation, thing.kind()).await?;
        let names = thing.page(&mut tx, step.to.id, (&at.name, settings.batch), &broken).await?;
        drop(tx);
        let last = names.last().cloned();
        let concurrency = usize::try_from(settings.concurrency).unwrap_or(1).max(1);
        let outcomes: Vec<(String, Result<(), ResealError>)> = stream::iter(names)
            .map(|name| async move {
                let outcome = thing.reseal(step, &name).await;
                (name, outcome)
            })
            .buffer_unordered(concurrency)
            .collect()
            .await;
        self.note(step, &**thing, outcomes).await?;
        let next = match (last, kinds.get(index + 1)) {
            (Some(name), _) => jobs::Cursor { kind: thing.kind().to_owned(), name },
            (None, Some(next)) => jobs::Cursor { kind: next.kind().to_owned(), name: String::new() },
            (None, None) => return Ok(Went::Through),
        };
        let mut tx = self.db.tenant(&step.tenant).await?;
        if !jobs::advance(&mut tx, step.rotation, &next).await? {
            return Err(ResealError::Stopped);
        }
        tx.commit().await?;
        *at = next;
        Ok(Went::On)
    }

    /// Writes down what could not be read. What is nobody's fault comes last: it ends the attempt.
    async fn note(
        &self,
        step: &Step,
        thing: &dyn Reseal,
        outcomes: Vec<(String, Result<(), ResealError>)>,
    ) -> Result<(), ResealError> {
        let mut first = None;
        let mut tx = self.db.tenant(&step.tenant).await?;
        for (name, outcome) in outcomes {
            match outcome {
                Ok(()) => {}
                Err(ResealError::Broken(code)) => {
                    let attempts =
                        jobs::fail(&mut tx, step.rotation, (thing.kind(), &name), code, self.clock.now()).await?;
                    if attempts == ITEM_ATTEMPTS {
                        let (tenant, kind) = (&step.tenant, thing.kind());
                        tracing::error!(%tenant, kind, name, %code, "what is stored cannot be encrypted anew");
                    }
                }
                Err(error) => first = first.or(Some(error)),
            }
        }
        tx.commit().await?;
        first.map_or(Ok(()), Err)
    }

    /// Makes room for other jobs and goes on after them.
    async fn later(&self, lease: &Lease, step: &Step, delay: Duration) -> Result<(), JobError> {
        let mut tx = self.db.tenant(&lease.tenant).await?;
        let Some(rotation) = jobs::find(&mut tx, step.rotation).await? else { return Ok(()) };
        job::complete(&mut tx, lease).await?;
        enqueue(&mut tx, step.rotation, delay).await?;
        let event = Event::system(&step.op, Some(&lease.tenant), EventType::CryptoRotationProgress);
        let event = event.resource("key_rotation", &step.rotation.to_string());
        audit::record(&mut tx, &event.rotation(rotation.total, rotation.processed, rotation.failed)).await?;
        Ok(tx.commit().await?)
    }

    /// Everything was looked at once. It is over when nothing is left but what cannot be read; otherwise from the beginning.
    async fn finish(&self, lease: &Lease, step: &Step) -> Result<(), JobError> {
        let mut tx = self.db.tenant(&lease.tenant).await?;
        let Some(rotation) = jobs::lock(&mut tx, step.rotation).await? else { return Ok(()) };
        if rotation.status != RotationStatus::Running {
            return Ok(());
        }
        // Nobody writes anything down under these keys until this is decided, and what was is seen.
        keys::lock_retiring(&mut tx).await?;
        let mut left = 0;
        for thing in self.rotations.things.iter() {
            let broken = jobs::broken(&mut tx, step.rotation, thing.kind()).await?;
            left += thing.left(&mut tx, step.to.id, &broken).await?;
        }
        if left > 0 && rotation.failed < MAX_FAILURES as u64 {
            jobs::again(&mut tx, step.rotation).await?;
            tx.commit().await?;
            return self.later(lease, step, PAUSE).await;
        }
        self.close(step, &mut tx, &rotation).await?;
        job::complete(&mut tx, lease).await?;
        Ok(tx.commit().await?)
    }

    async fn close(&self, step: &Step, tx: &mut TenantTx, rotation: &Rotation) -> Result<(), DbError> {
        let now = Op { now: self.clock.now(), ..step.op.clone() };
        if rotation.failed > 0 {
            let why = format!("{} things could not be read and stay under older versions", rotation.failed);
            return end(&now, tx, rotation, &why).await;
        }
        retire(&now, tx).await?;
        jobs::end(tx, rotation.id, Ok(()), now.now).await?;
        let event = Event::system(&now, Some(&step.tenant), EventType::CryptoRotationCompleted);
        let event = event.resource("key_rotation", &rotation.id.to_string());
        audit::record(tx, &event.rotation(rotation.total, rotation.processed, 0)).await
    }
}

impl Handler for RotationHandler {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), JobError>> {
        self.work(lease).boxed()
    }

    fn gave_up<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        lease: &'a Lease,
        error: &'a str,
    ) -> BoxFuture<'a, Result<(), JobError>> {
        async move {
            let Ok(payload) = serde_json::from_value::<Payload>(lease.payload.clone()) else { return Ok(()) };
            let Some(rotation) = jobs::lock(tx, payload.rotation_id).await? else { return Ok(()) };
            if !rotation.status.is_over() {
                tracing::error!(tenant = %lease.tenant, error, code = %Code::KeyRotationFailed, "a rotation of keys is given up");
                end(&Op::internal(self.clock.now()), tx, &rotation, "it was tried too often; see the log").await?;
            }
            Ok(())
        }
        .boxed()
    }
}
