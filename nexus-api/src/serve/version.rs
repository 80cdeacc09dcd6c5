//! Which version of HTTP a client speaks, seen from its first bytes.
//!
//! The library can tell as well, and then hands over the bytes it looked at by themselves: half a line, after which the buffer of
//! the connection grows to twice its size and stays so for as long as a stream goes on (16 KiB for each of thousands).

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

/// What a client begins with that speaks HTTP/2 without asking first (RFC 9113, 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection whose first bytes were looked at, and are read again.
pub(super) struct Begun<I> {
    io: I,
    first: [u8; PREFACE.len()],
    /// Which of them are still to be read.
    unread: std::ops::Range<usize>,
}

impl<I: AsyncRead + Unpin> Begun<I> {
    /// Waits for as many bytes as it takes to tell.
    pub(super) async fn new(mut io: I) -> io::Result<Self> {
        let (mut first, mut came) = ([0; PREFACE.len()], 0);
        while came < first.len() && PREFACE.starts_with(first.get(..came).unwrap_or_default()) {
            match io.read(first.get_mut(came..).unwrap_or_default()).await? {
                0 => break,
                n => came += n,
            }
        }
        Ok(Self { io, first, unread: 0..came })
    }

    /// Whether it is HTTP/2; only before anything is read.
    pub(super) fn is_http2(&self) -> bool {
        self.first == *PREFACE
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Begun<I> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.unread.is_empty() {
            return Pin::new(&mut this.io).poll_read(cx, buf);
        }
        let first = this.first.get(this.unread.clone()).unwrap_or_default();
        let n = first.len().min(buf.remaining());
        buf.put_slice(first.get(..n).unwrap_or_default());
        this.unread.start += n;
        // What came with them belongs beside them.
        match Pin::new(&mut this.io).poll_read(cx, buf) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(())),
        }
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Begun<I> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// What is read of bytes that come in pieces of a size, the first read alone, and whether it is HTTP/2.
    async fn read(sent: &'static [u8], piece: usize) -> (bool, Vec<u8>, Vec<u8>) {
        let (mut client, server) = tokio::io::duplex(4096);
        let sending = tokio::spawn(async move {
            for piece in sent.chunks(piece) {
                client.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        let mut begun = Begun::new(server).await.unwrap();
        sending.await.unwrap();
        let http2 = begun.is_http2();
        let mut first = vec![0; 1024];
        let n = begun.read(&mut first).await.unwrap();
        first.truncate(n);
        let mut rest = Vec::new();
        begun.read_to_end(&mut rest).await.unwrap();
        (http2, first, rest)
    }

    #[tokio::test]
    async fn the_first_bytes_are_read_again_together_with_what_came_after_them() {
        let request = b"POST /v1/run HTTP/1.1\r\nhost: localhost\r\n\r\nbody";
        assert_eq!(read(request, 1024).await, (false, request.to_vec(), Vec::new()));
        for (sent, http2) in [
            (&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n and frames"[..], true),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\rX", false),
            (b"PRI", false),
            (b"PRX", false),
            (b"", false),
            (request, false),
        ] {
            for piece in [1, 7, 24, 1024] {
                let (told, first, rest) = read(sent, piece).await;
                assert_eq!((told, [first, rest].concat()), (http2, sent.to_vec()), "{piece}");
            }
        }
    }

    #[tokio::test]
    async fn a_small_buffer_gets_the_first_bytes_in_order() {
        let (mut client, server) = tokio::io::duplex(64);
        client.write_all(b"GET / HTTP/1.1").await.unwrap();
        let mut begun = Begun::new(server).await.unwrap();
        let mut seen = Vec::new();
        while seen.len() < 14 {
            let mut byte = [0];
            begun.read_exact(&mut byte).await.unwrap();
            seen.extend(byte);
        }
        assert_eq!(seen, b"GET / HTTP/1.1");
    }
}
