//! Where the pages' links lead, and how long the pages are.

use std::path::{Component, Path, PathBuf};

use super::page::{Page, pages, root};

/// Those that are long because they are looked things up in, not read.
const LONG: [&str; 2] = ["infra/RUNBOOK.md", "tests/bench/RESULTS.md"];

/// The links of a page to other files of the repository, or to places in it.
fn links(page: &Page) -> Vec<String> {
    let prose = page.prose().join("\n");
    let outside_code: String = prose.split('`').step_by(2).collect();
    let targets = |mark: &str, end: char| {
        let parts = outside_code.split(mark).skip(1);
        let targets = parts.filter_map(|part| part.split(end).next());
        targets.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut links = targets("](", ')');
    links.extend(targets("src=\"", '"'));
    links.extend(targets("href=\"", '"'));
    let elsewhere = |link: &String| link.contains("://") || link.starts_with("mailto:");
    links.retain(|link| !elsewhere(link));
    links
}

/// `a/../b` as `b`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                assert!(plain.pop(), "{} leads out of here", path.display());
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// What is wrong with a link; nothing if it leads somewhere.
fn wrong(page: &Page, link: &str) -> Option<String> {
    let (file, place) = link.split_once('#').unwrap_or((link, ""));
    let from = Path::new(&page.path);
    let file = match file {
        "" => from.to_owned(),
        file => plain(&from.parent().expect("a page has a folder").join(file)),
    };
    if !root().join(&file).exists() {
        return Some(format!("{}: {link} is not there", page.path));
    }
    let is_page = file.extension().is_some_and(|kind| kind == "md");
    if place.is_empty() || !is_page {
        return None;
    }
    let anchors = Page::named(&file.to_string_lossy()).anchors();
    let found = anchors.iter().any(|anchor| anchor == place);
    (!found).then(|| format!("{}: {link} is no heading", page.path))
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let links = pages
        .iter()
        .flat_map(|page| links(page).into_iter().map(move |link| (page, link)));
    let links: Vec<_> = links.collect();
    assert!(links.len() > 20, "the pages have links");
    let wrong: Vec<_> = links
        .iter()
        .filter_map(|(page, link)| wrong(page, link))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_page_that_is_read_as_a_whole_is_not_over_300_lines() {
    for page in pages() {
        let lines = page.text.lines().count();
        assert!(
            lines <= 300 || LONG.contains(&&*page.path),
            "{} has {lines} lines",
            page.path
        );
    }
}

#[test]
fn the_readme_is_not_over_150_lines() {
    assert!(Page::named("README.md").text.lines().count() <= 150);
}
