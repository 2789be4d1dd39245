//! Questions that are answered, damaged, and answered again on top of the answer.

use std::collections::{BTreeMap, BTreeSet};

use tailscale_expose::krm::Severity;
use tailscale_expose::{Response, respond};

use crate::items::{Item, Seen, items};
use crate::lists::Dice;
use crate::model::{self, Annotations, Fault, MARK, Profile, Stub};

/// How a question is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    ResourceList,
    List,
    Stream,
    Brackets,
}

/// What the items say of where they are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    Plain,
    Files,
    Kustomize,
}

#[derive(Debug)]
struct Question {
    form: Form,
    host: Host,
    stubs: Vec<Stub>,
    profiles: Vec<Profile>,
    config: Option<Profile>,
}

/// Plays a case.
pub(crate) fn check(bytes: &[u8]) -> Seen {
    let dice = &mut Dice(bytes);
    let mut question = Question::roll(dice);
    let mut others = question.strangers(dice);
    let mut seen = Seen::default();
    for _ in 0..2 + usize::from(dice.once_in(6)) {
        let answer = question.ask(&others);
        question.check(&others, &answer, &mut seen);
        others = answer.items;
        if dice.once_in(3) {
            // Nothing has changed, so nothing does.
            let again = question.ask(&others);
            assert_eq!(texts(&again.items), texts(&others), "answered differently again:\n{}", again.question);
        }
        question.damage(dice, &mut others);
    }
    seen
}

fn texts(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.text.as_str()).collect()
}

struct Answer {
    question: String,
    /// The items but for stubs and profiles.
    items: Vec<Item>,
    response: Response,
    text: String,
}

impl Question {
    fn roll(dice: &mut Dice<'_>) -> Self {
        let form = [Form::ResourceList, Form::ResourceList, Form::List, Form::Stream, Form::Brackets][dice.roll(5)];
        let host = [Host::Plain, Host::Files, Host::Kustomize][dice.roll(3)];
        let namespaces = ["apps", "apps", ""];
        let stub = |number: usize, dice: &mut Dice<'_>| {
            let namespace = namespaces[dice.roll(3)];
            Stub::roll(dice, number, &["a", "b", "c"], namespace)
        };
        let stubs = (0..=dice.roll(3)).map(|number| stub(number, dice)).collect();
        let profiles = (0..dice.roll(2)).map(|_| Profile::roll(dice, "cluster")).collect();
        let config =
            (form != Form::Stream && form != Form::List && dice.once_in(4)).then(|| Profile::roll(dice, "config"));
        Self { form, host, stubs, profiles, config }
    }

    fn annotations(&self, file: &str) -> Vec<(&'static str, String)> {
        match self.host {
            Host::Plain => Vec::new(),
            Host::Files => vec![("config.kubernetes.io/path", file.to_owned())],
            Host::Kustomize => vec![("internal.config.kubernetes.io/id", "1".to_owned())],
        }
    }

    fn strangers(&self, dice: &mut Dice<'_>) -> Vec<Item> {
        let annotations = self.annotations("others.yaml");
        let mut others = if dice.once_in(4) { Vec::new() } else { model::services("apps", &annotations) };
        for _ in 0..dice.roll(4) {
            others.push(self.stranger(dice, &annotations));
        }
        // No build has two objects of one identity.
        let mut known = BTreeSet::new();
        let mut others = self.read(others);
        others.retain(|item| known.insert(item.identity()));
        others
    }

    fn stranger(&self, dice: &mut Dice<'_>, annotations: &Annotations) -> String {
        let stub = ["apps/a", "apps/b", "a", "apps/gone"][dice.roll(4)];
        model::stranger(dice, stub, annotations)
    }

    /// Reads objects, and writes them in the form of the question.
    fn read(&self, texts: Vec<String>) -> Vec<Item> {
        let read = |text: String| items(&text, false).expect("what is made here can be read");
        let mut items: Vec<Item> = texts.into_iter().flat_map(read).collect();
        if self.form == Form::Brackets {
            items.iter_mut().for_each(|item| item.text = item.value.to_string());
        }
        items
    }

    fn text(&self, others: &[Item]) -> String {
        let annotations = self.annotations("stubs.yaml");
        let own = self.stubs.iter().map(|stub| stub.text(&annotations));
        let own: Vec<String> = own.chain(self.profiles.iter().map(|profile| profile.text(&annotations))).collect();
        let own = match self.form {
            Form::Brackets => self.read(own).into_iter().map(|item| item.text).collect(),
            _ => own,
        };
        let mut all: Vec<&str> = own.iter().map(|text| text.trim_end()).collect();
        all.extend(texts(others));
        let head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";
        let block = |head: &str| {
            let mut text = format!("{head}items:{}\n", if all.is_empty() { " []" } else { "" });
            // Items of a Stream or of an earlier answer stand in column 2 as they stood there.
            all.iter().for_each(|item| text.push_str(&format!("- {}\n", indented(item))));
            text
        };
        match self.form {
            Form::ResourceList => {
                let config = self.config.map(|config| config.text(&[]).trim_end().replace('\n', "\n  "));
                block(&config.map_or_else(|| head.to_owned(), |config| format!("{head}functionConfig:\n  {config}\n")))
            }
            Form::List => block("apiVersion: v1\nkind: List\n"),
            Form::Stream if all.is_empty() => "---\n".to_owned(),
            Form::Stream => all.iter().map(|item| format!("---\n{item}\n")).collect(),
            Form::Brackets => {
                let config = self.config.map(|config| texts(&self.read(vec![config.text(&[])])).concat());
                let config = config.map(|config| format!("\"functionConfig\": {config}, ")).unwrap_or_default();
                let head = "\"apiVersion\": \"config.kubernetes.io/v1\", \"kind\": \"ResourceList\"";
                format!("{{{head}, {config}\"items\": [{}]}}\n", all.join(", "))
            }
        }
    }

    fn ask(&self, others: &[Item]) -> Answer {
        let question = self.text(others);
        let response = respond(question.clone(), None);
        let response = response.unwrap_or_else(|error| panic!("{error}\n{question}"));
        let text = response.text();
        let items = items(&text, self.form != Form::Stream).unwrap_or_else(|| panic!("{question}\n=>\n{text}"));
        let mut items: Vec<Item> = items.into_iter().filter(|item| !item.is_ours()).collect();
        if matches!(self.form, Form::ResourceList | Form::List) {
            items.iter_mut().for_each(|item| item.text = item.text.replace("\n  ", "\n"));
        }
        Answer { question, items, response, text }
    }

    /// Holds an answer against what was there before.
    fn check(&self, before: &[Item], answer: &Answer, seen: &mut Seen) {
        let context = || {
            let said: Vec<String> =
                answer.response.findings.iter().map(|f| format!("{}: {}", f.rule, f.message)).collect();
            format!("\n{}=>\n{}\n{said:#?}", answer.question, answer.text)
        };
        let errors: Vec<_> =
            answer.response.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        let kind = |finding: &&tailscale_expose::krm::Finding| {
            finding.counts_for().map_or("", |object| object.kind.as_str()).to_owned()
        };
        let is_held = errors
            .iter()
            .any(|finding| !matches!(kind(finding).as_str(), "TailscaleExpose" | "TailscaleExposee" | "Service"));
        let is_faulty = |name: &str| {
            is_held
                || errors.iter().filter_map(|finding| finding.counts_for()).any(|object| {
                    let own = [object.namespace.as_str(), object.name.as_str()];
                    own.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/") == name
                })
        };
        // Those that have lost their name or kind are no longer here.
        let is_here = |name: &str| {
            self.stubs.iter().any(|stub| stub.provenance() == name && !matches!(stub.fault, Fault::Nameless))
        };
        let mut after: BTreeMap<_, Vec<&Item>> = BTreeMap::new();
        answer.items.iter().for_each(|item| after.entry(item.identity()).or_default().push(item));
        let verbatim: BTreeSet<&str> = answer.items.iter().map(|item| item.text.as_str()).collect();
        for item in before {
            if item.value["kind"] == "List" {
                assert!(verbatim.contains(item.text.as_str()), "a list has changed:\n{}{}", item.text, context());
                continue;
            }
            let stub = item.stub().filter(|_| item.is_made_kind());
            let may_go = stub.is_some_and(|(name, annotated)| !annotated && is_here(name) && !is_faulty(name));
            let there = after.get(&item.identity());
            assert!(may_go || there.is_some(), "lost:\n{}{}", item.text, context());
            seen.removed += usize::from(there.is_none());
            seen.kept += usize::from(stub.is_some_and(|(name, _)| is_faulty(name)) && there.is_some());
            let is_service = item.identity()[1] == "Service";
            let is_own = stub.is_some_and(|(name, _)| is_here(name)) || (is_service && item.annotation(MARK).is_none());
            let may_change = (is_own && !is_held) || may_go;
            assert!(may_change || verbatim.contains(item.text.as_str()), "changed:\n{}{}", item.text, context());
            if let Some((name, true)) = stub.filter(|(name, _)| is_faulty(name)) {
                let is_still = there.into_iter().flatten().any(|item| item.stub() == Some((name, true)));
                let is_taken_over =
                    there.into_iter().flatten().any(|item| item.stub().is_some_and(|(_, annotated)| annotated));
                assert!(is_still || is_taken_over, "no longer annotated:\n{}{}", item.text, context());
            }
        }
        let known: BTreeSet<_> = before.iter().map(Item::identity).collect();
        for item in answer.items.iter().filter(|item| !known.contains(&item.identity()) && item.value["kind"] != "List")
        {
            let name = item.stub().map(|(name, _)| name).unwrap_or_default();
            assert!(is_here(name) && item.is_made_kind(), "made by nobody:\n{}{}", item.text, context());
        }
        if !errors.is_empty() {
            seen.faulty += 1;
            return;
        }
        seen.sound += 1;
        for stub in &self.stubs {
            let name = stub.provenance();
            let is_of = |item: &&Item| item.is_made_kind() && item.stub().is_some_and(|(of, _)| of == name);
            let is_whole = |item: &&Item| item.identity()[1] != "EndpointSlice";
            let made = answer.items.iter().filter(is_of).filter(|item| could_be_made(item)).filter(is_whole).count();
            assert_eq!(made, stub.entries.len(), "objects and entries of {name}{}", context());
        }
    }

    fn damage(&mut self, dice: &mut Dice<'_>, others: &mut Vec<Item>) {
        for _ in 0..=dice.roll(2) {
            let at = dice.roll(self.stubs.len().max(1));
            let stub = self.stubs.get_mut(at);
            match dice.roll(12) {
                0..=4 => stub.into_iter().for_each(|stub| stub.change(dice)),
                5 => drop(stub.is_some().then(|| self.stubs.remove(at))),
                6 => stub.into_iter().for_each(|stub| stub.name = ["a", "b", "d"][dice.roll(3)]),
                7 => self.profiles.push(Profile::roll(dice, "cluster")),
                8 => drop(self.profiles.pop()),
                9 => {
                    let profiles = self.profiles.iter_mut().chain(&mut self.config);
                    profiles.for_each(|profile| profile.change(dice));
                }
                10 => {
                    let twin = self.stubs.get(at).cloned();
                    self.stubs.extend(twin);
                }
                _ => {
                    let annotations = self.annotations("others.yaml");
                    let forged = self.stranger(dice, &annotations);
                    let at = dice.roll(others.len() + 1);
                    let forged = self.read(vec![forged]);
                    if !others.iter().any(|item| item.identity() == forged[0].identity()) {
                        others.splice(at..at, forged);
                    }
                }
            }
        }
    }
}

/// Whether a mark or record on it counts.
fn could_be_made(item: &Item) -> bool {
    let spec = |field: &str| item.value["spec"][field].as_str();
    let is_exposed = item.annotation("tailscale.com/expose") == Some("true");
    match item.stub() {
        Some((_, true)) => true,
        _ => match item.identity()[1].as_str() {
            "Ingress" => spec("ingressClassName") == Some("tailscale"),
            "Service" => match spec("type") {
                Some("LoadBalancer") => spec("loadBalancerClass") == Some("tailscale"),
                Some("ClusterIP") => is_exposed,
                Some("ExternalName") => {
                    let targets = ["tailscale.com/tailnet-ip", "tailscale.com/tailnet-fqdn"];
                    is_exposed || targets.iter().any(|key| item.annotation(key).is_some())
                }
                _ => false,
            },
            _ => true,
        },
    }
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n  ")
}
