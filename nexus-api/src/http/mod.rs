//! What HTTP means here: how a request is read, how an answer is written, and what a refusal looks like.
//!
//! Handlers take typed extractors ([`OpCtx`], [`Path`], [`Query`], [`Body`], [`Multipart`]) and return [`Reply`] or
//! [`Refusal`]; they never build JSON by hand. The envelope around both is written in one place, by
//! [`envelope::render`], when the answer leaves the router. Nothing here has a backend that could be away.

pub mod address;
pub mod body;
pub mod caller;
pub mod context;
pub mod dialect;
pub mod envelope;
pub mod faults;
pub mod health;
mod json;
pub mod limits;
pub mod multipart;
pub mod once;
pub mod page;
pub mod path;
pub mod query;
pub(crate) mod read;
pub mod refusal;
pub mod stranger;

pub use body::Body;
pub use context::{Context, OpCtx};
pub use envelope::{Accepted, Created, NoContent, Reply};
pub use faults::{Faults, Validate};
pub use multipart::Multipart;
pub use once::{Done, Once, OnceByBody};
pub use path::Path;
pub use query::Query;
pub use refusal::{Refusal, RouteClassTag};
pub use stranger::Stranger;
