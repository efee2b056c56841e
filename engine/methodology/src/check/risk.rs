//! `[risk.*]`.

use super::Check;
use super::scope::Scope;
use crate::draft::optimised::{
    ExposuresName, FrequencyName, FundamentalDraft, NoRiskName, RiskDraft, StatisticalDraft, TargetName, VendorDraft,
};
use crate::literal::{Stretch, StretchLiteral};
use crate::located::Located;
use crate::methodology::{
    Estimation, ExposureDates, Frequency, NoRisk, RiskMethod, RiskModel, RiskSource, Setting, ShrinkageTarget,
};

/// Years of returns where nothing is stated.
const WINDOW_YEARS: u32 = 3;

/// The keys all estimated models share.
struct Common<'d> {
    frequency: Option<&'d Located<FrequencyName>>,
    window: Option<&'d Located<Stretch>>,
    least_returns: Option<&'d Located<i64>>,
    short_history: Option<&'d Located<NoRiskName>>,
    peers: Option<&'d Located<String>>,
}

macro_rules! common {
    ($draft:expr) => {
        Common {
            frequency: $draft.frequency.as_ref(),
            window: $draft.window.as_ref(),
            least_returns: $draft.least_returns.as_ref(),
            short_history: $draft.short_history.as_ref(),
            peers: $draft.peers.as_ref(),
        }
    };
}

/// Returns in a stretch of time: 252 sessions or 52 weeks a year.
fn returns_in(stretch: StretchLiteral, frequency: Frequency) -> f64 {
    let a_year = match frequency {
        Frequency::Weekly => 52.0,
        Frequency::Daily => 252.0,
    };
    match stretch {
        StretchLiteral::Years(count) => f64::from(count) * a_year,
        StretchLiteral::Months(count) => f64::from(count) * a_year / 12.0,
        StretchLiteral::Weeks(count) if frequency == Frequency::Daily => f64::from(count) * 5.0,
        StretchLiteral::Weeks(count) => f64::from(count),
    }
}

impl Check<'_> {
    pub(super) fn risk(&mut self, draft: &Located<RiskDraft>, scope: &Scope) -> RiskModel {
        if let Some(written) = &draft.shrinkage {
            let target = self.setting(
                written.target.as_ref(),
                ShrinkageTarget::ConstantCorrelation,
                |word| match word {
                    TargetName::ConstantCorrelation => ShrinkageTarget::ConstantCorrelation,
                    TargetName::ScaledIdentity => ShrinkageTarget::ScaledIdentity,
                },
            );
            return self.estimated(&common!(written), &written.span, scope, |_, _| RiskMethod::Shrinkage {
                target,
            });
        }
        if let Some(written) = &draft.statistical {
            let method = |check: &mut Self, frequency| check.statistical(written, frequency);
            return self.estimated(&common!(written), &written.span, scope, method);
        }
        if let Some(written) = &draft.fundamental {
            let method = |check: &mut Self, frequency| check.fundamental(written, frequency, scope);
            return self.estimated(&common!(written), &written.span, scope, method);
        }
        self.vendor(draft, scope)
    }

    fn vendor(&mut self, draft: &Located<RiskDraft>, scope: &Scope) -> RiskModel {
        let written: Option<&Located<VendorDraft>> = draft.vendor.as_ref();
        let (without, peers) = self.without(
            written.and_then(|all| all.missing.as_ref()),
            written.and_then(|all| all.peers.as_ref()),
            "missing",
            scope,
        );
        RiskModel {
            source: RiskSource::Vendor {
                max_age_days: self.stated(written.and_then(|all| all.max_age.as_ref()), |age| age.0),
            },
            without,
            peers,
            line: self.line(written.map_or(&draft.span, |written| &written.span)),
        }
    }

    fn estimated(
        &mut self,
        common: &Common<'_>,
        span: &std::ops::Range<usize>,
        scope: &Scope,
        method: impl FnOnce(&mut Self, Frequency) -> RiskMethod,
    ) -> RiskModel {
        let frequency = self.setting(common.frequency, Frequency::Weekly, |word| match word {
            FrequencyName::Weekly => Frequency::Weekly,
            FrequencyName::Daily => Frequency::Daily,
        });
        let count = |stretch| returns_in(stretch, frequency.value).round() as usize;
        let default = count(StretchLiteral::Years(WINDOW_YEARS));
        let window = self.setting(common.window, default, |stretch| count(stretch.0));
        let half = window.value.div_ceil(2).max(2);
        let least = |written: &i64| usize::try_from(*written).unwrap_or(usize::MAX);
        let least_returns = self.setting(common.least_returns, half, least);
        if let Some(written) = common.least_returns
            && least_returns.value > window.value
        {
            let message = format!(
                "no security has {} returns in a window of {}",
                written.value, window.value
            );
            self.error(
                "M0459",
                &written.span,
                message,
                "lower `least_returns` or widen `window`",
            );
        } else if let Some(written) = common.window
            && window.value < 10
        {
            let message = format!("a window of {} returns says nothing about risk", window.value);
            self.error(
                "M0459",
                &written.span,
                message,
                "write a longer one, such as \"3 years\"",
            );
        }
        let (without, peers) = self.without(common.short_history, common.peers, "short_history", scope);
        RiskModel {
            source: RiskSource::Estimated(Estimation {
                method: method(self, frequency.value),
                frequency,
                window,
                least_returns,
            }),
            without,
            peers,
            line: self.line(span),
        }
    }

    fn without(
        &mut self,
        written: Option<&Located<NoRiskName>>,
        peers: Option<&Located<String>>,
        key: &str,
        scope: &Scope,
    ) -> (Setting<NoRisk>, Option<Setting<String>>) {
        let without = self.setting(written, NoRisk::ExcludeSecurity, |word| match word {
            NoRiskName::ExcludeSecurity => NoRisk::ExcludeSecurity,
            NoRiskName::RiskOfPeers => NoRisk::RiskOfPeers,
            NoRiskName::Error => NoRisk::Error,
        });
        if without.value != NoRisk::RiskOfPeers {
            let why = format!("peers give their risk with {key} = \"risk-of-peers\"");
            self.idle(peers, "peers", &why);
            return (without, None);
        }
        if let Some(written) = peers {
            self.group_column(written, &written.span, Some(scope));
        }
        (without, Some(self.setting(peers, "sector".to_owned(), String::clone)))
    }

    fn half_life(&self, written: Option<&Located<Stretch>>, frequency: Frequency) -> Option<Setting<f64>> {
        self.stated(written, |stretch| returns_in(stretch.0, frequency))
    }

    fn statistical(&mut self, draft: &StatisticalDraft, frequency: Frequency) -> RiskMethod {
        RiskMethod::Statistical {
            factors: self.stated(draft.factors.as_ref(), |count| {
                usize::try_from(*count).unwrap_or(usize::MAX)
            }),
            half_life: self.half_life(draft.half_life.as_ref(), frequency),
        }
    }

    fn fundamental(&mut self, draft: &FundamentalDraft, frequency: Frequency, scope: &Scope) -> RiskMethod {
        let written = draft.groups.as_ref();
        let mut twice: Vec<&Located<String>> = Vec::new();
        for group in written.into_iter().flat_map(|groups| &groups.value) {
            self.group_column(group, &group.span, Some(scope));
            twice.push(group);
        }
        let mut styles = Vec::new();
        for style in draft.styles.iter().flat_map(|styles| &styles.value) {
            styles.push(self.quantity(style, &style.span, scope));
            twice.push(style);
        }
        for (at, one) in twice.iter().enumerate() {
            if twice[..at].iter().any(|other| other.value == one.value) {
                let message = format!("`{}` stands twice among the factors", one.value);
                self.error("M0110", &one.span, message, "take one of them out");
            }
        }
        RiskMethod::Fundamental {
            groups: self.setting(written, vec!["sector".to_owned(), "country".to_owned()], |groups| {
                groups.iter().map(|group| group.value.clone()).collect()
            }),
            styles,
            exposures: self.setting(draft.exposures.as_ref(), ExposureDates::Dated, |word| match word {
                ExposuresName::Dated => ExposureDates::Dated,
                ExposuresName::AtCutoff => ExposureDates::AtCutoff,
            }),
            half_life: self.half_life(draft.half_life.as_ref(), frequency),
        }
    }
}
