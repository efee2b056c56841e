//! The calendars compiled in.

/// Monday to Friday without holidays: what "business day" means where a rulebook names no exchange.
const WEEKDAYS: &str = r#"
name       = "weekdays"
title      = "Monday to Friday"
first_year = 1900
last_year  = 2100
weekend    = ["Saturday", "Sunday"]
"#;

/// Names and texts from files of `config/calendars`.
macro_rules! exchanges {
    ($($mic:literal),+ $(,)?) => {
        /// Names of the calendars compiled in.
        pub(crate) const NAMES: [&str; 19] = ["weekdays", $($mic),+];

        /// The definition of a calendar compiled in.
        pub(crate) fn text(name: &str) -> Option<&'static str> {
            match name {
                "weekdays" => Some(WEEKDAYS),
                $($mic => Some(include_str!(concat!("../../../config/calendars/", $mic, ".toml"))),)+
                _ => None,
            }
        }
    };
}

exchanges!(
    "XNYS", "XLON", "XETR", "XTKS", "XTSE", "XPAR", "XAMS", "XBRU", "XMAD", "XMIL", "XSWX", "XSTO", "XHKG", "XSHG",
    "XBOM", "XKRX", "XSES", "XASX",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Calendar;

    #[test]
    fn every_name_has_a_definition_that_reads() {
        for name in NAMES {
            assert!(text(name).is_some());
            assert_eq!(Calendar::named(name, None).expect("reads").name(), name);
        }
    }
}
