//! The authors of the commits that a blame names, mapped through `.mailmap`.

use std::collections::HashMap;
use std::fmt;

use git2::Signature;

use crate::Result;
use crate::git::commits::name_only;
use crate::git::{Id, Repo, encoding};

/// A commit on which lines are blamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlamedCommit {
    /// Its id.
    pub id: Id,
    /// The author, as an index into the people of the blame
    /// ([`Blame::people`](super::Blame::people)).
    pub author: usize,
    /// The people in its `Co-authored-by` trailers other than the author, each once, as indices.
    pub co_authors: Vec<usize>,
    /// Author time, seconds since 1970 UTC.
    pub time: i64,
    /// Whether a shallow clone ends here, so that the lines may be older than this commit.
    pub boundary: bool,
}

/// A person as mapped by `.mailmap`. Two people with the same name are distinguished by their
/// e-mail addresses. No address is ever shown, not even by [`Debug`](fmt::Debug).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person {
    /// The name, without any e-mail address.
    pub name: String,
    /// In lower case, because the case of an address has no meaning.
    email: Vec<u8>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Person").field(&self.name).finish()
    }
}

/// A list of people without duplicates.
#[derive(Default)]
struct People {
    all: Vec<Person>,
    indices: HashMap<Person, usize>,
}

impl People {
    fn index(&mut self, signature: &Signature<'_>) -> usize {
        let name = name_only(&String::from_utf8_lossy(signature.name_bytes()));
        let person = Person { name, email: signature.email_bytes().to_ascii_lowercase() };
        if let Some(&known) = self.indices.get(&person) {
            return known;
        }
        self.all.push(person.clone());
        self.indices.insert(person, self.all.len() - 1);
        self.all.len() - 1
    }
}

impl Repo {
    /// The authors of commits, in the order of the commits, and all people that the commits name.
    pub fn authors(&self, commits: &[Id]) -> Result<(Vec<BlamedCommit>, Vec<Person>)> {
        let mut people = People::default();
        let commits =
            commits.iter().map(|&id| commit(self, id, &mut people)).collect::<Result<_>>()?;
        Ok((commits, people.all))
    }
}

fn commit(repo: &Repo, id: Id, people: &mut People) -> Result<BlamedCommit> {
    let raw = repo.raw_commit(id)?;
    let author = people.index(&repo.author(&raw)?);
    let mut co_authors = Vec::new();
    let message = encoding::text(raw.message_bytes(), raw.message_encoding().ok().flatten());
    for trailer in trailers(message.as_bytes()) {
        let person = people.index(&repo.mapped(trailer)?);
        if person != author && !co_authors.contains(&person) {
            co_authors.push(person);
        }
    }
    let boundary = repo.boundary().contains(&id);
    Ok(BlamedCommit { id, author, co_authors, time: raw.author().when().seconds(), boundary })
}

/// The people in the `Co-authored-by` trailers of a message.
fn trailers(message: &[u8]) -> Vec<Signature<'static>> {
    const KEY: &[u8] = b"co-authored-by:";
    // Most messages have none. A trailer is at the start of a line.
    let mentions = message.windows(KEY.len()).any(|window| window.eq_ignore_ascii_case(KEY));
    let Some(trailers) = mentions.then(|| git2::message_trailers_bytes(message).ok()).flatten()
    else {
        return Vec::new();
    };
    let named = trailers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(&KEY[..KEY.len() - 1]));
    named.filter_map(|(_, value)| person(&String::from_utf8_lossy(value))).collect()
}

/// Parses `Ada Lovelace <ada@example.com>`.
fn person(text: &str) -> Option<Signature<'static>> {
    let (name, rest) = text.split_once('<')?;
    let (email, _) = rest.split_once('>')?;
    Signature::new(name.trim(), email.trim(), &git2::Time::new(0, 0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailers_name_people_whatever_their_case() {
        let message = b"Subject\n\nCo-authored-by: Not Here \
                        <a@example.com>\n\nBody.\n\nCO-AUTHORED-BY: Ada  \
                        <ada@example.com>\nCo-authored-by: nobody\nSigned-off-by: Bob \
                        <bob@example.com>\nco-authored-by: Grace Hopper <g@example.com>\n";
        let found = trailers(message);
        let named: Vec<_> =
            found.iter().map(|person| String::from_utf8_lossy(person.name_bytes())).collect();
        assert_eq!(named, ["Ada", "Grace Hopper"]);
    }
}
