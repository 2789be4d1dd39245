//! `docs/architecture.md`, read: the rooms and what each may name. What the page says is what the tests
//! hold the source to, so it cannot be wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::support::root;
use crate::{COMMAND, files, paths};

/// Rooms, each with those it may name.
pub(crate) type Rooms = BTreeMap<String, BTreeSet<String>>;

fn page() -> String {
    fs::read_to_string(root().join("docs/architecture.md")).expect("the page must be readable")
}

/// Returns what stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Reads the table of rooms.
pub(crate) fn rooms() -> Rooms {
    let page = page();
    let rows = page.lines().skip_while(|line| !line.starts_with("| room | may name |")).skip(2);
    let room = |row: &str| {
        let mut cells = row.trim_matches('|').split('|');
        let name = cells.next().and_then(|cell| quoted(cell).next()).expect("a row must begin with a room");
        let may_name = cells.next().map(|cell| quoted(cell).map(str::to_owned).collect());
        (name.to_owned(), may_name.expect("a row must say what the room may name"))
    };
    let rooms: Rooms = rows.take_while(|row| row.starts_with('|')).map(room).collect();
    assert!(rooms.len() > 5, "the page must have a table of rooms");
    rooms
}

/// Reads the arrows of the picture; those of hosts are dotted, and are none of the library's.
fn arrows() -> Rooms {
    let mut arrows = Rooms::new();
    for (from, to) in page().lines().filter_map(|line| line.split_once("-->")) {
        arrows.entry(from.trim().to_owned()).or_default().insert(to.trim().to_owned());
    }
    arrows
}

#[test]
fn the_picture_shows_what_the_table_says() {
    let (rooms, arrows) = (rooms(), arrows());
    let mut wrong = Vec::new();
    for (from, to) in arrows.iter().flat_map(|(from, all)| all.iter().map(move |to| (from, to))) {
        if rooms.get(from).is_none_or(|below| !below.contains(to)) {
            wrong.push(format!("the arrow {from} --> {to} is not in the table"));
        }
    }
    for (room, below) in &rooms {
        let (mut reached, mut next) = (BTreeSet::new(), vec![room]);
        while let Some(room) = next.pop() {
            next.extend(arrows.get(room).into_iter().flatten().filter(|to| reached.insert(*to)));
        }
        wrong.extend(
            below.iter().filter(|to| !reached.contains(to)).map(|to| format!("no arrows lead from {room} to {to}")),
        );
    }
    assert!(wrong.is_empty(), "docs/architecture.md:\n{}", wrong.join("\n"));
}

#[test]
fn a_room_of_the_table_is_there_and_names_what_it_may() {
    let mut named = Rooms::new();
    for file in files().into_iter().filter(|file| file.room() != "lib" && !COMMAND.contains(&file.room())) {
        let others = paths(&file).into_iter().map(|(_, head)| head).filter(|head| head != file.room());
        named.entry(file.room().to_owned()).or_default().extend(others);
    }
    assert_eq!(rooms(), named, "left: docs/architecture.md, right: the source");
}

#[test]
fn what_the_page_names_is_there() {
    let page = page();
    let parts = ["src", "tests", "plugin", "xtask", "docs"];
    let is_path = |name: &&str| parts.contains(&name.split('/').next().unwrap_or_default());
    let prose: String = page.split("```").step_by(2).collect();
    let missing: Vec<&str> = quoted(&prose).filter(is_path).filter(|path| !root().join(path).exists()).collect();
    assert!(missing.is_empty(), "docs/architecture.md names {missing:?}");
}
