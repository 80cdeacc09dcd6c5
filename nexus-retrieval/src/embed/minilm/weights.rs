//! The weights on disk.
//!
//! Tensors are read one by one into the memory they stay in, so that loading needs little more than the model itself.

use std::{
    fs::File,
    io::{Read, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use safetensors::{Dtype, tensor::Metadata};

use super::unusable;
use crate::embed::EmbedError;

/// The longest list of tensors that is read; the model's is 8 KiB.
const MAX_HEADER: u64 = 1 << 20;

/// An open file of tensors.
#[derive(Debug)]
pub(super) struct Weights {
    path: PathBuf,
    file: File,
    tensors: Metadata,
    /// Where the data of the tensors begins in the file.
    data: u64,
}

impl Weights {
    pub(super) fn open(folder: &Path) -> Result<Self, EmbedError> {
        let path = folder.join("model.safetensors");
        let mut file = File::open(&path).map_err(|why| unusable(&path, why))?;
        let mut length = [0; 8];
        file.read_exact(&mut length).map_err(|why| unusable(&path, why))?;
        let length = u64::from_le_bytes(length);
        if length > MAX_HEADER {
            return Err(unusable(&path, "its header is too long"));
        }
        let mut header = Vec::new();
        Read::take(&file, length).read_to_end(&mut header).map_err(|why| unusable(&path, why))?;
        let tensors: Metadata = serde_json::from_slice(&header).map_err(|why| unusable(&path, why))?;
        let data = length + 8;
        let size = file.metadata().map_err(|why| unusable(&path, why))?.len();
        if size != data + tensors.data_len() as u64 {
            return Err(unusable(&path, "it is cut short or has something behind its end"));
        }
        Ok(Self { path, file, tensors, data })
    }

    /// One tensor of 32-bit numbers, of exactly this shape.
    pub(super) fn read(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EmbedError> {
        let Some(info) = self.tensors.info(name).filter(|info| info.dtype == Dtype::F32 && info.shape == shape) else {
            return Err(unusable(&self.path, format_args!("it has no tensor {name} of shape {shape:?}")));
        };
        let (from, to) = (info.data_offsets.0 as u64, info.data_offsets.1 as u64);
        let mut values = Vec::with_capacity(shape.iter().product());
        self.copy(from, to, &mut values).map_err(|why| unusable(&self.path, why))?;
        if values.iter().any(|value| !value.is_finite()) {
            return Err(unusable(&self.path, format_args!("tensor {name} holds something that is no number")));
        }
        Ok(values)
    }

    fn copy(&mut self, from: u64, to: u64, values: &mut Vec<f32>) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start(self.data + from))?;
        let mut source = Read::take(&self.file, to - from);
        let mut buffer = vec![0; 1 << 16];
        let mut left = to - from;
        while left > 0 {
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let Some(part) = buffer.get_mut(..step) else { break };
            source.read_exact(part)?;
            values.extend(part.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)));
            left -= step as u64;
        }
        Ok(())
    }
}
