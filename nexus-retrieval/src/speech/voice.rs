//! placeholder until the providers land
use chrono::{DateTime, Utc};
use nexus_core::{
    id::TenantId,
    problem::{Code, Kind, Problem},
};
/// Speaks.
#[derive(Debug, Clone, Default)]
pub struct Voice;
/// Audio.
#[derive(Debug)]
pub struct Audio {
    /// id
    pub id: String,
    /// url
    pub url: String,
}
/// Error.
#[derive(Debug, thiserror::Error)]
#[error("speech is not configured")]
pub struct Silent;
impl Problem for Silent {
    fn kind(&self) -> Kind {
        Kind::Unavailable
    }
    fn code(&self) -> Code {
        Code::TtsConfigMissing
    }
    fn message(&self) -> std::borrow::Cow<'static, str> {
        "Speech is not configured".into()
    }
}
impl Voice {
    /// speak
    pub async fn speak(&self, _: &TenantId, _: &str, _: DateTime<Utc>) -> Result<Audio, Silent> {
        Err(Silent)
    }
}
