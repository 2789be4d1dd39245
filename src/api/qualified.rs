//! Names of objects, with their namespaces before them: `[namespace/]name`.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Templated;
use super::decode::{Decode, Decoder};
use super::placeholder::{Literals, has_placeholder, split_outside};
use super::shape::{Clear, Shape};
use super::text::{self, FromText, Refusal};
use crate::rule::{Rule, rules};
use crate::tailscale::{Label, Name, suggest};
use crate::yaml::Node;

/// The name of an object that is in a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qualified {
    /// Its namespace, if written.
    pub namespace: Option<Templated<Label>>,
    /// Its name.
    pub name: Templated<Name>,
}

impl fmt::Display for Qualified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        self.name.fmt(f)
    }
}

impl Serialize for Qualified {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::yaml::Text(&self.to_string()).serialize(serializer)
    }
}

impl FromText for Qualified {
    const RULE: &'static Rule = rules::INVALID_NAME;
    const SHAPE: &'static Shape = &Shape::Text { pattern: None, name: "[namespace/]name" };

    fn from_text(text: &str) -> Result<Self, Refusal> {
        Self::parse(text).map_err(|refusal| refusal.suggest(Self::nearest(text)))
    }

    fn check_part(part: &str) -> Result<(), String> {
        Name::check_part(part)
    }

    fn instead(node: &Node<'_>) -> Option<String> {
        let word = |field: &str| node.get(field).and_then(Node::text);
        let namespace = word("namespace").map_or_else(String::new, |namespace| format!("{namespace}/"));
        let name = text::scalar(node).map(str::to_owned).or_else(|| Some(format!("{namespace}{}", word("name")?)))?;
        Self::parse(&name).is_ok().then(|| format!("write \"{name}\""))
    }
}

impl Qualified {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let (namespace, name) =
            split_outside(text, '/').map_or((None, text), |(namespace, name)| (Some(namespace), name));
        if split_outside(name, '/').is_some() {
            let help = Some("write \"namespace/name\"".to_owned());
            return Err(Refusal { message: "must hold no more than one \"/\"".to_owned(), help });
        }
        let namespace = namespace.map(|text| part(text, "namespace", Label::parse, Label::check_part)).transpose()?;
        Ok(Self { namespace, name: part(name, "name", Name::parse, Name::check_part)? })
    }

    /// Returns the name that a text comes nearest to.
    fn nearest(text: &str) -> Option<Self> {
        if has_placeholder(text) {
            return None;
        }
        let mut parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
        // As kubectl and flux write it, with the kind before it.
        if parts.first().is_some_and(|kind| kind.len() > 1 && "helmreleases".starts_with(&kind.to_ascii_lowercase())) {
            parts.remove(0);
        }
        let near = match *parts.as_slice() {
            [name] => suggest::name(name)?,
            [namespace, name] => format!("{}/{}", suggest::label(namespace)?, suggest::name(name)?),
            _ => return None,
        };
        Self::parse(&near).ok()
    }
}

fn part<T>(
    text: &str,
    what: &str,
    parse: fn(&str) -> Result<T, String>,
    check: fn(&str) -> Result<(), String>,
) -> Result<Templated<T>, String> {
    if has_placeholder(text) {
        Literals::of(text).check(&check).map_err(|(_, why)| format!("{what} \"{text}\" {why}"))?;
        return Ok(Templated::Opaque(text.into()));
    }
    parse(text).map(Templated::Known).map_err(|why| format!("{what} \"{text}\" {why}"))
}

impl Decode for Qualified {
    const SHAPE: &'static Shape = <Self as FromText>::SHAPE;
    const CLEAR: Clear = Clear::Text;

    fn decode<'n>(node: &'n Node<'_>, decoder: &mut Decoder<'n>) -> Option<Self> {
        let name: Self = decoder.parsed(node)?;
        if let Some(text) = node.text().filter(|text| has_placeholder(text)) {
            decoder.opaque(text, node.span);
        }
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_have_a_namespace() {
        for text in ["grafana", "monitoring/grafana", "a/b.c", "${NS}/${APP:=x}"] {
            assert_eq!(Qualified::from_text(text).unwrap().to_string(), text);
        }
        for (text, message, help) in [
            ("", "name \"\" must not be empty", ""),
            ("/a", "namespace \"\" must not be empty", "write \"a\""),
            ("a/b/c", "must hold no more than one \"/\"", "write \"namespace/name\""),
            ("helmrelease/a", "", ""),
            ("helmrelease/a/b", "must hold no more than one \"/\"", "write \"a/b\""),
            ("HelmRelease/a", "namespace \"HelmRelease\" must be lower-case", "write \"a\""),
            ("Grafana", "name \"Grafana\" must be lower-case", "write \"grafana\""),
        ] {
            match Qualified::from_text(text) {
                Ok(_) => assert_eq!(message, "", "{text:?}"),
                Err(refusal) => assert_eq!(
                    (refusal.message.as_str(), refusal.help.as_deref().unwrap_or_default()),
                    (message, help),
                    "{text:?}"
                ),
            }
        }
    }
}
