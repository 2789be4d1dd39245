//! What must hold for what is said of any text, whatever it holds.

use std::ops::Range;

use tailscale_expose::api::{Kind, Literals, Place, Template, becomes, has_placeholder};

/// Checks a text.
pub(crate) fn on(text: &str) {
    let template = Template::of(text);
    let mut end = 0;
    for part in &template.parts {
        assert!(part.range.start == end && part.range.end > end, "{text:?}: {:?}", template.parts);
        assert!(text.get(part.range.clone()).is_some(), "{text:?}: {part:?}");
        end = part.range.end;
    }
    assert_eq!(end, text.len(), "{text:?}: {:?}", template.parts);

    // What is outside of the placeholders is what the parts say.
    let mut inside = vec![false; text.len()];
    for range in placeholders(&template) {
        assert!(text[range.clone()].starts_with("${"), "{text:?}: {range:?}");
        inside[range].fill(true);
    }
    for part in &template.parts {
        let is_outside = part.kind == Kind::Text(Place::Outside);
        assert!(inside[part.range.clone()].iter().all(|inside| *inside != is_outside), "{text:?}: {part:?}");
    }
    let unread = template.parts.iter().any(|part| part.kind == Kind::Unread);
    assert_eq!(unread, template.fault.is_some(), "{text:?}");

    let literals = Literals::of(text);
    assert_eq!(literals.is_substituted, template.has_placeholder(), "{text:?}");
    assert_eq!(literals.is_substituted, has_placeholder(text), "{text:?}");
    let first = placeholders(&template).next().map_or(text.len(), |range| range.start);
    assert_eq!(literals.prefix, &text[..first], "{text:?}");
    for part in &literals.parts {
        assert_eq!(text.get(part.start..part.start + part.text.len()), Some(part.text), "{text:?}");
        assert_eq!(inside[part.start], part.is_default, "{text:?}: {part:?}");
    }
    let _ = becomes(text);
}

/// Returns the ranges of the outermost placeholders.
fn placeholders(template: &Template<'_>) -> impl Iterator<Item = Range<usize>> {
    let (mut depth, mut start) = (0_usize, 0);
    template.parts.iter().filter_map(move |part| {
        match part.kind {
            Kind::Unread => return Some(part.range.clone()),
            Kind::Open { .. } => {
                if depth == 0 {
                    start = part.range.start;
                }
                depth += 1;
            }
            Kind::Close => {
                depth -= 1;
                return (depth == 0).then_some(start..part.range.end);
            }
            Kind::Text(_) | Kind::Sign => {}
        }
        None
    })
}
