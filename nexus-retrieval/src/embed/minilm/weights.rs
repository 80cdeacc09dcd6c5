//! The weights on disk.
//!
//! Tensors are read one by one into the memory they stay in, so that loading needs little more than the model itself. The
//! largest, a row for each word, stays in the file: a text needs few of them, and the cache of files holds those.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
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
    file: Arc<File>,
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
        Ok(Self { path, file: Arc::new(file), tensors, data })
    }

    /// One tensor of 32-bit numbers, of exactly this shape.
    pub(super) fn read(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EmbedError> {
        let from = self.find(name, shape)?;
        let count = shape.iter().product();
        let mut values = Vec::with_capacity(count);
        copy(&self.file, from, count, &mut vec![0; 1 << 16], &mut values).map_err(|why| unusable(&self.path, why))?;
        if values.iter().any(|value| !value.is_finite()) {
            return Err(unusable(&self.path, format_args!("tensor {name} holds something that is no number")));
        }
        Ok(values)
    }

    /// A tensor of so many rows of this width, whose rows are read when they are needed.
    pub(super) fn table(&self, name: &str, rows: usize, width: usize) -> Result<Table, EmbedError> {
        Ok(Table { file: Arc::clone(&self.file), from: self.find(name, &[rows, width])?, rows, width })
    }

    /// Where in the file a tensor of this shape begins.
    fn find(&self, name: &str, shape: &[usize]) -> Result<u64, EmbedError> {
        let found = self.tensors.info(name).filter(|info| info.dtype == Dtype::F32 && info.shape == shape);
        let missing = || unusable(&self.path, format_args!("it has no tensor {name} of shape {shape:?}"));
        Ok(self.data + found.ok_or_else(missing)?.data_offsets.0 as u64)
    }
}

/// A tensor that stays in its file. A file that is replaced meanwhile is still read as it was.
#[derive(Debug)]
pub(super) struct Table {
    file: Arc<File>,
    from: u64,
    rows: usize,
    width: usize,
}

impl Table {
    /// Appends a row to `values`.
    pub(super) fn append(&self, row: usize, values: &mut Vec<f32>) -> io::Result<()> {
        if row >= self.rows {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a token that the model does not know"));
        }
        let before = values.len();
        let from = self.from + (row * self.width * size_of::<f32>()) as u64;
        copy(&self.file, from, self.width, &mut [0; 2048], values)?;
        if values.get(before..).is_some_and(|row| row.iter().all(|value| value.is_finite())) {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::InvalidData, "something that is no number"))
    }
}

/// Appends so many numbers that lie in the file from there on.
fn copy(file: &File, mut from: u64, mut count: usize, buffer: &mut [u8], values: &mut Vec<f32>) -> io::Result<()> {
    while count > 0 {
        let step = count.min(buffer.len() / size_of::<f32>());
        let Some(part) = buffer.get_mut(..step * size_of::<f32>()) else { break };
        file.read_exact_at(part, from)?;
        values.extend(part.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)));
        (from, count) = (from + part.len() as u64, count - step);
    }
    Ok(())
}
