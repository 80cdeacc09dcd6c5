//! Where many files come from, by what people write: a path of this machine, or the URL of a bucket.

use std::{path::PathBuf, time::Duration};

use nexus_core::resilience::Integrations;
use nexus_retrieval::{ingest::bulk::Origin, objects::Objects};
use object_store::{ObjectStoreScheme, aws::AmazonS3Builder, path::Path};

/// How long an operation on a bucket may take, and how often it is tried.
pub type Reach = (Duration, u32);

/// A bucket, and what its URL names in it. Credentials, region and endpoint come from the usual `AWS_*` variables.
pub fn bucket(url: &reqwest::Url, reach: Reach) -> Result<(Objects, Path), String> {
    let (scheme, path) = ObjectStoreScheme::parse(url).map_err(|error| error.to_string())?;
    if scheme != ObjectStoreScheme::AmazonS3 {
        return Err(format!("{} is no store that is used here; s3:// and file:// are", url.scheme()));
    }
    let builder = AmazonS3Builder::from_env().with_url(url.as_str());
    let place = url.host_str().unwrap_or_default();
    Ok((Objects::s3(builder, place, reach).map_err(|error| error.to_string())?, path))
}

/// Understands a path or a URL. A bucket goes by the breakers of an installation, if this is one.
pub fn origin(text: &str, reach: Reach, integrations: Option<&Integrations>) -> Result<Origin, String> {
    let Some(url) = reqwest::Url::parse(text).ok().filter(|url| text.contains("://") && !url.cannot_be_a_base()) else {
        return Origin::of_path(PathBuf::from(text)).map_err(|error| format!("{text}: {error}"));
    };
    match url.scheme() {
        "file" => {
            let path = url.to_file_path().map_err(|()| format!("{text}: is no path of this machine"))?;
            Origin::of_path(path).map_err(|error| format!("{text}: {error}"))
        }
        "s3" | "s3a" => {
            let (objects, prefix) = bucket(&url, reach).map_err(|error| format!("{text}: {error}"))?;
            if let Some(integrations) = integrations {
                objects.connect(integrations);
            }
            Ok(Origin::Bucket(objects, prefix))
        }
        other => Err(format!("{text}: {other} is no source that is read here; s3:// and file:// are")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn paths_and_buckets_are_told_apart() {
        let origin = |text: &str| origin(text, (Duration::from_secs(1), 1), None);
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().display().to_string();
        assert!(matches!(origin(&folder), Ok(Origin::Folder(_))));
        assert!(matches!(origin(&format!("file://{folder}")), Ok(Origin::Folder(_))));
        assert!(matches!(origin("s3://bucket/a/b"), Ok(Origin::Bucket(_, prefix)) if prefix.as_ref() == "a/b"));
        for wrong in ["/nonexistent/x", "http://127.0.0.1/x", "gs://bucket/x", ""] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
