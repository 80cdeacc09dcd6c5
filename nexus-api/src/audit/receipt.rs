//! `/v1/runs/{run_id}/receipt`: what an answer rests on, signed.

use axum::extract::State;
use nexus_authz::permission::RunReceiptRead;
use nexus_core::{
    audit::{self, EventType, Proof, Recorded, seals},
    id::RequestId,
    pg::DbError,
    principal::Role,
};
use nexus_sdk::wire;
use serde::{Serialize, de::DeserializeOwned};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{Path, Refusal, Reply, caller::As},
};

/// How many receipts of one request id are looked at: a client may have used it for several questions.
const LOOKED_AT: u32 = 10;

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(get))
}

/// The receipt of an answer, for whoever asked and for administrators: hashes of the question and the answer, who asked, which
/// policies and which index counted, the cited passages, the model and the cost. With its proof it can be checked without this
/// server (`nexus receipt verify`).
#[utoipa::path(get, path = "/runs/{run_id}/receipt", tag = "run", operation_id = "get_run_receipt", params(("run_id" = String, Path, description = "The run")),
    extensions(("x-permission" = json!("run.receipt.read"))),
    responses((status = 200, description = "The receipt", body = wire::Envelope<wire::RunReceipt>)))]
async fn get(
    State(platform): State<Platform>,
    As(_op, caller): As<RunReceiptRead>,
    Path(run): Path<RequestId>,
) -> Result<Reply<wire::RunReceipt>, Refusal> {
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let found = audit::of_request(&mut tx, run.as_str(), EventType::RunReceipt, LOOKED_AT).await?;
    drop(tx);
    let own = |it: &Recorded| it.metadata_json.get("user_id").is_some_and(|user| user == caller.user.as_str());
    let found = found.into_iter().find(|it| caller.role >= Role::Admin || own(it)).ok_or_else(Refusal::not_found)?;
    let mut tx = platform.db.platform().await?;
    let entry = seals::entries(&mut tx, &[found.id]).await?.into_iter().next().ok_or_else(Refusal::not_found)?;
    let sealed = seals::seal_of(&mut tx, caller.tenant.as_str(), found.id).await?;
    tx.commit().await.map_err(|error: DbError| Refusal::from(error))?;
    let proof = sealed.and_then(|(seal, checkpoint)| Proof::new(found.id, &seal, checkpoint));
    let proof = proof.map(|proof| as_wire(&proof)).transpose()?;
    Ok(Reply::ok(wire::RunReceipt { run_id: run.to_string(), event: as_wire(&entry)?, proof }))
}

/// The same JSON under the type that clients know.
fn as_wire<T: DeserializeOwned>(value: &impl Serialize) -> Result<T, Refusal> {
    let json = serde_json::to_value(value).and_then(serde_json::from_value);
    json.map_err(|error| Refusal::internal(&error))
}
