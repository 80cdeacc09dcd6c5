//! Imports that the server does, watched to their end.

use std::time::Duration;

use nexus_sdk::{
    client::Client,
    wire::{CreateImport, Import, ImportStatus},
};

use super::{Failure, Output, progress};

/// How often the server is asked.
const POLL: Duration = Duration::from_secs(1);

/// Begins an import of each source and waits until it ended.
pub(super) async fn import(
    client: &Client,
    corpus: &str,
    sources: &[String],
    overwrite: bool,
    out: Output,
) -> Result<(), Failure> {
    let mut failed = 0;
    for source in sources {
        let request = CreateImport { corpus_id: corpus.to_owned(), source: source.clone(), overwrite };
        let begun = client.imports().create(&request).await.map_err(Failure::from_error)?;
        let ended = end_of(client, begun, out).await?;
        failed += usize::from(ended.status == ImportStatus::Failed || ended.failed > 0);
        out.result(&ended, || show(&ended))?;
    }
    if failed == 0 { Ok(()) } else { Err(Failure::Failed(format!("{failed} sources were not imported whole"))) }
}

async fn end_of(client: &Client, mut import: Import, out: Output) -> Result<Import, Failure> {
    let bar = progress(out);
    while import.status == ImportStatus::Running {
        tokio::time::sleep(POLL).await;
        import = client.imports().get(&import.id).await.map_err(Failure::from_error)?;
        bar.set_position(import.accepted + import.unchanged + import.differing + import.skipped + import.failed);
        bar.set_message(format!("{} failed", import.failed));
    }
    bar.finish_and_clear();
    Ok(import)
}

fn show(import: &Import) -> String {
    let counts = format!(
        "{} accepted, {} unchanged, {} that differ and were left, {} of other types, {} failed",
        import.accepted, import.unchanged, import.differing, import.skipped, import.failed
    );
    let failures = import.failures.iter().map(|failure| format!("\nfailed    {} ({})", failure.path, failure.reason));
    let why = import.failure_reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let status = if import.status == ImportStatus::Succeeded { "succeeded" } else { "failed" };
    format!("{status:<9} {}{why} ({counts}){}", import.source, failures.collect::<String>())
}
