//! Tests links to a repository on its forge, from the URL of a remote.

use covatlas::forge::{WebPages, repository_name};

fn commit(url: &str) -> Option<String> {
    WebPages::of_remote(url).map(|pages| pages.commit("e1fd594"))
}

#[test]
fn every_form_of_an_address_leads_to_the_same_page() {
    let expected = Some("https://github.com/pallets/click/commit/e1fd594".to_owned());
    for url in [
        "https://github.com/pallets/click.git",
        "https://github.com/pallets/click/",
        "http://github.com/pallets/click",
        "ssh://git@github.com:22/pallets/click.git",
        "git@github.com:pallets/click.git",
        "github.com:pallets/click",
        "https://user:secret@github.com/pallets/click.git",
    ] {
        assert_eq!(commit(url), expected, "{url}");
    }
}

#[test]
fn what_is_no_plain_address_of_a_known_forge_has_no_page() {
    for url in [
        "",
        "/srv/git/github.com/a/b",
        "../click",
        "C:/src/click",
        "file:///srv/github.com/a/b",
        "https://example.org/a/b",
        "https://github.com/click",
        "https://github.com/a/../b",
        "https://github.com/a//b",
        "https://github.com/a/b?x=1",
        "https://github.com/a/b\"onclick=x",
        "https://notgithub.com/a/b",
        "https://git@hub/a/b",
        "javascript://github.com/a/b",
    ] {
        assert_eq!(commit(url), None, "{url}");
    }
}

/// URLs as on the forges' own pages.
#[test]
fn each_forge_has_its_own_addresses() {
    let of = |url: &str| {
        let pages = WebPages::of_remote(url).expect("a known forge");
        let file = pages.file("e1fd594", "src/a b#.py");
        [
            pages.commit("e1fd594"),
            file.clone() + &pages.line_suffix().replace("{line}", "7"),
            pages.change(12),
        ]
    };
    assert_eq!(
        of("git@gitlab.example.org:group/sub/click.git"),
        [
            "https://gitlab.example.org/group/sub/click/-/commit/e1fd594",
            "https://gitlab.example.org/group/sub/click/-/blob/e1fd594/src/a%20b%23.py#L7",
            "https://gitlab.example.org/group/sub/click/-/merge_requests/12",
        ]
    );
    assert_eq!(
        of("https://bitbucket.org/pallets/click"),
        [
            "https://bitbucket.org/pallets/click/commits/e1fd594",
            "https://bitbucket.org/pallets/click/src/e1fd594/src/a%20b%23.py#lines-7",
            "https://bitbucket.org/pallets/click/pull-requests/12",
        ]
    );
    let azure = [
        "https://dev.azure.com/org/project/_git/click/commit/e1fd594",
        "https://dev.azure.com/org/project/_git/click?path=/src/a%20b%23.py&version=GCe1fd594\
         &line=7&lineEnd=7&lineStartColumn=1&lineEndColumn=999",
        "https://dev.azure.com/org/project/_git/click/pullrequest/12",
    ];
    assert_eq!(of("git@ssh.dev.azure.com:v3/org/project/click"), azure);
    assert_eq!(of("https://org@dev.azure.com/org/project/_git/click"), azure);
    assert_eq!(
        of("https://codeberg.org/pallets/click.git"),
        [
            "https://codeberg.org/pallets/click/commit/e1fd594",
            "https://codeberg.org/pallets/click/src/commit/e1fd594/src/a%20b%23.py#L7",
            "https://codeberg.org/pallets/click/pulls/12",
        ]
    );
}

#[test]
fn a_repository_is_called_by_the_last_part_of_its_address() {
    for url in [
        "https://github.com/pallets/click.git",
        "https://github.com/pallets/click/",
        "git@github.com:pallets/click.git",
        "git@ssh.dev.azure.com:v3/pallets/tools/click",
        "https://dev.azure.com/pallets/tools/_git/click",
        "example.org:click",
        "/srv/git/click.git",
        "../click",
    ] {
        assert_eq!(repository_name(url).as_deref(), Some("click"), "{url}");
    }
    assert_eq!(
        (repository_name(""), repository_name("/"), repository_name(".git")),
        (None, None, None)
    );
}
