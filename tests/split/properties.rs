//! The splitter agrees with the full parser about lists that nobody thought of.
#![allow(clippy::disallowed_methods, reason = "a test reads the corpus")]

use std::cell::Cell;
use std::fs;

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, TestRunner};

use crate::agree::{self, Outcome};
use crate::lists::{self, Dice};

/// Returns the documents of the corpus.
fn corpus() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts = files.iter().filter_map(|file| fs::read_to_string(file.join("original.yaml")).ok());
    texts.flat_map(|text| text.split("\n---\n").map(|body| format!("{}\n", body.trim())).collect::<Vec<_>>()).collect()
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

#[test]
fn lists_are_split_where_the_parser_splits_them() {
    let corpus = corpus();
    assert!(corpus.len() > 100);
    let (answered, agreed, certain) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let checked = runner(4000).run(&vec(any::<u8>(), 0..120), |bytes| {
        let outcome = agree::on_list(&lists::list(&mut Dice(&bytes), &corpus));
        answered.set(answered.get() + u32::from(outcome != Outcome::NoAnswer));
        if let Outcome::Agreed { items, certain: kinds } = outcome {
            agreed.set(agreed.get() + u32::from(items > 1));
            certain.set(certain.get() + kinds);
        }
        Ok(())
    });
    checked.unwrap();
    // A splitter that never answers would agree, too.
    assert!(answered.get() > 1000 && agreed.get() > 300 && certain.get() > 500, "{answered:?} {agreed:?} {certain:?}");
}

#[test]
fn every_list_of_real_objects_is_split_and_nearly_every_kind_is_certain() {
    let corpus = corpus();
    let (mut items, mut certain) = (0, 0);
    for body in &corpus {
        let entry = format!("- {}\n", body.trim_end().replace('\n', "\n  "));
        let text = format!("kind: ResourceList\nitems:\n{entry}{entry}");
        if let Outcome::Agreed { items: count, certain: kinds } = agree::on_list(&text) {
            (items, certain) = (items + count, certain + kinds);
        } else {
            // Placeholders and templates may make an object unreadable, which is nothing to us.
            assert_ne!(agree::on_list(&text), Outcome::NoAnswer, "{text}");
        }
    }
    assert!(items >= corpus.len() && certain * 20 > items * 19, "{certain} of {items}");
}
