//! What `run` and `why` say of predicted risk: the model behind it, and what came of it.

use divisor_review::{Forecast, Pipeline, Review, RiskSummary, bias};
use serde_json::{Value, json};

use crate::args::Common;

/// Fewer intervals without a bias say nothing.
const FEW: usize = 10;

/// The lines below the reviews of an index; none where nothing was predicted.
pub(crate) fn lines(shown: &[(&Pipeline, &Review)], common: &Common) -> String {
    let mut text = String::new();
    let last = shown.last().map(|(_, review)| *review);
    let optimised = last.and_then(|review| Some((review, review.optimised.as_ref()?)));
    if let Some((review, risk)) = optimised.and_then(|(review, found)| Some((review, found.risk.as_ref()?)))
        && common.verbose > 0
    {
        let cutoff = review.dates.cutoffs.risk;
        text.push_str(&format!("  risk model at {cutoff}: {}\n", model_words(risk)));
    }
    text + &bias_line(shown)
}

fn forecasts(shown: &[(&Pipeline, &Review)]) -> Vec<Forecast> {
    shown.iter().filter_map(|(_, review)| review.forecast).collect()
}

fn bias_line(shown: &[(&Pipeline, &Review)]) -> String {
    let bias = bias(&forecasts(shown));
    if bias.statistic.is_nan() {
        return String::new();
    }
    let (low, high) = bias.range();
    let verdict = match bias.statistic {
        found if found > high => "risk was predicted too low",
        found if found < low => "risk was predicted too high",
        _ if bias.observations < FEW => "too few to tell",
        _ => "no bias shows",
    };
    format!(
        "  predicted risk against what came until the next review: bias statistic {:.2} over {} intervals, {verdict} (unbiased \
         forecasts: {low:.2} to {high:.2})\n",
        bias.statistic, bias.observations
    )
}

/// What came of the prediction of the review before, as the review knew it, and the bias of all up to here.
pub(crate) fn json_of(reviews: &[(&Pipeline, &Review)], at: usize) -> Value {
    let (pipeline, review) = reviews[at];
    let Some(forecast) = review.forecast else {
        return Value::Null;
    };
    let id = &pipeline.methodology.index.id;
    let so_far = reviews[..=at]
        .iter()
        .filter(|(other, _)| other.methodology.index.id == *id);
    let bias = bias(&forecasts(&so_far.copied().collect::<Vec<_>>()));
    json!({
        "predicted_at": forecast.effective,
        "days": forecast.days,
        "predicted_volatility": forecast.volatility,
        "return": forecast.realised,
        "standardised_return": forecast.standardised(),
        "bias_statistic": Some(bias.statistic).filter(|found| !found.is_nan()),
        "bias_observations": bias.observations,
    })
}

/// The risk model of a review in a few words.
pub(crate) fn model_words(risk: &RiskSummary) -> String {
    let mut parts = Vec::new();
    if let Some((date, age)) = risk.dated {
        parts.push(format!("the vendor's of {date}, {age} days old"));
    }
    let mut names = format!("{} names", risk.names);
    let beside: Vec<String> = [
        (risk.of_peers.len(), "with the risk of their peers"),
        (risk.without.len(), "more without risk"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{count} {words}"))
    .collect();
    if !beside.is_empty() {
        names.push_str(&format!(" ({})", beside.join(", ")));
    }
    parts.push(names);
    if risk.dated.is_none() {
        parts.push(format!(
            "{} returns, {} at least of a name",
            risk.returns, risk.least_returns
        ));
    }
    parts.push(format!(
        "{} factors that carry {:.1}% of the names' variance",
        risk.factors,
        risk.explained * 100.0
    ));
    if let Some(weight) = risk.shrinkage {
        parts.push(format!("shrunk by {:.1}%", weight * 100.0));
    }
    parts.push(if risk.condition_at_most.is_finite() {
        format!(
            "positive definite, condition number at most {:.3e}",
            risk.condition_at_most
        )
    } else {
        "perhaps singular: a name has no specific variance".to_owned()
    });
    parts.join(" · ")
}
