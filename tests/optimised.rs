//! Optimised rulebooks at the command line: all that is said of rules works, and a run refuses with a message.

use crate::support::{Divisor, Folder, read, small};

/// The optimised rulebook of the language's own tests, for the small world.
fn rulebook() -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    read(&root.join("engine/methodology/tests/optimised/minimum-volatility.toml"))
}

#[test]
fn what_is_said_of_rules_works() {
    let folder = Folder::new();
    folder.write("a.toml", &rulebook());
    folder.write("b.toml", &rulebook().replace("to      = \"30%\"", "to      = \"20%\""));
    let divisor = |arguments: &str| Divisor::new(folder.path()).args(arguments);
    divisor("check a.toml").succeed();
    divisor("fmt --check a.toml").succeed();
    let told = divisor("explain a.toml").succeed().stdout;
    assert!(
        told.contains("\nRelaxation\n") && told.contains("\nRisk model\n"),
        "{told}"
    );
    let differences = divisor("diff a.toml b.toml").succeed().stdout;
    assert!(differences.contains("from 10% to 15% and 20%"), "{differences}");
}

#[test]
fn a_run_refuses() {
    let folder = Folder::new();
    folder.write("a.toml", &rulebook());
    let world = small();
    let outcome = Divisor::new(folder.path())
        .args("run a.toml --to 2012-12-31 --data")
        .arg(world.data())
        .run();
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    outcome.says(&["M0510", "`world-minimum-volatility` are optimised", "a.toml:21"]);
}
