//! A risk model read from a vendor's files.

use crate::estimate::{Estimate, Reason, RiskError, Unusable};
use crate::model::FactorModel;
use crate::report::{Definiteness, Report, explained};

/// What the files say, in annual variance. Names are rows of the caller, factors are indices into `factors`.
#[derive(Debug, Clone, Copy)]
pub struct VendorModel<'a> {
    /// Number of names, n.
    pub names: usize,
    /// Names of the factors.
    pub factors: &'a [String],
    /// Name, factor, exposure; zero where absent, but a name with none at all has no risk here.
    pub exposures: &'a [(usize, usize, f64)],
    /// Two factors and their covariance; zero where absent. A pair may be given one way round, or both ways alike.
    pub covariance: &'a [(usize, usize, f64)],
    /// Name and its specific variance.
    pub specific: &'a [(usize, f64)],
}

/// The model of the files. A factor with exposures and no variance, a pair given twice with different values, and names or factors
/// out of range are errors; names without exposures or specific variance are returned.
pub fn vendor(files: VendorModel) -> Result<Estimate, RiskError> {
    let k = files.factors.len();
    let omega = factor_covariance(files)?;
    let mut loadings: Vec<Option<Vec<f64>>> = vec![None; files.names];
    let mut exposed = vec![false; k];
    for &(name, factor, exposure) in files.exposures {
        if name >= files.names || factor >= k {
            return Err(RiskError::Vendor(format!(
                "an exposure of name {name} on factor {factor} is out of range"
            )));
        }
        loadings[name].get_or_insert_with(|| vec![0.0; k])[factor] = exposure;
        exposed[factor] |= exposure.abs() > 0.0;
    }
    if let Some(factor) = (0..k).find(|&factor| exposed[factor] && omega[factor * k + factor] <= 0.0) {
        return Err(RiskError::Vendor(format!(
            "factor `{}` has exposures and no variance",
            files.factors[factor]
        )));
    }
    let mut specific = vec![None; files.names];
    for &(name, variance) in files.specific {
        let Some(slot) = specific.get_mut(name) else {
            return Err(RiskError::Vendor(format!(
                "a specific variance of name {name} is out of range"
            )));
        };
        *slot = Some(variance);
    }
    assemble(files.factors, loadings, omega, &specific)
}

fn factor_covariance(files: VendorModel) -> Result<Vec<f64>, RiskError> {
    let k = files.factors.len();
    let mut given = vec![None; k * k];
    for &(a, b, value) in files.covariance {
        if a >= k || b >= k {
            return Err(RiskError::Vendor(format!(
                "a covariance of factors {a} and {b} is out of range"
            )));
        }
        let place = a.max(b) * k + a.min(b);
        match given[place] {
            Some(other) if f64::to_bits(other) != f64::to_bits(value) => {
                return Err(RiskError::Vendor(format!(
                    "the covariance of `{}` and `{}` is given as {other} and as {value}",
                    files.factors[a], files.factors[b]
                )));
            }
            _ => given[place] = Some(value),
        }
    }
    let at = |a: usize, b: usize| given[a.max(b) * k + a.min(b)].unwrap_or(0.0);
    Ok((0..k * k).map(|place| at(place / k, place % k)).collect())
}

fn assemble(
    factors: &[String],
    loadings: Vec<Option<Vec<f64>>>,
    omega: Vec<f64>,
    specific: &[Option<f64>],
) -> Result<Estimate, RiskError> {
    let (mut rows, mut unusable, mut kept, mut own) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (name, (loadings, specific)) in loadings.into_iter().zip(specific).enumerate() {
        match (loadings, specific) {
            (Some(loadings), Some(specific)) => {
                rows.push(name);
                kept.extend(loadings);
                own.push(*specific);
            }
            (loadings, _) => unusable.push(Unusable {
                name,
                reason: if loadings.is_some() {
                    Reason::NoVendorSpecific
                } else {
                    Reason::NoVendorExposure
                },
                loadings,
            }),
        }
    }
    let model = FactorModel::new(factors.to_vec(), kept, omega, own)?;
    let report = Report {
        periods: 0,
        effective_periods: 0.0,
        least_observations: 0,
        shrinkage: None,
        explained: explained(&model),
        dependent: 0,
        definiteness: Definiteness::of(&model),
    };
    Ok(Estimate {
        rows,
        model,
        unusable,
        report,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors() -> Vec<String> {
        vec!["market".to_owned(), "value".to_owned()]
    }

    #[test]
    fn by_hand() {
        let factors = factors();
        let files = VendorModel {
            names: 4,
            factors: &factors,
            exposures: &[(0, 0, 1.0), (0, 1, 0.5), (2, 0, 1.2), (3, 1, 1.0)],
            covariance: &[(0, 0, 0.04), (1, 0, 0.01), (0, 1, 0.01), (1, 1, 0.02)],
            specific: &[(0, 0.09), (1, 0.05), (2, 0.01)],
        };
        let estimate = vendor(files).expect("valid");
        assert_eq!(estimate.rows, [0, 2]);
        // 0.04 + 2·0.5·0.01 + 0.25·0.02 + 0.09 and 1.2·(0.04 + 0.5·0.01).
        assert!((estimate.model.covariance(0, 0) - 0.145).abs() < 1e-16);
        assert!((estimate.model.covariance(0, 1) - 0.054).abs() < 1e-16);
        let reasons: Vec<_> = estimate.unusable.iter().map(|name| (name.name, name.reason)).collect();
        assert_eq!(reasons, [(1, Reason::NoVendorExposure), (3, Reason::NoVendorSpecific)]);
        assert_eq!(estimate.unusable[1].loadings.as_deref(), Some(&[0.0, 1.0][..]));
    }

    #[test]
    fn what_is_refused() {
        let factors = factors();
        let error =
            |exposures: &[(usize, usize, f64)], covariance: &[(usize, usize, f64)], specific: &[(usize, f64)]| {
                let files = VendorModel {
                    names: 1,
                    factors: &factors,
                    exposures,
                    covariance,
                    specific,
                };
                vendor(files).expect_err("refused").to_string()
            };
        let fine = [(0, 0, 0.04), (1, 1, 0.02)];
        assert!(error(&[(0, 1, 1.0)], &fine[..1], &[(0, 0.1)]).contains("`value` has exposures and no variance"));
        let twice = [(0, 1, 0.01), (1, 0, 0.02)];
        assert!(error(&[], &twice, &[]).contains("`value` and `market` is given as 0.01 and as 0.02"));
        assert!(error(&[(0, 0, f64::NAN)], &fine, &[(0, 0.1)]).contains("the loading of name 0"));
        assert!(error(&[(0, 0, 1.0)], &fine, &[(0, -0.1)]).contains("specific variance"));
        assert!(error(&[(1, 0, 1.0)], &fine, &[]).contains("out of range"));
        assert!(error(&[], &[(0, 0, 0.01), (1, 1, 0.01), (0, 1, 0.02)], &[]).contains("not positive semidefinite"));
    }
}
