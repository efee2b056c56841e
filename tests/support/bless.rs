//! Texts compared with committed ones. `DIVISOR_BLESS=1` writes them anew: then read the diff.

use std::path::Path;

/// What differs, or nothing. Returned rather than asserted, so that one test tells all differences at once.
pub(crate) fn compare(path: &Path, found: &str) -> Option<String> {
    if std::env::var_os("DIVISOR_BLESS").is_some() {
        std::fs::write(path, found).unwrap();
        return None;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    (expected != found).then(|| {
        let name = path.display();
        format!("{name}\n--- expected\n{expected}--- found\n{found}")
    })
}
