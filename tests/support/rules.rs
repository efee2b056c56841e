//! A short rulebook that tests of several subjects begin with.

/// One variable, one score, one screen and one limit.
pub(crate) const RULES: &str = r#"
[index]
id      = "shaped"
name    = "Shaped"
parent  = "world"
edition = "1"
base    = { date = 2012-05-01, level = 1000 }

[review]
calendar     = "XNYS"
months       = ["May", "November"]
effective    = { session = "last" }
cutoff       = { session = "last", months = -1 }
announcement = { sessions = -9 }

[variables]
margin = "latest(eps) / price"

[[screen]]
id   = "screened"
keep = "market_cap > 0"

[score.cheap]
combine   = "mean"
winsorize = { percentiles = ["5%", "95%"] }
[[score.cheap.of]]
variable = "margin"

[select.top]
count = 20
by    = "cheap"

[weight.parent]

[[limit]]
id  = "capped"
on  = "issuer"
max = "20%"
"#;
