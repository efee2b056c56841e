//! The functions, in the order of [`Function`].

use super::{Function, Named, Record, ResultUnit, Takes};

const YEARS: Named = Named {
    name: "years",
    takes: "fiscal years, from 1",
    default: "",
};
const QUARTERS: Named = Named {
    name: "quarters",
    takes: "fiscal quarters, from 1",
    default: "",
};
const DAYS: Named = Named {
    name: "days",
    takes: "days with a price, from 1",
    default: "",
};
const WEEKS: Named = Named {
    name: "weeks",
    takes: "calendar weeks with a price, from 1",
    default: "",
};
const MONTHS: Named = Named {
    name: "months",
    takes: "months before the cut-off, from 1",
    default: "",
};
const MIN: Named = Named {
    name: "min",
    takes: "the least number of values, at most the window",
    default: "the whole window",
};
const DEVIATION: Named = Named {
    name: "deviation",
    takes: "\"sample\" (over n − 1) or \"population\" (over n)",
    default: "\"sample\"",
};

pub(super) const NO_WINDOW: &str = "none: the values of one snapshot";
const ONE_VALUE: &str = "one value";
const SLOTS: &str = "the n newest consecutive fiscal years (FY) or quarters (Q) known at the cut-off, counted back from the \
                     newest known one, never a calendar window; per-share values on the share basis of the snapshot";
pub(super) const GAPS: &str =
    "a period without a value is a gap: it is passed over, and fewer values than the least give missing";
const PRICED: &str = "where the newest close is more than 10 calendar days older than the cut-off, or too few values are \
                      there";
const CLOSES: &str = "simple returns of close_total_return where a security has any in the window, else of close, in its own \
                      currency";

/// All functions, in the order of [`Function`].
pub(crate) static RECORDS: [Record; 23] = [
    Record {
        function: Function::Abs,
        name: "abs",
        usage: "abs(x)",
        takes: Takes::Number,
        named: &[],
        result: ResultUnit::Argument,
        formula: "|x|",
        window: NO_WINDOW,
        least: ONE_VALUE,
        missing: "where x is",
        source: "arithmetic",
        example: "abs(book_value)",
    },
    Record {
        function: Function::Log,
        name: "log",
        usage: "log(x)",
        takes: Takes::Number,
        named: &[],
        result: ResultUnit::Plain,
        formula: "natural logarithm of x",
        window: NO_WINDOW,
        least: ONE_VALUE,
        missing: "where x is, and at zero and below",
        source: "arithmetic",
        example: "log(market_cap)",
    },
    Record {
        function: Function::Exp,
        name: "exp",
        usage: "exp(x)",
        takes: Takes::Number,
        named: &[],
        result: ResultUnit::Plain,
        formula: "e to the power of x",
        window: NO_WINDOW,
        least: ONE_VALUE,
        missing: "where x is, and where the result is no number",
        source: "arithmetic",
        example: "exp(-volatility_1y)",
    },
    Record {
        function: Function::Sqrt,
        name: "sqrt",
        usage: "sqrt(x)",
        takes: Takes::Number,
        named: &[],
        result: ResultUnit::Plain,
        formula: "square root of x",
        window: NO_WINDOW,
        least: ONE_VALUE,
        missing: "where x is, and below zero",
        source: "arithmetic",
        example: "sqrt(market_cap)",
    },
    Record {
        function: Function::Min,
        name: "min",
        usage: "min(a, b, …)",
        takes: Takes::Numbers,
        named: &[],
        result: ResultUnit::Argument,
        formula: "least of the arguments",
        window: NO_WINDOW,
        least: "all arguments",
        missing: "where any argument is",
        source: "arithmetic",
        example: "min(price_to_book, 10)",
    },
    Record {
        function: Function::Max,
        name: "max",
        usage: "max(a, b, …)",
        takes: Takes::Numbers,
        named: &[],
        result: ResultUnit::Argument,
        formula: "greatest of the arguments",
        window: NO_WINDOW,
        least: "all arguments",
        missing: "where any argument is",
        source: "arithmetic",
        example: "max(price_to_book, 0)",
    },
    Record {
        function: Function::Coalesce,
        name: "coalesce",
        usage: "coalesce(a, b, …)",
        takes: Takes::Numbers,
        named: &[],
        result: ResultUnit::Argument,
        formula: "first argument that is not missing",
        window: NO_WINDOW,
        least: "one argument",
        missing: "where all arguments are",
        source: "arithmetic",
        example: "coalesce(net_income_ttm, latest(net_income))",
    },
    Record {
        function: Function::IsMissing,
        name: "is_missing",
        usage: "is_missing(x)",
        takes: Takes::Anything,
        named: &[],
        result: ResultUnit::Condition,
        formula: "whether x is missing",
        window: NO_WINDOW,
        least: "none",
        missing: "never",
        source: "arithmetic",
        example: "not is_missing(dividend_yield)",
    },
    Record {
        function: Function::Latest,
        name: "latest",
        usage: "latest(field) or latest(field, period = \"any\")",
        takes: Takes::Field,
        named: &[Named {
            name: "period",
            takes: "\"FY\", \"H\", \"Q\", \"TTM\" or \"any\" (FY, H or Q, whichever ended last)",
            default: "FY for flows and undeclared fields, \"any\" for stocks",
        }],
        result: ResultUnit::Argument,
        formula: "the value of the period that ended last; of periods with equal ends FY before H before Q",
        window: "the newest period known at the cut-off; per-share values on the share basis of the snapshot",
        least: ONE_VALUE,
        missing: "where no period has a value known at the cut-off; a withdrawn one counts as not known",
        source: "point-in-time convention of this engine",
        example: "latest(total_assets)",
    },
    Record {
        function: Function::Lag,
        name: "lag",
        usage: "lag(field, years = 1)",
        takes: Takes::Series,
        named: &[YEARS, QUARTERS],
        result: ResultUnit::Argument,
        formula: "x[n], x[0] being the value of the newest known period and x[k] that of k periods before it",
        window: SLOTS,
        least: "the one value n periods back",
        missing: "where that period has no value known at the cut-off: no other takes its place",
        source: "point-in-time convention of this engine",
        example: "lag(ttm(sales), years = 1)",
    },
    Record {
        function: Function::Average,
        name: "average",
        usage: "average(field, years = 5) or average(field, years = 5, min = 3)",
        takes: Takes::Series,
        named: &[YEARS, QUARTERS, MIN],
        result: ResultUnit::Argument,
        formula: "Σ x / m over the m known values of the window",
        window: SLOTS,
        least: "the whole window, unless `min` says otherwise",
        missing: GAPS,
        source: "arithmetic mean; multi-year averages of fundamentally weighted indexes",
        example: "average(sales, years = 5, min = 3)",
    },
    Record {
        function: Function::Stdev,
        name: "stdev",
        usage: "stdev(field, years = 5) or stdev(growth(field, quarters = 4), quarters = 12, min = 8)",
        takes: Takes::Series,
        named: &[YEARS, QUARTERS, MIN, DEVIATION],
        result: ResultUnit::Argument,
        formula: "√( Σ (x − mean)² / (m − 1) ) over the m known values of the window; over m with deviation = \"population\"",
        window: SLOTS,
        least: "the whole window, unless `min` says otherwise; a sample needs two",
        missing: GAPS,
        source: "standard deviation; earnings variability of published quality indexes",
        example: "stdev(growth(eps, years = 1), years = 5)",
    },
    Record {
        function: Function::Growth,
        name: "growth",
        usage: "growth(field, years = 1)",
        takes: Takes::Series,
        named: &[YEARS, QUARTERS],
        result: ResultUnit::Ratio,
        formula: "(x[0] − x[n]) / |x[n]|; a difference within 1e-12 of |x[n]|, the rounding of a split, is none",
        window: "the newest known fiscal year (FY) or quarter (Q) and the one n periods before; inside another history \
                 function the series of such values",
        least: "both values",
        missing: "where either value is, and where the older one is zero",
        source: "growth over the absolute prior value, as published quality and growth indexes take it of earnings",
        example: "growth(sales, years = 3)",
    },
    Record {
        function: Function::Yoy,
        name: "yoy",
        usage: "yoy(field) or yoy(field, period = \"FY\")",
        takes: Takes::Series,
        named: &[Named {
            name: "period",
            takes: "\"Q\", \"H\" or \"FY\": the periods compared",
            default: "\"Q\"",
        }],
        result: ResultUnit::Ratio,
        formula: "(x[newest] − x[a year earlier]) / |x[a year earlier]|, both of the same kind of period",
        window: "the newest known quarter, half or fiscal year and the same one a year before; inside another history \
                 function the series of such values",
        least: "both values",
        missing: "where either value is, and where the older one is zero",
        source: "year-on-year growth over the absolute prior value",
        example: "stdev(yoy(net_income), quarters = 12, min = 8)",
    },
    Record {
        function: Function::Trend,
        name: "trend",
        usage: "trend(field, years = 5) or trend(field, years = 5, min = 4, relative = \"average\")",
        takes: Takes::Series,
        named: &[
            YEARS,
            QUARTERS,
            MIN,
            Named {
                name: "relative",
                takes: "\"average\" (slope ÷ |mean of x|) or \"magnitude\" (slope ÷ mean of |x|)",
                default: "the slope itself",
            },
        ],
        result: ResultUnit::ArgumentPerPeriod,
        formula: "Σ (t − mean t)·(x − mean x) / Σ (t − mean t)² over the known values of the window, t counting its periods, \
                  the newest last",
        window: SLOTS,
        least: "the whole window, unless `min` says otherwise; two at least",
        missing: "where fewer values than the least are known, or `relative` divides by zero; a gap is passed over and keeps \
                  its place in t",
        source: "ordinary least squares; long-term historical growth trend of published growth indexes",
        example: "trend(sales, years = 5, min = 4, relative = \"average\")",
    },
    Record {
        function: Function::Streak,
        name: "streak",
        usage: "streak(growth(field, years = 1) > 0) or streak(growth(field, years = 1) >= 0, years = 25)",
        takes: Takes::Condition,
        named: &[
            Named {
                name: "years",
                takes: "count at most so many fiscal years",
                default: "fiscal years without limit",
            },
            Named {
                name: "quarters",
                takes: "count at most so many quarters instead",
                default: "fiscal years",
            },
        ],
        result: ResultUnit::Count,
        formula: "how many of the newest consecutive periods meet the condition, counted back from the newest known one; the \
                  first that does not, or of which it cannot be told, ends the count. With years = n at most n",
        window: "all fiscal years (FY) or quarters (Q) known at the cut-off; per-share values on the share basis of the \
                 snapshot",
        least: "one known value of any of its fields",
        missing: "where no period of its fields is known; a gap ends the count and is not missing",
        source: "dividend aristocrats: years of consecutive rises, `>= 0` for years without a cut",
        example: "streak(growth(dividends_per_share, years = 1) > 0, years = 25) >= 20",
    },
    Record {
        function: Function::Ttm,
        name: "ttm",
        usage: "ttm(field)",
        takes: Takes::Flow,
        named: &[],
        result: ResultUnit::Argument,
        formula: "the sum of twelve months that ended last, of: a fiscal year; a reported TTM; four contiguous quarters; two \
                  contiguous halves; the last fiscal year + the year to date − the same year to date a year earlier. Of \
                  equal ends in this order. A year to date is a YTD row, or the quarters since the fiscal year",
        window: "the newest such twelve months known at the cut-off; a quarter has 11 to 18 weeks, so that 52 and 53-week \
                 years count; per-share values on the share basis of the snapshot; inside another history function the \
                 series of twelve months ending whole years (or quarters) before the newest, within 20 days",
        least: "all parts of one of these sums",
        missing: "where none of the sums has all its parts known at the cut-off",
        source: "trailing twelve months of published fundamental data methodologies",
        example: "growth(ttm(net_income), years = 1)",
    },
    Record {
        function: Function::Returns,
        name: "returns",
        usage: "returns(months = 12, skip = 1)",
        takes: Takes::Nothing,
        named: &[
            MONTHS,
            Named {
                name: "skip",
                takes: "months left out at the new end",
                default: "0",
            },
        ],
        result: ResultUnit::Ratio,
        formula: "P(T − skip) / P(T − skip − months) − 1, T being the cut-off; a month before a month end is a month end",
        window: "closes on or before each day and at most 10 calendar days older, of close_total_return where a security has \
                 any in the window, else of close, in its own currency",
        least: "both closes",
        missing: PRICED,
        source: "price momentum of published momentum indexes",
        example: "returns(months = 12, skip = 1)",
    },
    Record {
        function: Function::Volatility,
        name: "volatility",
        usage: "volatility(days = 252) or volatility(weeks = 156, min = 100)",
        takes: Takes::Nothing,
        named: &[DAYS, WEEKS, MIN, DEVIATION],
        result: ResultUnit::AnnualRatio,
        formula: "standard deviation of the returns × √252 (days) or √52 (weeks)",
        window: "the n newest daily or weekly simple returns, looked for in at most 2n + 30 calendar days or n + 2 weeks; of \
                 close_total_return where a security has any, else of close, in its own currency; a return spans at most \
                 10 (weekly 20) calendar days",
        least: "n returns, unless `min` says otherwise",
        missing: PRICED,
        source: "realised volatility of published low-volatility indexes",
        example: "volatility(weeks = 156, min = 100)",
    },
    Record {
        function: Function::Beta,
        name: "beta",
        usage: "beta(days = 252) or beta(weeks = 156, min = 100, to = \"parent\")",
        takes: Takes::Nothing,
        named: &[
            DAYS,
            WEEKS,
            MIN,
            Named {
                name: "to",
                takes: "\"parent\"",
                default: "\"parent\"",
            },
        ],
        result: ResultUnit::Ratio,
        formula: "slope of the security's returns on the parent's over the same spans (ordinary least squares). The parent's \
                  return of a day is Σ w·r / Σ w: r over the names with a return that ends that day, Σ w over all names \
                  between two closes then, w = market_cap × free_float of the snapshot used",
        window: CLOSES,
        least: "n returns, unless `min` says otherwise; two at least",
        missing: "where the newest close is more than 10 calendar days older than the cut-off, too few returns are there, or \
                  the parent's do not vary",
        source: "single-index model; beta screens of published low-volatility and low-beta indexes",
        example: "beta(weeks = 104, min = 52, to = \"parent\")",
    },
    Record {
        function: Function::Drawdown,
        name: "drawdown",
        usage: "drawdown(days = 252) or drawdown(months = 12)",
        takes: Takes::Nothing,
        named: &[DAYS, MONTHS, MIN],
        result: ResultUnit::Ratio,
        formula: "the least of P(t) / max P(s ≤ t) − 1 over the window: zero or negative, −0.35 after a fall of 35% from a peak",
        window: "the n newest closes, looked for in at most 2n + 30 calendar days, or those since n months before the cut-off; \
                 of close_total_return where a security has any, else of close, in its own currency",
        least: "n closes, or closes reaching n months back, unless `min` says fewer",
        missing: PRICED,
        source: "maximum drawdown",
        example: "drawdown(months = 12) > -50%",
    },
    Record {
        function: Function::Adv,
        name: "adv",
        usage: "adv(days = 63) or adv(days = 63, min = 40, of = \"median\")",
        takes: Takes::Nothing,
        named: &[
            DAYS,
            MIN,
            Named {
                name: "of",
                takes: "\"mean\" or \"median\" of the days",
                default: "\"mean\"",
            },
        ],
        result: ResultUnit::MoneyPerDay,
        formula: "mean, or median, of close × volume, times the fx of the snapshot used",
        window: "the n newest days with close and volume, looked for in at most 2n + 30 calendar days; both are on one split \
                 basis, so that splits leave their product alone",
        least: "n days, unless `min` says otherwise",
        missing: "where the newest day with both is more than 10 calendar days older than the cut-off, or too few are there",
        source: "average daily value traded of published liquidity screens",
        example: "adv(days = 63, min = 40) >= $5m",
    },
    Record {
        function: Function::Atvr,
        name: "atvr",
        usage: "atvr(months = 12) or atvr(months = 12, min = 6)",
        takes: Takes::Nothing,
        named: &[MONTHS, MIN],
        result: ResultUnit::AnnualRatio,
        formula: "12 × mean over the months of: median daily close × volume of the days traded × their number × fx ÷ float cap \
                  at the month's last close. Float cap there is market_cap × free_float of the snapshot used × that close ÷ \
                  the close at the snapshot",
        window: "the n months before the cut-off, a day traded having close and volume above zero",
        least: "n months with a row of both, unless `min` says otherwise; a month without a trade counts as 0",
        missing: "where fewer months than the least have rows, or no close or float cap at the snapshot is known",
        source: "annualised traded value ratio of published global investable market indexes",
        example: "atvr(months = 12, min = 6) >= 15%",
    },
];
