//! Documents that somebody looks for, in the order that he chooses, as far as his scope goes.

use std::{collections::BTreeMap, str::FromStr as _};

use chrono::{DateTime, Utc};
use nexus_authz::scope::ReadScope;
use nexus_core::{
    op::Op,
    order::{Field, Kind, Order, Place, Value},
    pg::{TenantTx, keyset},
};
use sqlx::{Arguments as _, Postgres, QueryBuilder, postgres::PgArguments, types::Json};

use super::{Document, Status, scoped::may_read};

/// The most rows that are read at once when policies leave few of them.
const MAX_ROWS: u32 = 1000;
/// The most documents that are looked at one by one to count them.
const MAX_COUNTED: usize = 10_000;

/// What documents can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentField {
    /// When it was accepted first.
    CreatedAt,
    /// When anything about it last changed.
    UpdatedAt,
    /// The name of the file.
    Filename,
    /// Where it is on its way.
    Status,
}

impl Field for DocumentField {
    const ALL: &'static [Self] = &[Self::CreatedAt, Self::UpdatedAt, Self::Filename, Self::Status];

    fn as_str(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::Filename => "filename",
            Self::Status => "status",
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::CreatedAt | Self::UpdatedAt => Kind::Time,
            Self::Filename | Self::Status => Kind::Text,
        }
    }
}

impl Document {
    /// Where it stands in an order.
    #[must_use]
    pub fn place(&self, order: &Order<DocumentField>) -> Place {
        let value = |field| match field {
            DocumentField::CreatedAt => Value::Time(self.created_at),
            DocumentField::UpdatedAt => Value::Time(self.updated_at),
            DocumentField::Filename => Value::Text(self.filename.clone()),
            DocumentField::Status => Value::Text(self.status.as_str().to_owned()),
        };
        order.steps().iter().map(|step| value(step.field)).chain([Value::Text(self.id.to_string())]).collect()
    }
}

/// Which documents are looked for, within the corpus of the scope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentFilter {
    /// A text in the name or the id, in any case.
    pub q: Option<String>,
    /// Only where they are so far on their way.
    pub status: Option<Status>,
    /// Only accepted since.
    pub from: Option<DateTime<Utc>>,
    /// Only accepted until.
    pub to: Option<DateTime<Utc>>,
}

/// The documents that fit, from a place on. One statement, unless policies say more than it can express: then it is repeated
/// further on, until there are enough or none is left.
pub async fn page(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    filter: &DocumentFilter,
    (order, past, limit): (&Order<DocumentField>, Option<&[Value]>, u32),
) -> Result<Vec<Document>, sqlx::Error> {
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut ask, mut past) = (limit, past.map(<[Value]>::to_vec));
    let mut kept: Vec<Document> = Vec::new();
    loop {
        let mut query = begin(select!(may_read!()), op, scope, filter)?;
        if let Some(place) = &past {
            keyset::after(&mut query, "d.", order, place);
        }
        keyset::order_by(&mut query, "d.", order);
        query.push(" LIMIT ").push_bind(i64::from(ask));
        let found: Vec<Document> = query.build_query_as().fetch_all(&mut **tx).await?;
        let exhausted = found.len() < usize::try_from(ask).unwrap_or(usize::MAX);
        past = found.last().map(|document| document.place(order));
        kept.extend(found.into_iter().filter(|document| scope.permits(&document.resource())));
        if exhausted || kept.len() >= wanted {
            kept.truncate(wanted);
            return Ok(kept);
        }
        ask = ask.saturating_mul(2).min(MAX_ROWS.max(limit));
    }
}

/// How many documents fit, by where they are on their way: the most frequent first. Where policies say more than a statement
/// can express each has to be looked at, and nothing is said of too many.
pub async fn by_status(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    filter: &DocumentFilter,
) -> Result<Option<Vec<(Status, i64)>>, sqlx::Error> {
    if scope.predicate().is_some_and(|predicate| !predicate.exact) {
        return looked_at(op, tx, scope, filter).await;
    }
    let mut query = begin(concat!("SELECT d.status, count(*) FROM documents d ", may_read!()), op, scope, filter)?;
    query.push(" GROUP BY d.status");
    let rows: Vec<(String, i64)> = query.build_query_as().fetch_all(&mut **tx).await?;
    let read = |(status, count): (String, i64)| Ok((Status::from_str(&status)?, count));
    let counts: Result<Vec<_>, String> = rows.into_iter().map(read).collect();
    Ok(Some(ranked(counts.map_err(|why| sqlx::Error::Decode(why.into()))?)))
}

async fn looked_at(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    filter: &DocumentFilter,
) -> Result<Option<Vec<(Status, i64)>>, sqlx::Error> {
    let order = Order::by(DocumentField::CreatedAt, false);
    let (mut counts, mut past, mut looked) = (BTreeMap::<&str, (Status, i64)>::new(), None::<Place>, 0);
    loop {
        let found = page(op, tx, scope, filter, (&order, past.as_deref(), MAX_ROWS)).await?;
        for document in &found {
            counts.entry(document.status.as_str()).or_insert((document.status, 0)).1 += 1;
        }
        looked += found.len();
        if found.len() < usize::try_from(MAX_ROWS).unwrap_or(usize::MAX) {
            return Ok(Some(ranked(counts.into_values().collect())));
        }
        if looked >= MAX_COUNTED {
            return Ok(None);
        }
        past = found.last().map(|document| document.place(&order));
    }
}

fn ranked(mut counts: Vec<(Status, i64)>) -> Vec<(Status, i64)> {
    counts.sort_by_key(|(status, count)| (-count, status.as_str()));
    counts
}

/// A statement over what may be read, with the filter.
fn begin(
    select: &'static str,
    op: &Op,
    scope: &ReadScope,
    filter: &DocumentFilter,
) -> Result<QueryBuilder<Postgres>, sqlx::Error> {
    let (predicate, mut arguments) = (scope.predicate(), PgArguments::default());
    arguments
        .add(scope.grant_names())
        .and_then(|()| arguments.add(op.now))
        .and_then(|()| arguments.add(predicate.map(|p| p.path.as_str())))
        .and_then(|()| arguments.add(predicate.map(|p| Json(&p.vars))))
        .map_err(sqlx::Error::Encode)?;
    let mut query = QueryBuilder::with_arguments(select, arguments);
    if let Some(corpus) = scope.corpus() {
        query.push(" AND d.corpus_id = ").push_bind(corpus.clone());
    }
    if let Some(status) = filter.status {
        query.push(" AND d.status = ").push_bind(status.as_str());
    }
    for (condition, time) in [(" AND d.created_at >= ", filter.from), (" AND d.created_at <= ", filter.to)] {
        if let Some(time) = time {
            query.push(condition).push_bind(time);
        }
    }
    if let Some(text) = &filter.q {
        let pattern = keyset::holding(text);
        query.push(" AND (d.filename ILIKE ").push_bind(pattern.clone());
        query.push(" OR d.id ILIKE ").push_bind(pattern).push(")");
    }
    Ok(query)
}
