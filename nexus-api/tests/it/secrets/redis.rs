//! Everything that a Redis holds, by its own protocol.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
};

/// Every value of a type as a list of texts.
const READ: &str = "local t = redis.call('TYPE', KEYS[1]).ok
    if t == 'string' then return {redis.call('GET', KEYS[1])} end
    if t == 'hash' then return redis.call('HGETALL', KEYS[1]) end
    if t == 'list' then return redis.call('LRANGE', KEYS[1], 0, -1) end
    if t == 'set' then return redis.call('SMEMBERS', KEYS[1]) end
    if t == 'zset' then return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES') end
    return {redis.call('DUMP', KEYS[1])}";

/// Keys of a prefix, with their values.
pub fn everything(url: &str, prefix: &str) -> Vec<(String, Vec<u8>)> {
    let mut redis = Connection::open(url);
    let keys = redis.call(&[b"KEYS", format!("{prefix}*").as_bytes()]);
    let mut all = Vec::new();
    for key in keys {
        let values = redis.call(&[b"EVAL", READ.as_bytes(), b"1", &key]);
        all.push((String::from_utf8_lossy(&key).into_owned(), values.join(&b' ')));
    }
    assert!(!all.is_empty(), "nothing is in Redis");
    all
}

/// Puts something there.
pub fn plant(url: &str, key: &str, value: &[u8]) {
    Connection::open(url).call(&[b"SET", key.as_bytes(), value]);
}

struct Connection(BufReader<UnixStream>);

impl Connection {
    fn open(url: &str) -> Self {
        let path = url.strip_prefix("redis+unix://").unwrap_or_else(|| panic!("{url}: tests know Redis by its socket"));
        Self(BufReader::new(UnixStream::connect(path.split('?').next().unwrap()).unwrap()))
    }

    fn call(&mut self, words: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut command = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            command.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            command.extend_from_slice(word);
            command.extend_from_slice(b"\r\n");
        }
        self.0.get_mut().write_all(&command).unwrap();
        let mut out = Vec::new();
        self.read(&mut out);
        out
    }

    /// Reads an answer; lists within lists come one after the other.
    fn read(&mut self, out: &mut Vec<Vec<u8>>) {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        let rest = line[1..].trim_end().to_owned();
        match &line[..1] {
            "*" => (0..rest.parse::<usize>().unwrap_or(0)).for_each(|_| self.read(out)),
            "$" => {
                let Ok(length) = rest.parse::<usize>() else { return };
                let mut bytes = vec![0; length + 2];
                self.0.read_exact(&mut bytes).unwrap();
                bytes.truncate(length);
                out.push(bytes);
            }
            "-" => panic!("{rest}"),
            _ => out.push(rest.into_bytes()),
        }
    }
}
