//! The grammar of Flux's substitution: a text is taken apart as fluxcd/pkg `envsubst/parse` takes it.
//!
//! The parts are a flat list in the order of the text, with no tree and no call inside a call, so that no
//! depth of placeholders can end a run. Each byte is looked at a few times, whatever the text. What the
//! parts mean is asked in `placeholder`, nowhere else.

use std::ops::Range;

/// How deep placeholders may stand in one another. Flux sets no limit; nobody nests so deep on purpose.
const MAX_DEPTH: usize = 100;

/// What a placeholder does with its variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `${V}`: the value.
    Value,
    /// `${#V}`: how long it is.
    Length,
    /// `${V:=d}`, `${V:-d}`, `${V=d}`: the value, or what stands after the sign.
    Default,
    /// `${V:?d}`, `${V:+d}`: the same, though a shell does something else.
    Unlike,
    /// `${V^}`, `${V^^}`, `${V,}`, `${V,,}`: in another case.
    Case,
    /// `${V:pos}`, `${V:pos:len}`: a part.
    Substring,
    /// `${V#p}`, `${V##p}`, `${V%p}`, `${V%%p}`: without its beginning or end.
    Remove,
    /// `${V/a/b}`, `${V//a/b}`, `${V/#a/b}`, `${V/%a/b}`: with something else in it.
    Replace,
}

impl Function {
    /// Returns whether the text in it comes out where the variable is not set.
    fn is_default(self) -> bool {
        matches!(self, Self::Default | Self::Unlike)
    }
}

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Outside of placeholders.
    Outside,
    /// In a default that comes out as it is.
    Default,
    /// In a pattern or a number, or in a default within one.
    Argument,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'t> {
    /// Text, as it is written.
    Text(Place),
    /// `${`, the name and the sign of the function.
    Open {
        /// The variable.
        name: &'t str,
        /// What is done with it.
        function: Function,
        /// Where it stands.
        place: Place,
    },
    /// The sign between two arguments.
    Sign,
    /// `}`
    Close,
    /// An outermost placeholder that Flux does not take, or that stands behind one.
    Unread,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'t> {
    /// What it is.
    pub kind: Kind<'t>,
    /// Where it stands.
    pub range: Range<usize>,
}

/// Why Flux does not take a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The innermost placeholder at fault.
    pub range: Range<usize>,
    /// What it must be.
    pub must: &'static str,
}

/// A text, taken apart. The parts lie end to end and are the whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template<'t> {
    /// The text.
    pub text: &'t str,
    /// Its parts; none is empty.
    pub parts: Vec<Part<'t>>,
    /// Why Flux does not take it.
    pub fault: Option<Fault>,
}

const MUST_CLOSE: &str = "must be closed with a brace";
const MUST_END: &str = "must end with a brace there: of a placeholder and other text only one can stand in it";

/// What comes next in a placeholder that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Any number of texts and placeholders.
    Default,
    Offset,
    AfterOffset,
    Pattern,
    AfterPattern,
    /// The last argument, in which a backslash may hide a slash.
    Replacement,
    Last,
    Close,
}

#[derive(Debug)]
struct Frame {
    start: usize,
    next: Next,
    hides: bool,
}

impl<'t> Template<'t> {
    /// Takes a text apart.
    #[must_use]
    pub fn of(text: &'t str) -> Self {
        let mut parser = Parser {
            template: Self { text, parts: Vec::new(), fault: None },
            at: 0,
            open: Vec::new(),
            hiding: 0,
            outermost: 0,
        };
        parser.run();
        parser.template
    }

    /// Returns whether there is a placeholder at all; `$${X}` is none.
    #[must_use]
    pub fn has_placeholder(&self) -> bool {
        self.parts.iter().any(|part| matches!(part.kind, Kind::Open { .. } | Kind::Unread))
    }
}

struct Parser<'t> {
    template: Template<'t>,
    at: usize,
    open: Vec<Frame>,
    /// How many open placeholders let no text come out.
    hiding: usize,
    /// How many parts there were before the outermost placeholder that is open.
    outermost: usize,
}

impl<'t> Parser<'t> {
    fn run(&mut self) {
        while self.at < self.template.text.len() || !self.open.is_empty() {
            if let Err(must) = self.step() {
                self.give_up(must);
                return;
            }
        }
    }

    fn step(&mut self) -> Result<(), &'static str> {
        let Some(frame) = self.open.last() else {
            self.outermost = self.template.parts.len();
            return if self.opens() { self.placeholder() } else { self.text("", true, false, MUST_CLOSE) };
        };
        let is_end = self.byte(0) == Some(b'}');
        match frame.next {
            Next::Default | Next::AfterOffset | Next::Close if is_end => self.close(),
            Next::Default => self.argument("}", false, Next::Default, MUST_CLOSE),
            Next::Offset => self.argument(":}", false, Next::AfterOffset, "must have a number after the colon"),
            Next::AfterOffset => self.signs(b':', Next::Last, MUST_END),
            Next::Pattern => self.argument("/", true, Next::AfterPattern, "must say after its slash what is replaced"),
            Next::AfterPattern => {
                self.signs(b'/', Next::Replacement, "must say after another slash what is put in")?;
                if self.byte(0) == Some(b'}') { self.close() } else { Ok(()) }
            }
            Next::Replacement => self.argument("}", true, Next::Close, MUST_CLOSE),
            Next::Last => self.argument("}", false, Next::Close, "must have something between its sign and its brace"),
            Next::Close => Err(MUST_END),
        }
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.template.text.as_bytes().get(self.at + ahead).copied()
    }

    fn opens(&self) -> bool {
        self.byte(0) == Some(b'$') && self.byte(1) == Some(b'{')
    }

    fn push(&mut self, kind: Kind<'t>, end: usize) {
        if end > self.at {
            self.template.parts.push(Part { kind, range: self.at..end });
            self.at = end;
        }
    }

    fn place(&self) -> Place {
        match (self.open.is_empty(), self.hiding) {
            (true, _) => Place::Outside,
            (false, 0) => Place::Default,
            (false, _) => Place::Argument,
        }
    }

    /// Reads a placeholder's name and the sign of its function.
    fn placeholder(&mut self) -> Result<(), &'static str> {
        let place = self.place();
        self.open.push(Frame { start: self.at, next: Next::Close, hides: true });
        self.hiding += 1;
        if self.open.len() > MAX_DEPTH {
            return Err("must not stand in more than a hundred others");
        }
        let rest = self.template.text.get(self.at + 2..).unwrap_or_default();
        let named = rest.strip_prefix('#').unwrap_or(rest);
        let tail = named.trim_start_matches(|c: char| c == '_' || c.is_alphanumeric());
        let name = named.get(..named.len() - tail.len()).unwrap_or_default();
        if name.is_empty() {
            let must = "must name a variable of letters, digits and \"_\"";
            return Err(if named.is_empty() { MUST_CLOSE } else { must });
        }
        let (sign, function, next) = match named.len() == rest.len() {
            true => function(tail)?,
            false if tail.is_empty() || tail.starts_with('}') => (0, Function::Length, Next::Close),
            false => return Err("must have nothing between the name and the brace"),
        };
        let hides = !function.is_default();
        if let Some(frame) = self.open.last_mut() {
            *frame = Frame { next, hides, ..*frame };
        }
        self.hiding -= usize::from(!hides);
        self.push(Kind::Open { name, function, place }, self.template.text.len() - tail.len() + sign);
        Ok(())
    }

    fn close(&mut self) -> Result<(), &'static str> {
        self.push(Kind::Close, self.at + 1);
        self.hiding -= usize::from(self.open.pop().is_some_and(|frame| frame.hides));
        Ok(())
    }

    fn next(&mut self, next: Next) {
        if let Some(frame) = self.open.last_mut() {
            frame.next = next;
        }
    }

    /// Reads one argument: a placeholder, or a text up to a placeholder or one of the stops.
    fn argument(&mut self, stops: &str, backslash: bool, next: Next, must: &'static str) -> Result<(), &'static str> {
        self.next(next);
        // In a default a dollar hides nothing: `${A:=$${B}}` holds a dollar and a placeholder.
        if self.opens() { self.placeholder() } else { self.text(stops, backslash, backslash, must) }
    }

    /// Reads a text; where `$$` is a dollar, it opens nothing.
    fn text(&mut self, stops: &str, dollars: bool, backslash: bool, must: &'static str) -> Result<(), &'static str> {
        let start = self.at;
        let mut end = start;
        let bytes = self.template.text.as_bytes();
        while let Some(byte) = bytes.get(end) {
            end += match (byte, bytes.get(end + 1)) {
                (b'$', Some(b'{')) => break,
                (b'$', Some(b'$')) if dollars => 2,
                (b'\\', Some(b'/' | b'\\')) if backslash => 2,
                (byte, _) if stops.as_bytes().contains(byte) => break,
                _ => 1,
            };
        }
        self.push(Kind::Text(self.place()), end);
        if end > start { Ok(()) } else { Err(must) }
    }

    /// Reads the signs between two arguments: any number is as good as one.
    fn signs(&mut self, sign: u8, next: Next, must: &'static str) -> Result<(), &'static str> {
        let rest = self.template.text.as_bytes().get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| **byte == sign).count();
        self.push(Kind::Sign, self.at + count);
        self.next(next);
        if count > 0 { Ok(()) } else { Err(must) }
    }

    /// Ends the reading at a fault: from the outermost placeholder on, only braces are counted.
    ///
    /// Read again from there, a text could be read as often as it has placeholders.
    fn give_up(&mut self, must: &'static str) {
        let Template { text, parts, .. } = &mut self.template;
        let inner = self.open.last().map_or(self.at, |frame| frame.start);
        self.at = self.open.first().map_or(self.at, |frame| frame.start);
        parts.truncate(self.outermost);
        let close = text.get(inner..).and_then(|rest| rest.find('}'));
        let range = inner..close.map_or(text.len(), |close| inner + close + 1);
        self.template.fault = Some(Fault { range, must });
        self.open.clear();
        self.hiding = 0;
        let bytes = self.template.text.as_bytes();
        while self.at < bytes.len() {
            if !self.opens() && self.text("", true, false, MUST_CLOSE).is_err() {
                return;
            }
            let (mut depth, mut end) = (0_usize, self.at);
            while let Some(byte) = bytes.get(end) {
                let is_open = *byte == b'$' && bytes.get(end + 1) == Some(&b'{');
                depth += usize::from(is_open);
                end += 1 + usize::from(is_open);
                depth -= usize::from(*byte == b'}');
                if depth == 0 {
                    break;
                }
            }
            self.push(Kind::Unread, end);
        }
    }
}

/// Returns the length of a function's sign, what it does and what stands behind it.
fn function(tail: &str) -> Result<(usize, Function, Next), &'static str> {
    let bytes = tail.as_bytes();
    Ok(match (bytes.first(), bytes.get(1)) {
        (Some(b':'), Some(b'=' | b'-')) => (2, Function::Default, Next::Default),
        (Some(b':'), Some(b'?' | b'+')) => (2, Function::Unlike, Next::Default),
        // Flux steps back by the width of what stands behind the colon, and then finds no colon.
        (Some(b':'), Some(128..)) => return Err("must have a number after the colon"),
        (Some(b':'), _) => (1, Function::Substring, Next::Offset),
        (Some(b'='), _) => (1, Function::Default, Next::Default),
        (Some(b'^' | b','), second) => {
            (1 + usize::from(matches!(second, Some(b'^' | b','))), Function::Case, Next::Close)
        }
        (Some(b'#'), second) => (1 + usize::from(second == Some(&b'#')), Function::Remove, Next::Last),
        (Some(b'%'), second) => (1 + usize::from(second == Some(&b'%')), Function::Remove, Next::Last),
        (Some(b'/'), second) => {
            (1 + usize::from(matches!(second, Some(b'/' | b'#' | b'%'))), Function::Replace, Next::Pattern)
        }
        (Some(b'}'), _) => (0, Function::Value, Next::Close),
        (Some(b'-'), _) => return Err("must have its default after \":=\" or \":-\""),
        (Some(_), _) => return Err("is a form that Flux cannot substitute"),
        (None, _) => return Err(MUST_CLOSE),
    })
}
