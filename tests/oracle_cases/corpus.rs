//! The corpus: a case's files, and whether its stub does for the operator what the original does.
//!
//! `tests/corpus/README.md` says what the files are.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use tailscale_expose::krm::Severity;

use super::facts::{Facts, found};
use super::made::{Made, judged};
use super::manifest::{self, Id, text};
use super::placeholder::{Values, substitute};
use super::spec;
use crate::oracle::{Options, Report, Verdict};
use crate::support::{names_in, root, sources};

/// A folder of the corpus.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// The original, with its placeholders.
    pub(crate) original: String,
    pub(crate) stub: String,
    pub(crate) build: String,
    values: Values,
    world: String,
}

/// An entry of `differences.yaml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Difference {
    pub(crate) case: String,
    /// The original object.
    pub(crate) object: String,
    pub(crate) field: String,
    pub(crate) original: Value,
    pub(crate) ours: Value,
    pub(crate) reason: String,
    pub(crate) kind: Kind,
}

/// Why something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The original is broken or says something that is not read today.
    Better,
    /// The stub language cannot say it.
    Gap,
    /// The stub could say it and a person would not.
    Chosen,
}

/// The whole corpus, by name.
pub(crate) fn cases() -> Vec<Case> {
    let folder = root().join("tests/corpus");
    let names = names_in(&folder).into_iter().filter(|name| folder.join(name).is_dir());
    names.map(|name| Case::read(&folder.join(&name), name)).collect()
}

/// What is known to differ.
pub(crate) fn differences() -> Vec<Difference> {
    let text = fs::read_to_string(root().join("tests/corpus/differences.yaml")).expect("the list must be readable");
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("differences.yaml: {error}"))
}

impl Case {
    fn read(folder: &Path, name: String) -> Self {
        let must = |file: &str| {
            fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{name}/{file} must be there: {error}"))
        };
        let may = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
        let (original, stub, build, world) =
            (must("original.yaml"), must("stub.yaml"), may("build.yaml"), may("world.yaml"));
        let values = match may("vars.yaml").as_str() {
            "" => Values::new(),
            text => scalars(&serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{name}/vars.yaml: {error}"))),
        };
        Self { name, original, stub, build, values, world }
    }

    /// Renders the stub.
    pub(crate) fn made(&self) -> Result<Made, String> {
        let mut inputs = vec![("stub.yaml".to_owned(), self.stub.clone())];
        if !self.build.is_empty() {
            inputs.push(("build.yaml".to_owned(), self.build.clone()));
        }
        Made::new(&sources(&inputs), Some(Severity::Info), Some(&self.values), &self.world)
    }

    /// The original with values for its placeholders.
    pub(crate) fn original(&self) -> Result<Vec<Value>, String> {
        let text = substitute(&self.original, &self.values);
        if text.contains("${") {
            return Err("vars.yaml must have a value for every placeholder of original.yaml".to_owned());
        }
        manifest::read(&text).map_err(|error| format!("original.yaml: {error}"))
    }

    /// The two worlds to compare.
    pub(crate) fn worlds(&self, made: &Made) -> [String; 2] {
        let original = substitute(&format!("{}\n---\n{}", self.original, self.world), &self.values);
        let options = Options { tailnet: tailnet(&original), ..Options::default() };
        [original, made.world.clone()].map(|world| options.line() + &world)
    }

    /// Says where the outcomes differ and `listed` does not say so, and the other way round.
    pub(crate) fn faults(&self, made: &Made, [before, after]: [&Report; 2], listed: &[Difference]) -> Vec<String> {
        let mut faults = made.faults(after);
        let found = match self.compare(made, [before, after], listed, &mut faults) {
            Ok(found) => found,
            Err(error) => return vec![error],
        };
        for (object, field, original, ours) in &found {
            match listed.iter().find(|entry| entry.object == *object && entry.field == *field) {
                None => faults.push(format!("{object}: {field} was {original}, is {ours}")),
                Some(entry) if (&entry.original, &entry.ours) != (original, ours) => faults.push(format!(
                    "{object}: {field} was {original}, is {ours}; differences.yaml says {} and {}",
                    entry.original, entry.ours
                )),
                Some(_) => {}
            }
        }
        for entry in listed {
            if !found.iter().any(|(object, field, ..)| *object == entry.object && *field == entry.field) {
                faults.push(format!(
                    "{}: {} no longer differs, differences.yaml says it does",
                    entry.object, entry.field
                ));
            }
        }
        faults
    }

    fn compare(
        &self,
        made: &Made,
        [before, after]: [&Report; 2],
        listed: &[Difference],
        faults: &mut Vec<String>,
    ) -> Result<Vec<(String, &'static str, Value, Value)>, String> {
        let mut found = Vec::new();
        let mut left: Vec<&Value> = made.objects.iter().collect();
        for original in self.original()? {
            let id = Id::of(&original);
            let object = id.to_string();
            let Some(at) = counterpart(&id, &left, listed) else {
                faults.push(format!("{object} has no counterpart; if it has another name, list it"));
                continue;
            };
            let ours = left.remove(at);
            let our_id = Id::of(ours);
            let (Some(was), Some(is)) = (judged(before, &original), judged(after, ours)) else {
                faults.push(format!("{object} never reached the cluster"));
                continue;
            };
            let mut note = |field, was: Value, is: Value| {
                if was != is {
                    found.push((object.clone(), field, was, is));
                }
            };
            note("name", json!(id.name), json!(our_id.name));
            note("namespace", nothing(&id.namespace), nothing(&our_id.namespace));
            note("verdict", word(was.verdict), word(is.verdict));
            // An object that came to nothing has nothing to compare with.
            if was.verdict == is.verdict {
                let (was, is) = (outcome(&original, was), outcome(ours, is));
                for (field, was, is) in was.called_as(&is).differences(&is) {
                    note(field, was.clone(), is.clone());
                }
            }
        }
        faults.extend(left.into_iter().map(|extra| format!("{} has no original", Id::of(extra))));
        Ok(found)
    }
}

/// The object that stands for an original one: of the same name, or of the one that is listed.
fn counterpart(id: &Id, objects: &[&Value], listed: &[Difference]) -> Option<usize> {
    let instead = |field: &str, value: &str| {
        let entry = listed.iter().find(|entry| entry.object == id.to_string() && entry.field == field);
        entry.map_or(value.to_owned(), |entry| entry.ours.as_str().unwrap_or_default().to_owned())
    };
    let other = Id { name: instead("name", &id.name), namespace: instead("namespace", &id.namespace), ..id.clone() };
    [id, &other].into_iter().find_map(|id| objects.iter().position(|object| Id::of(object) == *id))
}

/// What became of an object, with what it says itself and the operator only passes on.
fn outcome(object: &Value, judged: &crate::oracle::Judged) -> Facts {
    let mut facts = found(judged);
    facts.extend(spec::facts(object));
    if let Some(proxy) = &judged.proxy {
        facts.set("serveConfig", proxy.serve_config.clone());
        facts.set("config", proxy.config.clone());
        // What an object leads to by its own name leads to itself, whatever it is called.
        let itself = format!("{}.{}", text(object, "/metadata/name"), manifest::namespace(object));
        let targets: Vec<Value> = proxy
            .targets
            .iter()
            .map(|target| if *target == itself { json!("itself") } else { json!(target) })
            .collect();
        facts.set("targets", targets);
    }
    facts
}

fn nothing(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

fn word(verdict: Verdict) -> Value {
    json!(verdict)
}

/// The tailnet that manifests name, if they do: the label before `.ts.net`.
fn tailnet(text: &str) -> Option<String> {
    let (before, _) = text.split_once(".ts.net")?;
    let start = before.rfind(|c: char| c != '-' && !c.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
    Some(format!("{}.ts.net", before.get(start..)?))
}

/// A mapping of names to scalars, as texts.
fn scalars(mapping: &Value) -> Values {
    let entries = mapping.as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    entries.map(|(name, value)| (name.clone(), text(value))).collect()
}
