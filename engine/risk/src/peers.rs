//! A risk for names without a history of their own.

use divisor_numeric::{dot, mean, median};

use crate::estimate::{Estimate, RiskError, Unusable};
use crate::model::FactorModel;
use crate::report::{Definiteness, explained};

impl Estimate {
    /// Gives each unusable name that has peers the risk of its peers: the usable names of its group.
    ///
    /// A name whose exposures are known keeps them and gets the median specific variance of its peers. Any other gets the
    /// mean of its peers' loadings, and so much specific variance that its variance is the median of theirs (averaging loadings
    /// averages risk away). Names without a group or without usable peers stay unusable.
    ///
    /// `groups` has an entry for each row of the caller.
    pub fn with_risk_of_peers(self, groups: &[Option<u32>]) -> Result<Self, RiskError> {
        let variances = self.model.variances();
        let (mut given, mut unusable) = (Vec::new(), Vec::new());
        for name in self.unusable {
            let group = groups.get(name.name).copied().flatten();
            let peers: Vec<usize> = (0..self.rows.len())
                .filter(|&row| group.is_some() && groups.get(self.rows[row]).copied().flatten() == group)
                .collect();
            if peers.is_empty() {
                unusable.push(name);
            } else {
                given.push((name.name, risk_of(&self.model, &variances, &name, &peers)));
            }
        }
        let mut names: Vec<(usize, (Vec<f64>, f64))> = (0..self.rows.len())
            .map(|row| {
                let own = (self.model.loadings_of(row).to_vec(), self.model.specific()[row]);
                (self.rows[row], own)
            })
            .chain(given)
            .collect();
        names.sort_by_key(|(name, _)| *name);
        let model = FactorModel::new(
            self.model.factors().to_vec(),
            names.iter().flat_map(|(_, (loadings, _))| loadings).copied().collect(),
            self.model.omega().to_vec(),
            names.iter().map(|(_, (_, specific))| *specific).collect(),
        )?;
        let mut report = self.report;
        report.explained = explained(&model);
        report.definiteness = Definiteness::of(&model);
        Ok(Self {
            rows: names.iter().map(|(name, _)| *name).collect(),
            model,
            unusable,
            report,
        })
    }
}

/// Loadings and specific variance of a name from its peers.
fn risk_of(model: &FactorModel, variances: &[f64], name: &Unusable, peers: &[usize]) -> (Vec<f64>, f64) {
    let of_peers = |values: &[f64]| median(&mut peers.iter().map(|&peer| values[peer]).collect::<Vec<_>>());
    if let Some(loadings) = &name.loadings {
        return (loadings.clone(), of_peers(model.specific()));
    }
    let loadings: Vec<f64> = (0..model.factors().len())
        .map(|factor| {
            mean(
                &peers
                    .iter()
                    .map(|&peer| model.loadings_of(peer)[factor])
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    let carried = dot(&loadings, &model.omega_times(&loadings));
    (loadings, (of_peers(variances) - carried).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::Reason;
    use crate::report::Report;

    #[test]
    fn by_hand() {
        // Peers 1 and 2 with loadings 1 and 2, specific 0.1 and 0.3: variances 0.14 and 0.46, median 0.30; the mean loading
        // 1.5 carries 0.09.
        let model =
            FactorModel::new(vec!["market".to_owned()], vec![1.0, 2.0], vec![0.04], vec![0.1, 0.3]).expect("valid");
        let unusable = |name, loadings| Unusable {
            name,
            reason: Reason::Short {
                observations: 1,
                least: 20,
            },
            loadings,
        };
        let estimate = Estimate {
            rows: vec![1, 2],
            report: Report {
                periods: 30,
                effective_periods: 30.0,
                least_observations: 30,
                shrinkage: None,
                explained: explained(&model),
                dependent: 0,
                definiteness: Definiteness::of(&model),
            },
            model,
            unusable: vec![
                unusable(0, None),
                unusable(3, Some(vec![0.5])),
                unusable(4, None),
                unusable(5, None),
            ],
        };
        let groups = [Some(7), Some(7), Some(7), Some(7), None, Some(8)];
        let filled = estimate.with_risk_of_peers(&groups).expect("valid");
        assert_eq!(filled.rows, [0, 1, 2, 3]);
        assert!((filled.model.loadings()[0] - 1.5).abs() < 1e-15);
        assert!((filled.model.variances()[0] - 0.30).abs() < 1e-15);
        assert!((filled.model.loadings()[3] - 0.5).abs() < 1e-15);
        assert!((filled.model.specific()[3] - 0.2).abs() < 1e-15);
        assert_eq!(filled.unusable.iter().map(|name| name.name).collect::<Vec<_>>(), [4, 5]);
    }
}
