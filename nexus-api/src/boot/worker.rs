//! The worker of a platform, and what it reads files with.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use nexus_core::{
    billing,
    crypto::rotation::{self, RotationHandler},
    job::Worker,
};
use nexus_retrieval::{
    import::{ImportHandler, Opener},
    ingest::{
        self, IndexHandler, IngestHandler, ReapHandler,
        bulk::Bounds,
        extract::isolate::{Extractor, InProcess, Isolated},
    },
};
use tokio_util::sync::CancellationToken;

use super::{BootError, data_dir_error};
use crate::{app::Platform, billing::BillingHandler, bulk, settings::Settings};

/// Starts to process documents and imports.
pub(super) fn start(settings: &Settings, platform: &Platform, extractor: Arc<dyn Extractor>, stop: &CancellationToken) {
    let (db, sources) = (platform.db.clone(), platform.sources.clone());
    let (embedder, clock) = (Arc::clone(&platform.embedder), platform.clock.clone());
    let meter = platform.charges.clone();
    let ingest = IngestHandler::new(db.clone(), sources.clone(), embedder, extractor, meter, clock);
    let worker =
        Worker::new(ingest::QUEUE, db.clone(), platform.shared.clone(), platform.clock.clone(), settings.jobs.clone())
            .with(ingest)
            .with(IndexHandler::new(db.clone()))
            .with(importer(settings, platform))
            .with(ReapHandler::new(db, sources));
    let changes = platform.changes.clone();
    platform.tasks.spawn({
        let stop = stop.clone();
        async move { worker.run(&changes, stop).await }
    });
    rotate(settings, platform, stop);
    bill(settings, platform, stop);
}

/// Starts to seal anew what older versions of keys sealed. It has a queue of its own, so that documents do not wait for it.
fn rotate(settings: &Settings, platform: &Platform, stop: &CancellationToken) {
    let (db, shared, clock) = (platform.db.clone(), platform.shared.clone(), platform.clock.clone());
    let handler = RotationHandler::new(db.clone(), platform.rotations.clone(), clock.clone());
    let worker = Worker::new(rotation::QUEUE, db, shared, clock, settings.jobs.clone()).with(handler);
    let (changes, stop) = (platform.changes.clone(), stop.clone());
    platform.tasks.spawn(async move { worker.run(&changes, stop).await });
}

/// Starts to deliver billing events, where somebody receives them.
fn bill(settings: &Settings, platform: &Platform, stop: &CancellationToken) {
    let Some(webhook) = platform.webhook.clone() else { return };
    let (shared, clock) = (platform.shared.clone(), platform.clock.clone());
    let handler = BillingHandler::new(webhook, platform.audit.clone(), clock.clone());
    let worker = Worker::new(billing::QUEUE, platform.db.clone(), shared, clock, settings.jobs.clone()).with(handler);
    let (changes, stop) = (platform.changes.clone(), stop.clone());
    platform.tasks.spawn(async move { worker.run(&changes, stop).await });
}

fn importer(settings: &Settings, platform: &Platform) -> ImportHandler {
    ImportHandler {
        db: platform.db.clone(),
        sources: platform.sources.clone(),
        access: platform.access.clone(),
        documents: platform.documents,
        charges: platform.charges.clone(),
        credentials: settings.credentials.clone(),
        roles: platform.roles,
        settings: platform.imports.clone(),
        switches: platform.switches.clone(),
        bounds: Bounds { file: platform.max_upload, ..Bounds::default() },
        open: opener(settings, platform),
        clock: platform.clock.clone(),
    }
}

/// Imports go by the breakers that everything else in a bucket goes by.
fn opener(settings: &Settings, platform: &Platform) -> Opener {
    let (reach, integrations) = (settings.objects(), platform.integrations.clone());
    Arc::new(move |source| bulk::origin(source, reach, Some(&integrations)))
}

/// Files are read by this very program, in processes that are told nothing else.
pub(super) fn extractor(settings: &Settings) -> Result<Arc<dyn Extractor>, BootError> {
    let limits = settings.documents.limits;
    if !settings.documents.isolated {
        return Ok(Arc::new(InProcess(limits)));
    }
    // This name stays right when the file is replaced by a newer one meanwhile.
    let own = PathBuf::from("/proc/self/exe");
    let program =
        if own.exists() { own } else { std::env::current_exe().map_err(data_dir_error(Path::new("nexus")))? };
    Ok(Arc::new(Isolated::new(program, vec!["extract".to_owned()], limits)))
}
