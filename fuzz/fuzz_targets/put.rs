//! A text put where the fuzzer reads it, as much of it as there is room for.

/// Writes a text and returns how long it is there.
pub(crate) fn put(data: &mut [u8], max_size: usize, text: &str) -> usize {
    let end = text.floor_char_boundary(max_size);
    data[..end].copy_from_slice(&text.as_bytes()[..end]);
    end
}
