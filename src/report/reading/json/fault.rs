//! Errors in a JSON text.

use std::{error, fmt, io};

use serde::de;

use crate::report::reading::json::window::Place;

/// Why a text cannot be read, and where. Boxed to keep it small, because every step of reading
/// returns one or nothing.
#[derive(Debug)]
pub(crate) struct Fault(Box<Inner>);

#[derive(Debug)]
struct Inner {
    message: String,
    place: Option<Place>,
    is_cut: bool,
}

impl Fault {
    /// `wanted` was expected, and something else was found.
    pub(crate) fn expected(wanted: &str, found: Option<u8>) -> Self {
        match found {
            Some(_) => de::Error::custom(format_args!("expected {wanted}")),
            None => Self::cut(),
        }
    }

    /// The text ends before the document does.
    pub(crate) fn cut() -> Self {
        Self(Box::new(Inner {
            message: "the text ends before the document does".to_owned(),
            place: None,
            is_cut: true,
        }))
    }

    /// Adds a position, unless a more exact one is known.
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.0.place.get_or_insert(place);
        self
    }

    /// Whether the text ends too early.
    pub(crate) fn is_cut(&self) -> bool {
        self.0.is_cut
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(Box::new(Inner { message: message.to_string(), place: None, is_cut: false }))
    }
}

impl From<io::Error> for Fault {
    fn from(cause: io::Error) -> Self {
        de::Error::custom(cause)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match self.0.place {
            Some(Place { line, column }) => write!(f, " at line {line} column {column}"),
            None => Ok(()),
        }
    }
}

impl error::Error for Fault {}
