//! Standard error that holds nobody up: what is written waits in memory, and a thread of its own hands it on.
//!
//! Whoever reads the other end may stop to read and never go on. A program that writes there itself would
//! then wait, too, past every deadline, and could not even say that the deadline has passed.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long the reader has at the least, when all is written: long enough for one who reads.
const GRACE: Duration = Duration::from_millis(250);

/// The standard error of this program, for the host and for the function.
#[derive(Debug, Clone)]
pub struct Stderr(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    /// Whether the thread has taken something that it has not handed on.
    is_busy: bool,
    /// Whether nobody takes any more.
    is_broken: bool,
}

impl Stderr {
    /// Starts to hand on what will be written.
    ///
    /// # Errors
    ///
    /// Returns the system's error if there is no thread to be had.
    pub fn start(mut to: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        thread::Builder::new().spawn(move || {
            let mut is_read = true;
            while is_read {
                let bytes = own.take();
                is_read = to.write_all(&bytes).and_then(|()| to.flush()).is_ok();
                own.handed_on(is_read);
            }
        })?;
        Ok(Self(shared))
    }

    /// Says something of the host's own.
    pub fn tell(&self, text: &str) {
        self.0.push(text.as_bytes());
    }

    /// Returns the end that a function writes to, with room for so many bytes.
    #[must_use]
    pub fn of_function(&self, room: u64) -> FunctionStderr {
        FunctionStderr { to: self.clone(), room, limit: room }
    }

    /// Waits until all is handed on, or until a time, and a moment longer.
    pub fn finish(self, until: Instant) {
        let until = until.max(Instant::now() + GRACE);
        let mut state = self.0.lock();
        while !state.is_broken && (state.is_busy || !state.waiting.is_empty()) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.0.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, bytes: &[u8]) {
        let mut state = self.lock();
        if !state.is_broken {
            state.waiting.extend_from_slice(bytes);
            self.changed.notify_all();
        }
    }

    fn take(&self) -> Vec<u8> {
        let mut state = self.lock();
        while state.waiting.is_empty() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.is_busy = true;
        std::mem::take(&mut state.waiting)
    }

    fn handed_on(&self, is_read: bool) {
        let mut state = self.lock();
        state.is_busy = false;
        if !is_read {
            state.is_broken = true;
            state.waiting = Vec::new();
        }
        self.changed.notify_all();
    }
}

/// Where a function writes its standard error: so much, and no more.
#[derive(Debug)]
pub struct FunctionStderr {
    to: Stderr,
    room: u64,
    limit: u64,
}

impl Write for FunctionStderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = usize::try_from(self.room).unwrap_or(usize::MAX);
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.to.0.push(taken);
        self.room -= taken.len() as u64;
        if taken.len() < bytes.len() && self.limit > 0 {
            let limit = self.limit >> 20;
            self.to.tell(&format!(
                "\nwarning: the function's standard error is longer than it may be, {limit} MiB: the rest is left out\n"
            ));
            self.limit = 0;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A reader that takes one piece each time it is told to.
    struct Slow(Receiver<()>, Sender<Vec<u8>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.recv().map_err(io::Error::other)?;
            self.1.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_written_arrives_in_order_and_is_waited_for() {
        let ((go, wait), (to, from)) = (channel(), channel());
        let stderr = Stderr::start(Slow(wait, to)).unwrap();
        let mut function = stderr.of_function(100);
        function.write_all(b"one ").unwrap();
        (0..3).for_each(|_| go.send(()).unwrap());
        stderr.tell("two ");
        function.write_all(b"three").unwrap();
        stderr.finish(Instant::now() + Duration::from_secs(60));
        assert_eq!(from.try_iter().flatten().collect::<Vec<u8>>(), b"one two three");
    }

    #[test]
    fn a_reader_that_does_not_read_holds_up_nobody() {
        let ((_go, wait), (to, _from)) = (channel(), channel());
        let stderr = Stderr::start(Slow(wait, to)).unwrap();
        let started = Instant::now();
        stderr.of_function(1 << 30).write_all(&vec![b'x'; 1 << 24]).unwrap();
        stderr.tell("error: the end");
        stderr.finish(Instant::now());
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_reader_that_is_gone_is_not_waited_for() {
        let ((go, wait), (to, _from)) = (channel(), channel());
        drop(go);
        let stderr = Stderr::start(Slow(wait, to)).unwrap();
        stderr.tell("error");
        stderr.finish(Instant::now() + Duration::from_secs(3600));
    }

    #[test]
    fn a_function_writes_so_much_and_no_more() {
        let ((go, wait), (to, from)) = (channel(), channel());
        let stderr = Stderr::start(Slow(wait, to)).unwrap();
        let mut function = stderr.of_function(2 << 20);
        (0..3 << 20).for_each(|_| function.write_all(b"x").unwrap());
        (0..1 << 20).for_each(|_| go.send(()).unwrap());
        stderr.finish(Instant::now() + Duration::from_secs(60));
        let got = String::from_utf8(from.try_iter().flatten().collect()).unwrap();
        let (said, note) = got.split_once('\n').unwrap();
        assert_eq!((said.len(), said.trim_matches('x')), (2 << 20, ""));
        assert_eq!(
            note,
            "warning: the function's standard error is longer than it may be, 2 MiB: the rest is left out\n"
        );
    }
}
