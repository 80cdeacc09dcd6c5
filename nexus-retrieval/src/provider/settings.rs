//! The knobs of remote providers.

use nexus_core::settings::Source;
use secrecy::SecretString;

/// Where remote providers are, and what they are asked.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// Another address for Bedrock, such as a private endpoint or a test double.
    pub aws_endpoint: Option<String>,
    /// Another address for Vertex AI Search.
    pub vertex_endpoint: Option<String>,
    /// A fixed bearer token for Google Cloud instead of application default credentials.
    pub google_token: Option<SecretString>,
    /// Whether providers are asked to leave out what the scope does not cover.
    pub scope_filter: bool,
}

impl Default for ProviderSettings {
    fn default() -> Self {
        Self::read(&mut Source::default())
    }
}

impl ProviderSettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        let everywhere = s.text("AWS_ENDPOINT_URL", "Another address for all services of AWS");
        let of_bedrock = s.text(
            "AWS_ENDPOINT_URL_BEDROCK_AGENT_RUNTIME",
            "Another address for Bedrock Knowledge Bases; wins over AWS_ENDPOINT_URL",
        );
        Self {
            aws_endpoint: of_bedrock.or(everywhere),
            vertex_endpoint: s.text("VERTEX_SEARCH_ENDPOINT", "Another address for Vertex AI Search"),
            google_token: s
                .secret("VERTEX_ACCESS_TOKEN", "A fixed bearer token instead of application default credentials."),
            scope_filter: s.flag(
                "RETRIEVAL_SCOPE_FILTER",
                true,
                "Asks remote providers for documents of the tenant and corpus only; every passage is checked in any case",
            ),
        }
    }
}
