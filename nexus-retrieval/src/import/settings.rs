//! Which sources the server imports from.

use nexus_core::settings::Source;

/// Rules for imports.
#[derive(Debug, Clone, Default)]
pub struct ImportSettings {
    /// The beginnings of the URLs that may be imported from; none, nowhere.
    pub sources: Vec<String>,
    /// How many documents may wait before an import waits, too.
    pub max_waiting: u64,
}

impl ImportSettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        let sources = s.text(
            "IMPORT_SOURCES",
            "URLs that the server imports from with all below them, separated by commas: s3://bucket/prefix, file:///folder",
        );
        let sources = sources.unwrap_or_default();
        let sources = sources.split(',').map(str::trim).filter(|source| !source.is_empty());
        let max_waiting =
            s.number("IMPORT_MAX_WAITING", 1000, 1..=1_000_000, "Documents that may wait before imports pause");
        Self { sources: sources.map(str::to_owned).collect(), max_waiting }
    }

    /// Whether a source is one of those, or lies below one. What could lead up again is none.
    #[must_use]
    pub fn allows(&self, source: &str) -> bool {
        let plain = source.is_ascii() && !source.contains(['%', '?', '#', '\\', '@']) && !source.contains("..");
        plain
            && source.contains("://")
            && self.sources.iter().any(|allowed| {
                let below = source.strip_prefix(allowed.trim_end_matches('/'));
                below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_below_a_listed_source_is_allowed() {
        let pairs = [("IMPORT_SOURCES", "s3://bucket/docs, file:///srv/files/")];
        let settings = ImportSettings::read(&mut Source::from_pairs(pairs));
        for fine in ["s3://bucket/docs", "s3://bucket/docs/a/b.zip", "file:///srv/files", "file:///srv/files/x y.pdf"] {
            assert!(settings.allows(fine), "{fine}");
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
            assert!(!settings.allows(foreign), "{foreign}");
        }
        assert!(!ImportSettings::default().allows("s3://bucket/docs"));
    }
}
