//! The form in which rules are declared.

/// Declares rules: a constant for each, and all of them by id.
///
/// A constant points into the list, so that each rule is there once, and one that nothing names is dead
/// code to the compiler.
macro_rules! rules {
    ($($name:ident = $rule:expr;)+) => {
        #[expect(non_camel_case_types, reason = "as the constants are called")]
        enum Number { $($name),+ }

        static ALL: [Rule; [$(Number::$name as usize),+].len()] = [$($rule),+];

        /// All rules, by id.
        pub static RULES: &[Rule] = &ALL;

        $(
            #[expect(clippy::indexing_slicing, reason = "it is decided when it is compiled")]
            pub(crate) const $name: &Rule = &ALL[Number::$name as usize];
        )+

        /// The constants by their names.
        #[cfg(test)]
        pub(super) const NAMES: &[(&str, &Rule)] = &[$((stringify!($name), $name)),+];
    };
}
