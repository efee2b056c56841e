//! Every state a crash can leave, and what becomes of it.

use super::*;
use crate::scratch::Scratch;

fn files(version: &str) -> Vec<(String, Vec<u8>)> {
    let file = |name: &str| (name.to_owned(), format!("{name} {version}").into_bytes());
    vec![file("constituents.parquet"), file("manifest.json")]
}

fn publish(parent: &Path, version: &str) {
    let staged = Staged::stage(parent, "2024-05-31", &files(version)).expect("staged");
    assert_eq!(staged.publish().expect("published"), parent.join("2024-05-31"));
}

/// Every file under a folder with its content, sorted.
fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            found.extend(tree(&path).into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            found.push(fs::read_to_string(&path).expect("text"));
        }
    }
    found.sort_unstable();
    found
}

fn published(version: &str) -> Vec<String> {
    ["constituents.parquet", "manifest.json"]
        .map(|file| format!("2024-05-31/{file} {version}"))
        .to_vec()
}

fn leave(parent: &Path, folder: &str, version: &str) {
    fs::create_dir_all(parent.join(folder)).expect("made");
    for (name, content) in files(version) {
        fs::write(parent.join(folder).join(name), content).expect("written");
    }
}

#[test]
fn nothing_stands_under_the_name_before_publishing() {
    let scratch = Scratch::new("stage");
    let parent = scratch.path().join("world/reviews");
    let staged = Staged::stage(&parent, "2024-05-31", &files("one")).expect("staged");
    let temporary = format!(".2024-05-31.tmp-{}", process::id());
    assert!(!parent.join("2024-05-31").exists());
    assert_eq!(
        tree(&parent.join(&temporary)),
        ["constituents.parquet one", "manifest.json one"]
    );
    drop(staged);
    assert_eq!(fs::read_dir(&parent).expect("a folder").count(), 0);
}

#[test]
fn publishing_replaces_the_whole_folder() {
    let scratch = Scratch::new("replace");
    leave(scratch.path(), "2024-05-31", "old");
    fs::write(scratch.path().join("2024-05-31/extra.csv"), "extra").expect("written");
    publish(scratch.path(), "new");
    assert_eq!(tree(scratch.path()), published("new"));
    assert_eq!(fs::read_dir(scratch.path()).expect("a folder").count(), 1);
}

#[test]
fn a_publication_that_fails_leaves_the_old_folder() {
    let scratch = Scratch::new("fail");
    publish(scratch.path(), "old");
    let staged = Staged::stage(scratch.path(), "2024-05-31", &files("new")).expect("staged");
    fs::remove_dir_all(&staged.temporary).expect("removed");
    let error = staged.publish().expect_err("nothing to rename").to_string();
    assert!(
        error.starts_with("cannot publish ") && error.ends_with(": no such file or directory"),
        "{error}"
    );
    assert_eq!(tree(scratch.path()), published("old"));
}

#[test]
fn a_leftover_of_a_process_with_the_same_id_is_no_obstacle() {
    let scratch = Scratch::new("pid");
    leave(scratch.path(), &format!(".2024-05-31.tmp-{}", process::id()), "torn");
    publish(scratch.path(), "new");
    let swept = sweep(scratch.path()).expect("swept");
    assert_eq!(swept.removed, [format!(".2024-05-31.tmp-{}", process::id())]);
    assert_eq!(tree(scratch.path()), published("new"));
}

#[test]
fn a_sweep_restores_what_a_crash_between_the_renames_hid() {
    let scratch = Scratch::new("between");
    leave(scratch.path(), ".2024-05-31.aside", "old");
    leave(scratch.path(), ".2024-05-31.tmp-77", "new");
    let expected = Swept {
        removed: vec![".2024-05-31.tmp-77".to_owned()],
        restored: vec!["2024-05-31".to_owned()],
    };
    assert_eq!(sweep(scratch.path()).expect("swept"), expected);
    assert_eq!(tree(scratch.path()), published("old"));
    assert_eq!(sweep(scratch.path()).expect("swept"), Swept::default());
}

#[test]
fn a_sweep_removes_the_old_copy_beside_a_new_folder() {
    let scratch = Scratch::new("after");
    leave(scratch.path(), ".2024-05-31.aside", "old");
    leave(scratch.path(), "2024-05-31", "new");
    leave(scratch.path(), ".git", "somebody else's");
    let swept = sweep(scratch.path()).expect("swept");
    assert_eq!(
        (swept.removed, swept.restored),
        (vec![".2024-05-31.aside".to_owned()], vec![])
    );
    fs::remove_dir_all(scratch.path().join(".git")).expect("not swept");
    assert_eq!(tree(scratch.path()), published("new"));
}

#[test]
fn publishing_copes_with_what_nobody_swept() {
    for standing in [true, false] {
        let scratch = Scratch::new("unswept");
        leave(scratch.path(), ".2024-05-31.aside", "older");
        if standing {
            leave(scratch.path(), "2024-05-31", "old");
        }
        publish(scratch.path(), "new");
        assert_eq!(tree(scratch.path()), published("new"), "standing: {standing}");
    }
}

#[test]
fn a_parent_that_cannot_be_one_is_named() {
    let scratch = Scratch::new("parent");
    let file = scratch.path().join("file");
    fs::write(&file, "in the way").expect("written");
    let error = Staged::stage(&file.join("reviews"), "x", &[])
        .expect_err("no folder")
        .to_string();
    assert_eq!(
        error,
        format!("cannot create {}/reviews: not a directory", file.display())
    );
    assert!(matches!(sweep(&file), Err(ReportError::Io { operation: "read", .. })));
    assert_eq!(
        sweep(&scratch.path().join("absent")).expect("nothing to do"),
        Swept::default()
    );
}

#[test]
fn a_file_in_the_place_of_the_folder_is_left_alone() {
    let scratch = Scratch::new("file");
    fs::write(scratch.path().join("x"), "mine").expect("written");
    let staged = Staged::stage(scratch.path(), "x", &files("new")).expect("staged");
    assert!(matches!(staged.publish(), Err(ReportError::NotAFolder(_))));
    assert_eq!(tree(scratch.path()), ["mine"]);
}

#[test]
fn names_lead_nowhere_else() {
    let scratch = Scratch::new("names");
    for bad in ["", ".", "..", "a/b", "a/", "/a", "../a", ".hidden"] {
        let as_folder = Staged::stage(scratch.path(), bad, &[]);
        assert!(matches!(as_folder, Err(ReportError::BadName(_))), "{bad}");
        let as_file = Staged::stage(scratch.path(), "x", &[(bad.to_owned(), vec![])]);
        assert!(matches!(as_file, Err(ReportError::BadName(_))), "{bad}");
    }
    let twice = [files("one"), files("two")].concat();
    assert!(matches!(
        Staged::stage(scratch.path(), "x", &twice),
        Err(ReportError::Io {
            operation: "create",
            ..
        })
    ));
    assert_eq!(fs::read_dir(scratch.path()).expect("a folder").count(), 0);
}

#[test]
fn a_file_is_put_into_a_published_folder_whole() {
    let scratch = Scratch::new("put");
    publish(scratch.path(), "1");
    let folder = scratch.path().join("2024-05-31");
    // As a crash in the middle of an earlier attempt leaves it.
    fs::write(folder.join(".effective.parquet.tmp"), "hal").expect("written");
    put_file(&folder, "effective.parquet", b"whole").expect("put");
    put_file(&folder, "effective.parquet", b"again").expect("put");
    assert_eq!(fs::read(folder.join("effective.parquet")).expect("read"), b"again");
    assert_eq!(tree(&folder).len(), 3);
    assert!(put_file(&folder, "../b", b"").is_err());
    assert!(put_file(&scratch.path().join("none"), "b", b"").is_err());
}
