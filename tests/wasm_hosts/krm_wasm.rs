//! The host of any function: one in another language, hostile ones, and the cache of compiled code. What it
//! limits is in `limits.rs`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use libtest_mimic::Trial;

use crate::parity::{Answer, ask, krm_wasm};
use crate::support::{command, root};
use crate::{tools, trial};

/// A question for functions that are not ours.
pub(crate) const QUESTION: &[u8] = b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- a: 1\n- b: 2\n";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("krm-wasm", "a function in Go runs, sees nothing of the machine, and answers the same again", go),
        trial("krm-wasm", "kustomize runs it as its help says", in_kustomize),
        trial("krm-wasm", "the key is in no folder of caches", key_apart),
        trial("krm-wasm", "names of a module are shown on one line, and cut", names),
        trial("krm-wasm", "what fails says why, and half an answer is not seen", failures),
        trial("krm-wasm", "pointers out of the memory are errors of the function", pointers),
        trial("krm-wasm", "what is no function is refused with its reason", no_functions),
        trial("krm-wasm", "the exit code is the function's", exit_codes),
        trial("krm-wasm", "a file with another SHA-256 is refused", sha256),
        trial("krm-wasm", "compiled code is kept, and damage and foreign code are compiled anew", cache),
        trial("krm-wasm", "a cache that others can reach is not used, and the user is told", open_cache),
        trial("krm-wasm", "without a home it runs without a cache", no_home),
    ]
}

/// A folder for one test: modules, and a home.
pub(crate) struct Place(pub(crate) tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("there must be room"));
        fs::create_dir(place.home()).expect("there must be room");
        place
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.0.path().join("home")
    }

    /// Writes a module.
    pub(crate) fn module(&self, text: &str) -> PathBuf {
        let path = self.0.path().join("function.wasm");
        fs::write(&path, wat::parse_str(text).expect("the test's module must be one")).expect("there must be room");
        path
    }

    /// The host, with a home of its own and nothing else of the environment.
    pub(crate) fn host(&self, module: &Path) -> Command {
        let mut host = command(&krm_wasm().to_string_lossy(), self.0.path());
        host.env_clear().env("HOME", self.home()).arg(module);
        host
    }

    /// Runs a module of this text, with options of the host.
    pub(crate) fn run(&self, text: &str, options: &[&str]) -> Answer {
        let module = self.module(text);
        ask(self.host(&module).args(options), QUESTION)
    }

    /// The compiled code that is kept.
    fn kept(&self) -> Vec<PathBuf> {
        let folder = self.home().join(".cache/krm-wasm");
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "code")).collect()
    }
}

/// A command of WASI that does something.
pub(crate) fn command_of(body: &str) -> String {
    format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\10\00\00\00\05\00\00\00")
            (data (i32.const 16) "hello")
            (func $deep (call $deep) (call $deep))
            (func (export "_start") {body}))"#
    )
}

/// Writes `hello` to a stream.
pub(crate) fn hello(stream: u8) -> String {
    format!("(drop (call $write (i32.const {stream}) (i32.const 0) (i32.const 1) (i32.const 8)))")
}

pub(crate) fn expect(got: &Answer, code: i32, stdout: &str, stderr: &str) -> Result<(), String> {
    if (got.code, got.stdout.as_str()) == (code, stdout) && got.stderr.starts_with(stderr) {
        return Ok(());
    }
    Err(format!("must be {:?}, is {got:?}", (code, stdout, stderr)))
}

/// The function in Go, which is built once.
static GO: LazyLock<Result<(tempfile::TempDir, PathBuf), String>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("count.wasm");
    let mut go = Command::new("go");
    go.args(["build", "-trimpath", "-ldflags=-s -w", "-o"]).arg(&path).arg("main.go");
    go.current_dir(root().join("tests/wasm_function")).envs([("GOOS", "wasip1"), ("GOARCH", "wasm")]);
    go.envs([("GO111MODULE", "off"), ("GOFLAGS", "")]);
    let built = go.output().map_err(|error| format!("go must be on the PATH: {error}"))?;
    if built.status.success() { Ok((folder, path)) } else { Err(String::from_utf8_lossy(&built.stderr).into_owned()) }
});

fn go() -> Result<(), String> {
    let (place, (_, module)) = (Place::new(), GO.as_ref()?);
    let first = ask(place.host(module).env("SECRET", "yes").arg("--deadline=300"), QUESTION);
    let wanted = [
        "kind: ResourceList",
        "\"2 items\"",
        "\"arguments [\\\"krm\\\"], environment []\"",
        "\"2022, slept an hour: true\"",
        "\"a file: open /etc/passwd: ",
    ];
    if let Some(missing) = wanted.iter().find(|text| !first.stdout.contains(**text)) {
        return Err(format!("{missing} is not in {first:?}"));
    }
    if first.stdout.contains("a file: <nil>") || first.stdout.contains("the network: <nil>") {
        return Err(format!("it sees the machine: {first:?}"));
    }
    let again = ask(place.host(module).env("SECRET", "no"), QUESTION);
    if first == again { Ok(()) } else { Err(format!("{first:?} is not {again:?}")) }
}

/// A stub that was expanded shows that the function ran.
fn in_kustomize() -> Result<(), String> {
    let place = Place::new();
    let write = |name: &str, text: &str| fs::write(place.home().join(name), text).expect("there must be room");
    let stub = "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExpose\nmetadata: {name: web}\n\
                spec: {ingress: {web: {service: \"apps/web:80\"}}}\n";
    let profile = "apiVersion: tailscale-expose.dev/v1alpha1\nkind: TailscaleExposeProfile\nmetadata:\n  name: all\n  \
                   annotations:\n    config.kubernetes.io/function: |\n      \
                   exec: {path: krm-wasm, args: [functions/expose.wasm]}\n";
    fs::create_dir(place.home().join("functions")).expect("there must be room");
    fs::copy(tools::dist(&root(), "tailscale-expose.wasm"), place.home().join("functions/expose.wasm"))
        .expect("there must be room");
    std::os::unix::fs::symlink(krm_wasm(), place.home().join("krm-wasm")).expect("there must be room");
    write("stub.yaml", stub);
    write("profile.yaml", profile);
    write("kustomization.yaml", "resources: [stub.yaml]\ntransformers: [profile.yaml]\n");
    let mut kustomize = command(&tools::kustomize().to_string_lossy(), &place.home());
    kustomize.env_clear().env("HOME", place.home()).env("PATH", place.home());
    let built = ask(kustomize.args(["build", "--enable-alpha-plugins", "--enable-exec"]), b"");
    let is_expanded = built.code == 0 && built.stdout.contains("kind: Ingress") && !built.stdout.contains("kind: Tail");
    if is_expanded { Ok(()) } else { Err(format!("{built:?}")) }
}

fn key_apart() -> Result<(), String> {
    let place = Place::new();
    let module = place.module(&command_of(&hello(1)));
    let home = place.home();
    fs::create_dir_all(home.join("a")).map_err(|error| error.to_string())?;
    std::os::unix::fs::symlink(home.join("cache"), home.join("link")).map_err(|error| error.to_string())?;
    fs::create_dir_all(home.join("cache")).map_err(|error| error.to_string())?;
    for state in ["cache", "cache/state", "a/../cache", "link", "link/state", "cache/krm-wasm/.."] {
        let mut host = place.host(&module);
        host.env("XDG_CACHE_HOME", home.join("cache")).env("XDG_STATE_HOME", home.join(state));
        let got = ask(&mut host, QUESTION);
        expect(&got, 0, "hello", "warning: compiled code is not kept: ")?;
        let mut folders = vec![home.join("cache")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                if entry.file_name() == "key" {
                    return Err(format!("{state}: {}", entry.path().display()));
                }
                folders.push(entry.path());
            }
        }
    }
    Ok(())
}

fn names() -> Result<(), String> {
    let place = Place::new();
    let long = "x".repeat(90_000);
    let text = format!(r#"(module (import "env" "a\0a::error::b\1b[2J{long}" (func)) (func (export "_start")))"#);
    let got = place.run(&text, &[]);
    let told = got.stderr.strip_suffix('\n').unwrap_or(&got.stderr);
    let is_odd = |line: &str| line.starts_with("::") || line.chars().any(char::is_control);
    expect(&got, 2, "", "error: not a KRM function: it imports \"a\\n::error::b")?;
    if told.lines().any(is_odd) || told.len() > 3000 { Err(format!("{told:?}")) } else { Ok(()) }
}

fn failures() -> Result<(), String> {
    let place = Place::new();
    let said = hello(2);
    let got = place.run(&command_of(&format!("{} {said} unreachable", hello(1))), &[]);
    expect(&got, 2, "", "helloerror: the function failed: wasm `unreachable` instruction executed\n")?;
    let got = place.run(&command_of("(call $deep)"), &[]);
    expect(&got, 2, "", "error: the function's calls nest too deep\n")?;
    let got = place.run(&command_of("(drop (i32.load (i32.const -4)))"), &[]);
    expect(&got, 2, "", "error: the function failed: out of bounds memory access\n")
}

fn pointers() -> Result<(), String> {
    let place = Place::new();
    // The list of pieces, the number of pieces, the place of the result: each far outside.
    for arguments in ["-8 1 8", "0 -1 8", "0 1 -2", "65532 1 8", "65528 2 8"] {
        let [list, count, result] = arguments.split(' ').collect::<Vec<_>>()[..] else {
            return Err("a slip".to_owned());
        };
        for (function, stream) in [("$read", 0), ("$write", 1)] {
            let call = format!(
                "(call $exit (call {function} (i32.const {stream}) (i32.const {list}) (i32.const {count}) (i32.const {result})))"
            );
            let got = place.run(&command_of(&call), &["--no-cache"]);
            if got.code != 21 {
                return Err(format!("{function} of {arguments}: {got:?}"));
            }
        }
    }
    Ok(())
}

fn no_functions() -> Result<(), String> {
    let place = Place::new();
    let no = "error: not a KRM function: ";
    let got = place.run("(module (memory (export \"memory\") 1))", &[]);
    expect(&got, 2, "", &format!("{no}it exports no function `_start`\n"))?;
    let got = place.run("(module (func (export \"_start\")))", &[]);
    expect(&got, 2, "", &format!("{no}it exports no `memory`\n"))?;
    let got = place.run("(module (import \"env\" \"now\" (func)) (func (export \"_start\")))", &[]);
    expect(&got, 2, "", &format!("{no}it imports \"now\" of \"env\"\n"))?;
    let got = place.run("(component)", &[]);
    expect(&got, 2, "", &format!("{no}it is a component\nhelp: "))?;
    let path = place.0.path().join("text");
    fs::write(&path, "hello").map_err(|error| error.to_string())?;
    expect(&ask(&mut place.host(&path), QUESTION), 2, "", &format!("{no}it is no WebAssembly\nhelp: "))?;
    fs::write(&path, b"\0asm\x01\0\0\0\x01\x7f").map_err(|error| error.to_string())?;
    expect(&ask(&mut place.host(&path), QUESTION), 2, "", no)?;
    expect(&ask(&mut place.host(Path::new("none.wasm")), QUESTION), 2, "", "error: none.wasm: No such file")
}

fn exit_codes() -> Result<(), String> {
    for (code, wanted) in [(0, 0), (1, 1), (77, 77), (255, 255), (256, 255), (-1, 255)] {
        let body = format!("{} (call $exit (i32.const {code})) unreachable", hello(1));
        expect(&Place::new().run(&command_of(&body), &["--no-cache"]), wanted, "hello", "")?;
    }
    Ok(())
}

fn sha256() -> Result<(), String> {
    let place = Place::new();
    let text = command_of(&hello(1));
    let got = place.run(&text, &["--sha256=00"]);
    let module = place.module(&text).display().to_string();
    expect(&got, 2, "", &format!("error: {module}: its SHA-256 must be 00, is "))?;
    let sum = got.stderr.trim_end().rsplit(' ').next().unwrap_or_default().to_owned();
    expect(&place.run(&text, &[&format!("--sha256={sum}")]), 0, "hello", "")?;
    expect(&place.run(&text, &[&format!("--sha256=sha256:{}", sum.to_uppercase())]), 0, "hello", "")
}

fn cache() -> Result<(), String> {
    let place = Place::new();
    let text = command_of(&hello(1));
    let well = |place: &Place| expect(&place.run(&text, &[]), 0, "hello", "");
    well(&place)?;
    let [entry] = &place.kept()[..] else { return Err(format!("one entry must be kept: {:?}", place.kept())) };
    let read = |path: &Path| fs::read(path).map_err(|error| error.to_string());
    let whole = read(entry)?;
    // Read again, and not written again.
    let before = fs::metadata(entry).and_then(|entry| entry.modified()).map_err(|error| error.to_string())?;
    well(&place)?;
    if fs::metadata(entry).and_then(|entry| entry.modified()).map_err(|error| error.to_string())? != before {
        return Err("what is kept must be used".to_owned());
    }
    // Code that another machine's key vouches for.
    let other = Place::new();
    well(&other)?;
    let foreign = read(&other.kept()[0])?;
    if foreign[32..] != whole[32..] || foreign[..32] == whole[..32] {
        return Err("the same code must have another code of authentication on each machine".to_owned());
    }
    let flipped = {
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes
    };
    for bytes in [foreign, flipped, whole[..whole.len() - 1].to_vec(), Vec::new(), vec![0; 100_000]] {
        fs::write(entry, &bytes).map_err(|error| error.to_string())?;
        well(&place)?;
        if read(entry)? != whole {
            return Err("what is damaged must be made anew".to_owned());
        }
    }
    expect(&place.run(&command_of(&hello(2)), &["--no-cache"]), 0, "", "hello")?;
    if place.kept().len() == 1 { Ok(()) } else { Err("--no-cache must keep nothing".to_owned()) }
}

fn open_cache() -> Result<(), String> {
    let place = Place::new();
    let text = command_of(&hello(1));
    expect(&place.run(&text, &[]), 0, "hello", "")?;
    let folder = place.home().join(".cache/krm-wasm");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).map_err(|error| error.to_string())?;
    let folder = folder.display();
    let wanted = format!(
        "warning: compiled code is not kept: {folder}: it must be closed to all others (chmod go-rwx)\nhelp: --no-cache"
    );
    expect(&place.run(&text, &[]), 0, "hello", &wanted)
}

fn no_home() -> Result<(), String> {
    let place = Place::new();
    let module = place.module(&command_of(&hello(1)));
    let got = ask(place.host(&module).env_remove("HOME"), QUESTION);
    expect(&got, 0, "hello", "warning: compiled code is not kept: HOME is not set\n")
}
