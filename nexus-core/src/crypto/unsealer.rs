//! Opening an envelope as it comes in, its header included.

use super::{Binding, Envelope, HEADER, Opener, Refused, TenantKey};

/// Opens an envelope from pieces of any size. Whatever is given out is verified; that it is everything is known when
/// [`Unsealer::finish`] succeeds, and not before.
#[derive(Debug)]
pub struct Unsealer<'a> {
    envelope: Envelope,
    key: &'a TenantKey,
    place: Binding<'a>,
    header: Vec<u8>,
    opener: Option<Opener>,
}

impl<'a> Unsealer<'a> {
    pub(super) fn new(envelope: Envelope, key: &'a TenantKey, place: Binding<'a>) -> Self {
        Self { envelope, key, place, header: Vec::with_capacity(HEADER), opener: None }
    }

    /// Takes a piece, and appends what was verified by now. After a refusal everything is refused.
    pub fn push(&mut self, sealed: &[u8], plain: &mut Vec<u8>) -> Result<(), Refused> {
        if let Some(opener) = &mut self.opener {
            return opener.push(sealed, plain);
        }
        let (some, rest) = sealed.split_at(sealed.len().min(HEADER - self.header.len()));
        self.header.extend_from_slice(some);
        let Some(header) = self.header.first_chunk::<HEADER>() else { return Ok(()) };
        let opener = self.envelope.opener(self.key, &self.place, header)?;
        self.opener.insert(opener).push(rest, plain)
    }

    /// Appends the last chunk. An end that is missing is noticed here.
    pub fn finish(self, plain: &mut Vec<u8>) -> Result<(), Refused> {
        self.opener.ok_or(Refused)?.finish(plain)
    }
}
