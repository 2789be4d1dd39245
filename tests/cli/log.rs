//! What reaches a terminal or a log: no text of the input is obeyed there, and what may be private stays
//! out.

use super::*;

/// What a terminal, GitHub's runner or a reader of lines would obey.
const ODD: &str = "x\n::error file=a,line=1::forged\r\n  ::add-mask::y\r::z\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}2J\u{85}::a\u{2028}::b\u{202e}\u{200b}\u{7f}";

/// Returns the odd text as a scalar.
fn odd() -> String {
    let mut out = String::from("\"");
    for c in ODD.chars() {
        if c.is_ascii_graphic() || c == ' ' { out.push(c) } else { out.push_str(&format!("\\u{:04x}", u32::from(c))) }
    }
    out + "\""
}

/// Whether nothing in a text is obeyed: coloured or not.
#[track_caller]
fn assert_is_quiet(text: &str, what: &str) {
    let plain: String = text
        .split("\u{1b}[")
        .enumerate()
        .map(|(number, part)| {
            let end = if number == 0 { Some(0) } else { part.find(|c: char| !(c.is_ascii_digit() || c == ';')) };
            let end = end.unwrap_or(0);
            if number > 0 && part[end..].starts_with('m') { &part[end + 1..] } else { part }
        })
        .collect();
    let colour = text.matches("\u{1b}[").count();
    assert_eq!(text.matches('\u{1b}').count(), colour, "{what}: {text:?}");
    let unseen = |c: char| (c.is_control() && c != '\n') || "\u{2028}\u{2029}\u{202e}\u{200b}".contains(c);
    assert!(!plain.contains(unseen) && !plain.contains("2J\n"), "{what}: {plain:?}");
    // The mark of another place is the report's own.
    let begins = |line: &str| line.trim_start().starts_with("::") && !line.trim_start().starts_with("::: ");
    assert!(!plain.lines().any(begins), "{what}: {plain}");
    assert!(plain.lines().all(|line| !["forged", "x", "y"].contains(&line.trim())), "{what}: {plain}");
}

fn coloured(folder: &Folder, arguments: &[&str], input: Option<&str>) -> Outcome {
    run(command(PROGRAM, folder.path()).args(arguments).env("CLICOLOR_FORCE", "1"), input)
}

/// Manifests with the odd text in every place of a stub, a profile and the build.
fn manifests() -> Vec<String> {
    let odd = odd();
    let stub = |metadata: &str, spec: &str| {
        format!(
            "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\nmetadata: {{{metadata}}}\nspec: {{{spec}}}\n"
        )
    };
    let plain = |spec: &str| stub("name: app, namespace: apps", spec);
    let entry = |fields: &str| plain(&format!("ingress: {{web: {{service: \"web:80\", {fields}}}}}"));
    let profile = |spec: &str| {
        format!(
            "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExposeProfile\nmetadata: {{name: p}}\nspec: {{{spec}}}\n"
        )
    };
    let service =
        |metadata: &str, rest: &str| format!("apiVersion: v1\nkind: Service\nmetadata: {{{metadata}}}\n{rest}\n");
    let broken = "ingress: {web: {servce: \"web:80\"}}";
    let mut texts = vec![
        stub(&format!("name: {odd}, namespace: apps"), broken),
        stub(&format!("name: app, namespace: {odd}"), broken),
        stub(&format!("name: app, {odd}: 1"), broken),
        stub(&format!("name: app, labels: {{{odd}: {odd}}}, annotations: {{{odd}: {odd}}}"), broken),
        plain(&format!("{odd}: {{}}")),
        plain(&format!("ingress: {{{odd}: {{service: \"web:80\"}}}}")),
        plain(&format!("ingress: {odd}")),
        plain(&format!("ingress: {{web: {odd}}}")),
        plain(&format!("defaults: {{tags: [{odd}], hostnamePrefix: {odd}, {odd}: {odd}}}, {broken}")),
        plain(&format!("egress: {{db: {{fqdn: {odd}, ports: {{{odd}: {odd}}}}}}}")),
        plain(&format!("loadBalancer: {{db: {{ports: {{http: 80}}, selector: {{{odd}: {odd}}}}}}}")),
        plain(&format!("proxyGroup: {{pg: {{type: {odd}, hostnamePrefix: {odd}, replicas: {odd}}}}}")),
        plain(&format!("annotate: {{{odd}: {{service: {odd}}}}}")),
        plain("ingress: {web: {service: \"web:80\", service: \"web:80\"}}"),
        entry(&format!("{odd}: 1")),
        entry(&format!("hostname: {odd}")),
        entry(&format!("name: {odd}, namespace: {odd}, proxyGroup: {odd}, proxyClass: {odd}")),
        entry(&format!("tags: [{odd}, {odd}], funnel: {odd}, paths: {{{odd}: {odd}}}")),
        entry(&format!("annotations: {{{odd}: {odd}}}, labels: {{{odd}: {odd}}}")),
        entry(&format!("annotations: {{\"tailscale.com/{}: 1}}", &odd[1..])),
        entry(&format!("hostname: \"${{{}\"", &odd[1..odd.len() - 1])),
        plain("ingress: {web: {service: \"web:80\"}}")
            .replace("v1alpha1", &odd[1..odd.len() - 1])
            .replace("apiVersion: tailscale", "apiVersion: \"tailscale")
            .replacen("\nkind", "\"\nkind", 1),
        plain(broken).replace("kind: TailscaleExpose", &format!("kind: {odd}")),
        plain(broken).replace("kind: TailscaleExpose", &format!("{odd}: 1\nkind: TailscaleExpose")),
        format!("{}---\n{}", plain(broken), plain(broken)),
        profile(&format!("rules: {{{odd}: off}}")),
        profile(&format!("rules: {{dangling-service: {odd}}}")),
        profile(&format!("operator: {{version: {odd}, ingressClass: {odd}}}, {odd}: 1")),
        format!("a: {{b: {odd}\n"),
        format!("a: *{}\n::error::x\n", "b"),
        format!("kind: TailscaleExpose\na: [\n::error::x\n\u{1b}[2J\n"),
        format!("{}{}", plain("ingress: {web: {service: \"web:80\"}}"), "# \u{9b}2J\u{202e}"),
    ];
    for name in [&odd, "web"] {
        let named = format!("name: {name}, namespace: apps");
        let exposed =
            format!("{named}, annotations: {{tailscale.com/hostname: {odd}, tailscale.com/expose: \"true\"}}");
        let marked =
            format!("{named}, annotations: {{tailscale-expose.dev/stub: {odd}, config.kubernetes.io/path: {odd}}}");
        for metadata in [&named, &exposed, &marked] {
            let build = service(
                metadata,
                &format!("spec: {{ports: [{{name: {odd}, port: {odd}}}, {{port: 1}}], type: {odd}}}"),
            );
            texts.push(format!(
                "{build}---\n{}",
                plain(&format!("ingress: {{web: {{service: web, hostname: {odd}}}}}"))
            ));
            texts.push(format!("{build}---\n{}", plain("annotate: {web: {}}, loadBalancer: {db: {service: web}}")));
        }
    }
    texts
}

/// Returns manifests as a ResourceList in a host that writes files back.
fn request(text: &str) -> String {
    let mut out = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    for document in text.split("---\n") {
        for (number, line) in document.lines().enumerate() {
            out.push_str(if number == 0 { "- " } else { "  " });
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

fn results(answer: &str) -> &str {
    answer.find("\nresults:").map_or("", |at| &answer[at..])
}

#[test]
fn no_text_of_a_manifest_is_obeyed() {
    let mut found = 0;
    for text in manifests() {
        let folder = Folder::with(&[("stub.yaml", &text)]);
        for outcome in [folder.run(&["render"]), coloured(&folder, &["render"], None)] {
            found += usize::from(outcome.code == 1);
            assert_is_quiet(&outcome.stderr, &text);
        }
        for outcome in [folder.pipe(&[], &request(&text)), coloured(&folder, &[], Some(&request(&text)))] {
            assert_is_quiet(&outcome.stderr, &text);
            assert_is_quiet(results(&outcome.stdout), &text);
        }
    }
    assert!(found > 50, "only {found} had findings");
}

#[test]
fn no_text_of_a_config_is_obeyed() {
    let (folder, odd) = (Folder::with(&[]), odd());
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nfunctionConfig: ";
    for config in [
        format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {odd}}}, data: {{{odd}: {odd}}}}}"),
        format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, data: {{operator.version: {odd}, rules.x: {odd}}}}}"
        ),
        format!("{{apiVersion: v1, kind: {odd}, metadata: {{name: a}}}}"),
        format!("{{apiVersion: tailscale-expose.dev/v1alpha1, kind: {odd}, metadata: {{name: a}}}}"),
        format!(
            "{{apiVersion: tailscale-expose.dev/v1alpha1, kind: TailscaleExpose, metadata: {{name: {odd}}}, spec: {{{odd}: 1}}}}"
        ),
        format!("{{apiVersion: v1}}\n{odd}: 1\n{odd}: 2"),
    ] {
        for outcome in
            [folder.pipe(&[], &format!("{list}{config}\n")), coloured(&folder, &[], Some(&format!("{list}{config}\n")))]
        {
            assert!(outcome.code > 0 && !outcome.stderr.is_empty(), "{config}");
            assert_is_quiet(&outcome.stderr, &config);
            assert_is_quiet(results(&outcome.stdout), &config);
        }
        let mut plugin = command(PROGRAM, folder.path());
        let outcome = run(plugin.arg("file").env("KUSTOMIZE_PLUGIN_CONFIG_STRING", &config), None);
        assert_is_quiet(&outcome.stderr, &config);
    }
}

#[test]
fn no_argument_is_obeyed() {
    let folder = Folder::with(&[("stub.yaml", STUB), ("in-the-way", "")]);
    let odd = ODD;
    for arguments in [
        &[odd][..],
        &["render", odd],
        &["render", "--check", odd],
        &["render", &format!("--{odd}")],
        &["render", "-o", &format!("in-the-way/{odd}")],
        &["init", odd],
        &["init", "app", "-o", &format!("gone/{odd}")],
        &["init", "--component", &format!("in-the-way/{odd}")],
        &["install", &format!("in-the-way/{odd}")],
        &["install", ".", "--name", &format!("a/{odd}")],
        &["completions", odd],
    ] {
        for outcome in [folder.run(arguments), coloured(&folder, arguments, None)] {
            assert_eq!(outcome.code, 2, "{arguments:?}: {}", outcome.stderr);
            assert_is_quiet(&outcome.stderr, &format!("{arguments:?}"));
        }
    }
}

#[cfg(unix)]
#[test]
fn no_name_of_a_file_is_obeyed() {
    let name = format!("{}.yaml", ODD.replace("\r\n  ::add-mask::y", ""));
    let broken = STUB.replace("service: \"web:80\"", "servce: \"web:80\"");
    for (text, arguments) in [
        (broken.as_str(), &["render"][..]),
        ("a: [\n", &["render"]),
        (STUB, &["render", "--beside", "--check"]),
        (STUB, &["render", "--beside"]),
        (STUB, &["render", "-o", "out"]),
        (STUB, &["init", "-o", &name]),
        (STUB, &["init", "-o", &format!("a{name}")]),
        (STUB, &["init", "--component", &format!("b{name}")]),
        (STUB, &["install", &format!("c{name}")]),
    ] {
        let folder = Folder::with(&[(&name, text)]);
        let outcome = coloured(&folder, arguments, None);
        assert!(!outcome.stderr.is_empty(), "{arguments:?}");
        assert_is_quiet(&outcome.stderr, &format!("{arguments:?}"));
        if arguments[0] != "render" {
            continue;
        }
        for file in folder.names().iter().filter(|name| name.ends_with("gen.yaml") || name.starts_with("out/")) {
            let text = folder.read(file);
            let name = if file.starts_with("out/") { "../x\\n::error" } else { "x\\n::error" };
            assert!(text.starts_with(&format!("# Generated by tailscale-expose from {name}")), "{text}");
            assert_is_quiet(&text, file);
        }
    }
}

#[test]
fn nothing_of_a_secret_is_shown() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: hunter2}\n";
    let broken = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n  password: \"hunter2\"hunter2\"\n";
    let stub = STUB.replace("service: \"web:80\"", "servce: \"web:80\"");
    let json = |text: &str| support::documents(text).expect("a manifest is YAML").remove(0);
    let list =
        serde_json::json!({"apiVersion": "v1", "kind": "List", "items": [json(secret), json(&stub), json(secret)]});
    let resources = serde_json::json!({"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": [json(secret), json(&stub), json(secret)]});
    for files in [
        &[("a.yaml", broken), ("stub.yaml", stub.as_str())][..],
        &[("stub.yaml", &format!("{stub}---\n{secret}---\n{broken}"))],
        &[("stub.yaml", format!("{stub}---\n{secret}").trim_end())],
        &[("stub.yaml", format!("{STUB}---\n{secret}").trim_end())],
        &[("list.json", &list.to_string())],
        &[("list.json", &format!("{list:#}"))],
        &[(
            "list.yaml",
            &request(&format!("{stub}---\n{secret}")).replace("config.kubernetes.io/v1", "v1").replace("Resource", ""),
        )],
    ] {
        let outcome = Folder::with(files).run(&["render"]);
        assert!(!outcome.stderr.is_empty() && !outcome.stderr.contains("hunter2"), "{files:?}: {}", outcome.stderr);
    }
    for question in [
        resources.to_string(),
        format!("{list}"),
        request(&format!("{secret}---\n{stub}---\n{secret}")),
        format!("{stub}---\n{broken}"),
    ] {
        let outcome = Folder::with(&[]).pipe(&[], &question);
        assert!(!outcome.stderr.is_empty() && !outcome.stderr.contains("hunter2"), "{question}: {}", outcome.stderr);
        assert!(!results(&outcome.stdout).contains("hunter2"), "{question}: {}", outcome.stdout);
    }
    let outcome = Folder::with(&[("a.yaml", broken), ("stub.yaml", STUB)]).run(&["render"]);
    assert!(outcome.stderr.contains(" --> a.yaml:5:22\n"), "{}", outcome.stderr);
}
