//! The statements of a search, put together from their parts. Parameters are the same in all of them: `$1` the corpus, `$2` the
//! names that grants may speak to, `$3` the time, `$4` the terms, `$5` and `$6` how many chunks the corpus has and how many
//! terms a chunk, `$7` how many candidates, `$8` the vector, `$9` and `$10` policies and filters as a jsonpath with its
//! variables, `$11` up to how many chunks vectors are compared one by one.

/// What a caller may read of a corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// All of it.
    All,
    /// Documents that it has grants on, as far as policies and filters let them through.
    Granted,
    /// What policies and filters let through.
    Filtered,
    /// As [`Sight::Filtered`] with a grant on the corpus, and as [`Sight::Granted`] without: the statement itself looks.
    Either,
}

/// What may be read, with the statistics that words are weighed by: they count what may be read and nothing else, so that
/// the order of what somebody finds says nothing about what is hidden.
macro_rules! permitted {
    ($grants:literal, $mine:expr) => {
        concat!(
            "permitted AS MATERIALIZED (
                 SELECT d.id FROM documents d WHERE d.corpus_id = $1 ",
            $grants,
            " AND ($9::text IS NULL
                   OR jsonb_path_match(nexus_attributes(d), (SELECT $9::text::jsonpath), $10::jsonb, true))),
             mine AS MATERIALIZED (",
            $mine,
            "),
             extent AS MATERIALIZED (
                 SELECT count(*)::float8 AS chunks, greatest(coalesce(avg(term_count)::float8, 1), 1) AS length FROM mine), "
        )
    };
}
/// The chunks of what may be read. In turn, document by document, costs the same whatever the database knows of its tables: joined
/// as it thinks best, thousands of chunks that came since it last looked were compared with each document, which took seconds. Of
/// a large corpus that it knows, a join is quicker.
macro_rules! mine {
    (joined) => {
        "SELECT c.id, c.term_count FROM chunks c WHERE c.corpus_id = $1 AND c.document_id IN (SELECT id FROM permitted)"
    };
    (in turn $distance:literal) => {
        concat!(
            "SELECT c.id, c.term_count",
            $distance,
            " FROM permitted p CROSS JOIN LATERAL (
                 SELECT * FROM chunks c WHERE c.corpus_id = $1 AND c.document_id = p.id OFFSET 0) c"
        )
    };
}
/// Grants are looked up by the caller and not by the document, so that a large corpus costs no more than what is granted.
macro_rules! granted {
    ($mine:expr) => {
        permitted!(
            "AND d.id IN (SELECT g.document_id FROM document_permissions g
                          WHERE g.principal = ANY($2) AND (g.expires_at IS NULL OR g.expires_at > $3))",
            $mine
        )
    };
}
macro_rules! either {
    ($mine:expr) => {
        permitted!(
            "AND ((SELECT EXISTS (SELECT FROM corpus_permissions g
                                  WHERE g.corpus_id = $1 AND g.principal = ANY($2)
                                    AND (g.expires_at IS NULL OR g.expires_at > $3)))
                  OR d.id IN (SELECT g.document_id FROM document_permissions g
                              WHERE g.principal = ANY($2) AND (g.expires_at IS NULL OR g.expires_at > $3)))",
            $mine
        )
    };
}
macro_rules! filtered {
    ($mine:expr) => {
        permitted!("", $mine)
    };
}

/// BM25 with k1 = 1.2 and b = 0.5 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009; the form of the
/// rarity is Lucene's, which is never negative). `a.weight` is the rarity times k1 + 1.
macro_rules! impact {
    ($length:literal) => {
        concat!("a.weight * p.tf / (p.tf + 0.6::float8 + p.len * (0.6::float8 / ", $length, "))")
    };
}
macro_rules! rarity {
    ($chunks:literal) => {
        concat!("2.2 * ln(1 + (greatest(", $chunks, ", n.df) - n.df + 0.5) / (n.df + 0.5))")
    };
}
macro_rules! len {
    () => {
        "coalesce(p.chunk_terms, (SELECT c.term_count FROM chunks c WHERE c.id = p.chunk_id))::float8 AS len"
    };
}

/// The best by words, where everything may be read of a large corpus: each list of postings is counted, then weighed, from the
/// index alone, because keeping the lists in between would take more than reading them twice.
macro_rules! words_of_all {
    () => {
        concat!(
            "asked AS MATERIALIZED (
                 SELECT t.term, ",
            rarity!("$5"),
            " AS weight
                 FROM unnest($4::text[]) AS t (term) CROSS JOIN LATERAL (
                     SELECT count(*)::float8 AS df FROM postings p WHERE p.corpus_id = $1 AND p.term = t.term) n),
             best AS MATERIALIZED (
                 SELECT p.chunk_id AS id, sum(",
            impact!("$6"),
            ") AS score
                 FROM asked a CROSS JOIN LATERAL (
                     SELECT p.chunk_id, p.term_freq::float8 AS tf, ",
            len!(),
            " FROM postings p WHERE p.corpus_id = $1 AND p.term = a.term OFFSET 0) p
                 GROUP BY p.chunk_id ORDER BY score DESC, id LIMIT $7) "
        )
    };
}

/// What the nearest that are not among the best by words score by words.
macro_rules! others_of_all {
    () => {
        concat!(
            "others AS MATERIALIZED (
                 SELECT n.id, (
                     SELECT sum(",
            impact!("$6"),
            ") FROM asked a CROSS JOIN LATERAL (
                         SELECT p.term_freq::float8 AS tf, ",
            len!(),
            " FROM postings p
                         WHERE p.corpus_id = $1 AND p.term = a.term AND p.chunk_id = n.id OFFSET 0) p) AS score
                 FROM near n WHERE (n.id IN (SELECT id FROM best)) IS NOT TRUE) "
        )
    };
}

/// What postings that may be read say: how rare each term is, and how well each chunk with one of them fits.
macro_rules! scored {
    ($chunks:literal, $length:literal) => {
        concat!(
            "asked AS MATERIALIZED (
                 SELECT n.term, ",
            rarity!($chunks),
            " AS weight
                 FROM (SELECT term, count(*)::float8 AS df FROM listed GROUP BY term) n),
             scored AS MATERIALIZED (
                 SELECT p.chunk_id AS id, sum(",
            impact!($length),
            ") AS score
                 FROM listed p JOIN asked a ON a.term = p.term GROUP BY p.chunk_id),
             best AS MATERIALIZED (SELECT id, score FROM scored ORDER BY score DESC, id LIMIT $7) "
        )
    };
}
macro_rules! others_of_scored {
    () => {
        "others AS MATERIALIZED (SELECT id, score FROM scored WHERE (id IN (SELECT id FROM near)) IS TRUE) "
    };
}

/// The best by words, where everything may be read of a corpus whose lists of postings are short.
macro_rules! words_of_few {
    () => {
        concat!(
            "listed AS MATERIALIZED (
                 SELECT t.term, p.* FROM unnest($4::text[]) AS t (term) CROSS JOIN LATERAL (
                     SELECT p.chunk_id, p.term_freq::float8 AS tf, ",
            len!(),
            " FROM postings p WHERE p.corpus_id = $1 AND p.term = t.term OFFSET 0) p), ",
            scored!("$5", "$6")
        )
    };
}

/// The best by words among what may be read. Where that is little of much, each chunk of it is looked up under each term;
/// otherwise the lists of postings are read and what may not be read is dropped, which is twenty times as quick a posting.
/// Only one of the two is carried out, and the form of the conditions keeps the plan from another way that is quick only for
/// the numbers it guessed.
macro_rules! words_of_some {
    () => {
        concat!(
            "listed AS MATERIALIZED (
                 SELECT t.term, p.* FROM unnest($4::text[]) AS t (term) CROSS JOIN LATERAL (
                     (SELECT p.chunk_id, p.term_freq::float8 AS tf, m.term_count::float8 AS len
                      FROM mine m CROSS JOIN LATERAL (
                          SELECT p.chunk_id, p.term_freq FROM postings p
                          WHERE p.corpus_id = $1 AND p.term = t.term AND p.chunk_id = m.id OFFSET 0) p
                      WHERE (SELECT chunks <= 1000 AND 20 * chunks < $5 FROM extent))
                     UNION ALL
                     (SELECT p.chunk_id, p.term_freq::float8 AS tf, ",
            len!(),
            " FROM postings p
                      WHERE (SELECT chunks > 1000 OR 20 * chunks >= $5 FROM extent) AND p.corpus_id = $1 AND p.term = t.term
                        AND (p.chunk_id IN (SELECT id FROM mine)) IS TRUE)) p), ",
            scored!("(SELECT chunks FROM extent)", "(SELECT length FROM extent)")
        )
    };
}

/// What each search found, and what the other one makes of it.
macro_rules! both {
    ($permitted:expr, $near:expr, $words:expr, $others:expr, $complete:literal) => {
        concat!(
            "WITH ",
            $permitted,
            "near AS MATERIALIZED (",
            $near,
            "), ",
            $words,
            ", ",
            $others,
            "SELECT found.id AS chunk,
                    coalesce(1 - n.distance, (SELECT 1 - (c.embedding <=> $8::halfvec) FROM chunks c WHERE c.id = found.id))
                        AS cosine,
                    coalesce(b.score, o.score, 0) AS words,
                    n.id IS NOT NULL AS by_vector, b.id IS NOT NULL AS by_words, ",
            $complete,
            " AS complete
             FROM (SELECT id FROM near UNION SELECT id FROM best) found
             LEFT JOIN near n ON n.id = found.id LEFT JOIN best b ON b.id = found.id LEFT JOIN others o ON o.id = found.id"
        )
    };
}
macro_rules! both_of_all {
    ($near:expr) => {
        both!("", $near, words_of_all!(), others_of_all!(), "false")
    };
}
macro_rules! both_of_few {
    ($near:expr) => {
        both!("", $near, words_of_few!(), others_of_scored!(), "true")
    };
}
macro_rules! both_of_some {
    ($permitted:expr, $near:expr, $complete:literal) => {
        both!($permitted, $near, words_of_some!(), others_of_scored!(), $complete)
    };
}

/// Words alone.
macro_rules! words_only {
    ($permitted:expr, $words:expr) => {
        concat!(
            "WITH ",
            $permitted,
            $words,
            "SELECT id AS chunk, NULL::float8 AS cosine, score AS words, false AS by_vector, true AS by_words,
                    true AS complete
             FROM best"
        )
    };
}

/// Compares with every vector.
macro_rules! each {
    ($($condition:literal),+) => {
        concat!(
            "SELECT c.id, c.embedding <=> $8::halfvec AS distance FROM chunks c WHERE c.corpus_id = $1 ",
            $($condition, " ",)+
            "ORDER BY distance, c.id LIMIT $7"
        )
    };
}

/// Walks through the index of a dimension; expression and condition have to be those of the index.
macro_rules! walk {
    ($dimension:literal, $condition:literal) => {
        concat!(
            "SELECT c.id, c.embedding::halfvec(",
            $dimension,
            ") <=> $8::halfvec(",
            $dimension,
            ") AS distance
             FROM chunks c WHERE c.corpus_id = $1 AND c.indexed AND c.dimension = ",
            $dimension,
            " ",
            $condition,
            "
             ORDER BY c.embedding::halfvec(",
            $dimension,
            ") <=> $8::halfvec(",
            $dimension,
            ") LIMIT $7"
        )
    };
}

/// The same with what is not in the index: that is compared one by one, and the nearest of both are taken. Where the walk
/// stopped short nothing is added, so that it shows.
macro_rules! walk_and_each {
    ($dimension:literal, $condition:literal) => {
        concat!(
            "WITH walked AS MATERIALIZED (",
            walk!($dimension, $condition),
            ")
             SELECT id, distance FROM (
                 SELECT id, distance FROM walked UNION ALL (",
            each!($condition, "AND NOT c.indexed AND (SELECT count(*) >= $7 FROM walked)"),
            ")) n ORDER BY distance, id LIMIT $7"
        )
    };
}

/// One by one where little may be read, otherwise through the index. Only one of the two is carried out.
macro_rules! each_or_walk {
    ($dimension:literal) => {
        concat!(
            "(",
            each!("AND (SELECT chunks <= $11 FROM extent) AND c.document_id IN (SELECT id FROM permitted)"),
            ") UNION ALL (",
            walk_and_each!(
                $dimension,
                "AND (SELECT chunks > $11 FROM extent) AND (c.document_id IN (SELECT id FROM permitted)) IS TRUE"
            ),
            ")"
        )
    };
}

/// Words and no vector.
pub(super) fn words(sight: Sight) -> &'static str {
    match sight {
        Sight::All => words_only!("", words_of_all!()),
        Sight::Granted => words_only!(granted!(mine!(joined)), words_of_some!()),
        Sight::Filtered => words_only!(filtered!(mine!(joined)), words_of_some!()),
        Sight::Either => words_only!(either!(mine!(in turn "")), words_of_some!()),
    }
}

/// How far each chunk that may be read is, and the nearest of them.
macro_rules! exact_of_some {
    ($permitted:ident) => {
        both_of_some!(
            $permitted!(mine!(in turn ", c.embedding <=> $8::halfvec AS distance")),
            "SELECT id, distance FROM mine ORDER BY distance, id LIMIT $7",
            "true"
        )
    };
}

/// Words, and every vector.
pub(super) fn exact(sight: Sight) -> &'static str {
    match sight {
        Sight::All => both_of_few!(each!("")),
        Sight::Filtered => exact_of_some!(filtered),
        // What is not joined with grants is looked up among them, which costs the same whatever the database knows of them.
        Sight::Granted | Sight::Either => exact_of_some!(either),
    }
}

macro_rules! indexed {
    ($($dimension:literal)+) => {
        /// Whether vectors of a dimension have an index.
        pub(super) fn has_index(dimension: usize) -> bool {
            [$($dimension),+].contains(&dimension)
        }

        /// Words, and vectors through the index of their dimension, where it has one.
        pub(super) fn indexed(sight: Sight, dimension: usize) -> Option<&'static str> {
            Some(match (dimension, sight) {
                $(($dimension, Sight::All) => both_of_all!(walk_and_each!($dimension, "")),
                ($dimension, Sight::Granted) => {
                    both_of_some!(granted!(mine!(joined)), each_or_walk!($dimension), "(SELECT chunks <= $11 FROM extent)")
                }
                ($dimension, Sight::Filtered) => {
                    both_of_some!(filtered!(mine!(joined)), each_or_walk!($dimension), "(SELECT chunks <= $11 FROM extent)")
                })+
                _ => return None,
            })
        }
    };
}
indexed!(384 768 1024 1536 3072);
