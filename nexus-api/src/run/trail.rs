//! How the trail of a run lies in Redis: each frame sealed by itself, under one data key for the run.
//!
//! The header of that key lies beside the frames. What seals it is the key of the tenant, which this process remembers: a
//! frame costs no call to anybody, and the beginning of a run rarely one. A trail is sealed for who asked what, and for the
//! run; in another place it does not open. It is gone within the hour, and no rotation looks at it.

use bytes::Bytes;
use nexus_core::{
    crypto::{
        Binding, HEADER, RecordOpener, RecordSealer, Refused, key_version,
        vault::{LiveKey, Vault, VaultError},
    },
    id::TenantId,
    op::Op,
};

/// What trails are called in bindings.
const KIND: &str = "run_trail";
/// What stands in the place of a header where frames lie as they are.
const PLAIN: &[u8] = b"plain";

/// Whose trail it is: the tenant, the digest of caller and question, and the run.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) tenant: TenantId,
    pub(super) question: String,
    pub(super) run: String,
}

/// Writes a trail.
pub(super) struct Writer {
    place: Place,
    seals: Option<(LiveKey, RecordSealer)>,
}

/// Reads a trail.
pub(super) struct Reader {
    place: Place,
    opens: Option<RecordOpener>,
}

impl Place {
    fn binding(&self, version: u64) -> Binding<'_> {
        Binding { tenant: self.tenant.as_str(), kind: KIND, id: &self.question, field: &self.run, version }
    }

    fn frames(&self) -> Binding<'_> {
        self.binding(1)
    }

    fn grounds(&self) -> Binding<'_> {
        self.binding(2)
    }
}

impl Writer {
    /// Begins a trail; what is to lie beside it comes along.
    pub(super) async fn begin(vault: &Vault, op: &Op, place: Place) -> Result<(Self, Bytes), VaultError> {
        let Some(live) = vault.sealing_briefly(op, &place.tenant).await? else {
            return Ok((Self { place, seals: None }, Bytes::from_static(PLAIN)));
        };
        let (header, sealer) = vault.envelope().record_sealer(&live.key, &place.frames())?;
        Vault::count_sealed();
        Ok((Self { place, seals: Some((live, sealer)) }, Bytes::copy_from_slice(&header)))
    }

    /// The next frame as it is to lie there.
    pub(super) fn frame(&mut self, frame: Bytes) -> Result<Bytes, Refused> {
        match &mut self.seals {
            Some((_, sealer)) => sealer.seal(&frame).map(Bytes::from),
            None => Ok(frame),
        }
    }

    /// What the frames rest on, as it is to lie there.
    pub(super) fn grounds(&self, vault: &Vault, grounds: Vec<u8>) -> Result<Bytes, VaultError> {
        match &self.seals {
            Some((live, _)) => vault.seal_with(live, &self.place.grounds(), &grounds).map(Bytes::from),
            None => Ok(grounds.into()),
        }
    }
}

impl Reader {
    /// Begins to read a trail by what lies beside it. One that lies there as it is, is read only where that is allowed.
    pub(super) async fn begin(vault: &Vault, place: Place, beside: &[u8]) -> Result<Self, VaultError> {
        if beside == PLAIN && !vault.settings().fails_closed() {
            return Ok(Self { place, opens: None });
        }
        let header: &[u8; HEADER] = beside.try_into().map_err(|_| Refused)?;
        let key = vault.opening(&place.tenant, key_version(header).ok_or(Refused)?).await?;
        let opener = vault.envelope().record_opener(&key, &place.frames(), header);
        Vault::count_opened(&place.tenant, &place.frames(), &opener);
        Ok(Self { opens: Some(opener?), place })
    }

    /// The frame of this number, counted from nought.
    pub(super) fn frame(&self, number: u64, lying: Bytes) -> Result<Bytes, Refused> {
        match &self.opens {
            Some(opener) => opener.open(u32::try_from(number).map_err(|_| Refused)?, &lying).map(Bytes::from),
            None => Ok(lying),
        }
    }

    /// What the frames rest on.
    pub(super) async fn grounds(&self, vault: &Vault, lying: Bytes) -> Result<Vec<u8>, VaultError> {
        match &self.opens {
            Some(_) => vault.open(&self.place.tenant, &self.place.grounds(), &lying).await,
            None => Ok(lying.into()),
        }
    }
}
