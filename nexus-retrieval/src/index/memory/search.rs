//! The search of [`store`](crate::index::store), in memory: the same candidates, by the same formulas.

use std::sync::Arc;

use nexus_authz::{
    policy::{Residual, Resource, ResourceType},
    scope::ReadScope,
};

use super::image::{Document, Image, Passage, narrow, wide};
use crate::{
    corpus::Corpus,
    index::{Candidate, Hit, Question, store::Asked},
};

/// A corpus in memory, as far as one caller may read it at one moment.
#[derive(Clone)]
pub struct View {
    image: Arc<Image>,
    /// Which documents may be read; all of them when nothing says otherwise.
    readable: Option<Arc<[bool]>>,
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("revision", &self.image.revision).finish_non_exhaustive()
    }
}

impl View {
    /// What grants show, as far as policies and filters let it through.
    pub(super) fn new(image: Arc<Image>, granted: Option<Arc<[bool]>>, scope: &ReadScope, corpus: &Corpus) -> Self {
        if matches!(scope.rules(), Residual::Always) {
            return Self { image, readable: granted };
        }
        let permitted = |(at, document): (usize, &Document)| {
            granted.as_ref().is_none_or(|granted| granted.get(at) == Some(&true))
                && scope.permits(&Resource {
                    id: Some(&document.origin.id),
                    corpus: Some(&corpus.id),
                    status: Some(&document.status),
                    content_type: Some(&document.origin.content_type),
                    labels: Some(&document.labels),
                    metadata: Some(&document.origin.metadata),
                    ..Resource::new(ResourceType::Document, scope.tenant())
                })
        };
        let readable = image.documents.iter().enumerate().map(permitted).collect();
        Self { image, readable: Some(readable) }
    }

    /// The best passages for a question; nothing when its vector is not one of the corpus.
    #[must_use]
    pub fn search(&self, corpus: &Corpus, text: &str, vector: Option<&[f32]>, top_k: u32) -> Option<Vec<Hit>> {
        let image = &*self.image;
        if vector.is_some_and(|vector| vector.len() != image.vectors.dimension()) {
            return None;
        }
        let vector = vector.map(super::vectors::asked);
        let question = Question::new(corpus, text, vector.as_deref());
        let mut best = question.rank(&self.candidates(question.asked()), top_k);
        if let Some(further) = best.further() {
            best.append(&self.candidates(question.asked_for(further)));
        }
        Some(best.into_chunks().into_iter().filter_map(|id| image.hit(id, question.vector())).collect())
    }

    fn is_readable(&self, passage: &Passage) -> bool {
        self.readable.as_ref().is_none_or(|readable| readable.get(wide(passage.document)) == Some(&true))
    }

    /// The nearest by cosine, and those that share the rarest words with the question.
    fn candidates(&self, asked: Asked<'_>) -> Vec<Candidate> {
        let image = &*self.image;
        let most = usize::try_from(asked.limit).unwrap_or(usize::MAX);
        let words = self.words(asked.terms);
        let mut found = best(words.iter().enumerate().filter(|(_, score)| **score > 0.0).map(|(at, s)| (*s, at)), most);
        let mut cosines = Vec::new();
        if let Some(vector) = asked.vector {
            cosines = image.vectors.cosines(vector).into_iter().map(f64::from).collect();
            let readable = image.passages.iter().enumerate().filter(|(_, passage)| self.is_readable(passage));
            let near = readable.filter_map(|(at, _)| Some((*cosines.get(at)?, at)));
            found.extend(best(near, most));
            found.sort_unstable();
            found.dedup();
        }
        let candidate = |at: usize| {
            let cosine = cosines.get(at).copied().filter(|_| image.vectors.is_directed(at));
            let words = words.get(at).copied().unwrap_or_default();
            let chunk = image.passages.get(at)?.id;
            (cosine.is_some() || words > 0.0).then_some(Candidate { chunk, cosine, words })
        };
        found.into_iter().filter_map(candidate).collect()
    }

    /// How well each passage that may be read fits the terms, by BM25 with the parameters of the statements: k1 = 1.2,
    /// b = 0.5, and a rarity that is never negative. What may not be read counts for nothing.
    fn words(&self, terms: &[String]) -> Vec<f64> {
        let image = &*self.image;
        let mut scores = vec![0.0; image.passages.len()];
        if terms.is_empty() {
            return scores;
        }
        let (mut count, mut length) = (0.0_f64, 0.0_f64);
        for passage in image.passages.iter().filter(|passage| self.is_readable(passage)) {
            (count, length) = (count + 1.0, length + f64::from(passage.length));
        }
        let average = (length / count.max(1.0)).max(1.0);
        for term in terms {
            let read = |at: u32| image.passages.get(wide(at)).filter(|passage| self.is_readable(passage));
            let listed = image.postings(term).iter().filter_map(|posting| Some((posting, read(posting.passage)?)));
            let df = f64::from(narrow(listed.clone().count()));
            let weight = 2.2 * (1.0 + (count.max(df) - df + 0.5) / (df + 0.5)).ln();
            for (posting, passage) in listed {
                let tf = f64::from(posting.freq);
                if let Some(score) = scores.get_mut(wide(posting.passage)) {
                    *score += weight * tf / (tf + 0.6 + f64::from(passage.length) * (0.6 / average));
                }
            }
        }
        scores
    }
}

/// The places of the greatest numbers; of equal ones the first.
fn best(numbers: impl Iterator<Item = (f64, usize)>, most: usize) -> Vec<usize> {
    let mut numbers: Vec<(f64, usize)> = numbers.collect();
    let order = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if numbers.len() > most && most > 0 {
        numbers.select_nth_unstable_by(most - 1, order);
    }
    numbers.truncate(most);
    numbers.into_iter().map(|(_, at)| at).collect()
}
