use bytes::Bytes;
use futures::future::{BoxFuture, ready};

use super::{Speech, SpeechError};

/// No speech: every request says what to configure.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSpeech;

impl Speech for NoSpeech {
    fn provider(&self) -> &'static str {
        "none"
    }

    fn speak(&self, _: &str) -> BoxFuture<'static, Result<Bytes, SpeechError>> {
        Box::pin(ready(Err(SpeechError::ConfigMissing("TTS_PROVIDER is none".into()))))
    }
}

/// Speech for tests: the same bytes for every text.
#[derive(Debug, Clone, Copy, Default)]
pub struct FakeSpeech;

impl Speech for FakeSpeech {
    fn provider(&self) -> &'static str {
        "fake"
    }

    fn speak(&self, _: &str) -> BoxFuture<'static, Result<Bytes, SpeechError>> {
        Box::pin(ready(Ok(Bytes::from_static(b"FAKE_MP3_BYTES"))))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use nexus_core::problem::Problem as _;

    #[tokio::test]
    async fn none_says_so_and_fake_speaks() {
        let error = NoSpeech.speak("Hello").await.unwrap_err();
        assert_eq!(error.code().as_str(), "TTS_CONFIG_MISSING");
        assert_eq!(FakeSpeech.speak("Hello").await.unwrap(), "FAKE_MP3_BYTES");
    }
}
