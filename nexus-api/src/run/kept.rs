//! Which streams there are: those that go on, and the last of those that ended, within a number of bytes and a time.
//!
//! Streams that go on come first: each leaves less room for those that ended, so that the most that a server can carry needs no
//! more memory later than at its start.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

use super::{channel::Channel, replay::Key};

/// By how many bytes a stream that goes on lessens the room.
const GOES_ON: u64 = 2048;

/// The streams of a process.
#[derive(Debug, Default)]
pub(super) struct Streams {
    /// Those of a question in the order they began. Those that go on are as many as runs, which are bounded.
    of: HashMap<Key, Vec<Stream>>,
    going_on: u64,
    /// Those that ended, the first first.
    ended: VecDeque<Ended>,
    bytes: u64,
}

#[derive(Debug)]
struct Stream {
    channel: Arc<Channel>,
    goes_on: bool,
}

#[derive(Debug)]
struct Ended {
    at: Instant,
    key: Key,
    channel: Arc<Channel>,
    bytes: u64,
}

/// What is kept of streams that ended: how many bytes, and for how long.
pub(super) type Room = (u64, Duration);

impl Streams {
    pub(super) fn begin(&mut self, key: &Key, channel: &Arc<Channel>, room: Room) {
        self.of.entry(*key).or_default().push(Stream { channel: Arc::clone(channel), goes_on: true });
        self.going_on += 1;
        self.forget(room);
    }

    pub(super) fn end(&mut self, key: &Key, channel: &Arc<Channel>, room: Room) {
        let streams = self.of.get_mut(key).into_iter().flatten();
        for stream in streams.filter(|s| s.goes_on && Arc::ptr_eq(&s.channel, channel)) {
            stream.goes_on = false;
            self.going_on -= 1;
            let bytes = u64::try_from(channel.bytes()).unwrap_or(u64::MAX);
            self.bytes = self.bytes.saturating_add(bytes);
            self.ended.push_back(Ended { at: Instant::now(), key: *key, channel: Arc::clone(channel), bytes });
        }
        self.forget(room);
    }

    /// The stream of a question: that of the run that is meant, or the newest, of those that go on before those that ended.
    pub(super) fn find(&mut self, key: &Key, run: Option<&str>, room: Room) -> Option<Arc<Channel>> {
        self.forget(room);
        let meant = |s: &&Stream| run.is_none_or(|run| s.channel.run().as_str() == run);
        let streams = self.of.get(key)?;
        let found = streams.iter().filter(meant).max_by_key(|s| s.goes_on)?;
        Some(Arc::clone(&found.channel))
    }

    /// Lets go of what has no room or was kept long enough.
    fn forget(&mut self, (most, keep): Room) {
        let most = most.saturating_sub(self.going_on * GOES_ON);
        let long_ago = |ended: &Ended| ended.at.elapsed() >= keep;
        while let Some(first) = self.ended.pop_front_if(|first| self.bytes > most || long_ago(first)) {
            self.bytes = self.bytes.saturating_sub(first.bytes);
            if let Some(streams) = self.of.get_mut(&first.key) {
                streams.retain(|s| !Arc::ptr_eq(&s.channel, &first.channel));
                if streams.is_empty() {
                    self.of.remove(&first.key);
                }
            }
        }
        // What a wave left behind is not held for the next one.
        if self.ended.capacity() > 64 && self.ended.len() < self.ended.capacity() / 4 {
            self.ended.shrink_to(self.ended.len() * 2);
        }
        if self.of.capacity() > 64 && self.of.len() < self.of.capacity() / 8 {
            self.of.shrink_to(self.of.len() * 2);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use nexus_core::principal::{Principal, Role};
    use nexus_retrieval::run::Ask;

    use super::*;

    const KEEP: Duration = Duration::from_mins(2);
    const ROOMY: Room = (1 << 20, KEEP);

    fn key(question: &str) -> Key {
        let ann = Principal::vouched_for("t".parse().unwrap(), "ann".parse().unwrap(), Role::Reader);
        Key::of(&ann, &Ask::new("s".parse().unwrap(), "c".parse().unwrap(), question))
    }

    fn channel(run: &str) -> Arc<Channel> {
        let channel = Arc::new(Channel::new(run.parse().unwrap()));
        channel.push(|_, text| text.push_str(&"x".repeat(10_000)));
        channel.close();
        channel
    }

    /// The run that is found.
    fn found(streams: &mut Streams, question: &str, run: Option<&str>, room: Room) -> Option<String> {
        streams.find(&key(question), run, room).map(|channel| channel.run().to_string())
    }

    #[tokio::test(start_paused = true)]
    async fn the_newest_is_found_and_those_that_go_on_first() {
        let (mut streams, first, second) = (Streams::default(), channel("run-1"), channel("run-2"));
        streams.begin(&key("q"), &first, ROOMY);
        streams.begin(&key("q"), &second, ROOMY);
        assert_eq!(found(&mut streams, "q", None, ROOMY).unwrap(), "run-2");
        assert_eq!(found(&mut streams, "q", Some("run-1"), ROOMY).unwrap(), "run-1");
        streams.end(&key("q"), &second, ROOMY);
        assert_eq!(found(&mut streams, "q", None, ROOMY).unwrap(), "run-1");
        streams.end(&key("q"), &first, ROOMY);
        assert_eq!(found(&mut streams, "q", None, ROOMY).unwrap(), "run-2");
        assert_eq!(found(&mut streams, "q", Some("run-3"), ROOMY), None);
        assert_eq!(found(&mut streams, "another", None, ROOMY), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_ended_is_kept_for_a_while_and_within_its_room() {
        let mut streams = Streams::default();
        let one = u64::try_from(channel("run-1").bytes()).unwrap();
        let room = (2 * one + GOES_ON, KEEP);
        for n in 1..=3 {
            let channel = channel(&format!("run-{n}"));
            streams.begin(&key(&n.to_string()), &channel, room);
            streams.end(&key(&n.to_string()), &channel, room);
        }
        assert_eq!(found(&mut streams, "1", None, room), None, "the oldest had no room");
        assert_eq!(found(&mut streams, "3", None, room).unwrap(), "run-3");
        // Two that go on leave room for one.
        let (fourth, fifth) = (channel("run-4"), channel("run-5"));
        streams.begin(&key("4"), &fourth, room);
        assert_eq!(found(&mut streams, "2", None, room).unwrap(), "run-2");
        streams.begin(&key("5"), &fifth, room);
        assert_eq!(found(&mut streams, "2", None, room), None);
        assert_eq!(found(&mut streams, "3", None, room).unwrap(), "run-3");
        tokio::time::advance(KEEP).await;
        assert_eq!(found(&mut streams, "3", None, room), None, "it was kept long enough");
        assert_eq!(found(&mut streams, "4", None, room).unwrap(), "run-4", "it goes on");
        streams.end(&key("4"), &fourth, room);
        streams.end(&key("5"), &fifth, room);
        tokio::time::advance(KEEP).await;
        streams.forget(room);
        assert!(streams.of.is_empty() && streams.ended.is_empty() && streams.bytes == 0 && streams.going_on == 0);
    }
}
