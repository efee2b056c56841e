//! Q0304 `stale-close`.

use serde::Deserialize;

use super::CheckInfo;

pub(crate) const CHECK: CheckInfo = CheckInfo {
    code: "Q0304",
    name: "stale-close",
    definition: "A close stays the same on `sessions` or more of the security's consecutive rows, missing closes passed \
                 over: a price carried forward. Whether shares were traded meanwhile is said where `volume` is read, \
                 which runs do not; it makes no difference, since a price that trades does not stand still so long.",
    in_runs: true,
};

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Limits {
    pub(crate) sessions: usize,
}

/// Equal closes in a row, as positions of the first and the last and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) sessions: usize,
}

/// The longest stretches of equal closes that reach the limit.
pub(crate) fn stretches(closes: &[f64], limits: &Limits) -> Vec<Stretch> {
    let least = limits.sessions.max(2);
    let mut found = Vec::new();
    let mut now: Option<Stretch> = None;
    for (at, close) in closes.iter().enumerate().filter(|(_, close)| !close.is_nan()) {
        now = Some(match now {
            Some(stretch) if closes[stretch.first].to_bits() == close.to_bits() => Stretch {
                last: at,
                sessions: stretch.sessions + 1,
                ..stretch
            },
            ended => {
                found.extend(ended.filter(|stretch| stretch.sessions >= least));
                Stretch {
                    first: at,
                    last: at,
                    sessions: 1,
                }
            }
        });
    }
    found.extend(now.filter(|stretch| stretch.sessions >= least));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_closes_are_counted() {
        let closes = [5.0, 4.0, 4.0, f64::NAN, 4.0, 4.0, 6.0];
        let limits = Limits { sessions: 3 };
        let whole = Stretch {
            first: 1,
            last: 5,
            sessions: 4,
        };
        assert_eq!(stretches(&closes, &limits), [whole]);
        let cut = |from: usize, until: usize| {
            let found = stretches(&closes[from..until], &limits);
            found.first().map(|stretch| stretch.sessions)
        };
        assert_eq!(
            [cut(0, 7), cut(2, 7), cut(0, 5), cut(3, 6)],
            [Some(4), Some(3), Some(3), None]
        );
        assert!(stretches(&closes, &Limits { sessions: 5 }).is_empty());
    }
}
