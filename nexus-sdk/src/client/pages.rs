//! Lists that are longer than one answer.

use futures::Stream;
use serde::de::DeserializeOwned;

use super::{Client, Error};
use crate::wire::Envelope;

/// Reads a list page by page; a page is asked for when its first item is.
pub(super) fn pages<T: DeserializeOwned + Send + 'static>(
    client: Client,
    path: &[&str],
    query: Vec<(&'static str, String)>,
    what: &'static str,
) -> impl Stream<Item = Result<T, Error>> + Send + Unpin + use<T> {
    let first = client.get(path);
    Box::pin(async_stream::try_stream! {
        let base = query.iter().fold(first?, |call, (name, value)| call.query(name, value));
        let mut cursor: Option<String> = None;
        loop {
            let call = match &cursor {
                Some(cursor) => base.clone().query("cursor", cursor),
                None => base.clone(),
            };
            let page: Envelope<Vec<T>> = client.fetch(&call, what).await?;
            let next = page.meta.next_cursor;
            for item in page.data {
                yield item;
            }
            // A cursor that points at itself would be followed for ever.
            if next.is_none() || next == cursor {
                break;
            }
            cursor = next;
        }
    })
}
