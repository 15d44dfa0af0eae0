//! Tests CODEOWNERS and components: the owners of a path are those that the forges' documentation
//! gives for its own examples.

use covatlas::Monitor;
use covatlas::analysis::codeowners::{self, CodeOwners, Syntax};
use covatlas::analysis::groups::rules::Grouping;
use covatlas::analysis::groups::series::{Group, Groups};
use covatlas::git::Repo;
use covatlas::report::Dimension;
use proptest::prelude::*;

use crate::harness::Project;

/// The complete example of GitHub's "About code owners".
const GITHUB: &str = "\
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/*  docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
";

/// The example of GitLab's "Code Owners", with the line of prose in it.
const GITLAB: &str = "\
* @default-codeowner
* @multiple @code @owners
*.rb @ruby-owner
\\#file_with_pound.rb @owner-file-with-pound
CODEOWNERS @multiple @code @owners
LICENSE @legal this_does_not_match janedoe@gitlab.com
README @group @group/with-nested/subgroup
/docs/ @all-docs
/docs/* @root-docs
/docs/**/*.md @root-docs
lib/ @lib-owner
/config/ @config-owner
path\\ with\\ spaces/ @space-owner

[Documentation]
ee/docs    @docs
docs       @docs

# Use of default owners for a section.
the dev team except the README.md and data-models which are owned by other teams.
[Development] @dev-team
*
README.md @docs-team
data-models/ @data-science-team

[DOCUMENTATION]
README.md  @docs
";

#[track_caller]
fn check(owners: &CodeOwners, path: &str, expected: &[&str]) {
    let found: Vec<&str> =
        owners.of(path).into_iter().map(|owner| owners.owners[owner].as_str()).collect();
    assert_eq!(found, expected, "{path}");
}

#[test]
fn github_owners_are_those_that_its_documentation_names() {
    let owners = CodeOwners::parse(".github/CODEOWNERS", GITHUB);
    assert_eq!(
        (owners.syntax, owners.warnings.len()),
        (Syntax::GitHub, 0),
        "{:?}",
        owners.warnings
    );
    check(&owners, "src/main.rs", &["@global-owner1", "@global-owner2"]);
    check(&owners, "src/a.js", &["@js-owner"]);
    check(&owners, "cmd/a.go", &["docs (by e-mail)"]);
    check(&owners, "notes/a.txt", &["@octo-org/octocats"]);
    // "any files in the build/logs directory at the root of the repository and any of its
    // subdirectories"; but the later `**/logs` covers "any file in a /logs directory such as
    // /build/logs, /scripts/logs, and /deeply/nested/logs".
    check(&owners, "build/logs/deep/a.txt", &["@octocat"]);
    check(&owners, "deeply/nested/logs/a.txt", &["@octocat"]);
    // "any file in an apps directory anywhere in your repository"
    check(&owners, "deep/apps/x/a.py", &["@octocat"]);
    // `/docs/` comes after `docs/*`.
    check(&owners, "docs/getting-started.md", &["@doctocat"]);
    check(&owners, "scripts/run.sh", &["@doctocat", "@octocat"]);
    // "except for the /apps/github subdirectory, as its owners are left empty"
    check(&owners, "apps/web/a.py", &["@octocat"]);
    check(&owners, "apps/github/a.py", &[]);
}

#[test]
fn a_last_asterisk_does_not_reach_into_directories() {
    // "match files like docs/getting-started.md but not further nested files like
    // docs/build-app/troubleshooting.md"
    let owners = CodeOwners::parse(".github/CODEOWNERS", "docs/* @writer\n");
    check(&owners, "docs/getting-started.md", &["@writer"]);
    check(&owners, "docs/build-app/troubleshooting.md", &[]);
    check(&owners, "src/docs/a.md", &[]);
}

#[test]
fn lines_that_github_does_not_take_are_left_out_and_said() {
    // The first two are the examples of the REST endpoint "List CODEOWNERS errors"; the others are
    // in "Syntax exceptions".
    let text = "***/*.rb @monalisa\n*.txt docs@\n\\#a.rb @x\n!b.rb @x\n[cd].rb @x\n*.ok @x\n";
    let owners = CodeOwners::parse(".github/CODEOWNERS", text);
    let lines: Vec<_> = owners.warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5].map(Some));
    check(&owners, "a/b.rb", &[]);
    check(&owners, "a.txt", &[]);
    check(&owners, "a.ok", &["@x"]);
    assert!(
        owners.warnings.iter().all(|warning| !warning.message.contains("docs@")),
        "{:?}",
        owners.warnings
    );
}

#[test]
fn gitlab_owners_are_those_that_its_documentation_names() {
    let owners = CodeOwners::parse("CODEOWNERS", GITLAB);
    assert_eq!(owners.syntax, Syntax::GitLab);
    let dev = "@dev-team";
    check(&owners, "src/a.c", &["@multiple", "@code", "@owners", dev]);
    check(&owners, "app/a.rb", &["@ruby-owner", dev]);
    check(&owners, "#file_with_pound.rb", &["@owner-file-with-pound", dev]);
    check(&owners, "LICENSE", &["@legal", "janedoe (by e-mail)", dev]);
    check(&owners, "README", &["@group", "@group/with-nested/subgroup", dev]);
    // "matches docs/index.md but not docs/projects/index.md"; the latter is matched by
    // `/docs/**/*.md`.
    check(&owners, "docs/index.md", &["@root-docs", dev]);
    check(&owners, "docs/projects/index.md", &["@root-docs", dev]);
    check(&owners, "docs/projects/index.html", &["@all-docs", dev]);
    check(&owners, "docs/index.html", &["@root-docs", dev]);
    // "a lib directory nested anywhere", "only a config directory in the root"
    check(&owners, "deep/lib/x/a.c", &["@lib-owner", dev]);
    check(&owners, "config/a.yml", &["@config-owner", dev]);
    check(&owners, "deep/config/a.yml", &["@multiple", "@code", "@owners", dev]);
    check(&owners, "a/path with spaces/b", &["@space-owner", dev]);
    // [DOCUMENTATION] is combined with [Documentation].
    check(&owners, "README.md", &["@multiple", "@code", "@owners", "@docs", "@docs-team"]);
    check(&owners, "data-models/a", &["@multiple", "@code", "@owners", "@data-science-team"]);
    let lines: Vec<_> = owners.warnings.iter().filter_map(|warning| warning.line).collect();
    assert_eq!(
        lines,
        [6, 20, 20],
        "a word that is no owner; a line of prose, without an owner: {:?}",
        owners.warnings
    );
}

#[test]
fn each_section_of_gitlab_has_a_last_match_of_its_own() {
    let text = "[README Owners]\nREADME.md @user1 @user2\ninternal/README.md @user4\n\n[README other owners]\nREADME.md @user3\n";
    let owners = CodeOwners::parse("docs/CODEOWNERS", text);
    check(&owners, "README.md", &["@user1", "@user2", "@user3"]);
    check(&owners, "internal/README.md", &["@user4", "@user3"]);

    let text = "[Documentation][2] @docs-team\ndocs/\nREADME.md\n\n^[Database] @database-team\nmodel/db/\nconfig/db/database-setup.md @docs-team\n";
    let owners = CodeOwners::parse(".gitlab/CODEOWNERS", text);
    check(&owners, "docs/a/b.md", &["@docs-team"]);
    check(&owners, "model/db/a.rb", &["@database-team"]);
    check(&owners, "config/db/database-setup.md", &["@docs-team"]);
    assert_eq!(owners.warnings, []);
}

#[test]
fn gitlab_paths_match_as_its_reference_says() {
    let matches = |pattern: &str, path: &str| {
        let owners = CodeOwners::parse(".gitlab/CODEOWNERS", &format!("{pattern} @x"));
        !owners.of(path).is_empty()
    };
    for path in ["README.md", "internal/README.md", "app/lib/README.md"] {
        assert!(matches("README.md", path), "{path}");
    }
    for path in ["internal/README.md", "docs/internal/README.md", "docs/api/internal/README.md"] {
        assert!(matches("internal/README.md", path), "{path}");
    }
    assert!(matches("/README.md", "README.md") && !matches("/README.md", "docs/README.md"));
    assert!(matches("/docs/*.md", "docs/a.md") && !matches("/docs/*.md", "docs/api/a.md"));
    assert!(matches("/docs/index.*", "docs/index.html"));
    for path in ["docs/qa_specs.rb", "docs/spec_helpers.rb", "docs/runtime.spec"] {
        assert!(matches("/docs/*spec*", path), "{path}");
    }
    assert!(
        matches("/docs/*/README.md", "docs/api/README.md")
            && !matches("/docs/*/README.md", "docs/README.md")
    );
    for path in ["docs/index.md", "docs/api/index.md", "docs/api/graphql/index.md"] {
        assert!(matches("/docs/**/index.md", path), "{path}");
    }
    // Ruby's File.fnmatch: "**/" matches directories recursively; elsewhere two asterisks are one.
    // Dot files match.
    assert!(matches("/docs/**", "docs/a.md") && !matches("/docs/**", "docs/api/a.md"));
    assert!(matches("*", ".gitignore"));
    assert!(!matches("/docs", "docs/index.md"), "a path without `/` at its end is no directory");
}

#[test]
fn gitlab_exclusions_are_final_in_their_section() {
    // The example of "Exempt specific files from Codeowners rules": ruby files except those in
    // /config.
    let text =
        "* @group-x\n!*.rb\n\n[Ruby]\n*.rb @ruby-devs\n!/config/*\n/config/special.rb @back\n";
    let owners = CodeOwners::parse("CODEOWNERS", text);
    check(&owners, "a.c", &["@group-x"]);
    check(&owners, "app/a.rb", &["@ruby-devs"]);
    check(&owners, "config/a.rb", &[]);
    check(&owners, "config/special.rb", &[]);
    check(&owners, "config/a.c", &["@group-x"]);
}

#[test]
fn owners_are_told_apart_without_case_and_without_their_addresses() {
    let text = "a @Ada\nb @ada\nc docs@one.example\nd docs@two.example\ne @@maintainer\n";
    let owners = CodeOwners::parse("CODEOWNERS", text);
    assert_eq!(owners.owners, ["@Ada", "docs (by e-mail)", "docs (by e-mail, 2)", "@@maintainer"]);
    check(&owners, "b", &["@Ada"]);
    assert!(!format!("{:?}", (&owners.owners, &owners.warnings)).contains(".example"));
}

#[test]
fn the_file_is_that_of_the_commit_in_the_first_place_where_there_is_one() {
    let project = Project::new();
    let without = project.write("a.py", "x\n").commit("none");
    let first = project.write("docs/CODEOWNERS", "* @docs\n").commit("in docs");
    let both = project
        .write(".github/CODEOWNERS", "* @hub\n")
        .write(".gitlab/CODEOWNERS", "* @lab\n")
        .commit("more");
    project.write(".github/CODEOWNERS", "* @disk\n");
    let repo = Repo::discover(project.root()).expect("it is a repository");
    let load = |commit: &str| {
        codeowners::load(&repo, commit.parse().expect("an id")).expect("it can be read")
    };
    assert!(load(&without).is_none());
    assert_eq!(load(&first).expect("docs").owners, ["@docs"]);
    let found = load(&both).expect(".github");
    assert_eq!(
        (found.path.as_str(), found.owners.as_slice()),
        (".github/CODEOWNERS", &["@hub".to_owned()][..])
    );
    assert_eq!(found.warnings.len(), 2, "the two others are not used");
}

proptest! {
    /// Patterns and owners made of all special characters, in both syntaxes.
    #[test]
    fn any_text_can_be_read_and_asked(text in "([\\[\\]^!#@*?/\\\\{},a .é\\-\t\n]|\\*\\*/| @a){0,60}", path in "[a/*.\\[{ ]{0,12}") {
        for place in [".github/CODEOWNERS", ".gitlab/CODEOWNERS"] {
            let owners = CodeOwners::parse(place, &text);
            prop_assert!(owners.of(&path).into_iter().all(|owner| owner < owners.owners.len()));
        }
    }
}

const DAY: i64 = 24 * 60 * 60;

/// A file's section of an LCOV report, with lines from 1, of which the first ones ran.
fn lcov(path: &str, ran: u32, all: u32) -> String {
    let lines = (1..=all)
        .map(|line| format!("DA:{line},{}\n", u32::from(line <= ran)))
        .collect::<Vec<_>>()
        .concat();
    format!("SF:{path}\n{lines}end_of_record\n")
}

/// Three snapshots, 40 days and 10 days before the newest, and the newest: the web grows, a file
/// moves from it into the core, and one file has no owner.
fn project() -> Project {
    let project = Project::new();
    let text = |lines: usize| "x = 1\n".repeat(lines);
    let record = |files: &[(&str, u32, u32)], days: i64| {
        project.at(1_760_000_000 + days * DAY);
        project.commit(&format!("day {days}"));
        let report: String = files.iter().map(|&(path, ran, all)| lcov(path, ran, all)).collect();
        project.write("lcov.info", report);
        project.covatlas(["--quiet", "record", "lcov.info"]).succeeds();
    };
    project
        .write(".gitignore", "lcov.info\n/site/\n")
        .write("web/a.py", text(10))
        .write("core/b.py", text(20));
    record(&[("web/a.py", 5, 10), ("core/b.py", 20, 20)], 0);
    project.write("web/c.py", "y = 2\n".repeat(8)).write("other.py", text(4));
    record(
        &[("web/a.py", 5, 10), ("core/b.py", 20, 20), ("web/c.py", 0, 8), ("other.py", 1, 4)],
        30,
    );
    project.git(["mv", "web/c.py", "core/c.py"]);
    project.write(
        "CODEOWNERS",
        "web/ @web ada@example.com\ncore/ @Core\ncore/b.py @core @web\nnone.py @idle\n<x@example.com> y\n",
    );
    let components = "[components]\nfront = [\"web/\"]\nall = [\"**/*.py\"]\nempty = [\"gone/\"]\n";
    project.write("covatlas.toml", components);
    record(
        &[("web/a.py", 8, 10), ("core/b.py", 20, 20), ("core/c.py", 2, 8), ("other.py", 1, 4)],
        40,
    );
    project
}

fn grouped(project: &Project) -> (Groups, Groups, Monitor) {
    let monitor = Monitor::open(project.root()).expect("it is a repository");
    let history = monitor.history().expect("there are snapshots");
    let grouping = Grouping::load(monitor.repo(), monitor.config(), &history);
    (grouping.by_owner(&history), grouping.by_component(&history), monitor)
}

/// The covered and all lines of a group at every point where they changed.
fn steps(group: &Group) -> Vec<(usize, u64, u64)> {
    let series =
        group.series.get(&Dimension::Lines).map(|series| series.steps.clone()).unwrap_or_default();
    series.into_iter().map(|(point, tally)| (point, tally.covered, tally.total)).collect()
}

#[test]
fn each_group_has_its_files_and_their_sums_over_time() {
    let (owners, components, _) = grouped(&project());
    let names: Vec<_> =
        owners.groups.iter().map(|group| (group.name.as_str(), group.files.len())).collect();
    assert_eq!(names, [("@Core", 2), ("@idle", 0), ("@web", 2), ("ada (by e-mail)", 1)]);
    let of = |groups: &Groups, name: &str| {
        groups.groups.iter().find(|group| group.name == name).cloned().expect("it is there")
    };
    // The moved file belonged to the web while it was there, because today's rules assign its old
    // path to the web.
    assert_eq!(steps(&of(&owners, "@Core")), [(0, 20, 20), (2, 22, 28)]);
    assert_eq!(steps(&of(&owners, "@web")), [(0, 25, 30), (1, 25, 38), (2, 28, 30)]);
    assert_eq!(steps(&of(&owners, "ada (by e-mail)")), [(0, 5, 10), (1, 5, 18), (2, 8, 10)]);
    assert_eq!(steps(owners.rest.as_ref().expect("other.py has no owner")), [(1, 1, 4)]);
    // The window of 30 days begins at the newest snapshot that is at least that old: the first one,
    // 40 days ago.
    assert_eq!(of(&owners, "@web").uncovered(&Dimension::Lines), (2, 2 - 5));

    assert_eq!(steps(&of(&components, "all")), [(0, 25, 30), (1, 26, 42), (2, 31, 42)]);
    assert_eq!(steps(&of(&components, "front")), [(0, 5, 10), (1, 5, 18), (2, 8, 10)]);
    assert!(of(&components, "empty").files.is_empty() && components.rest.is_none());
}

#[test]
fn owners_and_components_have_pages_without_addresses() {
    let project = project();
    project.covatlas(["--quiet", "build"]).succeeds();
    let index = project.read("site/owners/index.html");
    for shown in [
        "@Core.html",
        "@web.html",
        "ada~20(by~20e-mail).html",
        "~none.html",
        "1 more owner has no measured file",
    ] {
        assert!(index.contains(shown), "{shown}");
    }
    assert!(!project.path("site/owners/@idle.html").exists());
    let page = project.read("site/owners/@web.html");
    assert!(page.contains("93.3% covered.") && page.contains("2 of 30 lines are not"), "28 of 30");
    assert!(page.contains("../files/core/b.py.html") && page.contains("3 fewer"), "{page}");
    assert!(project.read("site/components/front.html").contains("<code>web/</code>"));
    let source = project.read("site/files/core/b.py.html");
    assert!(
        source.contains("../../owners/@Core.html") && source.contains("../../components/all.html")
    );
    let trust = project.read("site/trust/index.html");
    assert!(
        trust.contains("CODEOWNERS, line 5")
            && trust.contains("the component `empty` holds no measured file")
    );
    for file in walkdir::WalkDir::new(project.path("site")).into_iter().filter_map(Result::ok) {
        let text = std::fs::read(file.path()).unwrap_or_default();
        assert!(
            !String::from_utf8_lossy(&text).contains("@example.com"),
            "{}",
            file.path().display()
        );
    }
}

#[test]
fn a_project_without_owners_and_components_has_no_such_pages() {
    let project = Project::new();
    project.write(".gitignore", "lcov.info\n/site/\n").write("a.py", "x = 1\n").commit("one");
    project.write("lcov.info", lcov("a.py", 1, 1));
    project.covatlas(["--quiet", "record", "lcov.info"]).succeeds();
    project.covatlas(["--quiet", "build"]).succeeds();
    assert!(!project.path("site/owners").exists() && !project.path("site/components").exists());
    let index = project.read("site/index.html");
    assert!(!index.contains("owners/") && !index.contains("components/"));
}
