//! Which of the existing documents a draft would open or close for the principal of a simulation.

use nexus_authz::{
    acl::{self, Right},
    policy::{Fallback, PolicySet},
};
use nexus_core::{
    op::Op,
    pg::{DbError, TenantTx},
};
use nexus_sdk::wire::DocumentDifference;
use serde_json::Value;

use super::{convert::Asked, invalid, scene::Scene};
use crate::http::Refusal;

/// The most documents that are compared.
const MAX_DOCUMENTS: usize = 1000;
/// After how many documents other requests get their turn.
const TURN: usize = 20;

/// Compares the oldest documents of the tenant; those that grants close to the principal are neither gained nor lost.
pub(super) async fn documents(
    op: &Op,
    tx: &mut TenantTx,
    (asked, scene): (&Asked, &Scene),
    (now, then): (Option<&PolicySet>, Option<&PolicySet>),
    (fallback, bypassed): (Fallback, bool),
) -> Result<DocumentDifference, Refusal> {
    let right = Right::from_word(asked.action.as_str());
    let right = right.ok_or_else(|| invalid("compare_documents needs an action on documents"))?;
    let limit = i64::try_from(MAX_DOCUMENTS + 1).unwrap_or(i64::MAX);
    let found = nexus_retrieval::document::store::all_attributes_unscoped(tx, limit).await;
    let mut all = found.map_err(DbError::from)?;
    let complete = all.len() <= MAX_DOCUMENTS;
    all.truncate(MAX_DOCUMENTS);
    let pairs: Vec<(String, String)> = all.iter().map(|a| (text(a, "id"), text(a, "corpus_id"))).collect();
    let granted = acl::store::granted(op, tx, &scene.names, right, &pairs).await.map_err(DbError::from)?;
    let compared = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let mut difference = DocumentDifference { compared, complete, gained: Vec::new(), lost: Vec::new() };
    let mut context = scene.context.clone();
    for (place, (attributes, (id, _))) in all.into_iter().zip(pairs).enumerate() {
        if place % TURN == 0 {
            tokio::task::yield_now().await;
        }
        if let (true, Some(context)) = (bypassed || granted.contains(&id), context.as_object_mut()) {
            context.insert("resource".to_owned(), attributes);
        } else {
            continue;
        }
        let allows = |set: Option<&PolicySet>| {
            set.is_none_or(|set| set.decide(asked.resource_type, asked.action, &context, fallback).allowed)
        };
        match (allows(now), allows(then)) {
            (false, true) => difference.gained.push(id),
            (true, false) => difference.lost.push(id),
            _ => {}
        }
    }
    Ok(difference)
}

fn text(attributes: &Value, field: &str) -> String {
    attributes.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}
