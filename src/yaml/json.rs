//! Trees as JSON values, for comparing what two texts mean.

use serde_json::{Map, Number, Value as Json};

use super::scalar::{Resolved, resolve};
use super::tree::{Node, Style, Value};

/// Returns what a node means to a reader of Kubernetes.
///
/// A plain word that readers disagree about stays a text: both sides of a comparison are read alike.
#[must_use]
pub fn to_json(node: &Node<'_>) -> Json {
    match &node.value {
        Value::Seq(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Map(map) => {
            let pairs =
                map.entries.iter().map(|(key, value)| (key.text().unwrap_or_default().to_owned(), to_json(value)));
            Json::Object(pairs.collect::<Map<_, _>>())
        }
        Value::Scalar(scalar) if scalar.style != Style::Plain => Json::from(scalar.text.as_ref()),
        Value::Scalar(scalar) => match resolve(&scalar.text) {
            Resolved::Null => Json::Null,
            Resolved::Bool(value) => Json::Bool(value),
            Resolved::Integer(number) => Json::Number(Number::from(number)),
            _ => Json::from(scalar.text.as_ref()),
        },
    }
}
