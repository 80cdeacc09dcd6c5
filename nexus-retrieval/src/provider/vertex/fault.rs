//! What an error of the client means.

use google_cloud_gax::error::{Error, rpc::Code};

use super::RemoteFault;
use crate::provider::remote::fault::{of_status, retry_after};

/// The fault behind an error. The client's texts may name projects; they are for the log only.
pub(super) fn of(error: &Error) -> RemoteFault {
    let reason = error.to_string();
    if error.is_authentication() {
        return RemoteFault::Auth(reason);
    }
    if error.is_binding() {
        return RemoteFault::Config("the path of the data store".into());
    }
    let patience = error.http_headers().and_then(|headers| headers.get(http::header::RETRY_AFTER));
    let patience = retry_after(patience.and_then(|value| value.to_str().ok()));
    match (error.status().map(|status| status.code), error.http_status_code()) {
        (Some(Code::Unauthenticated | Code::PermissionDenied), _) => RemoteFault::Auth(reason),
        (Some(Code::ResourceExhausted), _) => RemoteFault::Throttled { retry_after: patience },
        (_, Some(status)) => of_status(status, reason, patience),
        _ if error.is_deserialization() => RemoteFault::Garbage(reason),
        _ => RemoteFault::Unavailable { reason, retry_after: None },
    }
}
