//! The error type of this crate. An error says what was attempted, on which object, why it failed,
//! and what to do next.
//!
//! A [`Kind`] exists only if some caller treats it differently. Everything else is text, added on
//! the way up with [`Context::during`]. `main` prints the chain of messages with its hints.

use std::{error, fmt};

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kinds of error that a caller can react to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Input, usage or environment does not allow the work.
    Failed,
    /// A ref moved or is locked by another writer. The caller may try again on the new tip.
    RefMoved,
    /// The named object, ref or file does not exist.
    NotFound,
    /// The `git` program cannot be run. Work that needs it only for a warning goes on.
    NoGit,
    /// A report is empty. The other reports of the call are still used.
    Empty,
}

/// An error: a sentence, the kind, hints for the user, and the error that caused it.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    hints: Vec<String>,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl Error {
    /// An error of [`Kind::Failed`] with this sentence.
    pub fn new(message: impl Into<String>) -> Self {
        Self { kind: Kind::Failed, message: message.into(), hints: Vec::new(), source: None }
    }

    /// Sets the kind.
    #[must_use]
    pub fn with_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Adds a hint: what the user can do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Sets the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind of this error.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// All hints along the chain, the outermost first.
    pub fn hints(&self) -> Vec<&str> {
        let mut hints: Vec<&str> = self.hints.iter().map(String::as_str).collect();
        if let Some(inner) = self.source.as_ref().and_then(|source| source.downcast_ref::<Error>())
        {
            hints.extend(inner.hints());
        }
        hints
    }

    /// The messages of the chain, the outermost first.
    pub fn chain(&self) -> Vec<String> {
        let mut chain = vec![self.message.clone()];
        let mut next = error::Error::source(self);
        while let Some(cause) = next {
            let sentence = cause.to_string();
            // libgit2's errors end with its own class and code, which mean nothing to a user.
            chain.push(sentence.split("; class=").next().unwrap_or_default().to_owned());
            next = cause.source();
        }
        chain
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Adds what was being attempted to an error on its way up.
pub trait Context<T> {
    /// Wraps the error into one that says what was attempted. The kind of an inner [`Error`] is
    /// kept.
    fn during(self, attempt: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: error::Error + Send + Sync + 'static> Context<T> for std::result::Result<T, E> {
    fn during(self, attempt: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|cause| {
            let cause: Box<dyn error::Error + Send + Sync> = Box::new(cause);
            let kind = cause.downcast_ref::<Error>().map_or(Kind::Failed, Error::kind);
            Error { kind, message: attempt(), hints: Vec::new(), source: Some(cause) }
        })
    }
}
