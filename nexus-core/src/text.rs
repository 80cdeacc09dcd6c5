//! Text that PostgreSQL can store: everything but the NUL character, also inside JSON.

use serde_json::Value;

/// Whether a text can be stored.
#[must_use]
pub fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

/// Whether every text and key of a JSON value can be stored. Works level by level, so that depth costs no stack.
#[must_use]
pub fn is_storable_json(value: &Value) -> bool {
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        match value {
            Value::String(text) if !is_storable(text) => return false,
            Value::Array(items) => pending.extend(items),
            Value::Object(fields) => {
                if !fields.keys().all(|key| is_storable(key)) {
                    return false;
                }
                pending.extend(fields.values());
            }
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_nul_is_found_in_keys_and_values_at_any_depth() {
        assert!(is_storable_json(&json!({ "a": [1, null, { "b": "\u{1}é" }] })));
        assert!(!is_storable_json(&json!({ "a": [{ "b": "x\0" }] })));
        assert!(!is_storable_json(&json!({ "a": [{ "\0": 1 }] })));
    }
}
