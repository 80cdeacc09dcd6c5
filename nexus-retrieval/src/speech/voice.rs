use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use nexus_core::{
    clock::{fill_random, fresh_uuid},
    id::TenantId,
    op::Op,
    resilience::Line,
};
use secrecy::SecretString;
use uuid::Uuid;

use crate::objects;

use super::{AudioError, AudioStore, NoSpeech, Speech, SpeechError, SpeechSettings, build};

/// An answer that was read aloud and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    /// Its id.
    pub id: String,
    /// Where it can be heard, for a while, by whoever has this link.
    pub url: String,
}

/// Reads answers aloud, keeps the sound, and gives out links to it.
#[derive(Clone)]
pub struct Voice {
    speech: Arc<dyn Speech>,
    shelf: Option<Arc<Shelf>>,
    line: Option<Line>,
}

/// Where sound is kept and how links to it look.
struct Shelf {
    store: AudioStore,
    base_url: String,
    lifetime: TimeDelta,
}

impl Voice {
    /// The voice that the settings name, with its sound on this shelf and links to it by a key derived from the secret.
    pub fn new(settings: &SpeechSettings, shelf: objects::Shelf, secret: &SecretString) -> Result<Self, SpeechError> {
        let store = AudioStore::new(shelf, secret, fill_random)
            .map_err(|error| SpeechError::ConfigMissing(error.to_string().into()))?;
        let shelf = Shelf {
            store,
            base_url: settings.audio_base_url.trim_end_matches('/').to_owned(),
            lifetime: lifetime(settings.link_lifetime),
        };
        Ok(Self { speech: build(settings)?, shelf: Some(Arc::new(shelf)), line: None })
    }

    /// The same voice at the end of a line: an endpoint that is not well is left alone for a while.
    #[must_use]
    pub fn on(self, line: Line) -> Self {
        Self { line: Some(line), ..self }
    }

    /// A voice that only says that speech is not configured.
    #[must_use]
    pub fn silent() -> Self {
        Self { speech: Arc::new(NoSpeech), shelf: None, line: None }
    }

    /// Who reads, for records; `none` when nobody does.
    #[must_use]
    pub fn provider(&self) -> &'static str {
        self.speech.provider()
    }

    /// Reads a text aloud for a tenant.
    pub async fn read(&self, tenant: &TenantId, text: &str) -> Result<Bytes, SpeechError> {
        match &self.line {
            // Boxed, because every run has room for it and few speak.
            Some(line) => {
                let line = line.clone().on_behalf_of(tenant);
                Ok(Box::pin(async move { line.call(|| self.speech.speak(text)).await }).await?)
            }
            None => self.speech.speak(text).await,
        }
    }

    /// Keeps sound for a tenant.
    pub async fn keep(&self, op: &Op, tenant: &TenantId, sound: &Bytes) -> Result<Audio, SpeechError> {
        let kept = self.shelf.as_ref().ok_or(SpeechError::ConfigMissing("there is no place for audio".into()))?;
        let id = fresh_uuid();
        kept.store.put(op, tenant, id, sound).await.map_err(|error| {
            tracing::warn!(%error, cause = ?std::error::Error::source(&error), "sound was not kept");
            match error {
                AudioError::Shelf(objects::ShelfError::Vault(error)) => SpeechError::Sealing(error),
                error => SpeechError::Other(error.to_string()),
            }
        })?;
        let query = kept.store.sign(tenant.as_str(), id, op.now + kept.lifetime);
        Ok(Audio { id: id.to_string(), url: format!("{}/audio/{id}.mp3?{query}", kept.base_url) })
    }

    /// The sound that a link opens. A link that is forged or over opens nothing, and no answer tells which of the two.
    pub async fn play(&self, audio: Uuid, query: &str, now: DateTime<Utc>) -> Result<Bytes, AudioError> {
        let kept = self.shelf.as_ref().ok_or(AudioError::NotFound)?;
        let tenant = kept.store.verify(audio, query, now).map_err(|_| AudioError::NotFound)?;
        let tenant = TenantId::new(tenant).map_err(|_| AudioError::NotFound)?;
        kept.store.get(&tenant, audio).await
    }
}

impl Default for Voice {
    fn default() -> Self {
        Self::silent()
    }
}

impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Voice").field("provider", &self.speech.provider()).finish_non_exhaustive()
    }
}

fn lifetime(of: Duration) -> TimeDelta {
    TimeDelta::from_std(of).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::speech::SpeechProvider;
    use nexus_core::problem::Problem as _;
    use object_store::memory::InMemory;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn fake(secret: &str) -> Voice {
        let settings = SpeechSettings { provider: SpeechProvider::Fake, ..SpeechSettings::default() };
        Voice::new(&settings, objects::Shelf::plain(Arc::new(InMemory::new())), &secret.repeat(40).into()).unwrap()
    }

    #[tokio::test]
    async fn an_answer_can_be_heard_through_its_link_until_it_expires() {
        let voice = fake("k");
        let acme = TenantId::new("acme").unwrap();
        let sound = voice.read(&acme, "Hello").await.unwrap();
        let audio = voice.keep(&Op::internal(at(0)), &acme, &sound).await.unwrap();
        let (address, query) = audio.url.split_once('?').unwrap();
        assert_eq!(address, format!("http://localhost:8000/v1/audio/{}.mp3", audio.id));
        let id: Uuid = audio.id.parse().unwrap();
        assert_eq!(voice.play(id, query, at(3_599)).await.unwrap(), "FAKE_MP3_BYTES");
        assert!(matches!(voice.play(id, query, at(3_600)).await, Err(AudioError::NotFound)));
        assert!(matches!(voice.play(id, "", at(0)).await, Err(AudioError::NotFound)));
        assert!(matches!(voice.play(Uuid::from_u128(1), query, at(0)).await, Err(AudioError::NotFound)));
        assert!(matches!(fake("j").play(id, query, at(0)).await, Err(AudioError::NotFound)));
    }

    #[tokio::test]
    async fn the_silent_voice_says_what_is_missing() {
        let error = Voice::silent().read(&TenantId::new("acme").unwrap(), "Hello").await.unwrap_err();
        assert_eq!(error.code().as_str(), "TTS_CONFIG_MISSING");
    }
}
