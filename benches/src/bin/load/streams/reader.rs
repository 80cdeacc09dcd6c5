//! One stream, read with as little memory as can be: nothing is kept but the line that is being read.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::Failure;

/// What all streams of a wave are counted in.
#[derive(Default)]
pub struct Tally {
    /// Open now.
    pub open: Cell<usize>,
    /// Were opened.
    pub opened: Cell<usize>,
    /// Were not let in.
    pub refused: Cell<usize>,
    /// Ended without having said that they do.
    pub lost: Cell<usize>,
    /// Ended as they should.
    pub done: Cell<usize>,
    /// Heartbeats of all.
    pub heartbeats: Cell<usize>,
    /// The longest silence of each.
    pub silences: RefCell<Vec<Duration>>,
    /// The first thing that went wrong.
    pub complaint: RefCell<Option<String>>,
}

/// What the lines of a stream say.
#[derive(Default)]
struct Lines {
    line: Vec<u8>,
    status: Option<u16>,
    events: usize,
    heartbeats: usize,
    failed: bool,
    done: bool,
}

impl Lines {
    /// Only the beginning of a line matters.
    const KEPT: usize = 48;

    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' => self.end(),
                _ if self.line.len() < Self::KEPT => self.line.push(*byte),
                _ => {}
            }
        }
    }

    fn end(&mut self) {
        let text = String::from_utf8_lossy(&self.line);
        let text = text.trim_end();
        if let Some(name) = text.strip_prefix("event: ") {
            self.events += 1;
            self.heartbeats += usize::from(name == "heartbeat");
        } else if let Some(rest) = text.strip_prefix("data: {\"type\":\"") {
            self.failed |= rest.starts_with("error\"");
            self.done |= rest.starts_with("done\"");
        } else if self.status.is_none() {
            self.status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        }
        self.line.clear();
    }
}

/// Opens a stream when it is its turn, and reads it to its end.
pub async fn follow(address: SocketAddr, request: Vec<u8>, turn: Duration, tally: &Tally) {
    let mut lines = Lines::default();
    let read = async {
        tokio::time::sleep(turn).await;
        let mut stream = open(address, &request, &mut lines).await?;
        drop(request);
        if lines.status != Some(200) {
            return Err(format!("status {:?}", lines.status).into());
        }
        tally.opened.set(tally.opened.get() + 1);
        tally.open.set(tally.open.get() + 1);
        let silence = read_on(&mut stream, &mut lines).await;
        tally.open.set(tally.open.get() - 1);
        tally.silences.borrow_mut().push(silence?);
        Ok::<_, Failure>(())
    };
    let outcome = read.await;
    let (well, opened) = (lines.done && !lines.failed && outcome.is_ok(), lines.status == Some(200));
    let counted = if well {
        &tally.done
    } else if opened {
        &tally.lost
    } else {
        &tally.refused
    };
    counted.set(counted.get() + 1);
    tally.heartbeats.set(tally.heartbeats.get() + lines.heartbeats);
    if !well {
        let why = outcome.err().map_or_else(|| "a stream ended with an error".to_owned(), |error| error.to_string());
        tally.complaint.borrow_mut().get_or_insert(why);
    }
}

/// A stream is open when its first event has come.
async fn open(address: SocketAddr, request: &[u8], lines: &mut Lines) -> Result<TcpStream, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    stream.write_all(request).await?;
    let mut piece = [0; 2048];
    while lines.events == 0 && lines.status.is_none_or(|status| status == 200) {
        match stream.read(&mut piece).await? {
            0 => return Err("the server closed the connection".into()),
            n => lines.take(piece.get(..n).unwrap_or_default()),
        }
    }
    Ok(stream)
}

/// Reads until `done`; returns the longest time without a byte.
async fn read_on(stream: &mut TcpStream, lines: &mut Lines) -> Result<Duration, Failure> {
    let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
    while !lines.done {
        stream.readable().await?;
        // Not across an await: thousands of these wait at the same time.
        let mut piece = [0; 2048];
        match stream.try_read(&mut piece) {
            Ok(0) => return Err("the server closed a stream that had not ended".into()),
            Ok(n) => {
                longest = longest.max(last.elapsed());
                last = Instant::now();
                lines.take(piece.get(..n).unwrap_or_default());
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_in_any_pieces() {
        let text =
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1a\r\nevent: heartbeat\nid: 1\ndata: {}\n\n\r\n\
                     14\r\nevent: message\nid: 2\ndata: {\"type\":\"done\",\"request_id\":\"01\"}\n\n\r\n0\r\n\r\n";
        for size in [1, 7, 500] {
            let mut lines = Lines::default();
            text.chunks(size).for_each(|piece| lines.take(piece));
            assert_eq!((lines.status, lines.events, lines.heartbeats), (Some(200), 2, 1));
            assert!(lines.done && !lines.failed);
        }
    }
}
