//! A log that somebody with all rights on the database has changed: whatever was done, the check names it. `NEXUS_CASES` says
//! how many times.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::cast_precision_loss, reason = "a rate for a report")]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use chrono::DateTime;
use nexus_core::audit::{
    Anchors, Checkpoint, Entry, Fault, Hash, Head, Heads, Place, Report, Seal, Signed, SigningKey, Text, Tree, Trust,
    Verifier, What,
    line::{Closing, EventLine, FORMAT, HeadLine, Line, MissingLine, Opening, SealLine},
    time_text,
};

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(sides).unwrap()).unwrap()
    }
}

fn key(byte: u8) -> SigningKey {
    SigningKey::new(hex::encode([byte; 32]).into()).unwrap()
}

/// The three tables of the log.
#[derive(Clone)]
struct Tables {
    events: BTreeMap<i64, Entry<'static>>,
    seals: Vec<(u64, Seal)>,
    checkpoints: Vec<Signed>,
}

fn event(id: i64, dice: &mut Dice) -> Entry<'static> {
    let text = |text: &str| Some(Text::from(text));
    let time = |n: i64| Text::from(time_text(DateTime::from_timestamp_micros(1_700_000_000_000_000 + n).unwrap()));
    let tenant = ["t1", "t2", "t3", ""][dice.roll(4)];
    Entry {
        id,
        occurred_at: time(id * 1000),
        tenant_id: (!tenant.is_empty()).then(|| Text::from(tenant)),
        actor_type: Text::from("api_key"),
        actor_id: text("k1"),
        actor_role: text("editor"),
        event_type: Text::from(["run.invoked", "documents.deleted"][dice.roll(2)]),
        outcome: Text::from("success"),
        resource_type: text("document"),
        resource_id: Some(Text::from(format!("d{id} \"é\""))),
        request_id: Some(Text::from(format!("r{id}"))),
        ip_address: text("192.0.2.1"),
        user_agent: None,
        metadata_json: format!(r#"{{"count":{},"user_id":"u"}}"#, dice.roll(100)).into(),
        error_code: None,
        created_at: time(id * 1000 + 7),
    }
}

/// Seals events in groups, after the checkpoints that are there.
fn seal(tables: &mut Tables, heads: &mut Heads, key: &SigningKey, groups: &[Vec<Entry<'static>>]) {
    for group in groups {
        let last = tables.checkpoints.last().map(|signed| (signed.read().unwrap(), signed.hash()));
        let (seals, root) = heads.seal(group);
        let events = u64::try_from(group.len()).unwrap();
        let checkpoint = Checkpoint {
            log: "ab".repeat(16),
            number: last.as_ref().map_or(0, |(it, _)| it.number) + 1,
            time: DateTime::from_timestamp_micros(1_800_000_000_000_000).unwrap(),
            events: last.as_ref().map_or(0, |(it, _)| it.events) + events,
            chains: heads.chains(),
            root,
            previous: last.map_or_else(Hash::default, |(_, hash)| hash),
            pruned: None,
            key_id: None,
        };
        tables.seals.extend(seals.into_iter().map(|seal| (checkpoint.number, seal)));
        tables.checkpoints.push(key.sign(&checkpoint));
        tables.events.extend(group.iter().map(|entry| (entry.id, entry.clone())));
    }
}

fn log(dice: &mut Dice) -> Tables {
    let mut tables = Tables { events: BTreeMap::new(), seals: Vec::new(), checkpoints: Vec::new() };
    let mut id = 0;
    let mut next = |dice: &mut Dice| {
        id += 1 + i64::try_from(dice.roll(2)).unwrap();
        event(id, dice)
    };
    let groups: Vec<Vec<_>> =
        (0..4 + dice.roll(4)).map(|_| (0..=dice.roll(16)).map(|_| next(dice)).collect()).collect();
    seal(&mut tables, &mut Heads::default(), &key(1), &groups);
    tables
}

/// What an export of the tables says, of one chain or of all.
fn export(tables: &Tables, only: Option<&str>) -> Vec<String> {
    let wanted = |chain: &str| only.is_none_or(|only| only == chain);
    let mut lines = Vec::new();
    let mut put = |line: &Line<'_>| lines.push(serde_json::to_string(line).unwrap());
    put(&Line::Export(Opening { format: FORMAT.to_owned(), chain: only.map(ToOwned::to_owned), after: None }));
    let (mut heads, mut events) = (Heads::default(), 0);
    for signed in &tables.checkpoints {
        let Ok(number) = signed.read().map(|it| it.number) else {
            put(&Line::Checkpoint(signed.clone()));
            continue;
        };
        let mut any = false;
        for (_, seal) in tables.seals.iter().filter(|(of, _)| *of == number) {
            heads.set(&seal.chain, seal.head);
            if !wanted(&seal.chain) {
                continue;
            }
            any = true;
            put(&Line::Seal(SealLine::from(seal)));
            for ((seq, id), leaf) in (seal.before.seq + 1..).zip(&seal.ids).zip(&seal.leaves) {
                events += 1;
                put(&match tables.events.get(id) {
                    Some(entry) => Line::Event(EventLine { seq, leaf: *leaf, entry: entry.clone() }),
                    None => Line::Missing(MissingLine { seq, id: *id, leaf: *leaf }),
                });
            }
        }
        if any || only.is_none() || number == u64::try_from(tables.checkpoints.len()).unwrap() {
            put(&Line::Checkpoint(signed.clone()));
        }
    }
    let sealed: BTreeSet<i64> = tables.seals.iter().flat_map(|(_, seal)| seal.ids.iter().copied()).collect();
    for (id, entry) in &tables.events {
        if wanted(entry.chain()) && !sealed.contains(id) {
            put(&Line::Stray(entry.clone()));
        }
    }
    if only.is_some() {
        for (chain, place) in heads.places(&heads.tree(), wanted) {
            put(&Line::Head(HeadLine::new(&chain, heads.get(&chain), place)));
        }
    }
    let through = tables.checkpoints.last().and_then(|it| it.read().ok()).map(|it| it.number);
    put(&Line::End(Closing { events, through, more: false }));
    lines
}

fn check(lines: &[String], anchors: &Anchors) -> Result<Report, Fault> {
    let trust = Trust { keys: vec![key(1).public().to_owned()], anchors: anchors.clone(), since: None };
    let mut verifier = Verifier::new(trust);
    for line in lines {
        verifier.line(line)?;
    }
    verifier.finish()
}

/// What was done, and the event or the checkpoint that has to be named.
#[derive(Debug)]
enum Done {
    /// This event, by its chain and its number there.
    Event(&'static str, String, u64),
    /// An event that no chain knows, by its number in the installation.
    Stray(i64),
    /// Everything from this checkpoint on.
    From(&'static str, u64),
}

fn place_of(tables: &Tables, id: i64) -> (u64, usize, usize) {
    tables
        .seals
        .iter()
        .enumerate()
        .find_map(|(n, (number, seal))| Some((*number, n, seal.ids.iter().position(|it| *it == id)?)))
        .unwrap()
}

fn edit(entry: &mut Entry<'static>, dice: &mut Dice) {
    let flip = |text: &mut Option<Text<'static>>| {
        *text = match text {
            Some(_) => None,
            None => Some(Text::from("")),
        };
    };
    match dice.roll(15) {
        0 => entry.occurred_at = Text::from("2020-01-01T00:00:00.000000Z"),
        1 => entry.actor_type = Text::from("system"),
        2 => flip(&mut entry.actor_id),
        3 => entry.actor_role = Some(Text::from("admin")),
        4 => entry.event_type = Text::from("ops.viewed"),
        5 => entry.outcome = Text::from("failure"),
        6 => flip(&mut entry.resource_type),
        7 => entry.resource_id = Some(Text::from("d0")),
        8 => flip(&mut entry.request_id),
        9 => entry.ip_address = Some(Text::from("192.0.2.2")),
        10 => flip(&mut entry.user_agent),
        11 => entry.metadata_json = r#"{"count":1000,"user_id":"u"}"#.into(),
        12 => flip(&mut entry.error_code),
        13 => entry.created_at = Text::from("2020-01-01T00:00:00.000000Z"),
        _ => entry.id += 1_000_000,
    }
}

/// Changes a log in one of the ways that there are.
fn tamper(tables: &mut Tables, dice: &mut Dice) -> Done {
    let ids: Vec<i64> = tables.events.keys().copied().collect();
    let id = ids[dice.roll(ids.len())];
    let (number, n, at) = place_of(tables, id);
    let of = |tables: &Tables, what| {
        let seal = &tables.seals[n].1;
        Done::Event(what, seal.chain.clone(), seal.before.seq + 1 + u64::try_from(at).unwrap())
    };
    match dice.roll(9) {
        0 => {
            edit(tables.events.get_mut(&id).unwrap(), dice);
            of(tables, "edited")
        }
        1 => {
            tables.events.remove(&id);
            of(tables, "deleted")
        }
        2 => {
            let first = ids.len() - 1 - dice.roll(ids.len().min(5));
            let firsts: Vec<_> = ids[first..].iter().map(|id| place_of(tables, *id)).collect();
            for id in &ids[first..] {
                tables.events.remove(id);
            }
            let (_, n, at) = *firsts.iter().min_by_key(|it| (it.0, it.1, it.2)).unwrap();
            let seal = &tables.seals[n].1;
            Done::Event("tail deleted", seal.chain.clone(), seal.before.seq + 1 + u64::try_from(at).unwrap())
        }
        3 => {
            let new = (1..i64::MAX).find(|id| !tables.events.contains_key(id)).unwrap();
            tables.events.insert(new, event(new, dice));
            Done::Stray(new)
        }
        4 => {
            // A made-up event is put into a block, with its hash.
            let new = ids.last().unwrap() + 1;
            let seal = &mut tables.seals[n].1;
            let mut made = event(new, dice);
            made.tenant_id = (!seal.chain.is_empty()).then(|| Text::from(seal.chain.clone()));
            seal.ids.push(new);
            seal.head.seq += 1;
            seal.leaves.push(made.leaf(seal.head.seq, &mut Vec::new()));
            tables.events.insert(new, made);
            Done::Event("put into a block", seal.chain.clone(), seal.before.seq + 1)
        }
        5 => {
            // Two events of a block change places, with or without their hashes.
            let seal = &mut tables.seals[n].1;
            let other = dice.roll(seal.ids.len());
            if other == at {
                edit(tables.events.get_mut(&id).unwrap(), dice);
                return of(tables, "edited");
            }
            let seal = &mut tables.seals[n].1;
            seal.ids.swap(at, other);
            let first = seal.before.seq + 1 + u64::try_from(at.min(other)).unwrap();
            Done::Event("reordered", seal.chain.clone(), first)
        }
        6 => {
            let entry = tables.events.get_mut(&id).unwrap();
            let elsewhere = if entry.chain() == "t2" { "t1" } else { "t2" };
            entry.tenant_id = Some(Text::from(elsewhere));
            of(tables, "moved to another tenant")
        }
        7 => {
            // Everything from an event on is written anew, with a key of the forger or, worse, the true one.
            let forger = key(if dice.roll(2) == 0 { 1 } else { 9 });
            let mut groups = Vec::<Vec<Entry<'static>>>::new();
            for checkpoint in number..=u64::try_from(tables.checkpoints.len()).unwrap() {
                let seals = tables.seals.iter().filter(|(of, _)| *of == checkpoint);
                let mut ids: Vec<i64> = seals.flat_map(|(_, seal)| seal.ids.iter().copied()).collect();
                ids.sort_unstable();
                groups.push(ids.iter().map(|id| tables.events[id].clone()).collect());
            }
            groups.iter_mut().flatten().find(|it| it.id == id).unwrap().resource_id = Some(Text::from("forged"));
            tables.seals.retain(|(of, _)| *of < number);
            tables.checkpoints.truncate(usize::try_from(number).unwrap() - 1);
            let mut heads = Heads::default();
            tables.seals.iter().for_each(|(_, seal)| heads.set(&seal.chain, seal.head));
            seal(tables, &mut heads, &forger, &groups);
            Done::From("rewritten", number)
        }
        _ => {
            // The log is put back to how it stood at an earlier checkpoint.
            let keep = dice.roll(tables.checkpoints.len());
            let last = u64::try_from(keep).unwrap();
            let gone: Vec<i64> =
                tables.seals.iter().filter(|(of, _)| *of > last).flat_map(|(_, seal)| seal.ids.clone()).collect();
            for id in &gone {
                tables.events.remove(id);
            }
            tables.seals.retain(|(of, _)| *of <= last);
            tables.checkpoints.truncate(keep);
            Done::From("rolled back", last)
        }
    }
}

#[test]
fn every_change_is_named() {
    let cases = std::env::var("NEXUS_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let mut ways = BTreeMap::<&str, usize>::new();
    for case in 0..cases {
        let mut dice = Dice(case);
        let mut tables = log(&mut dice);
        let anchors = Anchors::read(&[key(1).public().to_owned()], tables.checkpoints.clone()).unwrap();
        let chain = ["t1", "t2", "t3", ""][dice.roll(4)];
        let right = check(&export(&tables, None), &anchors).unwrap();
        assert_eq!(right.events, u64::try_from(tables.events.len()).unwrap());
        check(&export(&tables, Some(chain)), &anchors).unwrap();

        let done = tamper(&mut tables, &mut dice);
        let fault = check(&export(&tables, None), &anchors).expect_err(&format!("case {case}: {done:?} is not seen"));
        match done {
            Done::Event(way, chain, seq) => {
                *ways.entry(way).or_default() += 1;
                let at = fault.at.clone().unwrap_or_else(|| panic!("case {case}: {way}: {fault}"));
                assert_eq!((at.chain.as_str(), at.seq), (chain.as_str(), seq), "case {case}: {way}: {fault:?}");
                // The tenant whose event it is sees it in an export of its own.
                let own = check(&export(&tables, Some(&chain)), &anchors).expect_err(&format!("case {case}: {way}"));
                assert_eq!(own.at.unwrap().seq, seq, "case {case}: {way}");
            }
            Done::Stray(id) => {
                *ways.entry("inserted").or_default() += 1;
                assert_eq!((fault.what, fault.at.unwrap().id), (What::Inserted, Some(id)), "case {case}");
            }
            Done::From(way, number) => {
                *ways.entry(way).or_default() += 1;
                assert_eq!(fault.checkpoint.unwrap_or(0), number, "case {case}: {way}: {fault}");
            }
        }
    }
    assert!(cases < 200 || ways.len() == 9, "{ways:?}");
    println!("{cases} changes, all named: {ways:?}");
}

/// Lines of an export that somebody changed on its way, without knowing the key.
#[test]
fn a_line_cannot_be_changed_left_out_or_put_elsewhere() {
    let mut dice = Dice(7);
    let tables = log(&mut dice);
    let anchors = Anchors::default();
    let lines = export(&tables, None);
    check(&lines, &anchors).unwrap();
    for n in 0..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(n);
        assert!(check(&fewer, &anchors).is_err(), "without line {n}: {}", lines[n]);
        let mut twice = lines.clone();
        twice.insert(n, lines[n].clone());
        assert!(check(&twice, &anchors).is_err(), "line {n} twice: {}", lines[n]);
        if n > 0 && lines[n] != lines[n - 1] {
            let mut swapped = lines.clone();
            swapped.swap(n - 1, n);
            assert!(check(&swapped, &anchors).is_err(), "lines {} and {n}", n - 1);
        }
        let digits: Vec<usize> =
            lines[n].char_indices().filter(|(_, c)| c.is_ascii_hexdigit()).map(|(at, _)| at).collect();
        for _ in 0..20 {
            let at = digits[dice.roll(digits.len())];
            let mut bytes = lines[n].clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            let mut changed = lines.clone();
            changed[n] = String::from_utf8(bytes).unwrap();
            if changed[n] != lines[n] {
                assert!(check(&changed, &anchors).is_err(), "{} became {}", lines[n], changed[n]);
            }
        }
    }
}

#[test]
fn a_chain_cannot_be_given_a_head_of_its_own() {
    let before = Head::default();
    let head = before.after("t1", 1, &Hash::leaf(b"x"));
    assert_ne!(head, before.after("t2", 1, &Hash::leaf(b"x")));
    assert_ne!(head.leaf("t1"), head.leaf("t2"));
    let place = Place { index: 0, path: Vec::new() };
    assert_eq!(place.root("t1", &head, 1), Some(head.leaf("t1")));
    assert_eq!(place.root("t1", &head, 2), None);
    assert_eq!(Tree::new(vec![head.leaf("t1")]).root(), head.leaf("t1"));
}

/// How fast a log is checked; `NEXUS_FAULT_ROUNDS` asks for the promised rate.
#[test]
fn a_long_log_is_checked_in_one_pass() {
    let measured = std::env::var_os("NEXUS_FAULT_ROUNDS").is_some();
    let (checkpoints, each) = if measured { (500, 1000) } else { (5, 200) };
    let mut dice = Dice(1);
    let mut tables = Tables { events: BTreeMap::new(), seals: Vec::new(), checkpoints: Vec::new() };
    let groups: Vec<Vec<_>> =
        (0..checkpoints).map(|n| (0..each).map(|m| event(n * each + m + 1, &mut dice)).collect()).collect();
    seal(&mut tables, &mut Heads::default(), &key(1), &groups);
    let lines = export(&tables, None);
    let began = Instant::now();
    let report = check(&lines, &Anchors::default()).unwrap();
    let rate = report.events as f64 / began.elapsed().as_secs_f64();
    println!("{} events checked at {rate:.0} a second", report.events);
    assert!(!measured || cfg!(debug_assertions) || rate > 500_000.0, "{rate} events a second");
}
