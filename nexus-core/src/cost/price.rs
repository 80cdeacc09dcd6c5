//! What is used, and what it costs: pure arithmetic over a list of prices.

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Rate, Usd};
use crate::mitigate::LOCAL;

/// The provider of everything that runs in this process and asks nobody.
pub const INTERNAL: &str = "internal";

/// A part of the work that can cost something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Component {
    /// Finding passages.
    Retrieval,
    /// Vectors of questions and passages.
    Embedding,
    /// A second look at passages.
    Rerank,
    /// Writing the answer.
    Llm,
    /// Reading the answer aloud.
    Tts,
    /// Keeping a source.
    Storage,
    /// A job.
    Queue,
}

impl Component {
    /// The name in the catalogue and in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retrieval => "retrieval",
            Self::Embedding => "embedding",
            Self::Rerank => "rerank",
            Self::Llm => "llm",
            Self::Tts => "tts",
            Self::Storage => "storage",
            Self::Queue => "queue",
        }
    }

    /// What its use is always counted in.
    #[must_use]
    pub fn measures(self) -> &'static [RateType] {
        match self {
            Self::Retrieval | Self::Rerank | Self::Queue => &[RateType::PerRequest],
            // Passages are embedded in batches, whose number says little.
            Self::Embedding => &[RateType::Per1kTokens],
            Self::Llm => &[RateType::Per1kTokens, RateType::PerRequest],
            Self::Tts => &[RateType::PerChar, RateType::PerSecond, RateType::PerRequest],
            Self::Storage => &[RateType::PerMb],
        }
    }
}

/// Whether a provider asks nobody else, so that its use costs what its owner says and nothing otherwise.
#[must_use]
pub fn is_ours(provider: &str) -> bool {
    provider == INTERNAL || provider == LOCAL
}

/// What a rate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RateType {
    /// A thousand tokens.
    Per1kTokens,
    /// A character.
    PerChar,
    /// 1,048,576 bytes.
    PerMb,
    /// A call.
    PerRequest,
    /// A second.
    PerSecond,
}

impl RateType {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Per1kTokens, Self::PerChar, Self::PerMb, Self::PerRequest, Self::PerSecond];

    /// The name in the catalogue.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Per1kTokens => "per_1k_tokens",
            Self::PerChar => "per_char",
            Self::PerMb => "per_mb",
            Self::PerRequest => "per_request",
            Self::PerSecond => "per_second",
        }
    }

    /// The rate type of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == name)
    }

    /// How many of the counted units the rate is for.
    fn per(self) -> u64 {
        match self {
            // Seconds are counted in thousandths.
            Self::Per1kTokens | Self::PerSecond => 1000,
            Self::PerMb => 1024 * 1024,
            Self::PerChar | Self::PerRequest => 1,
        }
    }
}

impl fmt::Display for RateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much was used, in whatever it is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Units {
    /// Calls.
    pub requests: Option<u64>,
    /// Tokens, read and written.
    pub tokens: Option<u64>,
    /// Characters.
    pub chars: Option<u64>,
    /// Bytes.
    pub bytes: Option<u64>,
    /// Thousandths of a second.
    pub millis: Option<u64>,
    /// Passages, for reports only.
    pub chunks: Option<u64>,
    /// Passages that were asked for, for reports only.
    pub top_k: Option<u64>,
}

impl Units {
    fn counted(&self, by: RateType) -> Option<u64> {
        match by {
            RateType::Per1kTokens => self.tokens,
            RateType::PerChar => self.chars,
            RateType::PerMb => self.bytes,
            RateType::PerRequest => self.requests,
            RateType::PerSecond => self.millis,
        }
    }

    fn to_json(self) -> Value {
        let named = [
            ("requests", self.requests),
            ("tokens", self.tokens),
            ("chars", self.chars),
            ("bytes", self.bytes),
            ("millis", self.millis),
            ("chunks", self.chunks),
            ("top_k", self.top_k),
        ];
        let present = named.into_iter().filter_map(|(name, n)| Some((name.to_owned(), Value::from(n?))));
        Value::Object(present.collect::<Map<_, _>>())
    }
}

/// Something that was used, or will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// For what.
    pub component: Component,
    /// Whose.
    pub provider: &'static str,
    /// How much.
    pub units: Units,
    /// Whether the amount is computed from lengths of texts because nobody counted.
    pub estimated: bool,
}

impl Used {
    /// So much of a component of a provider, counted.
    #[must_use]
    pub fn new(component: Component, provider: &'static str, units: Units) -> Self {
        Self { component, provider, units, estimated: false }
    }

    /// The same, reckoned.
    #[must_use]
    pub fn estimated(self, estimated: bool) -> Self {
        Self { estimated, ..self }
    }
}

/// A row of the catalogue that is in force at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// Which row.
    pub id: Uuid,
    /// Whether the tenant agreed on it itself; such a one comes before that of everybody.
    pub own: bool,
    /// The version of the price list that it is from.
    pub version: String,
    /// Whose component.
    pub provider: String,
    /// What is priced.
    pub component: String,
    /// What is counted.
    pub rate_type: RateType,
    /// What it costs.
    pub rate: Rate,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when, if it ends. From this moment on it does not count.
    pub to: Option<DateTime<Utc>>,
}

impl Price {
    fn holds(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && self.to.is_none_or(|end| at < end)
    }
}

/// What a tenant pays, as far as anybody said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceList(Vec<Price>);

/// Something that was used, with what it costs. Its id makes sure that it is recorded once, however often that is tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its identity.
    pub id: Uuid,
    /// What was used.
    pub used: Used,
    /// What it costs.
    pub cost: Usd,
    /// The rows of the catalogue that were applied, as they were.
    pub rates: Value,
    /// Whether nothing in the catalogue applies, so that the cost is nothing for want of a price.
    pub unpriced: bool,
}

impl PriceList {
    /// A list of rows, in no order.
    #[must_use]
    pub fn new(rows: Vec<Price>) -> Self {
        Self(rows)
    }

    /// Whether nobody said anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The row that counts for a component by one measure: the tenant's own if there is one, and of several the newest.
    fn row(&self, component: &str, provider: &str, by: RateType, at: DateTime<Utc>) -> Option<&Price> {
        let fits = |p: &&Price| p.rate_type == by && p.component == component && p.provider == provider && p.holds(at);
        self.0.iter().filter(fits).max_by_key(|p| (p.own, p.from))
    }

    /// Whether a component of a provider has a price by a measure that it is always counted in: only such a one costs
    /// something whenever it is used.
    #[must_use]
    pub fn covers(&self, component: Component, provider: &str, at: DateTime<Utc>) -> bool {
        component.measures().iter().any(|by| self.row(component.as_str(), provider, *by, at).is_some())
    }

    /// What something costs: the sum over all measures that it is counted in and that have a price.
    #[must_use]
    pub fn cost(&self, used: &Used, at: DateTime<Utc>) -> Usd {
        self.applied(used, at).map(|(_, cost)| cost).sum()
    }

    /// The line of an account for something that was used.
    #[must_use]
    pub fn line(&self, id: Uuid, used: Used, at: DateTime<Utc>) -> Line {
        let applied: Vec<_> = self.applied(&used, at).collect();
        let rates = applied.iter().map(|(price, cost)| {
            json!({
                "pricing_id": price.id, "version": price.version, "rate_type": price.rate_type.as_str(),
                "rate_value_usd": price.rate.to_string(), "cost_usd": cost.to_string(),
            })
        });
        Line {
            id,
            used,
            cost: applied.iter().map(|(_, cost)| *cost).sum(),
            rates: rates.collect(),
            unpriced: applied.is_empty(),
        }
    }

    fn applied<'a>(&'a self, used: &'a Used, at: DateTime<Utc>) -> impl Iterator<Item = (&'a Price, Usd)> {
        RateType::ALL.into_iter().filter_map(move |by| {
            let amount = used.units.counted(by)?;
            let price = self.row(used.component.as_str(), used.provider, by, at)?;
            Some((price, price.rate.of(amount, by.per())))
        })
    }
}

impl Line {
    /// Whether the figure rests on a guess, or on a price that is not there.
    #[must_use]
    pub fn is_estimated(&self) -> bool {
        self.used.estimated || self.unpriced
    }

    pub(super) fn units(&self) -> Value {
        self.used.units.to_json()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::clock;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn price(component: &str, rate_type: RateType, rate: &str, (from, to): (i64, Option<i64>), own: bool) -> Price {
        Price {
            id: clock::fresh_uuid(),
            own,
            version: "v1".to_owned(),
            provider: "openai".to_owned(),
            component: component.to_owned(),
            rate_type,
            rate: rate.parse().unwrap(),
            from: at(from),
            to: to.map(at),
        }
    }

    fn tokens(tokens: u64) -> Used {
        Used::new(Component::Llm, "openai", Units { tokens: Some(tokens), ..Units::default() })
    }

    #[test]
    fn every_measure_is_priced_as_the_contract_says() {
        let cases = [
            (RateType::Per1kTokens, Units { tokens: Some(1500), ..Units::default() }, "0.003"),
            (RateType::PerChar, Units { chars: Some(7), ..Units::default() }, "0.014"),
            (RateType::PerMb, Units { bytes: Some(3 * 524_288), ..Units::default() }, "0.003"),
            (RateType::PerRequest, Units { requests: Some(2), ..Units::default() }, "0.004"),
            (RateType::PerSecond, Units { millis: Some(2500), ..Units::default() }, "0.005"),
        ];
        for (by, units, cost) in cases {
            let list = PriceList::new(vec![price("llm", by, "0.002", (0, None), false)]);
            let used = Used::new(Component::Llm, "openai", units);
            assert_eq!(list.cost(&used, at(1)), cost.parse().unwrap(), "{by}");
        }
    }

    #[test]
    fn a_price_holds_from_its_first_moment_until_its_end_and_the_tenants_own_comes_first() {
        let list = PriceList::new(vec![
            price("llm", RateType::Per1kTokens, "1", (0, Some(10)), false),
            price("llm", RateType::Per1kTokens, "2", (10, None), false),
            price("llm", RateType::Per1kTokens, "5", (20, Some(30)), true),
        ]);
        for (second, cost) in [(-1, "0"), (0, "1"), (9, "1"), (10, "2"), (19, "2"), (20, "5"), (29, "5"), (30, "2")] {
            assert_eq!(list.cost(&tokens(1000), at(second)), cost.parse().unwrap(), "at {second}");
        }
        assert!(list.covers(Component::Llm, "openai", at(0)));
        let bytes = PriceList::new(vec![price("llm", RateType::PerMb, "1", (0, None), false)]);
        assert!(!bytes.covers(Component::Llm, "openai", at(0)), "nobody counts the bytes of an answer");
        let seconds = PriceList::new(vec![price("tts", RateType::PerSecond, "1", (0, None), false)]);
        assert!(seconds.covers(Component::Tts, "openai", at(0)));
        assert!(!list.covers(Component::Llm, "vertex", at(0)) && !list.covers(Component::Tts, "openai", at(0)));
    }

    #[test]
    fn two_measures_of_one_thing_add_up_and_the_line_says_which() {
        let list = PriceList::new(vec![
            price("llm", RateType::Per1kTokens, "2", (0, None), false),
            price("llm", RateType::PerRequest, "0.5", (0, None), false),
        ]);
        let mut used = tokens(500);
        used.units.requests = Some(1);
        let line = list.line(clock::fresh_uuid(), used, at(1));
        assert_eq!(line.cost, "1.5".parse().unwrap());
        assert_eq!(line.rates.as_array().unwrap().len(), 2);
        assert!(!line.unpriced && !line.is_estimated());
        let nothing = list.line(clock::fresh_uuid(), tokens(500), at(-1));
        assert!(nothing.unpriced && nothing.is_estimated() && nothing.cost == Usd::ZERO);
    }
}
