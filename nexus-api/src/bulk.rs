//! Where many files come from, by what people write: a path of this machine, or the URL of a bucket.

use std::{path::PathBuf, sync::Arc};

use nexus_retrieval::ingest::bulk::Origin;

/// Understands a path or a URL. Credentials, region and endpoint of a bucket come from the usual `AWS_*` variables.
pub fn origin(text: &str) -> Result<Origin, String> {
    let Some(url) = reqwest::Url::parse(text).ok().filter(|url| text.contains("://") && !url.cannot_be_a_base()) else {
        return Origin::of_path(PathBuf::from(text)).map_err(|error| format!("{text}: {error}"));
    };
    match url.scheme() {
        "file" => {
            let path = url.to_file_path().map_err(|()| format!("{text}: is no path of this machine"))?;
            Origin::of_path(path).map_err(|error| format!("{text}: {error}"))
        }
        "s3" | "s3a" => {
            let (store, prefix) =
                object_store::parse_url_opts(&url, std::env::vars()).map_err(|error| format!("{text}: {error}"))?;
            Ok(Origin::Bucket(Arc::from(store), prefix))
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
