//! One pass over the bytes of a JSON body before anything is built from it: how deep it nests, and whether it names a
//! tenant. The pass is a loop, so ten thousand brackets cost nothing, and it does not judge the grammar: the parser does.

/// The deepest nesting that is read.
pub const MAX_DEPTH: usize = 64;

/// What the pass found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Survey {
    /// Whether the nesting stays within [`MAX_DEPTH`].
    pub shallow: bool,
    /// Whether the top-level object has a key `tenant_id`, in whatever spelling JSON allows.
    pub names_tenant: bool,
}

/// Looks over a body.
pub fn survey(body: &[u8]) -> Survey {
    let mut found = Survey { shallow: true, names_tenant: false };
    let (mut depth, mut in_object, mut at_key) = (0_usize, false, false);
    let mut rest = body;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'"' => {
                let (text, after) = split_string(rest);
                rest = after;
                if depth == 1 && in_object && at_key {
                    found.names_tenant |= is_tenant_id(text);
                    at_key = false;
                }
            }
            b'{' | b'[' => {
                depth += 1;
                if depth == 1 {
                    in_object = byte == b'{';
                    at_key = in_object;
                }
                if depth > MAX_DEPTH {
                    found.shallow = false;
                    return found;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 1 => at_key = true,
            _ => {}
        }
    }
    found
}

/// Splits behind the closing quote of a string whose opening quote was read.
fn split_string(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut escaped = false;
    let end = bytes.iter().position(|&b| match (escaped, b) {
        (true, _) => {
            escaped = false;
            false
        }
        (false, b'\\') => {
            escaped = true;
            false
        }
        (false, b) => b == b'"',
    });
    let (text, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    (text, rest.get(1..).unwrap_or_default())
}

fn is_tenant_id(text: &[u8]) -> bool {
    if !text.contains(&b'\\') {
        return text == b"tenant_id";
    }
    let quoted = [b"\"", text, b"\""].concat();
    serde_json::from_slice::<String>(&quoted).is_ok_and(|key| key == "tenant_id")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_a_key_at_the_top_names_a_tenant() {
        for guilty in [
            r#"{"tenant_id":"t"}"#,
            r#"{"a":[{"b":1}],"tenant_id":null}"#,
            r#"{"tenant\u005fid":1}"#,
            r#" {"a":"\\","tenant_id":1}"#,
            r#"{"a":"x\",","tenant_id":1}"#,
        ] {
            assert!(survey(guilty.as_bytes()).names_tenant, "{guilty}");
        }
        for innocent in [
            r#"{"a":"tenant_id"}"#,
            r#"{"a":{"tenant_id":1}}"#,
            r#"["tenant_id"]"#,
            r#""tenant_id""#,
            r#"{"a":"x\",\"tenant_id\":1"}"#,
            r#"{"tenant_idx":1}"#,
        ] {
            assert!(!survey(innocent.as_bytes()).names_tenant, "{innocent}");
        }
    }

    #[test]
    fn ten_thousand_brackets_are_too_deep() {
        assert!(!survey("[".repeat(10_000).as_bytes()).shallow);
        let fine = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(survey(fine.as_bytes()).shallow);
        assert!(survey(format!("\"{}\"", "[".repeat(10_000)).as_bytes()).shallow);
    }

    proptest! {
        #[test]
        fn the_survey_agrees_with_a_parser(keys in prop::collection::vec("tenant_id|[a-z\"\\\\,{}:]{0,6}", 0..6)) {
            let object: serde_json::Map<_, _> = keys.iter().map(|k| (k.clone(), serde_json::json!([k]))).collect();
            let expected = object.contains_key("tenant_id");
            let body = serde_json::to_vec(&object).unwrap();
            prop_assert_eq!(survey(&body).names_tenant, expected);
        }

        #[test]
        fn any_bytes_are_survived(body: Vec<u8>) {
            survey(&body);
        }
    }
}
