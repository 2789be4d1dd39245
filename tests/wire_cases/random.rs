//! Random questions, as text.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// How a question is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A ResourceList of a version, with its dashes in this column.
    ResourceList(&'static str, usize),
    /// A `List`.
    List,
    /// Documents.
    Stream,
    /// A ResourceList in brackets.
    Brackets,
}

impl Form {
    /// The kind of the whole.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::ResourceList(..) | Self::Brackets => "ResourceList",
            Self::List => "List",
            Self::Stream => "",
        }
    }
}

/// An item of a question.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// Nothing that we know: its lines.
    Foreign(Vec<String>),
    /// A Service, which stubs may annotate.
    Service(Vec<String>),
    /// What an earlier run generated, or somebody made of it.
    Generated(Vec<String>),
    /// A stub.
    Stub(Vec<String>),
}

impl Item {
    /// Whether nobody may change a byte of it.
    pub(crate) fn is_foreign(&self) -> bool {
        matches!(self, Self::Foreign(_))
    }

    fn lines(&self) -> &[String] {
        match self {
            Self::Foreign(lines) | Self::Service(lines) | Self::Generated(lines) | Self::Stub(lines) => lines,
        }
    }
}

/// A question.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) form: Form,
    pub(crate) items: Vec<Item>,
    /// Whether every item says its file, as where files are written back.
    in_files: bool,
    /// What stands before and behind the items.
    around: [&'static str; 2],
    end: End,
}

/// How a question ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// With a newline.
    Newline,
    /// Without one.
    Nothing,
    /// With a document end marker, or with a comma in brackets.
    Mark,
}

impl Question {
    /// Whether stubs stay.
    pub(crate) fn keeps(&self) -> bool {
        self.in_files
    }

    /// The same without anything that we know, and without results, which are never carried over.
    pub(crate) fn without_ours(mut self) -> Self {
        self.items.retain(Item::is_foreign);
        self.around = self.around.map(|text| if text.starts_with("results") { "" } else { text });
        self
    }

    /// The whole text.
    pub(crate) fn text(&self) -> String {
        let items: Vec<String> = self.items.iter().map(|item| self.bytes(item)).collect();
        let [before, behind] = self.around;
        let mut text = match self.form {
            Form::Stream if items.is_empty() => "# nothing\n---\n".to_owned(),
            Form::Stream => items.concat(),
            Form::List if items.is_empty() => "apiVersion: v1\nkind: List\nitems: []\n".to_owned(),
            Form::List => format!("apiVersion: v1\nkind: List\nitems:\n{}", items.concat()),
            Form::ResourceList(version, _) => {
                let items = if items.is_empty() { " []\n".to_owned() } else { format!("\n{}", items.concat()) };
                format!("apiVersion: config.kubernetes.io/{version}\nkind: ResourceList\n{before}items:{items}{behind}")
            }
            Form::Brackets => {
                let comma = if self.end == End::Mark { ",\n" } else { "" };
                let items = items.join(", ");
                format!(
                    "{{\"apiVersion\": \"config.kubernetes.io/v1\", \"kind\": \"ResourceList\", \"items\": [{items}]{comma}}}\n"
                )
            }
        };
        match self.end {
            End::Nothing => text.truncate(text.trim_end_matches('\n').len()),
            End::Mark if self.form != Form::Brackets => text.push_str("...\n"),
            _ => {}
        }
        text
    }

    /// The same without the key `items`, where there are none.
    pub(crate) fn text_without_items(&self) -> Option<String> {
        let is_block = matches!(self.form, Form::ResourceList(..) | Form::List);
        (self.items.is_empty() && is_block).then(|| self.text().replace("items: []\n", "").replace("items: []", ""))
    }

    /// The text of one item.
    pub(crate) fn bytes(&self, item: &Item) -> String {
        let lines = self.with_file(item);
        match self.form {
            Form::Stream => format!("---\n{}", ended(&lines)),
            Form::ResourceList(_, column) => in_block(&lines, column),
            Form::List => in_block(&lines, 0),
            Form::Brackets => in_brackets(&lines),
        }
    }

    /// The lines of an item, with its file where it has one.
    fn with_file(&self, item: &Item) -> Vec<String> {
        let mut lines = item.lines().to_vec();
        if let Some(at) = lines.iter().position(|line| line == "  annotations: {a: b}").filter(|_| self.in_files) {
            lines.splice(at..=at, ["  annotations:".to_owned(), "    a: b".to_owned()]);
        }
        let at = lines.iter().position(|line| line == "metadata:");
        if let (true, Some(at)) = (self.in_files, at) {
            let number = self.items.iter().position(|other| std::ptr::eq(other, item)).unwrap_or_default();
            let annotations = lines.iter().position(|line| line == "  annotations:");
            let mut more = vec![
                "    config.kubernetes.io/path: 'a.yaml'".to_owned(),
                format!("    internal.config.kubernetes.io/index: '{number}'"),
                "    internal.config.kubernetes.io/path: 'a.yaml'".to_owned(),
            ];
            match annotations {
                Some(at) => lines.splice(at + 1..at + 1, more),
                None => {
                    more.insert(0, "  annotations:".to_owned());
                    lines.splice(at + 1..at + 1, more)
                }
            };
        }
        lines
    }
}

fn ended(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn in_block(lines: &[String], column: usize) -> String {
    let indented = lines.iter().enumerate().map(|(number, line)| match (number, line.as_str()) {
        (0, line) => format!("{:column$}- {line}\n", ""),
        (_, "") => "\n".to_owned(),
        (_, line) => format!("{:1$}{line}\n", "", column + 2),
    });
    indented.collect()
}

/// Writes an item as JSON, for it has no comments there.
fn in_brackets(lines: &[String]) -> String {
    let parsed = crate::support::documents(&ended(lines)).expect("an item must be YAML");
    serde_json::to_string(&parsed.first().cloned().unwrap_or_default()).expect("an item must be JSON")
}

/// A scalar as somebody may write it.
fn scalar() -> impl Strategy<Value = String> {
    let fixed = select(vec![
        "web",
        "80",
        "0x50",
        "1e3",
        "yes",
        "~",
        "",
        "null",
        "'it''s'",
        "\"a\\tb: #\"",
        "'- a'",
        "\"{}\"",
        "${PORT}",
        "2001-12-14",
        "a # a comment",
        "!!str 5",
        "☃",
        "'TailscaleExpose'",
        "kind-of-TailscaleExpose",
        "{a: 1, b: [x, 'y']}",
        "[]",
        "{}",
        "[a, # why\n      b]",
    ]);
    prop_oneof![fixed.prop_map(str::to_owned), "[a-z][a-z0-9-]{0,12}", "'[ -&(-~]{0,20}'"]
}

/// The value of a key: what stands behind it, and the lines below, without their indentation.
fn value() -> impl Strategy<Value = (String, Vec<String>)> {
    let block = (select(vec!["|", "|-", "|+", ">", ">-", "|2"]), vec("[ -~]{0,24}", 1..4)).prop_map(|(sign, lines)| {
        let lines = lines.iter().map(|line| format!("x{line}").trim_end().to_owned()).collect::<Vec<_>>();
        (sign.to_owned(), lines)
    });
    let map = vec(("[a-z]{1,6}", scalar()), 1..4).prop_map(|pairs| (String::new(), unique(pairs)));
    let list = vec(scalar(), 1..4).prop_map(|items| {
        (String::new(), items.into_iter().map(|item| format!("- {item}").trim_end().to_owned()).collect::<Vec<_>>())
    });
    prop_oneof![3 => scalar().prop_map(|scalar| (scalar, vec![])), 1 => block, 1 => map, 1 => list]
}

fn unique(pairs: Vec<(String, String)>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    let new = pairs.into_iter().filter(|(key, _)| seen.insert(key.clone()));
    new.map(|(key, scalar)| format!("k{key}: {scalar}").trim_end().to_owned()).collect()
}

fn foreign() -> impl Strategy<Value = Item> {
    let kinds =
        vec!["ConfigMap", "\"Secret\"", "'Deployment' # theirs", "Ingress", "ProxyGroup", "List2", "Kustomization"];
    let versions = vec!["v1", "apps/v1", "tailscale.com/v1alpha1", "'example.com/v1'"];
    let fields = vec(("[a-z]{1,6}", value(), any::<bool>(), 2..5_usize), 0..5);
    (select(versions), select(kinds), "[a-z]{1,8}", fields, any::<bool>()).prop_map(
        |(version, kind, name, fields, is_first_a_comment)| {
            let mut lines = vec![
                format!("apiVersion: {version}"),
                format!("kind: {kind}"),
                "metadata:".to_owned(),
                format!("  name: x-{name}"),
            ];
            if is_first_a_comment {
                lines.insert(1, "# about it".to_owned());
            }
            let mut seen = std::collections::BTreeSet::new();
            for (key, (behind, below), has_comment, indent) in fields {
                if !seen.insert(key.clone()) {
                    continue;
                }
                if has_comment {
                    lines.push(format!("# TailscaleExpose {key}"));
                }
                let text = format!("z{key}: {behind}");
                lines.extend(text.trim_end_matches(' ').lines().map(str::to_owned));
                let indent = if behind.ends_with('2') { 2 } else { indent };
                lines.extend(below.into_iter().map(|line| format!("{:indent$}{line}", "").trim_end().to_owned()));
            }
            Item::Foreign(lines)
        },
    )
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn service() -> impl Strategy<Value = Item> {
    select(vec!["", "  annotations:\n    example.com/kept: 'yes' # kept\n", "  annotations: {a: b}\n"]).prop_map(|more| {
        let text = format!(
            "apiVersion: v1\nkind: Service\nmetadata:\n{more}  name: web\n  namespace: apps\nspec:\n  ports: [{{port: 80}}]"
        );
        Item::Service(lines(&text))
    })
}

fn generated() -> impl Strategy<Value = Item> {
    (select(vec!["one", "two", "gone"]), select(vec!["one", "two", "away"]), 80..82_u16).prop_map(|(name, stub, port)| {
        let text = format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {name}-tailnet\n  namespace: apps\n  \
             annotations:\n    tailscale-expose.dev/stub: {stub}\nspec:\n  ingressClassName: tailscale\n  tls:\n  - hosts:\n    - {name}\n  \
             defaultBackend:\n    service:\n      name: web\n      port:\n        number: {port}"
        );
        Item::Generated(lines(&text))
    })
}

fn stub(name: &'static str) -> impl Strategy<Value = Item> {
    let specs = vec![
        "  ingress:\n    ${}: {service: \"apps/web:80\"}",
        "  ingress:\n    ${}: {service: apps/web:80, tags: [tag:a]} # one\n    more-${}:\n      service: 'apps/web:81'",
        "  ingress: {${}: {servcie: x}}",
        "  ingress: {}",
        "  annotate:\n    web: {service: apps/web, hostname: ${}}",
        "  loadBalancer:\n    ${}: {namespace: apps, ports: {a: \"${PORT}\"}, selector: {app: a}}",
        "  defaults: {tags: [tag:a]}\n  apiServer:\n    ${}: {}",
        "  connector:\n    ${}: {exitNode: true, routes: [10.0.0.0/8]}",
        "  defaults: 5",
    ];
    select(specs).prop_map(move |spec| {
        let spec = spec.replace("${}", name);
        let head = "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\nmetadata:\n";
        Item::Stub(lines(&format!("{head}  name: {name}\nspec:\n{spec}")))
    })
}

/// A question: at most one Service, one object of a name and one stub of a name, as in any build.
pub(crate) fn question() -> impl Strategy<Value = Question> {
    let forms = prop_oneof![
        (select(vec!["v1", "v1beta1", "v1alpha1"]), select(vec![0, 2]))
            .prop_map(|(v, column)| Form::ResourceList(v, column)),
        Just(Form::List),
        Just(Form::Stream),
        Just(Form::Brackets),
    ];
    let ours = (
        proptest::option::of(service()),
        proptest::option::of(generated()),
        proptest::option::of(stub("one")),
        proptest::option::of(stub("two")),
    );
    let around = select(vec![
        ["", ""],
        ["# before\n", "# behind\n"],
        ["", "functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: empty\n"],
        [
            "functionConfig: {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {defaults.tags: 'tag:z'}}\n",
            "\n",
        ],
        ["", "results:\n- message: old\n  severity: info\n"],
        ["results: []\n", ""],
        ["", "future:\n"],
        ["future: |+\n  a\n\n\n", ""],
    ]);
    let end = prop_oneof![6 => Just(End::Newline), 1 => Just(End::Nothing), 1 => Just(End::Mark)];
    (forms, vec(foreign(), 0..5), ours, any::<bool>(), around, end, any::<u64>()).prop_map(
        |(form, mut items, ours, in_files, around, end, mut seed)| {
            let ours = [ours.0, ours.1, ours.2, ours.3];
            for item in ours.into_iter().flatten() {
                let at = usize::try_from(seed % 7).unwrap_or_default().min(items.len());
                items.insert(at, item);
                seed /= 7;
            }
            Question { form, items, in_files, around, end }
        },
    )
}
