//! Enumerations whose values are words on the wire.

// A word is a token and not a literal: what a macro was given as a literal stands in a group that the derive of the schema
// does not look into, and the document would name the variants of the program.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:tt,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+ }
    };
}
pub(super) use words;
