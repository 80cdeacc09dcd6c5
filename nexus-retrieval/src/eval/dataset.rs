//! Data sets as they lie in a folder.
//!
//! Two forms are read. BEIR's: `corpus.jsonl`, `queries.jsonl` and `qrels/<split>.tsv`, or the flat `<split>.queries.jsonl`
//! and `<split>.qrels.tsv`. And texts with spans: `questions.jsonl` beside the `.md` and `.txt` files that it speaks of,
//! one `{"corpus_id": "<name of a file>", "question": "…", "references": [{"start_index": n, "end_index": m}]}` a line,
//! offsets in characters. Beside the questions of a split, `<split>.evidence.jsonl` may name the sentences that prove an answer:
//! `{"query-id": "…", "corpus-id": "…", "sentence_idx": [n]}` a line, counted in the `sentences` of the document. A line that cannot be read stops the evaluation with its number: figures of half a data set are
//! worse than none.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::DeserializeOwned};

use super::{Question, Span, Truth};

/// Documents and questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// The documents.
    pub documents: Vec<Text>,
    /// The questions, each with something that is right.
    pub questions: Vec<Question>,
}

/// A document of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Its id.
    pub id: String,
    /// Its title, if it has one besides its text.
    pub title: Option<String>,
    /// The text.
    pub text: String,
    /// Its media type.
    pub content_type: &'static str,
}

/// Why a data set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// A file is missing or cannot be read.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// A line does not have the form.
    #[error("{path}, line {line}: {why}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from one.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing to ask.
    #[error("{0} has no question with an answer")]
    Empty(PathBuf),
}

impl Dataset {
    /// Reads a folder; `split` chooses the questions of a BEIR folder.
    pub fn read(folder: &Path, split: &str) -> Result<Self, DatasetError> {
        let dataset = if folder.join("questions.jsonl").is_file() { texts(folder)? } else { beir(folder, split)? };
        if dataset.questions.is_empty() { Err(DatasetError::Empty(folder.to_owned())) } else { Ok(dataset) }
    }
}

#[derive(Deserialize)]
struct BeirText {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    title: String,
    text: String,
    #[serde(default)]
    sentences: Vec<String>,
}

#[derive(Deserialize)]
struct Evidence {
    #[serde(rename = "query-id")]
    question: String,
    #[serde(rename = "corpus-id")]
    document: String,
    #[serde(rename = "sentence_idx")]
    sentences: Vec<usize>,
}

fn beir(folder: &Path, split: &str) -> Result<Dataset, DatasetError> {
    let flat = folder.join(format!("{split}.queries.jsonl"));
    let queries = if flat.is_file() { flat } else { folder.join("queries.jsonl") };
    let flat = folder.join(format!("{split}.qrels.tsv"));
    let mut truth = qrels(&if flat.is_file() { flat } else { folder.join("qrels").join(format!("{split}.tsv")) })?;
    let texts = lines::<BeirText>(&folder.join("corpus.jsonl"))?;
    let mut evidence = evidence(&folder.join(format!("{split}.evidence.jsonl")), &texts)?;
    let documents = texts.into_iter().map(|d| Text {
        id: d.id,
        title: Some(d.title).filter(|title| !title.trim().is_empty()),
        text: d.text,
        content_type: "text/plain",
    });
    let documents = documents.collect();
    let asked = lines::<BeirText>(&queries)?.into_iter();
    let questions = asked
        .filter_map(|q| {
            let truth = Truth::Documents(truth.remove(&q.id)?);
            Some(Question { truth, evidence: evidence.remove(&q.id).unwrap_or_default(), id: q.id, text: q.text })
        })
        .collect();
    Ok(Dataset { documents, questions })
}

/// The sentences that prove answers, as spans of the texts, by the question; none where the file is not there.
fn evidence(path: &Path, texts: &[BeirText]) -> Result<BTreeMap<String, Vec<Span>>, DatasetError> {
    let mut spans: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    if !path.is_file() {
        return Ok(spans);
    }
    let texts: BTreeMap<&str, &BeirText> = texts.iter().map(|text| (text.id.as_str(), text)).collect();
    for (number, proof) in lines::<Evidence>(path)?.into_iter().enumerate() {
        let gone = || wrong(path, number, &"names a sentence that its document does not have");
        let text = texts.get(proof.document.as_str()).ok_or_else(gone)?;
        let places = places(text);
        for n in proof.sentences {
            let (start, end) = places.get(n).copied().flatten().ok_or_else(gone)?;
            spans.entry(proof.question.clone()).or_default().push(Span {
                document: proof.document.clone(),
                start,
                end,
            });
        }
    }
    Ok(spans)
}

/// Where the sentences of a text stand in it, in characters.
fn places(text: &BeirText) -> Vec<Option<(u64, u64)>> {
    let mut from = 0;
    let mut place = |sentence: &String| {
        let sentence = sentence.trim();
        let start = from + text.text.get(from..)?.find(sentence)?;
        from = start + sentence.len();
        let chars = |bytes: usize| text.text.get(..bytes).map(|head| head.chars().count() as u64);
        Some((chars(start)?, chars(from)?))
    };
    text.sentences.iter().map(&mut place).collect()
}

/// The documents that are relevant for each question. A header is no judgement.
fn qrels(path: &Path) -> Result<BTreeMap<String, BTreeMap<String, u32>>, DatasetError> {
    let mut truth: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for (number, line) in read(path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [question, document, gain] = fields.as_slice() else {
            return Err(wrong(path, number, &"three fields are needed, with tabs between them"));
        };
        match gain.trim().parse::<i64>() {
            Ok(gain) => {
                if let Some(gain) = u32::try_from(gain).ok().filter(|gain| *gain > 0) {
                    truth.entry((*question).to_owned()).or_default().insert((*document).to_owned(), gain);
                }
            }
            Err(_) if number == 0 => {}
            Err(why) => return Err(wrong(path, number, &why)),
        }
    }
    Ok(truth)
}

#[derive(Deserialize)]
struct SpanQuestion {
    #[serde(rename = "_id", default)]
    id: Option<String>,
    corpus_id: String,
    question: String,
    references: Vec<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    start_index: u64,
    end_index: u64,
}

fn texts(folder: &Path) -> Result<Dataset, DatasetError> {
    let path = folder.join("questions.jsonl");
    let asked = lines::<SpanQuestion>(&path)?;
    let names: BTreeSet<&str> = asked.iter().map(|q| q.corpus_id.as_str()).collect();
    let documents = names.into_iter().map(|name| text(folder, name)).collect::<Result<_, _>>()?;
    let questions = asked.into_iter().enumerate().map(|(number, q)| {
        let span = |r: &Reference| Span { document: q.corpus_id.clone(), start: r.start_index, end: r.end_index };
        let spans: Vec<Span> = q.references.iter().map(span).collect();
        Question {
            id: q.id.unwrap_or_else(|| number.to_string()),
            text: q.question,
            evidence: spans.clone(),
            truth: Truth::Spans(spans),
        }
    });
    Ok(Dataset { documents, questions: questions.collect() })
}

fn text(folder: &Path, name: &str) -> Result<Text, DatasetError> {
    let markdown = folder.join(format!("{name}.md"));
    let (path, content_type) = if markdown.is_file() {
        (markdown, "text/markdown")
    } else {
        (folder.join(format!("{name}.txt")), "text/plain")
    };
    Ok(Text { id: name.to_owned(), title: None, text: read(&path)?, content_type })
}

fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, DatasetError> {
    let text = read(path)?;
    let parse = |(number, line): (usize, &str)| serde_json::from_str(line).map_err(|why| wrong(path, number, &why));
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(parse).collect()
}

fn read(path: &Path) -> Result<String, DatasetError> {
    fs::read_to_string(path).map_err(|why| DatasetError::File { path: path.to_owned(), why })
}

fn wrong(path: &Path, number: usize, why: &dyn std::fmt::Display) -> DatasetError {
    DatasetError::Line { path: path.to_owned(), line: number + 1, why: why.to_string() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    const CORPUS: (&str, &str) = (
        "corpus.jsonl",
        "{\"_id\": \"1\", \"title\": \"T\", \"text\": \"one\"}\n{\"_id\": \"2\", \"title\": \"\", \"text\": \"two\"}\n",
    );
    const QUERIES: (&str, &str) =
        ("queries.jsonl", "{\"_id\": \"a\", \"text\": \"first?\"}\n{\"_id\": \"b\", \"text\": \"other?\"}\n");

    #[test]
    fn a_beir_folder_asks_the_questions_of_a_split() {
        let qrels = "query-id\tcorpus-id\tscore\na\t1\t2\na\t2\t0\n";
        let folder = folder(&[CORPUS, QUERIES, ("qrels/test.tsv", qrels)]);
        let read = Dataset::read(folder.path(), "test").unwrap();
        assert_eq!(read.documents[1].title, None);
        assert_eq!(read.questions.len(), 1);
        assert_eq!(read.questions[0].truth, Truth::Documents(BTreeMap::from([("1".to_owned(), 2)])));
        assert!(matches!(Dataset::read(folder.path(), "dev"), Err(DatasetError::File { .. })));
    }

    #[test]
    fn sentences_that_prove_an_answer_are_spans() {
        let corpus = "{\"_id\": \"1\", \"text\": \"Käse ist gelb. Er riecht.\", \"sentences\": [\"Käse ist gelb. \", \"Er riecht.\"]}";
        let proof = |n| format!("{{\"query-id\": \"a\", \"corpus-id\": \"1\", \"sentence_idx\": [{n}]}}");
        let files = [("corpus.jsonl", corpus), QUERIES, ("qrels/test.tsv", "a\t1\t1\n")];
        let folder = folder(&files);
        fs::write(folder.path().join("test.evidence.jsonl"), proof(1)).unwrap();
        let read = Dataset::read(folder.path(), "test").unwrap();
        assert_eq!(read.questions[0].evidence, [Span { document: "1".to_owned(), start: 15, end: 25 }]);
        fs::write(folder.path().join("test.evidence.jsonl"), proof(2)).unwrap();
        assert!(matches!(Dataset::read(folder.path(), "test"), Err(DatasetError::Line { line: 1, .. })));
    }

    #[test]
    fn texts_have_spans() {
        let question =
            "{\"corpus_id\": \"t\", \"question\": \"q\", \"references\": [{\"start_index\": 3, \"end_index\": 9}]}\n";
        let folder = folder(&[("questions.jsonl", question), ("t.md", "# T\n\ntext"), ("unused.md", "x")]);
        let read = Dataset::read(folder.path(), "test").unwrap();
        assert_eq!(read.documents.len(), 1);
        let expected = Span { document: "t".to_owned(), start: 3, end: 9 };
        assert_eq!(read.questions[0].truth, Truth::Spans(vec![expected]));
    }

    #[test]
    fn a_line_that_cannot_be_read_names_itself() {
        let folder = folder(&[CORPUS, QUERIES, ("qrels/test.tsv", "a\t1\t1\na 2 1\n")]);
        let error = Dataset::read(folder.path(), "test").unwrap_err();
        assert!(matches!(&error, DatasetError::Line { line: 2, .. }), "{error}");
        fs::write(folder.path().join("qrels/test.tsv"), "h\nb\t9").unwrap();
        assert!(Dataset::read(folder.path(), "test").is_err());
        fs::write(folder.path().join("qrels/test.tsv"), "x\t1\t1").unwrap();
        assert!(matches!(Dataset::read(folder.path(), "test"), Err(DatasetError::Empty(_))));
    }
}
