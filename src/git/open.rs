//! Opens a repository, resolves names in it, and finds its default branch and remotes.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{self, Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use git2::{ErrorClass, ErrorCode, ObjectType, Repository, RepositoryOpenFlags};

use crate::error::{Context, Kind};
use crate::git::command::{refused, without_repository};
use crate::git::errors::{FSCK, SHALLOW, damaged, unlisted_refs, unopened, unread_ref};
use crate::git::{Id, Repo, options};
use crate::{Error, Result};

const COMMITS: &str = "`git log --oneline --all` lists the commits; one that is only on a remote \
                       has to be fetched first";

/// A remote of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// The name.
    pub name: String,
    /// The URL, without user and password.
    pub url: String,
}

/// Where a repository is. A thread needs this to open it.
#[derive(Clone, Debug)]
pub struct Place {
    folder: PathBuf,
    work_tree: Option<PathBuf>,
}

impl Place {
    fn open(&self) -> Result<Repository> {
        // It was opened before, so it is known that its owner is trusted.
        let inner =
            Repository::open(&self.folder).map_err(|cause| unopened(&self.folder, cause))?;
        if let Some(work_tree) =
            self.work_tree.as_deref().filter(|known| inner.workdir() != Some(known))
        {
            inner
                .set_workdir(work_tree, false)
                .during(|| format!("could not use {}", work_tree.display()))?;
        }
        Ok(inner)
    }
}

impl Repo {
    /// Opens the repository that contains `path` (its work tree, a linked worktree, a submodule, or
    /// a bare repository), and ignores the environment.
    pub fn discover(path: &Path) -> Result<Self> {
        let inner = opened(path, RepositoryOpenFlags::empty())?;
        refuse_hidden(&inner)?;
        Ok(Self::wrap(inner, None))
    }

    /// Opens the repository of the current folder, as git would: follows `GIT_DIR`, `GIT_WORK_TREE`
    /// and `GIT_INDEX_FILE`, which git sets for its hooks.
    pub fn here() -> Result<Self> {
        let absolute = |path: &PathBuf| path::absolute(path).unwrap_or_else(|_| path.clone());
        let variable = |name: &str| env::var_os(name).map(PathBuf::from);
        let (named, work_tree) = (variable("GIT_DIR"), variable("GIT_WORK_TREE"));
        // For libgit2, a relative work tree starts at the git directory; for git, at the current
        // folder.
        let is_relative = work_tree.as_ref().is_some_and(|folder| folder.is_relative());
        let environment =
            if is_relative { RepositoryOpenFlags::empty() } else { RepositoryOpenFlags::FROM_ENV };
        let inner = match &named {
            Some(folder) => {
                let exactly = RepositoryOpenFlags::NO_SEARCH | RepositoryOpenFlags::NO_DOTGIT;
                opened(folder, environment | exactly)?
            }
            None => opened(Path::new("."), environment)?,
        };

        if let Some(folder) = work_tree.as_ref().map(absolute) {
            // This applies even if the repository is bare.
            inner
                .set_workdir(&folder, false)
                .during(|| format!("could not use {}", folder.display()))?;
        } else if named.is_some() && !inner.is_bare() && !has_work_tree_setting(&inner) {
            // libgit2 would use the folder that contains the git directory; git uses the current
            // folder.
            inner
                .set_workdir(Path::new("."), false)
                .during(|| "could not use the current folder as the work tree".to_owned())?;
        } else if named.is_none() {
            refuse_hidden(&inner)?;
        }
        Ok(Self::wrap(inner, variable("GIT_INDEX_FILE").as_ref().map(absolute)))
    }

    fn wrap(inner: Repository, index: Option<PathBuf>) -> Self {
        Self {
            inner,
            index,
            mailmap: OnceCell::new(),
            shallow: OnceCell::new(),
            replaced: OnceCell::new(),
            loose: OnceCell::new(),
        }
    }

    /// Where the repository is, for another thread that opens it with [`Repo::at_place`].
    pub fn place(&self) -> Place {
        Place { folder: self.inner.path().to_owned(), work_tree: self.work_tree() }
    }

    /// Opens the same repository again.
    pub fn at_place(place: &Place) -> Result<Self> {
        let inner = place.open()?;
        Ok(Self::wrap(inner, None))
    }

    pub(super) fn open_again(&self) -> Result<Repository> {
        self.place().open()
    }

    /// The work tree's folder, or `None` for a bare repository.
    pub fn work_tree(&self) -> Option<PathBuf> {
        self.inner.workdir().map(Path::to_owned)
    }

    /// The folder of the repository itself (`.git`), shared by all its worktrees. Caches are stored
    /// there.
    pub fn folder(&self) -> PathBuf {
        self.inner.commondir().to_owned()
    }

    /// Whether history is incomplete (`git clone --depth`).
    pub fn is_shallow(&self) -> bool {
        !self.boundary().is_empty()
    }

    /// The commits whose parents are missing. libgit2 knows them too, but not in a linked worktree.
    pub(super) fn boundary(&self) -> &BTreeSet<Id> {
        self.shallow.get_or_init(|| {
            let text =
                fs::read_to_string(self.inner.commondir().join("shallow")).unwrap_or_default();
            text.lines().filter_map(|line| line.trim().parse().ok()).collect()
        })
    }

    /// Resolves a revision (`HEAD`, a branch, a tag, an abbreviated id) to a commit.
    pub fn resolve(&self, revision: &str) -> Result<Id> {
        let object = if self.can_walk() {
            let object = self
                .inner
                .revparse_single(revision)
                .map_err(|cause| self.unresolved(revision, &cause))?;
            id_of(object.id())
        } else {
            self.resolved_by_git(revision)?
        };
        let commit =
            self.peeled(object).during(|| format!("could not read what `{revision}` names"))?;
        commit.ok_or_else(|| Error::new(format!("`{revision}` does not name a commit")))
    }

    /// Resolves a revision with git, which handles replaced commits and does not hang on a damaged
    /// object.
    fn resolved_by_git(&self, revision: &str) -> Result<Id> {
        let output = self.git(&["rev-parse", "--verify", "--end-of-options", revision], "")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        // An older git also prints the option.
        let id = said.lines().last().filter(|_| output.status.success());
        id.ok_or_else(|| {
            let error = refused(format!("`{revision}` does not name a commit here"), &output);
            let error = error.with_kind(Kind::NotFound);
            if self.has_replacements() { error.hint(COMMITS) } else { error.hint(FSCK) }
        })?
        .parse()
    }

    /// The commit itself, or the commit that a tag leads to. `None` for a tree or a blob.
    pub(super) fn peeled(&self, object: Id) -> Result<Option<Id>> {
        let mut id = object;
        loop {
            self.check_object("object", id)?;
            self.check_size("object", id)?;
            let object = self
                .inner
                .find_object(oid(id), None)
                .map_err(|cause| self.unreadable("object", id, &cause))?;
            match object.into_tag() {
                Ok(tag) => id = id_of(tag.target_id()),
                Err(object) => return Ok((object.kind() == Some(ObjectType::Commit)).then_some(id)),
            }
        }
    }

    fn unresolved(&self, revision: &str, cause: &git2::Error) -> Error {
        let head = self.inner.find_reference("HEAD").and_then(|head| head.resolve()).ok();
        if let Some(id) =
            head.as_ref().and_then(git2::Reference::target).filter(|_| revision == "HEAD")
        {
            return Error::new("could not read the commit of HEAD")
                .because(damaged("commit", id_of(id)));
        }
        if revision == "HEAD"
            && self.current_branch().is_none_or(|branch| !Self::is_branch_name(&branch))
        {
            return Error::new(
                "the file HEAD of the repository is damaged: it names neither a branch nor a \
                 commit",
            )
            .hint(
                "`git symbolic-ref HEAD refs/heads/main` makes `main` the current branch; the last \
                 line of `.git/logs/HEAD` may tell which it was",
            );
        }
        let unborn = self
            .current_branch()
            .filter(|_| revision == "HEAD" && cause.code() == ErrorCode::NotFound);
        if self.inner.is_empty().unwrap_or(false) {
            return Error::new("the repository has no commit yet")
                .with_kind(Kind::NotFound)
                .hint("commit something first");
        }
        if let Some(branch) = unborn {
            return Error::new(format!("the current branch `{branch}` has no commit yet"))
                .with_kind(Kind::NotFound)
                .hint("commit something first, switch to another branch, or name a commit");
        }
        if cause.code() == ErrorCode::Ambiguous {
            return Error::new(format!("`{revision}` names more than one object"))
                .hint("give more digits of the id");
        }
        let cause = Error::new(cause.message());
        let error = Error::new(format!("`{revision}` does not name a commit here"))
            .with_kind(Kind::NotFound)
            .because(cause);
        if self.is_shallow() {
            return error.hint(SHALLOW);
        }
        error.hint(COMMITS)
    }

    /// The commit of a ref given by its full name, or `None` if it does not exist.
    pub fn tip(&self, reference: &str) -> Result<Option<Id>> {
        let found = match self.inner.find_reference(reference) {
            Ok(found) => found,
            Err(cause) if cause.code() == ErrorCode::NotFound => return Ok(None),
            Err(cause) => return Err(unread_ref(reference, &cause)),
        };
        let target = found.resolve().map_err(|cause| unread_ref(reference, &cause))?.target();
        let commit = target.map(|target| self.peeled(id_of(target))).transpose();
        let commit =
            commit.during(|| format!("could not read the commit of {reference}"))?.flatten();
        commit.ok_or_else(|| Error::new(format!("{reference} points to no commit"))).map(Some)
    }

    /// The commits that a ref was at, newest first, according to its log. For a remote-tracking
    /// branch, these are commits that the remote once had. Bare repositories have no logs unless
    /// configured.
    pub fn past_tips(&self, reference: &str) -> Vec<Id> {
        let Ok(log) = self.inner.reflog(reference) else { return Vec::new() };
        // A clone logs nothing, so its original commit is the old side of the first entry.
        let mut tips: Vec<Id> =
            log.iter().flat_map(|entry| [entry.id_new(), entry.id_old()]).map(id_of).collect();
        tips.retain(|id| id.as_raw().iter().any(|byte| *byte != 0));
        tips.dedup();
        tips
    }

    /// The commits at which a local ref was fetched from a remote (`git fetch origin a:a`), newest
    /// first, according to its log.
    pub fn fetched_tips(&self, reference: &str, remote: &str) -> Vec<Id> {
        let Ok(log) = self.inner.reflog(reference) else { return Vec::new() };
        let is_fetch = |entry: &git2::ReflogEntry<'_>| {
            let said =
                String::from_utf8_lossy(entry.message_bytes().unwrap_or_default()).into_owned();
            said.starts_with("fetch") && said.split_whitespace().any(|word| word == remote)
        };
        log.iter().filter(is_fetch).map(|entry| id_of(entry.id_new())).collect()
    }

    /// The refs that match a glob (`refs/heads/*`) with the commits they point to, by name.
    pub fn refs(&self, glob: &str) -> Result<Vec<(String, Id)>> {
        let found =
            self.inner.references_glob(glob).map_err(|cause| unlisted_refs(glob, &cause))?;
        let named = found.flatten().filter_map(|found| {
            let commit = self.peeled(id_of(found.resolve().ok()?.target()?)).ok()??;
            Some((String::from_utf8_lossy(found.name_bytes()).into_owned(), commit))
        });
        let mut named: Vec<(String, Id)> = named.collect();
        named.sort();
        Ok(named)
    }

    /// The remotes, `origin` first, then by name.
    pub fn remotes(&self) -> Result<Vec<Remote>> {
        let names = self.inner.remotes().during(|| "could not list the remotes".to_owned())?;
        let known = names.iter().filter_map(|name| name.ok().flatten());
        let mut remotes: Vec<Remote> = known
            .map(|name| {
                let url = self
                    .inner
                    .find_remote(name)
                    .map(|remote| String::from_utf8_lossy(remote.url_bytes()).into_owned());
                Remote { name: name.to_owned(), url: without_credentials(&url.unwrap_or_default()) }
            })
            .collect();
        remotes.sort_by(|a, b| (a.name != "origin", &a.name).cmp(&(b.name != "origin", &b.name)));
        Ok(remotes)
    }

    /// Whether git accepts this as the name of a branch.
    pub fn is_branch_name(name: &str) -> bool {
        git2::Branch::name_is_valid(name).unwrap_or(false) && name != "HEAD"
    }

    /// The name of the current branch, or `None` if HEAD is detached.
    pub fn current_branch(&self) -> Option<String> {
        let head = self.inner.find_reference("HEAD").ok()?;
        let target = head.symbolic_target().ok().flatten()?;
        target.strip_prefix("refs/heads/").map(str::to_owned)
    }

    /// The branch that a remote's HEAD pointed to when it was cloned, if that branch exists here.
    pub fn remote_head(&self, remote: &str) -> Option<String> {
        let head = self.inner.find_reference(&format!("refs/remotes/{remote}/HEAD")).ok()?;
        let target = head.symbolic_target().ok().flatten()?;
        self.tip(target).ok().flatten()?;
        target.strip_prefix(&format!("refs/remotes/{remote}/")).map(str::to_owned)
    }

    /// The tip of a branch, local or remote-tracking. If both exist, the one that is ahead, or else
    /// the local one.
    pub fn branch_tip(&self, name: &str) -> Result<Option<Id>> {
        let remotes = self.remotes()?;
        let local = self.tip(&format!("refs/heads/{name}"))?;
        let tracking = remotes.iter().find_map(|remote| {
            self.tip(&format!("refs/remotes/{}/{name}", remote.name)).ok().flatten()
        });
        Ok(match (local, tracking) {
            (Some(local), Some(tracking)) if self.is_ancestor(local, tracking)? => Some(tracking),
            (local, tracking) => local.or(tracking),
        })
    }

    /// The names of the local and remote-tracking branches whose tip is this commit. Refs that
    /// cannot be listed are left out.
    pub fn branches_at(&self, commit: Id) -> BTreeSet<String> {
        let heads = self.refs("refs/heads/*").unwrap_or_default().into_iter();
        let tracking = self.refs("refs/remotes/*").unwrap_or_default().into_iter();
        let remote =
            |name: &str| Some(name.strip_prefix("refs/remotes/")?.split_once('/')?.1.to_owned());
        let local = |name: &str| name.strip_prefix("refs/heads/").map(str::to_owned);
        let all = heads.chain(tracking).filter(|(_, tip)| *tip == commit);
        all.filter_map(|(name, _)| local(&name).or_else(|| remote(&name))).collect()
    }

    /// Whether this is a partial clone (`git clone --filter`), whose missing objects can be fetched
    /// with [`Repo::fetch_missing`].
    pub fn is_partial(&self) -> bool {
        self.promisor().is_some()
    }

    /// The remote that has the objects missing from a partial clone.
    pub(super) fn promisor(&self) -> Option<String> {
        let config = self.inner.config().ok()?;
        let remotes = self.remotes().ok()?;
        let promised = |remote: &Remote| {
            config.get_bool(&format!("remote.{}.promisor", remote.name)).unwrap_or(false)
        };
        remotes.into_iter().find(promised).map(|remote| remote.name)
    }
}

/// The URL without `user:password@`, which may contain a token.
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let host_end = rest.find('/').unwrap_or(rest.len());
    match rest[..host_end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}

pub(super) fn id_of(oid: git2::Oid) -> Id {
    Id::from_raw(oid.as_bytes())
}

pub(super) fn oid(id: Id) -> git2::Oid {
    git2::Oid::from_bytes(id.as_raw()).expect("an Id has the length of an object id")
}

fn has_work_tree_setting(repository: &Repository) -> bool {
    repository.config().is_ok_and(|config| config.get_path("core.worktree").is_ok())
}

/// Opens a repository. One that belongs to another user is opened if git trusts it.
fn opened(path: &Path, flags: RepositoryOpenFlags) -> Result<Repository> {
    options::set();
    // git2 hides the variable from libgit2.
    let ceilings = env::var_os("GIT_CEILING_DIRECTORIES").unwrap_or_default();
    let ceilings: Vec<PathBuf> = env::split_paths(&ceilings).collect();
    let open = || -> Result<Repository, git2::Error> {
        let repository = readable(Repository::open_ext(path, flags, &ceilings)?)?;
        if let Some(folder) = moved_worktree(&repository, path) {
            repository.set_workdir(&folder, false)?;
        }
        Ok(repository)
    };
    if options::owners_are_checked() {
        match open() {
            Err(cause) if cause.code() == ErrorCode::Owner && is_trusted(path, flags) => {
                options::skip_owner_checks();
            }
            Err(cause) => return Err(unopened(path, cause)),
            Ok(inner) => return Ok(inner),
        }
    } else if !is_trusted(path, flags) {
        let refused =
            git2::Error::new(ErrorCode::Owner, ErrorClass::Config, "git does not trust it");
        return Err(unopened(path, refused));
    }
    open().map_err(|cause| unopened(path, cause))
}

/// Refuses a bare repository that was found rather than named by `GIT_DIR`, if the user's settings
/// require this: a repository may contain another one, whose settings run commands.
fn refuse_hidden(repository: &Repository) -> Result<()> {
    let setting = repository.config().and_then(|config| config.get_string("safe.bareRepository"));
    if !repository.is_bare() || !setting.is_ok_and(|setting| setting == "explicit") {
        return Ok(());
    }
    let folder = repository.path().display();
    Err(Error::new(format!(
        "the bare repository {folder} is not used: safe.bareRepository is `explicit`"
    ))
    .hint(format!("name it: `GIT_DIR={folder} covatlas …`")))
}

/// The folder of a linked worktree that was found from a path, if it was moved, since git has
/// recorded its old location.
fn moved_worktree(repository: &Repository, path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok().filter(|_| repository.is_worktree())?;
    let found = path.ancestors().find(|folder| folder.join(".git").is_file())?;
    let noted = repository.workdir().and_then(|folder| folder.canonicalize().ok());
    (noted.as_deref() != Some(found)).then(|| found.to_owned())
}

/// Refuses a repository whose refs are not files, because libgit2 cannot read others.
fn readable(repository: Repository) -> Result<Repository, git2::Error> {
    let storage = repository.config()?.get_string("extensions.refStorage").unwrap_or_default();
    if storage.is_empty() || storage == "files" {
        return Ok(repository);
    }
    Err(git2::Error::new(
        ErrorCode::Invalid,
        ErrorClass::Repository,
        format!("refstorage is {storage}"),
    ))
}

/// Whether git itself opens a repository. It knows `safe.directory` of every scope and of the
/// environment, with its patterns.
fn is_trusted(path: &Path, flags: RepositoryOpenFlags) -> bool {
    let mut git = Command::new("git");
    if !flags.contains(RepositoryOpenFlags::FROM_ENV) {
        without_repository(&mut git);
    }
    if !flags.contains(RepositoryOpenFlags::NO_SEARCH) {
        git.arg("-C").arg(path);
    }
    let asked = git.args(["rev-parse", "--git-dir"]).output();
    asked.is_ok_and(|asked| asked.status.success())
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn no_token_stays_in_an_address() {
        assert_eq!(
            without_credentials("https://ada:s3cret@forge.example/a/b.git"),
            "https://forge.example/a/b.git"
        );
        assert_eq!(without_credentials("https://t@ken@forge.example"), "https://forge.example");
        assert_eq!(without_credentials("https://forge.example/a@b"), "https://forge.example/a@b");
        assert_eq!(without_credentials("git@forge.example:a/b.git"), "git@forge.example:a/b.git");
    }
}
