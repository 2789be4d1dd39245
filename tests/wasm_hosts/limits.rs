//! What `krm-wasm` limits: time, memory, the answer, standard error, and the compiler.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use crate::krm_wasm::{Place, QUESTION, command_of, expect, hello};
use crate::parity::ask;
use crate::trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("krm-wasm", "an endless loop ends at the deadline", endless),
        trial("krm-wasm", "a function gets the memory that it may have, and no more", memory),
        trial("krm-wasm", "an endless answer is no answer", endless_answer),
        trial("krm-wasm", "an endless standard error is cut", endless_stderr),
        trial("krm-wasm", "a reader that does not read holds up neither the answer nor the deadline", unread),
        trial("krm-wasm", "the compiler has the memory that it may have, and no more", compiler_memory),
    ]
}

fn endless() -> Result<(), String> {
    let got = Place::new().run(&command_of(&format!("{} (loop (br 0))", hello(1))), &["--deadline=1"]);
    expect(&got, 2, "", "error: the function did not answer within 1 s\n")
}

fn memory() -> Result<(), String> {
    // A page is there, and 16 are a MiB.
    let grow = |pages: u32| command_of(&format!("(drop (memory.grow (i32.const {pages}))) {}", hello(1)));
    let place = Place::new();
    expect(&place.run(&grow(31), &["--memory=2"]), 0, "hello", "")?;
    let refused = "error: the function needs more memory than it may have, 2 MiB\n";
    expect(&place.run(&grow(32), &["--memory=2"]), 2, "", refused)?;
    expect(&place.run(&grow(65_000), &[]), 2, "", "error: the function needs more memory than it may have, 256 MiB\n")
}

fn endless_answer() -> Result<(), String> {
    let got = Place::new().run(&command_of(&format!("(loop {} (br 0))", hello(1))), &["--memory=1"]);
    expect(&got, 2, "", "error: the function's answer is longer than it may be, 1 MiB\n")
}

fn endless_stderr() -> Result<(), String> {
    let place = Place::new();
    let body = format!("(loop {} (br 0))", hello(2));
    let got = place.run(&command_of(&body), &["--deadline=3"]);
    let limit = 16 << 20;
    let note = "warning: the function's standard error is longer than it may be, 16 MiB: the rest is left out";
    let lines: Vec<&str> = got.stderr.lines().collect();
    let said = lines.first().map_or(0, |line| line.len());
    let is_cut = (limit..limit + (1 << 20)).contains(&said) && lines.get(1) == Some(&note);
    let is_told = lines.get(2) == Some(&"error: the function did not answer within 3 s");
    if got.code == 2 && is_cut && is_told { Ok(()) } else { Err(format!("{said} bytes, then {:?}", lines.get(1..))) }
}

/// Runs a module with a standard error that nobody reads; returns its exit code, its answer, and whether it
/// took no longer than so many seconds.
fn ask_unread(place: &Place, body: &str, deadline: u64, longest: u64) -> Result<(i32, String), String> {
    let told = |error: std::io::Error| error.to_string();
    let module = place.module(&command_of(body));
    let mut host = place.host(&module);
    let (reader, mut writer) = std::io::pipe().map_err(told)?;
    // Full before the host begins.
    let full = vec![b'x'; 64 << 10];
    writer.write_all(&full).map_err(told)?;
    let started = Instant::now();
    let child = host.arg(format!("--deadline={deadline}")).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(writer);
    let child = child.spawn().map_err(told)?;
    drop(host);
    let done = child.wait_with_output().map_err(told)?;
    drop(reader);
    if started.elapsed() > Duration::from_secs(longest) {
        return Err(format!("it took {:?}", started.elapsed()));
    }
    Ok((done.status.code().unwrap_or(-1), String::from_utf8_lossy(&done.stdout).into_owned()))
}

fn unread() -> Result<(), String> {
    let place = Place::new();
    let chatty = format!("(loop {} (br 0))", hello(2));
    let silent = "(loop (br 0))".to_owned();
    // The last cannot have its cache, and would tell.
    for (body, is_open) in [(&chatty, false), (&silent, false), (&chatty, true)] {
        if is_open {
            let folder = place.home().join(".cache/krm-wasm");
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).map_err(|error| error.to_string())?;
        }
        let got = ask_unread(&place, body, 2, 30)?;
        if got != (2, String::new()) {
            return Err(format!("{body}: {got:?}"));
        }
    }
    let spoken = format!("{} {}", hello(2), hello(1));
    let got = ask_unread(&place, &spoken, 2, 30)?;
    if got == (0, "hello".to_owned()) { Ok(()) } else { Err(format!("{got:?}")) }
}

/// A module that is short and takes the compiler gigabytes: a table of branches out of many blocks, where each
/// block hands on as many values.
fn greedy() -> String {
    const MANY: usize = 900;
    let each = |text: &str| text.repeat(MANY);
    let targets: String = (0..MANY).map(|target| format!(" {target}")).collect();
    format!(
        "(module (type $many (func (result {}))) (memory (export \"memory\") 1)
            (func (export \"_start\") {} {} i32.const 0 br_table{targets} {} {}))",
        each("i32 "),
        each("block (type $many) "),
        each("i32.const 0 "),
        each("end "),
        each("drop ")
    )
}

fn compiler_memory() -> Result<(), String> {
    let place = Place::new();
    let text = greedy();
    let length = fs::metadata(place.module(&text)).map_err(|error| error.to_string())?.len();
    if length > 20_000 {
        return Err(format!("the module has {length} bytes"));
    }
    let told = "error: compiling the function needs more memory than it may have, ";
    for (options, limit) in [(&["--memory=64"][..], "64"), (&[], "257")] {
        expect(&place.run(&text, options), 2, "", &format!("{told}{limit} MiB\nhelp: "))?;
    }
    // The function itself needs a page.
    let small = command_of(&hello(1));
    expect(&place.run(&small, &["--memory=64"]), 0, "hello", "")?;
    let refused = "error: compiling the function needs more memory than it may have, 64 MiB";
    let out = place.0.path().join("function.code");
    let got = ask(place.host(&place.module(&text)).args(["--memory=64", "--compile"]).arg(&out), QUESTION);
    expect(&got, 2, "", refused)?;
    if out.exists() { Err("nothing must be written".to_owned()) } else { Ok(()) }
}
