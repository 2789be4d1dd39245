//! Renderings of the declarations: the JSON Schema for editors and the field tables for readers.

use serde_json::{Map, Value, json};

use super::metadata::OBJECT_META;
use super::profile::ProfileSpec;
use super::shape::{Field, Record, Shape};
use super::v1alpha1::Spec;
use super::{API_VERSION, PROFILE, STUB};

/// A placeholder, anywhere in a text.
const PLACEHOLDER: &str = r"\$\{";

/// Returns the JSON Schema of stubs and profiles (draft 2020-12), with the documentation of every
/// field, for editors.
#[must_use]
pub fn json_schema() -> Value {
    let mut definitions = Map::new();
    let stub = object(STUB, &Spec::RECORD, &mut definitions);
    let profile = object(PROFILE, &ProfileSpec::RECORD, &mut definitions);
    definitions.insert(STUB.into(), stub);
    definitions.insert(PROFILE.into(), profile);
    let branch = |kind: &str| {
        json!({
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": {"$ref": format!("#/$defs/{kind}")}
        })
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stubs and profiles of tailscale-expose",
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {"kind": {"enum": [STUB, PROFILE]}},
        "allOf": [branch(STUB), branch(PROFILE)],
        "$defs": definitions,
    })
}

fn object(kind: &str, spec: &'static Record, definitions: &mut Map<String, Value>) -> Value {
    let mut metadata: Map<String, Value> = OBJECT_META.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
    let texts = || json!({"type": "object", "additionalProperties": {"type": "string"}});
    for (name, schema) in [
        ("name", json!({"type": "string", "description": "Name a stub after its app."})),
        ("namespace", json!({"type": "string", "description": "The namespace of entries that name none."})),
        ("labels", texts()),
        ("annotations", texts()),
        ("spec", json!(false)),
    ] {
        metadata.insert(name.to_owned(), schema);
    }
    json!({
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": false,
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": kind},
            "metadata": {
                "type": "object",
                "required": ["name"],
                "properties": metadata,
                "additionalProperties": false
            },
            "spec": {"type": "object", "allOf": [record(spec, false, definitions)]},
            "status": {}
        }
    })
}

/// Returns a reference to a record's definition, making the definition where it is new.
fn record(record: &'static Record, defaults: bool, definitions: &mut Map<String, Value>) -> Value {
    let name = format!("{}{}", record.name, if defaults { "Defaults" } else { "" });
    if !definitions.contains_key(&name) {
        definitions.insert(name.clone(), Value::Null);
        let mut properties = Map::new();
        for field in record.fields.iter().filter(|field| !(defaults && field.own)) {
            let mut schema = or_null(shape(field.shape, definitions));
            if let Some(object) = schema.as_object_mut() {
                object.insert("description".into(), described(field.doc).into());
            }
            properties.insert(field.name.into(), schema);
        }
        let definition = json!({
            "type": ["object", "null"],
            "description": described(record.doc),
            "additionalProperties": false,
            "properties": properties,
        });
        definitions.insert(name.clone(), definition);
    }
    json!({"$ref": format!("#/$defs/{name}")})
}

/// A value that may be `null`, which is the same as leaving it out. It is a second type, not an
/// alternative: an editor can name the place of a fault only where there is one way to be right.
fn or_null(mut schema: Value) -> Value {
    if let Some(kind) = schema.get_mut("type") {
        let kinds = if let Value::Array(kinds) = kind { kinds.clone() } else { vec![kind.clone()] };
        *kind = kinds.into_iter().chain(["null".into()]).collect();
    }
    if let Some(Value::Array(ways)) = schema.get_mut("anyOf") {
        ways.push(json!({"type": "null"}));
    }
    schema
}

fn shape(of: &'static Shape, definitions: &mut Map<String, Value>) -> Value {
    let placeholder = || json!({"type": "string", "pattern": PLACEHOLDER});
    match of {
        Shape::Record(fields) => record(fields, false, definitions),
        Shape::Defaults(fields) => record(fields, true, definitions),
        Shape::Map { keys, values } => {
            let mut schema = json!({"type": "object", "additionalProperties": or_null(shape(values, definitions))});
            if let (Some(keys), Some(object)) = (keys, schema.as_object_mut()) {
                object.insert("propertyNames".into(), json!({"pattern": keys}));
            }
            schema
        }
        Shape::List(items) => json!({"type": "array", "items": shape(items, definitions)}),
        Shape::Text { pattern: None, .. } => json!({"type": "string"}),
        Shape::Text { pattern: Some(pattern), .. } => {
            json!({"type": "string", "pattern": format!("{pattern}|{PLACEHOLDER}|^$")})
        }
        Shape::Words(words) => json!({
            "anyOf": [{"enum": words.iter().map(|word| word.word).chain([""]).collect::<Vec<_>>()}, placeholder()]
        }),
        Shape::Boolean => json!({"anyOf": [{"type": "boolean"}, placeholder()]}),
        Shape::Integer { min } => json!({"anyOf": [{"type": "integer", "minimum": min}, placeholder()]}),
        Shape::IntOrText { .. } => json!({"type": ["integer", "string"]}),
    }
}

fn described(doc: &str) -> String {
    doc.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns a Markdown table of fields for each section of the stub and each part of the profile.
#[must_use]
pub fn field_tables() -> String {
    let mut out = String::new();
    tables("spec", &Spec::RECORD, &mut out);
    tables("profile spec", &ProfileSpec::RECORD, &mut out);
    out
}

fn tables(path: &str, record: &'static Record, out: &mut String) {
    out.push_str(&format!(
        "#### `{path}`\n\n{}\n\n| field | value | what it is |\n| --- | --- | --- |\n",
        described(record.doc)
    ));
    for field in record.fields {
        out.push_str(&row(field));
    }
    out.push('\n');
    for field in record.fields {
        let path = format!("{path}.{}", field.name);
        match field.shape {
            Shape::Record(inner) => tables(&path, inner, out),
            Shape::Map { values: Shape::Record(inner), .. } => tables(&format!("{path}.<key>"), inner, out),
            _ => {}
        }
    }
}

fn row(field: &Field) -> String {
    format!("| `{}` | {} | {} |\n", field.name, named(field.shape), described(field.doc).replace('|', "\\|"))
}

fn named(shape: &Shape) -> String {
    match shape {
        Shape::Record(_) | Shape::Defaults(_) => "mapping".into(),
        Shape::Map { values: Shape::Record(_), .. } => "entries by key".into(),
        Shape::Map { values, .. } => format!("mapping to {}", named(values)),
        Shape::List(items) => format!("list of {}", named(items)),
        Shape::Text { name, .. } => (*name).into(),
        Shape::IntOrText { name } => format!("number or {name}"),
        Shape::Words(words) => words.iter().map(|word| format!("`{}`", word.word)).collect::<Vec<_>>().join(", "),
        Shape::Boolean => "true or false".into(),
        Shape::Integer { .. } => "number".into(),
    }
}
