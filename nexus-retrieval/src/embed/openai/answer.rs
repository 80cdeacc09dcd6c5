//! What an endpoint answers, checked.

use serde::Deserialize;

use crate::embed::EmbedError;

#[derive(Deserialize)]
struct Answer {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    index: usize,
    embedding: Vec<f32>,
}

/// One vector of length one for each text, in their order, whatever the order of the answer.
pub(super) fn vectors(body: &[u8], count: usize, dimensions: usize) -> Result<Vec<Vec<f32>>, EmbedError> {
    let wrong = |why: String| EmbedError::BadAnswer { why };
    let mut answer: Answer =
        serde_json::from_slice(body).map_err(|why| wrong(format!("it is not the JSON of the protocol: {why}")))?;
    answer.data.sort_by_key(|entry| entry.index);
    if answer.data.len() != count || !answer.data.iter().map(|entry| entry.index).eq(0..count) {
        return Err(wrong(format!("{} vectors that do not match {count} texts", answer.data.len())));
    }
    let unit = |entry: Entry| {
        let found = entry.embedding.len();
        if found != dimensions {
            return Err(wrong(format!("a vector of length {found} instead of {dimensions}")));
        }
        to_unit_length(entry.embedding).ok_or_else(|| wrong("a vector that has no direction".to_owned()))
    };
    answer.data.into_iter().map(unit).collect()
}

fn to_unit_length(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    if !length.is_finite() || length <= 0.0 {
        return None;
    }
    for value in &mut vector {
        #[allow(clippy::cast_possible_truncation, reason = "components of a unit vector are within [-1, 1]")]
        let unit = (f64::from(*value) / length) as f32;
        *value = unit;
    }
    Some(vector)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(body: &str) -> Result<Vec<Vec<f32>>, EmbedError> {
        vectors(body.as_bytes(), 2, 2)
    }

    #[test]
    fn the_order_of_the_texts_is_restored_and_vectors_get_length_one() {
        let body = r#"{"object":"list","data":[{"index":1,"embedding":[0,5]},{"index":0,"embedding":[-3,4]}]}"#;
        assert_eq!(read(body).unwrap(), [[-0.6, 0.8], [0.0, 1.0]]);
    }

    #[test]
    fn anything_else_is_a_bad_answer() {
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"data":[]}"#,
            r#"{"data":[{"index":0,"embedding":[1,0]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1,0]},{"index":0,"embedding":[1,0]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1,0]},{"index":2,"embedding":[1,0]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[1,0,0]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[0,0]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[1e39,0]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[1e999,0]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[null,0]}]}"#,
        ] {
            assert!(matches!(read(body), Err(EmbedError::BadAnswer { .. })), "{body}");
        }
    }
}
