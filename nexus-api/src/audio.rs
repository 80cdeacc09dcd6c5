//! `/v1/audio/{id}.mp3`: spoken answers, for whoever holds a link that was made for the tenant.
