//! What a ciphertext belongs to.

use sha2::{Digest as _, Sha256};

/// Begins what is hashed, so that no other use of SHA-256 gives the same digest.
const DOMAIN: &[u8] = b"nexus envelope 1\0";

/// The place of a ciphertext, as whoever reads it knows it: from the request, and never from what is stored beside the
/// ciphertext. In any other place it does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding<'a> {
    /// Whose it is.
    pub tenant: &'a str,
    /// What kind of thing holds it, such as `audio`.
    pub kind: &'a str,
    /// Which of them.
    pub id: &'a str,
    /// Which part of it.
    pub field: &'a str,
    /// Which version of that part.
    pub version: u64,
}

impl Binding<'_> {
    /// The digest of the place and of what else is to be bound. Every part is preceded by its length, so that no two places
    /// give the same bytes.
    pub(super) fn digest(&self, header: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(DOMAIN);
        let version = self.version.to_be_bytes();
        for part in [header, self.tenant.as_bytes(), self.kind.as_bytes(), self.id.as_bytes(), self.field.as_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.update(version);
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let place = Binding { tenant: "ab", kind: "c", id: "d", field: "e", version: 1 };
        let others = [
            Binding { tenant: "a", kind: "bc", ..place },
            Binding { kind: "cd", id: "", ..place },
            Binding { id: "de", field: "", ..place },
            Binding { version: 2, ..place },
            Binding { field: "e\0", ..place },
        ];
        assert!(others.iter().all(|other| other.digest(b"h") != place.digest(b"h")));
        assert_ne!(place.digest(b"h"), place.digest(b"i"));
    }
}
