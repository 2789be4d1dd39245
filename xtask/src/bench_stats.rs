//! Numbers of one kind, measured again and again, and the table that tells what they are.

use std::fmt::Write as _;

/// What was measured, in the order it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Series(Vec<f64>);

impl Series {
    /// Adds a measurement.
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Each measurement, divided by the one of the other series that was taken with it.
    ///
    /// What disturbs the machine for longer than one pair disturbs both of its halves, and cancels out.
    pub(crate) fn per(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(this, other)| this / other).collect())
    }

    /// Times in milliseconds as amounts a second.
    pub(crate) fn rate(&self, amount: f64) -> Self {
        Self(self.0.iter().map(|milliseconds| amount / milliseconds * 1e3).collect())
    }

    /// Every measurement, in another unit.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        Self(self.0.iter().map(|value| value * factor).collect())
    }

    /// The least, the median and the greatest.
    fn spread(&self) -> Option<[f64; 3]> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied();
        let half = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 { at(half)? } else { (at(half.checked_sub(1)?)? + at(half)?) / 2.0 };
        Some([at(0)?, median, at(sorted.len() - 1)?])
    }
}

/// One line of the table.
pub(crate) struct Figure {
    /// What was measured.
    what: &'static str,
    /// In what it is counted; nothing for a ratio.
    unit: &'static str,
    /// How often, and what came out.
    series: Series,
    /// What the median should be.
    bar: &'static str,
}

impl Figure {
    pub(crate) fn new(what: &'static str, unit: &'static str, series: Series, bar: &'static str) -> Self {
        Self { what, unit, series, bar }
    }
}

/// Writes figures as a Markdown table.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut out =
        "| figure | min | median | max | runs | bar, for the median |\n|---|--:|--:|--:|--:|---|\n".to_owned();
    for Figure { what, unit, series, bar } in figures {
        let Some(spread) = series.spread() else { continue };
        let [min, median, max] = spread.map(|value| format!("{} {unit}", digits(value)).trim_end().to_owned());
        let _ = writeln!(out, "| {what} | {min} | {median} | {max} | {} | {bar} |", series.0.len());
    }
    out
}

/// Three digits that count; more would be noise.
fn digits(value: f64) -> String {
    let decimals = if value < 10.0 {
        2
    } else if value < 100.0 {
        1
    } else {
        0
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Series {
        Series(values.to_vec())
    }

    #[test]
    fn the_median_is_the_middle_one_or_between_the_middle_two() {
        assert_eq!(series(&[3.0, 1.0, 2.0]).spread(), Some([1.0, 2.0, 3.0]));
        assert_eq!(series(&[4.0, 1.0, 3.0, 2.0]).spread(), Some([1.0, 2.5, 4.0]));
        assert_eq!(series(&[7.0]).spread(), Some([7.0, 7.0, 7.0]));
        assert_eq!(series(&[]).spread(), None);
    }

    #[test]
    fn a_ratio_is_taken_pair_by_pair() {
        // The second pair was taken while the machine was twice as slow.
        assert_eq!(series(&[3.0, 6.0]).per(&series(&[2.0, 4.0])), series(&[1.5, 1.5]));
    }

    #[test]
    fn the_table_is_markdown_with_three_digits() {
        let figure = Figure::new("time", "ms", series(&[0.512, 12.345, 678.9]), "< 100 ms");
        let line = table(&[figure]).lines().last().unwrap().to_owned();
        assert_eq!(line, "| time | 0.51 ms | 12.3 ms | 679 ms | 3 | < 100 ms |");
    }

    #[test]
    fn what_was_not_measured_is_not_in_the_table() {
        assert_eq!(table(&[Figure::new("time", "ms", series(&[]), "")]).lines().count(), 2);
    }
}
