//! Who and when: the commits that a blame names, with their authors through `.mailmap`.

use std::collections::HashMap;
use std::fmt;

use git2::Signature;

use crate::Result;
use crate::git::commits::name_only;
use crate::git::{Id, Repo, encoding};

/// A commit that lines are blamed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlamedCommit {
    /// Its id.
    pub id: Id,
    /// Its author, an index into the people beside it ([`Blame::people`](super::Blame::people)).
    pub author: usize,
    /// Those that its `Co-authored-by` trailers name and who are not its author, each once, as
    /// indices.
    pub co_authors: Vec<usize>,
    /// Author time, seconds since 1970 UTC.
    pub time: i64,
    /// Whether a shallow clone cuts history off here: the lines are as old as this commit, or
    /// older.
    pub boundary: bool,
}

/// A person as `.mailmap` has them. Two people of the same name are two, for their e-mail addresses
/// differ; no address is ever shown, by [`Debug`](fmt::Debug) neither.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person {
    /// The name, without any e-mail address.
    pub name: String,
    /// In small letters: the case of an address says nothing.
    email: Vec<u8>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Person").field(&self.name).finish()
    }
}

/// People, each once.
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
    /// The authors of commits, in their order, and the people they name.
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

/// Whom the `Co-authored-by` trailers of a message name.
fn trailers(message: &[u8]) -> Vec<Signature<'static>> {
    const KEY: &[u8] = b"co-authored-by:";
    // Most messages have none, and a trailer stands at the start of a line.
    let mentions = message.windows(KEY.len()).any(|window| window.eq_ignore_ascii_case(KEY));
    let Some(trailers) = mentions.then(|| git2::message_trailers_bytes(message).ok()).flatten()
    else {
        return Vec::new();
    };
    let named = trailers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(&KEY[..KEY.len() - 1]));
    named.filter_map(|(_, value)| person(&String::from_utf8_lossy(value))).collect()
}

/// `Ada Lovelace <ada@example.com>`
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
        let message = b"Subject\n\nCo-authored-by: Not Here <a@example.com>\n\nBody.\n\nCO-AUTHORED-BY: Ada  <ada@example.com>\n\
            Co-authored-by: nobody\nSigned-off-by: Bob <bob@example.com>\nco-authored-by: Grace Hopper <g@example.com>\n";
        let found = trailers(message);
        let named: Vec<_> =
            found.iter().map(|person| String::from_utf8_lossy(person.name_bytes())).collect();
        assert_eq!(named, ["Ada", "Grace Hopper"]);
    }
}
