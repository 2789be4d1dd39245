//! The two declarations that every type of the language is made with.
//!
//! `fields!` declares a mapping with named fields, `words!` a set of words. From one declaration
//! come the Rust type, its decoder, its serialisation and its shape.

/// Declares a mapping: `name "yamlName": Type;` for each field, `own name …` where only an entry
/// may have it and no default.
macro_rules! fields {
    (
        $(#[doc = $doc:literal])+
        pub struct $record:ident {
            $( $(#[doc = $field_doc:literal])+ $($own:ident)? @ $field:ident $name:literal: $type:ty; )*
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
        pub struct $record {
            $(
                $(#[doc = $field_doc])+
                #[serde(rename = $name, skip_serializing_if = "crate::api::Setting::is_absent")]
                pub $field: crate::api::Setting<$type>,
            )*
        }

        impl $record {
            /// What this looks like in YAML.
            pub const RECORD: crate::api::shape::Record = crate::api::shape::Record {
                name: stringify!($record),
                doc: crate::api::doc(concat!($($doc, "\n"),+)),
                fields: &[
                    $( crate::api::shape::Field {
                        name: $name,
                        doc: crate::api::doc(concat!($($field_doc, "\n"),+)),
                        own: fields!(@own $($own)?),
                        shape: <$type as crate::api::Decode>::SHAPE,
                    }, )*
                ],
            };
        }

        impl crate::api::Decode for $record {
            const SHAPE: &'static crate::api::shape::Shape = &crate::api::shape::Shape::Record(&Self::RECORD);
            const CLEAR: crate::api::shape::Clear = crate::api::shape::Clear::Map;

            fn decode<'n>(node: &'n crate::yaml::Node<'_>, decoder: &mut crate::api::Decoder<'n>) -> Option<Self> {
                let mut record = Self::default();
                decoder.fields(node, &Self::RECORD, &mut |decoder, name, value| match name {
                    $( $name => record.$field = decoder.setting(value), )*
                    _ => {}
                })?;
                Some(record)
            }
        }
    };
    (@own) => { false };
    (@own own) => { true };
}

/// Declares a section's entry: its own fields, and those that every entry has. Behind its name stands
/// what it makes: `suffixed`, an object that is called after key and suffix; `outward`, one that is called
/// after its key and leads to the tailnet, where it needs no name; `nothing`.
macro_rules! entry {
    (
        $(#[doc = $doc:literal])+
        pub struct $record:ident: suffixed { $($own_fields:tt)* }
    ) => {
        entry! {
            @ [$(#[doc = $doc])+] $record { $($own_fields)* }
            [
                /// The object's name. Default: the entry's key and `nameSuffix`.
                own @name "name": Templated<Name>;
                /// Written after the key to name the object.
                @name_suffix "nameSuffix": Templated<FreeText>;
            ]
            [
                /// Labels of the object.
                @labels "labels": TextMap;
            ]
            [name name_suffix labels] []
        }
    };
    (
        $(#[doc = $doc:literal])+
        pub struct $record:ident: nothing { $($own_fields:tt)* }
    ) => {
        entry! { @ [$(#[doc = $doc])+] $record { $($own_fields)* } [] [] [] [name name_suffix labels] }
    };
    (
        $(#[doc = $doc:literal])+
        pub struct $record:ident: outward { $($own_fields:tt)* }
    ) => {
        entry! {
            @fields [$(#[doc = $doc])+] $record { $($own_fields)* }
            [
                /// The tailnet name of its proxy, without the tailnet's domain. Default: the operator's,
                /// `<namespace>-<name>`; the key is no tailnet name here. Standalone only.
                own @hostname "hostname": Templated<Hostname>;
                /// Written before `hostname`, where the entry has one.
                @hostname_prefix "hostnamePrefix": Templated<FreeText>;
                /// Written after `hostname`, where the entry has one.
                @hostname_suffix "hostnameSuffix": Templated<FreeText>;
                /// The object's name. Default: the entry's key.
                own @name "name": Templated<Name>;
                /// The object's namespace. Default: the stub's.
                @namespace "namespace": Templated<Label>;
                /// The tags of its proxy. Default: the operator's. Standalone only.
                @tags "tags": List<Templated<Tag>>;
                /// Labels of the object.
                @labels "labels": TextMap;
            ]
            [name labels] [name_suffix]
        }
    };
    (
        @ [$($doc:tt)+] $record:ident { $($own_fields:tt)* }
        [$($names:tt)*] [$($labels:tt)*] [$($has:ident)*] [$($lacks:ident)*]
    ) => {
        entry! {
            @fields [$($doc)+] $record { $($own_fields)* }
            [
                /// The name on the tailnet, without the tailnet's domain. Default: the entry's key.
                own @hostname "hostname": Templated<Hostname>;
                /// Written before the tailnet name: `hostname`, or the key.
                @hostname_prefix "hostnamePrefix": Templated<FreeText>;
                /// Written after the tailnet name, `hostname` or the key: `"-${CLUSTER}"` gives each cluster its own.
                @hostname_suffix "hostnameSuffix": Templated<FreeText>;
                $($names)*
                /// The object's namespace. Default: the namespace of `service`, else the stub's.
                @namespace "namespace": Templated<Label>;
                /// The tags of the proxy (or of the Tailscale Service on a ProxyGroup). Default: the operator's.
                @tags "tags": List<Templated<Tag>>;
                $($labels)*
            ]
            [$($has)*] [$($lacks)*]
        }
    };
    (
        @fields [$($doc:tt)+] $record:ident { $($own_fields:tt)* }
        [$($common:tt)*] [$($has:ident)*] [$($lacks:ident)*]
    ) => {
        fields! {
            $($doc)+
            pub struct $record {
                $($own_fields)*
                $($common)*
                /// More annotations of the object, for other tools.
                @annotations "annotations": TextMap;
                /// Who may reach it: selectors of the tailnet policy.
                @access "access": List<Templated<Selector>>;
            }
        }

        impl crate::api::EveryEntry for $record {
            fn common(&self) -> crate::api::Common<'_> {
                crate::api::Common {
                    hostname: &self.hostname,
                    hostname_prefix: &self.hostname_prefix,
                    hostname_suffix: &self.hostname_suffix,
                    namespace: &self.namespace,
                    tags: &self.tags,
                    annotations: &self.annotations,
                    $($has: &self.$has,)*
                    $($lacks: &crate::api::Setting::Absent,)*
                }
            }
        }
    };
}

/// Declares a set of words.
macro_rules! words {
    (
        $(#[doc = $doc:literal])+
        pub enum $words:ident { $( $(#[doc = $word_doc:literal])+ $variant:ident $word:literal, )+ }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $words { $( $(#[doc = $word_doc])+ $variant, )+ }

        impl $words {
            /// The words, each with what it means.
            pub const WORDS: &'static [crate::api::shape::Word] = &[
                $( crate::api::shape::Word { word: $word, doc: crate::api::doc(concat!($($word_doc, "\n"),+)) }, )+
            ];

            /// Returns the word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }

        impl std::fmt::Display for $words {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $words {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl crate::api::text::FromText for $words {
            const RULE: &'static crate::rule::Rule = crate::rule::rules::UNKNOWN_VALUE;
            const SHAPE: &'static crate::api::shape::Shape = &crate::api::shape::Shape::Words(Self::WORDS);

            fn from_text(text: &str) -> Result<Self, crate::api::text::Refusal> {
                match text {
                    $( $word => Ok(Self::$variant), )+
                    _ => Err(crate::api::text::Refusal::word(text, Self::WORDS)),
                }
            }

            fn check_part(part: &str) -> Result<(), String> {
                if Self::WORDS.iter().any(|word| word.word.contains(part)) {
                    Ok(())
                } else {
                    Err(crate::api::text::Refusal::word(part, Self::WORDS).message)
                }
            }

            fn suggest(text: &str) -> Option<String> {
                crate::api::nearest(text, Self::WORDS.iter().map(|word| word.word)).map(str::to_owned)
            }
        }
    };
}
