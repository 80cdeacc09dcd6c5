//! A small HTTP/1.1 client: one connection, one request at a time, nothing parsed but what frames an answer.

use std::{net::SocketAddr, ops::Range, time::Instant};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::Failure;

/// A connection that stays open.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    body: Vec<u8>,
}

/// An answer that was read to its end.
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
    /// When the body first held what was looked for.
    pub first: Option<Instant>,
}

enum Framing {
    Length(usize),
    Chunked,
}

enum Step {
    More,
    Data { data: Range<usize>, next: usize },
    End,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(16 * 1024), body: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request and reads the whole answer; notes when `mark` arrived.
    pub async fn exchange(&mut self, request: &[u8], mark: &[u8]) -> Result<Answer<'_>, Failure> {
        self.received.clear();
        self.body.clear();
        self.stream.write_all(request).await?;
        let head_end = loop {
            if let Some(at) = position(&self.received, b"\r\n\r\n") {
                break at + 4;
            }
            self.read().await?;
        };
        let head = std::str::from_utf8(self.received.get(..head_end).unwrap_or_default())?;
        let (status, framing) = read_head(head)?;
        let first = match framing {
            Framing::Length(length) => self.read_length(head_end, length, mark).await?,
            Framing::Chunked => self.read_chunks(head_end, mark).await?,
        };
        Ok(Answer { status, body: &self.body, first })
    }

    async fn read_length(&mut self, from: usize, length: usize, mark: &[u8]) -> Result<Option<Instant>, Failure> {
        while self.received.len() < from + length {
            self.read().await?;
        }
        self.body.extend_from_slice(self.received.get(from..from + length).unwrap_or_default());
        Ok(position(&self.body, mark).map(|_| Instant::now()))
    }

    async fn read_chunks(&mut self, mut from: usize, mark: &[u8]) -> Result<Option<Instant>, Failure> {
        let mut first = None;
        loop {
            match step(&self.received, from)? {
                Step::More => self.read().await?,
                Step::End => return Ok(first),
                Step::Data { data, next } => {
                    // A mark may lie across two chunks.
                    let searched = self.body.len().saturating_sub(mark.len());
                    self.body.extend_from_slice(self.received.get(data).unwrap_or_default());
                    if first.is_none() && position(self.body.get(searched..).unwrap_or_default(), mark).is_some() {
                        first = Some(Instant::now());
                    }
                    from = next;
                }
            }
        }
    }

    async fn read(&mut self) -> Result<(), Failure> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }
}

/// Where `needle` begins.
pub fn position(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn read_head(head: &str) -> Result<(u16, Framing), Failure> {
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("no status line")?.parse()?;
    let mut framing = Framing::Length(0);
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            framing = Framing::Length(value.trim().parse()?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") && value.trim().eq_ignore_ascii_case("chunked") {
            framing = Framing::Chunked;
        }
    }
    Ok((status, framing))
}

fn step(received: &[u8], from: usize) -> Result<Step, Failure> {
    let rest = received.get(from..).unwrap_or_default();
    let Some(line) = position(rest, b"\r\n") else { return Ok(Step::More) };
    let size = usize::from_str_radix(std::str::from_utf8(rest.get(..line).unwrap_or_default())?, 16)?;
    let data = from + line + 2..from + line + 2 + size;
    let next = data.end + 2;
    Ok(match (received.len() >= next, size) {
        (false, _) => Step::More,
        (true, 0) => Step::End,
        (true, _) => Step::Data { data, next },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn chunks_may_arrive_in_any_pieces() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4];
            stream.read_exact(&mut request).await.unwrap();
            for byte in b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab\r\nc\r\n2\r\nde\r\n0\r\n\r\n" {
                stream.write_all(&[*byte]).await.unwrap();
            }
        });
        let mut connection = Connection::open(address).await.unwrap();
        let answer = connection.exchange(b"GET ", b"cd").await.unwrap();
        assert_eq!((answer.status, answer.body), (200, &b"ab\r\ncde"[..]));
        assert!(answer.first.is_some());
        served.await.unwrap();
    }
}
