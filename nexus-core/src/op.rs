//! The context of one operation: when it happens, for which request, and from where. It is the first argument of every
//! verb that decides or records something.

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use crate::id::RequestId;

/// One operation on behalf of a request, a job or a command.
#[derive(Debug, Clone)]
pub struct Op {
    /// The request that everything done here is recorded under.
    pub request_id: RequestId,
    /// The one time that all decisions of this operation use.
    pub now: DateTime<Utc>,
    /// The path that was asked for, where there is one.
    pub path: Option<String>,
    /// The address of the caller, where there is one.
    pub ip: Option<IpAddr>,
    /// The `User-Agent` of the caller, cut to a bounded length.
    pub user_agent: Option<String>,
}

impl Op {
    /// An operation that no request caused: a job, a command, a maintenance task.
    #[must_use]
    pub fn internal(now: DateTime<Utc>) -> Self {
        let id = crate::clock::fresh_uuid().to_string();
        let request_id = RequestId::new(id).unwrap_or_else(|_| unreachable!("a UUID is a request id"));
        Self { request_id, now, path: None, ip: None, user_agent: None }
    }
}
