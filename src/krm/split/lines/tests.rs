//! What a look at one line says, line by line.

use super::*;

fn look_at(text: &str) -> Look {
    look(&lines_from(text, 0).next().unwrap())
}

#[test]
fn a_line_that_ends_what_it_starts_is_closed() {
    for (text, column, keyed) in [
        ("a: b", Some(0), true),
        ("  a:", Some(2), true),
        ("a: # why", Some(0), true),
        ("a b#c: {d: [e, 'f''g'], \"h\":\"\\\"\"} # i", Some(0), true),
        ("- - a: it's", Some(4), true),
        ("-", None, false),
        ("- -", None, false),
        ("- # why", None, false),
        ("'a': \"b\"", Some(0), false),
        ("\"a\"", Some(0), false),
        ("[don't, x]", Some(0), false),
        ("{a: 1}: {b: 2}", Some(0), false),
        ("https://a:b/#c", Some(0), false),
        ("a #: b", Some(0), false),
        ("-a: b", Some(0), true),
        ("--- a", Some(0), false),
        ("a: b # c: d", Some(0), true),
        ("a: {}", Some(0), true),
    ] {
        assert_eq!(look_at(text), Look::Closed { column, keyed }, "{text:?}");
    }
}

#[test]
fn a_block_scalar_is_deeper_than_its_key_or_dash() {
    for (text, column, parent, keyed) in [
        ("a: |", 0, 0, true),
        ("  - a: >-2 # why", 4, 4, true),
        ("- |", 2, 0, false),
        ("- - |+", 4, 2, false),
        ("'a': |", 0, 0, false),
    ] {
        assert_eq!(look_at(text), Look::Block { column, parent, keyed }, "{text:?}");
    }
}

#[test]
fn what_may_reach_further_is_odd() {
    for text in [
        "a: \"b",
        "a: 'b''",
        "a: \"b\\",
        "a: [b",
        "a: {b: 'c}",
        "\"a",
        "a: [b] c",
        "a: \"b\" c",
        "a: \"b\"#c",
        "\"a\":b",
        "a: {b:'c'}",
        "a: [b 'c']",
        "a: [b, *c]",
        "a: [&b c]",
        "a: [!!str b]",
        "a: [b # c",
        "a: {? b}",
        "a: [\tb]",
        "a: *b",
        "a: &b c",
        "a: !b c",
        "&a b: c",
        "*a : b",
        "!a b: c",
        "? a",
        ": a",
        "?a: b",
        "%a",
        "@a",
        "`a`",
        "]",
        "}",
        ",",
        "|",
        ">",
        "- ? a",
        "-\ta",
        "- -\ta",
        "a:\tb",
        "a\t: b",
        "a: \tb",
        "a: - b",
        "a: -",
        "a: b: c",
        "a: b:",
        "a: |b",
        "a: | b",
        "a: |123",
        "a: |#b",
        "- |b",
        "a: \"b\"\t",
        "\ta",
        "  \ta: b",
        "a: >\t",
    ] {
        assert_eq!(look_at(text), Look::Odd, "{text:?}");
    }
}

#[test]
fn lines_end_with_lf_or_crlf() {
    let lines: Vec<(usize, &[u8], usize)> =
        lines_from("x\na\r\n  b\n\n c", 2).map(|line| (line.start, line.bytes, line.indent)).collect();
    assert_eq!(lines, [(2, &b"a"[..], 0), (5, &b"  b"[..], 2), (9, &b""[..], 0), (10, &b" c"[..], 1)]);
}

#[test]
fn bytes_are_found_wherever_they_stand() {
    for length in 0..40 {
        for at in 0..=length {
            let mut bytes = vec![b' '; length];
            bytes.extend([b'\x09', b'\xba', b'\xff']);
            bytes[at] = b':';
            for from in 0..=length {
                let want = (from <= at).then_some(at);
                assert_eq!(next_of([b':', b'#'], &bytes, from), want, "{length} {at} {from}");
                let end = if from <= at { at } else { length };
                assert_eq!(skip_spaces(&bytes, from), end, "{length} {at} {from}");
            }
            let text = format!("{}\n{}", "x".repeat(length), "y".repeat(at));
            let lengths: Vec<usize> = lines_from(&text, 0).map(|line| line.bytes.len()).collect();
            assert_eq!(lengths, if at == 0 { vec![length] } else { vec![length, at] });
        }
    }
    assert_eq!(next_of([b':'], b"::", 3), None);
    assert_eq!(skip_spaces(b"  ", 3), 3);
}
