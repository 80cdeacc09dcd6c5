//! What an error of the client means.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_bedrockagentruntime::{
    error::{DisplayErrorContext, ProvideErrorMetadata as _, SdkError},
    operation::retrieve::RetrieveError,
};

use super::RemoteFault;
use crate::provider::remote::fault::{of_status, retry_after};

/// Codes by which AWS says that it does not accept the signature, whatever the status.
const UNACCEPTED: [&str; 6] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
];

/// The fault behind an error. The client's texts name hosts and accounts; they are for the log only.
pub(super) fn of(error: &SdkError<RetrieveError>) -> RemoteFault {
    let reason = DisplayErrorContext(error).to_string();
    if lacks_credential(error) {
        return RemoteFault::Auth(reason);
    }
    match error {
        SdkError::ServiceError(refusal) => {
            let (code, raw) = (refusal.err().code().unwrap_or_default(), refusal.raw());
            if UNACCEPTED.contains(&code) {
                return RemoteFault::Auth(reason);
            }
            let status = if code == "ThrottlingException" { 429 } else { raw.status().as_u16() };
            of_status(status, reason, retry_after(raw.headers().get("retry-after")))
        }
        // Headers came, and then something that is not the answer they announced.
        SdkError::ResponseError(broken) => {
            let raw = broken.raw();
            of_status(raw.status().as_u16(), reason, retry_after(raw.headers().get("retry-after")))
        }
        SdkError::ConstructionFailure(_) => RemoteFault::Config("the name of the knowledge base or the region".into()),
        _ => RemoteFault::Unavailable { reason, retry_after: None },
    }
}

fn lacks_credential(error: &SdkError<RetrieveError>) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<CredentialsError>().is_some() {
            return true;
        }
        cause = error.source();
    }
    false
}
