//! What the library costs inside a process: `cargo bench --bench render`.
//!
//! From the text of a stub to the text of its objects, on one thread, without files and without the
//! start of a process; `cargo xtask bench` measures those. What a run returns is dropped outside of
//! the measured time. `-- stage` splits 10 000 exposures into the parts of the pipeline.

#![allow(clippy::expect_used, reason = "a stub that is not what it should be must not be measured")]

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use tailscale_expose::api::{Decoder, Stub};
use tailscale_expose::build::{Build, Classes};
use tailscale_expose::expand::{Expansion, Governed, expand};
use tailscale_expose::krm::Object;
use tailscale_expose::report::{Colour, report};
use tailscale_expose::yaml::{Document, Node, Sources, documents, emit};
use tailscale_expose::{Rendering, render};

mod stubs;

fn main() {
    divan::main();
}

fn sources(stub: String) -> Sources {
    let mut sources = Sources::default();
    sources.add("stub.yaml", stub);
    sources
}

fn rendered(bencher: Bencher<'_, '_>, exposures: usize, stub: String) {
    let bytes = BytesCount::new(stub.len());
    let sources = sources(stub);
    assert_eq!(render(&sources).objects.len(), exposures, "a stub that is measured must be sound");
    bencher.counter(bytes).counter(ItemsCount::new(exposures)).bench_local(|| render(black_box(&sources)));
}

#[divan::bench(args = [1_000, 10_000, 100_000], max_time = 10)]
fn one_line(bencher: Bencher<'_, '_>, exposures: usize) {
    rendered(bencher, exposures, stubs::one_line(exposures));
}

#[divan::bench(args = [10_000], max_time = 10)]
fn mixed(bencher: Bencher<'_, '_>, exposures: usize) {
    rendered(bencher, exposures, stubs::mixed(exposures));
}

/// Each entry has a fault: decoding tells all of them, and the report shows each with its line.
#[divan::bench(args = [1_000, 10_000], max_time = 10)]
fn faulty(bencher: Bencher<'_, '_>, exposures: usize) {
    let sources = sources(stubs::faulty(exposures));
    assert_eq!(render(&sources).findings.len(), exposures, "each entry must have its fault");
    bencher.counter(ItemsCount::new(exposures)).bench_local(|| {
        let Rendering { findings, .. } = render(black_box(&sources));
        report(&findings, &sources, Colour::Plain)
    });
}

/// The parts of [`render`], one after the other, with what the parts before them made.
mod stage {
    use super::*;

    const EXPOSURES: usize = 10_000;

    /// Text to tree.
    #[divan::bench(max_time = 5)]
    fn read(bencher: Bencher<'_, '_>) {
        let sources = sources(stubs::one_line(EXPOSURES));
        bencher.counter(ItemsCount::new(EXPOSURES)).bench_local(|| parsed(black_box(&sources)));
    }

    /// Tree to stub.
    #[divan::bench(max_time = 5)]
    fn decode(bencher: Bencher<'_, '_>) {
        let sources = sources(stubs::one_line(EXPOSURES));
        let documents = parsed(&sources);
        let object = object(&documents);
        bencher.counter(ItemsCount::new(EXPOSURES)).bench_local(|| decoded(black_box(object)));
    }

    /// Stub to objects, and these to text.
    #[divan::bench(max_time = 5)]
    fn expand_and_emit(bencher: Bencher<'_, '_>) {
        let sources = sources(stubs::one_line(EXPOSURES));
        let stub = decoded(object(&parsed(&sources)));
        let stubs = [Governed { stub: &stub, profile: None, held: false, faulty: false }];
        let build = Build::visible(Classes::default());
        bencher.counter(ItemsCount::new(EXPOSURES)).bench_local(|| texts(&expand(black_box(&stubs), &build, &[])));
    }

    fn texts(expansion: &Expansion) -> Vec<String> {
        let text = |manifest| {
            let mut text = String::new();
            emit(&mut text, manifest).expect("a manifest must be written");
            text
        };
        expansion.generated.iter().map(|made| text(&made.manifest)).collect()
    }

    fn parsed(sources: &Sources) -> Vec<Document<'_>> {
        sources.iter().flat_map(|(id, source)| documents(id, source)).collect()
    }

    fn object<'d>(documents: &'d [Document<'d>]) -> Object<'d> {
        let document = documents.first().expect("a stub must be a document");
        let root: Option<&Node<'_>> = document.root.as_ref().ok().and_then(Option::as_ref);
        root.and_then(|root| Object::new(root, document.span)).expect("a stub must be an object")
    }

    fn decoded(object: Object<'_>) -> Stub {
        Stub::decode(object.node, &mut Decoder::new(object.reference())).expect("a stub must be decoded")
    }
}
