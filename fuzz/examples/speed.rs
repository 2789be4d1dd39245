//! How fast a build is taken apart, beside copying its bytes: `cargo run --release --example speed`.

use std::cell::RefCell;
use std::fs;
use std::hint::black_box;
use std::time::Duration;

use tailscale_expose::krm::split::{Item, Kind, split};

const SIZE: usize = 100 << 20;

fn main() -> std::io::Result<()> {
    let corpus = corpus()?;
    let script = "    line of a script that somebody keeps in a ConfigMap: \"quoted\" # and more\n".repeat(40);
    let config_map = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: |\n{script}");
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  labels:\n    app: a\n  name: a\n  namespace: b\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n      - args:\n        - --a=b\n        env:\n        - name: A\n          value: \"1\"\n        image: a/b:c\n        name: a\n        ports:\n        - containerPort: 80\n";
    let build: Vec<String> = [&corpus[..], &vec![deployment.to_owned(); 400], &vec![config_map; 40]].concat();
    for (name, bodies) in [("corpus", &corpus), ("build", &build)] {
        let entries: Vec<String> =
            bodies.iter().map(|body| format!("- {}\n", body.trim_end().replace('\n', "\n  "))).collect();
        let list = format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{}", filled(&entries));
        let found = split(&list).expect("it is plain");
        report(name, &list, &found.items, || split(&list).map_or(0, |split| split.items.len()));
    }
    Ok(())
}

fn report(name: &str, text: &str, items: &[Item<'_>], run: impl Fn() -> usize) {
    let certain: usize = items.iter().filter(|item| item.kind != Kind::Unsure).map(|item| item.range.len()).sum();
    let taken = best(&run);
    let out = RefCell::new(vec![0_u8; text.len()]);
    let copied = best(|| {
        // As `cat` does: through a small buffer, which stays in the cache.
        let (mut buffer, mut out) = (vec![0_u8; 128 << 10], out.borrow_mut());
        for (from, to) in text.as_bytes().chunks(128 << 10).zip(out.chunks_mut(128 << 10)) {
            buffer[..from.len()].copy_from_slice(from);
            to.copy_from_slice(black_box(&buffer[..from.len()]));
        }
        out.len()
    });
    // How fast this machine is today.
    let checked = best(|| std::str::from_utf8(black_box(text.as_bytes())).map_or(0, str::len));
    println!("UTF-8 check: {:.1} ms", checked.as_secs_f64() * 1e3);
    let speed = |time: Duration| text.len() as f64 / time.as_secs_f64() / 1e6;
    println!(
        "{name}: {:.1} MB, {} items, {:.1} % of the bytes of a certain kind; {:.0} ms = {:.0} MB/s, {:.1} times a copy ({:.0} MB/s)",
        text.len() as f64 / 1e6,
        items.len(),
        100.0 * certain as f64 / text.len() as f64,
        taken.as_secs_f64() * 1e3,
        speed(taken),
        taken.as_secs_f64() / copied.as_secs_f64(),
        speed(copied),
    );
}

fn best(run: impl Fn() -> usize) -> Duration {
    let time = |_| {
        let start = on_processor();
        black_box(run());
        on_processor() - start
    };
    (0..12).map(time).min().unwrap_or_default()
}

/// Returns how long this thread has run: other programs take the processor away, but not the count.
fn on_processor() -> Duration {
    let counts = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(counts.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or_default())
}

fn filled(parts: &[String]) -> String {
    parts
        .iter()
        .cycle()
        .scan(0, |size, part| {
            (*size < SIZE).then(|| {
                *size += part.len();
                part.as_str()
            })
        })
        .collect()
}

fn corpus() -> std::io::Result<Vec<String>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/corpus");
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.sort();
    let texts = files.iter().filter_map(|file| fs::read_to_string(file.join("original.yaml")).ok());
    Ok(texts
        .flat_map(|text| {
            text.split("\n---\n")
                .map(|body| format!("{}\n", body.trim().trim_start_matches("---\n")))
                .collect::<Vec<_>>()
        })
        .collect())
}
