//! The clock, for records of who did what when. No result reads it.

use std::time::{SystemTime, UNIX_EPOCH};

use divisor_model::{Day, date_of};

const DAY_S: u64 = 86_400;

/// Seconds since 1970, UTC.
pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Now as `2026-11-21T14:50:07Z`.
pub(crate) fn now() -> String {
    stamp(unix_seconds())
}

fn stamp(seconds: u64) -> String {
    let date = Day::try_from(seconds / DAY_S).ok().and_then(date_of);
    let of_day = seconds % DAY_S;
    let date = date.map_or_else(String::new, |date| date.to_string());
    format!(
        "{date}T{:02}:{:02}:{:02}Z",
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn seconds_become_a_stamp() {
        assert_eq!(super::stamp(951_868_799), "2000-02-29T23:59:59Z");
    }
}
