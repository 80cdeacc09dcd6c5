//! Which sources the server imports from, and for whom.

use std::str::FromStr;

use nexus_core::{id::TenantId, settings::Source};

use crate::ingest::bulk::Origin;

/// What stands for the tenant in the URL of a source.
const TENANT: &str = "{tenant}";

/// Rules for imports.
#[derive(Debug, Clone, Default)]
pub struct ImportSettings {
    /// Where may be imported from; none, nowhere.
    pub sources: Vec<Allowed>,
    /// How many documents may wait before an import waits, too.
    pub max_waiting: u64,
}

/// A URL that may be imported from with all below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// By whom; nothing for every tenant.
    tenant: Option<TenantId>,
    url: String,
}

impl FromStr for Allowed {
    type Err = String;

    /// `URL`, with `{tenant}` in it or not, or `TENANT=URL`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (tenant, url) = match text.split_once('=').filter(|(tenant, _)| !tenant.contains("://")) {
            Some((tenant, url)) => (Some(TenantId::new(tenant.trim()).map_err(|error| error.to_string())?), url.trim()),
            None => (None, text),
        };
        if !url.contains("://") {
            return Err(format!("{url:?} is no URL, such as s3://bucket/prefix or file:///folder"));
        }
        Ok(Self { tenant, url: url.trim_end_matches('/').to_owned() })
    }
}

impl Allowed {
    /// The URL for a tenant, if it is for that tenant.
    fn url(&self, tenant: &TenantId) -> Option<String> {
        let its_own = self.tenant.as_ref().is_none_or(|own| own == tenant);
        its_own.then(|| self.url.replace(TENANT, tenant.as_str()))
    }
}

impl ImportSettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        let listed = s.text(
            "IMPORT_SOURCES",
            "URLs that the server imports from with all below them, separated by commas: s3://bucket/{tenant}, tenant=s3://bucket/prefix; without a tenant, for every tenant",
        );
        let mut sources = Vec::new();
        for entry in listed.unwrap_or_default().split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            match entry.parse() {
                Ok(allowed) => sources.push(allowed),
                Err(why) => s.refuse("IMPORT_SOURCES", why),
            }
        }
        let max_waiting =
            s.number("IMPORT_MAX_WAITING", 1000, 1..=1_000_000, "Documents that may wait before imports pause");
        Self { sources, max_waiting }
    }

    /// Whether a source is one of those of a tenant, or lies below one. What could lead up again is none.
    #[must_use]
    pub fn allows(&self, tenant: &TenantId, source: &str) -> bool {
        self.above(tenant, source).next().is_some()
    }

    /// The same source without links, if it does not lead out of all that is listed. A bucket has no links.
    #[must_use]
    pub fn confine(&self, tenant: &TenantId, source: &str, origin: Origin) -> Option<Origin> {
        let Some(path) = origin.path() else { return Some(origin) };
        let path = path.canonicalize().ok()?;
        let mut roots = self.above(tenant, source).filter_map(|url| {
            let root = url.strip_prefix("file://")?.to_owned();
            std::fs::canonicalize(if root.is_empty() { "/" } else { &root }).ok()
        });
        roots.any(|root| path.starts_with(root)).then(|| origin.at(path))
    }

    /// The URLs that a source lies below.
    fn above(&self, tenant: &TenantId, source: &str) -> impl Iterator<Item = String> {
        let plain = source.is_ascii()
            && source.contains("://")
            && !source.contains(['%', '?', '#', '\\', '@'])
            && !source.contains("..");
        let urls = self.sources.iter().filter(move |_| plain).filter_map(|allowed| allowed.url(tenant));
        urls.filter(move |url| {
            let below = source.strip_prefix(url.as_str());
            below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn settings(sources: &str) -> ImportSettings {
        let mut source = Source::from_pairs([("IMPORT_SOURCES", sources)]);
        let settings = ImportSettings::read(&mut source);
        assert_eq!(source.errors(), []);
        settings
    }

    fn tenant(id: &str) -> TenantId {
        TenantId::new(id).unwrap()
    }

    #[test]
    fn only_what_lies_below_a_listed_source_is_allowed() {
        let settings = settings("s3://bucket/docs, file:///srv/files/");
        let allows = |source| settings.allows(&tenant("t"), source);
        for fine in ["s3://bucket/docs", "s3://bucket/docs/a/b.zip", "file:///srv/files", "file:///srv/files/x y.pdf"] {
            assert!(allows(fine), "{fine}");
        }
        for foreign in [
            "s3://bucket",
            "s3://bucket/docs2",
            "s3://bucket/docs/../secret",
            "file:///srv/files/%2e%2e/x",
            "file:///etc/passwd",
            "/srv/files",
            "",
        ] {
            assert!(!allows(foreign), "{foreign}");
        }
        assert!(!ImportSettings::default().allows(&tenant("t"), "s3://bucket/docs"));
    }

    #[test]
    fn a_source_may_be_that_of_one_tenant() {
        let settings = settings("s3://shared/{tenant}/in, acme = s3://acme/a=b");
        for (who, source, allowed) in [
            ("acme", "s3://shared/acme/in/x", true),
            ("acme", "s3://acme/a=b/x", true),
            ("other", "s3://shared/other/in", true),
            ("other", "s3://shared/acme/in/x", false),
            ("other", "s3://acme/a=b/x", false),
            ("acme", "s3://shared/{tenant}/in/x", false),
            ("acme", "s3://shared/acme2/in", false),
        ] {
            assert_eq!(settings.allows(&tenant(who), source), allowed, "{who} {source}");
        }
    }

    #[test]
    fn what_is_no_source_stops_the_start() {
        for wrong in ["/srv/files", "a b=s3://bucket", "=s3://bucket"] {
            let mut source = Source::from_pairs([("IMPORT_SOURCES", wrong)]);
            ImportSettings::read(&mut source);
            assert_eq!(source.errors().len(), 1, "{wrong}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn links_do_not_lead_out() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        std::fs::create_dir_all(at("allowed/in")).unwrap();
        std::fs::create_dir_all(at("secret")).unwrap();
        for name in ["allowed/in/a.txt", "secret/a.txt", "secret/a.zip"] {
            std::fs::write(at(name), "x").unwrap();
        }
        let link = |from: &str, to: &str| std::os::unix::fs::symlink(at(to), at(from)).unwrap();
        link("allowed/out", "secret");
        link("allowed/out.txt", "secret/a.txt");
        link("allowed/out.zip", "secret/a.zip");
        link("allowed/within", "allowed/in");
        link("way", "allowed");
        let settings = settings(&format!("file://{}", at("way").display()));
        let confined = |below: &str| {
            let origin = Origin::of_path(at("way").join(below)).unwrap();
            let source = format!("file://{}/{below}", at("way").display());
            settings.confine(&tenant("t"), &source, origin).and_then(|origin| origin.path().cloned())
        };
        for out in ["out", "out.txt", "out.zip", "out/a.txt"] {
            assert_eq!(confined(out), None, "{out}");
        }
        let inside = at("allowed/in").canonicalize().unwrap();
        assert_eq!(confined("within"), Some(inside.clone()));
        assert_eq!(confined("in/a.txt"), Some(inside.join("a.txt")));
    }
}
