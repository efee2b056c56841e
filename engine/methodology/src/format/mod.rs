//! The one way a rulebook is laid out: comments stay with what they are written above, keys of known tables come in
//! the order of the language, `=` is aligned within a block, one blank line stands between tables. Meaning never
//! changes: what was read before and after is compared.

mod layout;
mod scan;
mod value;

use divisor_model::Diagnostic;

use crate::Source;

/// The text of a rulebook laid out; the same text gives the same again. Values over several lines keep their lines. An
/// error where the text is no TOML.
pub fn format(source: &Source) -> Result<String, Vec<Diagnostic>> {
    let text = source.written();
    let written = Source::new(source.file.as_str(), text);
    let mut diagnostics = Vec::new();
    for part in written.parts() {
        part.parse(&mut diagnostics);
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let laid_out = layout::lay_out(&scan::scan(text));
    let same = match (text.parse::<toml::Table>(), laid_out.parse::<toml::Table>()) {
        (Ok(before), Ok(after)) => before == after,
        _ => false,
    };
    if same {
        return Ok(laid_out);
    }
    let message = format!("{} is left as it is: laid out it would not say the same", source.file);
    let help = "an unusual way of writing TOML is in it; please report it";
    Err(vec![Diagnostic::error("M0701", message).help(help)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(text: &str) -> String {
        format(&Source::new("test.toml", text)).expect("TOML")
    }

    #[test]
    fn a_table_is_laid_out() {
        let text = "# of the file\n\n\n\n[index]   # what it is\nname=\"Test\"\n# its id\nid = 'test'\nbase={level=1000,date=2020-01-01}\n\
                    [review]\nmonths = [ \"May\" ,\"June\", ]\ncalendar='XNYS'   # New York\n\n\n# odd ones\n\n\
                    [[limit]]\nbecause = \"x\"\nmax = \"5%\"\nid = \"cap\"\n\n[score.a]\ncombine = \"mean\"\n\n[[score.a.of]]\nvariable = \"b\"";
        let wanted = "# of the file\n\n[index] # what it is\n# its id\nid   = 'test'\nname = \"Test\"\nbase = { level = 1000, date = 2020-01-01 }\n\n\
                      [review]\ncalendar = 'XNYS' # New York\nmonths   = [\"May\", \"June\"]\n\n# odd ones\n\n\
                      [[limit]]\nid      = \"cap\"\nmax     = \"5%\"\nbecause = \"x\"\n\n[score.a]\ncombine = \"mean\"\n[[score.a.of]]\nvariable = \"b\"\n";
        assert_eq!(formatted(text), wanted);
        assert_eq!(formatted(wanted), wanted);
    }

    #[test]
    fn texts_keep_what_looks_like_toml() {
        for (text, part) in [
            ("[variables]\na = \"x = y # no comment\"\n", "\"x = y # no comment\""),
            ("[variables]\n\"a = b\" = 'it\"s [x]'\n", "\"a = b\" = 'it\"s [x]'"),
            (
                "[index]\ndescription = \"\"\"\nOne.   \n\n  # Two = 2\n\"\"\"\nname        = \"a\\\"b # c\"\n",
                "\"\"\"\nOne.   \n\n  # Two = 2\n\"\"\"",
            ),
            (
                "[test]\nuniverse = [\n    { a = 1 }, # one\n    # none\n    { a = \"]\" },\n]\n",
                "{ a = 1 }, # one\n    # none\n    { a = \"]\" },",
            ),
        ] {
            let found = formatted(text);
            assert!(found.contains(part), "{found}");
            assert_eq!(formatted(&found), found, "{text}");
            assert_eq!(found.parse::<toml::Table>(), text.parse::<toml::Table>());
        }
    }

    #[test]
    fn what_is_no_toml_is_left_alone() {
        let found = format(&Source::new("test.toml", "[index\nid = 3"));
        assert!(found.is_err_and(|found| found[0].code == "M0101"));
    }
}
