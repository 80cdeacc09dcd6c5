//! The threads that the model runs on, and three queues in front of them: a question never waits behind a document, nor
//! behind the sentences that another question is compared with more closely.
//!
//! Work is cut into pieces of a few hundred tokens. A free thread takes the oldest question, else the oldest
//! sentences, else the oldest piece of a document. Each queued piece holds a permit, so queues are bounded; a piece whose caller has gone is thrown away, permit
//! and all, when its turn comes.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{Engine, stopped};
use crate::embed::{EmbedError, Purpose};

/// A piece of work ends when it holds this many bytes, about as many as the model reads of one text.
const PIECE_BYTES: usize = 1200;
/// Nor does a piece hold more texts than this.
const PIECE_TEXTS: usize = 8;
/// How many questions may be queued; further callers wait for a place.
const QUERIES: usize = 256;
/// How many pieces of closer looks may be queued, for each thread.
const CLOSER_A_THREAD: usize = 16;
/// How many pieces of documents may be queued, for each thread.
const PASSAGES_A_THREAD: usize = 4;

type Vectors = Result<Vec<Vec<f32>>, EmbedError>;

/// The queues and their threads. The threads end when this is dropped.
#[derive(Debug)]
pub(super) struct Lanes {
    queues: Arc<Queues>,
    query_places: Arc<Semaphore>,
    closer_places: Arc<Semaphore>,
    passage_places: Arc<Semaphore>,
}

impl Lanes {
    pub(super) fn start(engine: &Arc<Engine>, threads: usize) -> Result<Self, EmbedError> {
        let threads = threads.clamp(1, 64);
        let lanes = Self {
            queues: Arc::default(),
            query_places: Arc::new(Semaphore::new(QUERIES)),
            closer_places: Arc::new(Semaphore::new(CLOSER_A_THREAD * threads)),
            passage_places: Arc::new(Semaphore::new(PASSAGES_A_THREAD * threads)),
        };
        for number in 0..threads {
            let (queues, engine) = (Arc::clone(&lanes.queues), Arc::clone(engine));
            thread::Builder::new()
                .name(format!("embed-{number}"))
                .spawn(move || work(&queues, &engine))
                .map_err(|why| EmbedError::Unavailable { why: format!("no thread for the model: {why}") })?;
        }
        Ok(lanes)
    }

    pub(super) async fn run(&self, texts: Vec<String>, purpose: Purpose) -> Vectors {
        let places = match purpose {
            Purpose::Query => &self.query_places,
            Purpose::Closer => &self.closer_places,
            Purpose::Passage => &self.passage_places,
        };
        let mut vectors = Vec::with_capacity(texts.len());
        let mut answers = Vec::new();
        for texts in pieces(texts) {
            let place = Arc::clone(places).acquire_owned().await.map_err(|_| stopped())?;
            let (reply, answer) = oneshot::channel();
            self.queues.push(Piece { texts, reply, _place: place }, purpose);
            answers.push(answer);
        }
        for answer in answers {
            vectors.extend(answer.await.map_err(|_| stopped())??);
        }
        Ok(vectors)
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.queues.lock().closed = true;
        self.queues.filled.notify_all();
    }
}

/// Some texts and who waits for their vectors.
#[derive(Debug)]
struct Piece {
    texts: Vec<String>,
    reply: oneshot::Sender<Vectors>,
    _place: OwnedSemaphorePermit,
}

#[derive(Debug, Default)]
struct Queues {
    waiting: Mutex<Waiting>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    queries: VecDeque<Piece>,
    closer: VecDeque<Piece>,
    passages: VecDeque<Piece>,
    closed: bool,
}

impl Waiting {
    fn next(&mut self) -> Option<Piece> {
        [&mut self.queries, &mut self.closer, &mut self.passages].into_iter().find_map(VecDeque::pop_front)
    }
}

impl Queues {
    fn push(&self, piece: Piece, purpose: Purpose) {
        let mut waiting = self.lock();
        match purpose {
            Purpose::Query => waiting.queries.push_back(piece),
            Purpose::Closer => waiting.closer.push_back(piece),
            Purpose::Passage => waiting.passages.push_back(piece),
        }
        drop(waiting);
        self.filled.notify_one();
    }

    /// The next piece that somebody still waits for; nothing once the lanes are closed.
    fn pop(&self) -> Option<Piece> {
        let mut waiting = self.lock();
        while !waiting.closed {
            match waiting.next() {
                Some(piece) if piece.reply.is_closed() => {}
                Some(piece) => return Some(piece),
                None => waiting = self.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner),
            }
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn work(queues: &Queues, engine: &Engine) {
    while let Some(piece) = queues.pop() {
        // A defect of the tokenizer or the model must cost one request, not the thread.
        let vectors = catch_unwind(AssertUnwindSafe(|| engine.embed(&piece.texts))).unwrap_or_else(|_| Err(stopped()));
        // The caller may have gone meanwhile, and then nobody misses the vectors.
        let _ = piece.reply.send(vectors);
    }
}

/// Cuts texts into pieces of work, in order.
fn pieces(texts: Vec<String>) -> Vec<Vec<String>> {
    let mut pieces: Vec<Vec<String>> = Vec::new();
    let mut bytes = 0;
    for text in texts {
        match pieces.last_mut() {
            Some(piece) if piece.len() < PIECE_TEXTS && bytes + text.len() <= PIECE_BYTES => {
                bytes += text.len();
                piece.push(text);
            }
            _ => {
                bytes = text.len();
                pieces.push(vec![text]);
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_bounded_and_keep_their_order() {
        let texts: Vec<String> = (0..100).map(|n| n.to_string().repeat(n * n % 97)).collect();
        let pieces = pieces(texts.clone());
        assert!(pieces.iter().all(|piece| (1..=PIECE_TEXTS).contains(&piece.len())));
        let bytes = |piece: &Vec<String>| piece.iter().map(String::len).sum::<usize>();
        assert!(pieces.iter().all(|piece| piece.len() == 1 || bytes(piece) <= PIECE_BYTES));
        assert_eq!(pieces.concat(), texts);
    }

    #[tokio::test]
    async fn queries_come_first_and_abandoned_work_is_skipped() {
        let queues = Queues::default();
        let places = Arc::new(Semaphore::new(4));
        let mut answers = Vec::new();
        let pushed = [
            ("gone", Purpose::Passage),
            ("passage", Purpose::Passage),
            ("sentence", Purpose::Closer),
            ("query", Purpose::Query),
        ];
        for (text, purpose) in pushed {
            let (reply, answer) = oneshot::channel();
            let place = Arc::clone(&places).try_acquire_owned();
            let Ok(place) = place else { continue };
            queues.push(Piece { texts: vec![text.to_owned()], reply, _place: place }, purpose);
            answers.push(answer);
        }
        drop(answers.remove(0));
        let order: Vec<_> = (0..3).filter_map(|_| queues.pop()).flat_map(|piece| piece.texts).collect();
        assert_eq!(order, ["query", "sentence", "passage"]);
        assert_eq!(places.available_permits(), 4);
        queues.lock().closed = true;
        assert!(queues.pop().is_none());
    }
}
