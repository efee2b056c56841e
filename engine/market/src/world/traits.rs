//! What stays the same about a company: where it belongs and its habits.

use super::random::{Purpose, Random, Stream, inverse_normal};
use super::spec::WorldSpec;

/// Most companies that follow each other in one slot.
pub(super) const GENERATIONS: u64 = 32;

/// One place in the market: when its company is delisted, another of the same sector and country takes it, so that the
/// shape of the universe stays. Nobody sees slots.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// Its number.
    pub number: u64,
    /// Position in the spec's countries.
    pub country: usize,
    /// Position in the spec's sectors.
    pub sector: usize,
    /// Log of the middling market capitalisation of its country on the first day.
    pub log_size: f64,
    /// Standard normal size of its first company.
    pub first_size: f64,
}

/// How many slots keep the wanted number of securities alive, given the second lines and the empty slots.
pub(super) fn slot_count(spec: &WorldSpec) -> u64 {
    let listings = &spec.listings;
    let empty = (listings.mergers + listings.failures) * listings.gap_sessions / super::timeline::YEAR_SESSIONS;
    let slots = spec.securities_alive as f64 * (1.0 + empty) / (1.0 + listings.second_lines);
    (slots.round() as u64).max(1)
}

/// All slots. Countries, sectors and first sizes follow low-discrepancy sequences (rotations by irrational angles), so
/// that every seed gives a world of the declared proportions.
pub(super) fn slots(spec: &WorldSpec, random: Random) -> Vec<Slot> {
    const GOLDEN_ANGLE: f64 = 0.618_033_988_749_894_9;
    const SILVER_ANGLE: f64 = 0.414_213_562_373_095_1;
    let count = slot_count(spec);
    let stream = random.stream(Purpose::Slot, 0);
    let securities: f64 = spec.countries.iter().map(|country| country.securities).sum();
    let weight: f64 = spec.countries.iter().map(|country| country.weight).sum();
    let dispersion = spec.market.size_dispersion;
    let mean_size = libm::log(spec.market.capitalization / count as f64) - dispersion * dispersion / 2.0;
    let fraction = |angle: f64, number: u64, counter: u64| (number as f64 * angle + stream.uniform(counter)).fract();
    let slot = |number: u64| {
        let country = pick(
            spec.countries.iter().map(|country| country.securities),
            (number as f64 + 0.5) / count as f64,
        );
        let sector = pick(
            spec.sectors.iter().map(|sector| sector.weight),
            fraction(GOLDEN_ANGLE, number, 0),
        );
        let place = &spec.countries[country];
        let relative = (place.weight / weight) / (place.securities / securities);
        let quantile = fraction(SILVER_ANGLE, number, 1).clamp(0.3 / count as f64, 1.0 - 0.3 / count as f64);
        Slot {
            number,
            country,
            sector,
            log_size: mean_size + libm::log(relative * spec.sectors[sector].size),
            first_size: inverse_normal(quantile),
        }
    };
    (0..count).map(slot).collect()
}

/// The position whose cumulated share covers a fraction.
fn pick(weights: impl Iterator<Item = f64> + Clone, fraction: f64) -> usize {
    let total: f64 = weights.clone().sum();
    let mut sum = 0.0;
    let covered = weights.clone().position(|weight| {
        sum += weight;
        sum > fraction * total
    });
    covered.unwrap_or_else(|| weights.count() - 1)
}

/// A second line of shares of the same issuer.
#[derive(Debug, Clone, Copy)]
pub(super) struct SecondLine {
    /// Its part of all shares.
    pub fraction: f64,
    /// Mean of its log price over the first line's.
    pub premium: f64,
}

/// The habits of a company.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent habits, not states of one thing"
)]
pub(super) struct Traits {
    pub slot: Slot,
    /// Key of its random streams, unique in the world.
    pub key: u64,
    pub currency: usize,
    pub industry: usize,
    pub mic: usize,
    pub beta: f64,
    /// Annual volatility beyond the factors.
    pub specific_volatility: f64,
    /// Normal price over earnings.
    pub price_to_earnings: f64,
    /// Normal return on equity.
    pub roe: f64,
    pub margin: f64,
    pub leverage: f64,
    /// Standard deviation of earnings as a fraction of their normal level.
    pub earnings_volatility: f64,
    /// Exposure to the quality style.
    pub quality: f64,
    /// Whether it starts without profits.
    pub loss_maker: bool,
    /// Part of the way to normal profits that it goes in a quarter.
    pub maturing: f64,
    /// Whether buybacks leave it without book equity.
    pub negative_book: bool,
    pub pays_dividends: bool,
    pub aristocrat: bool,
    pub payout: f64,
    /// Days from the start of a fiscal quarter to the ex-date of its dividend.
    pub ex_offset_days: i32,
    /// Whether it hands out stock dividends now and then.
    pub stock_dividends: bool,
    /// Last month of its fiscal year: 3, 6, 9 or 12.
    pub fiscal_year_end: i32,
    /// How long it takes to file, from 0 to 1.
    pub filing_lag: f64,
    /// Chance that a figure it should report is missing.
    pub undisclosed: f64,
    pub free_float: f64,
    /// Shares traded a year over those in free float.
    pub share_turnover: f64,
    pub second_line: Option<SecondLine>,
}

impl Traits {
    /// Draws a company. `size` is its log market capitalisation over the country's, in standard deviations.
    pub(super) fn draw(spec: &WorldSpec, random: Random, slot: Slot, generation: u64, size: f64) -> Self {
        let key = slot.number * GENERATIONS + generation;
        let stream = random.stream(Purpose::Traits, key);
        let sector = &spec.sectors[slot.sector];
        let country = &spec.countries[slot.country];
        let skill = stream.normal(1);
        let payer = !stream.chance(2, sector.non_payers);
        let aristocrat = payer && stream.chance(3, spec.dividends.aristocrats / (1.0 - sector.non_payers).max(0.2));
        let loss_maker = !aristocrat && stream.chance(4, sector.loss_makers * (1.0 - 0.25 * size).clamp(0.2, 2.0));
        let calm = if aristocrat { 0.85 } else { 1.0 };
        let quality = if aristocrat { skill.abs() } else { skill };
        let noise = 0.28 * stream.normal(5) - 0.08 * size;
        let fundamentals_calm = if aristocrat { 0.5 } else { 1.0 };
        Self {
            slot,
            key,
            currency: 0,
            industry: stream.index(6, sector.industries.len()),
            mic: stream.index(7, country.mics.len()),
            beta: (sector.beta * (1.0 + 0.16 * stream.normal(8))).max(0.1),
            specific_volatility: sector.specific_volatility * calm * libm::exp(noise),
            price_to_earnings: sector.price_to_earnings * libm::exp(0.12 * quality + 0.16 * stream.normal(9)),
            roe: sector.roe * libm::exp(0.38 * quality + 0.15 * stream.normal(10)),
            margin: (sector.margin * libm::exp(0.3 * quality + 0.4 * stream.normal(11))).min(0.6),
            leverage: leverage(stream, sector.leverage, sector.liabilities),
            earnings_volatility: sector.earnings_volatility
                * fundamentals_calm
                * libm::exp(0.35 * stream.normal(12) - 0.12 * quality),
            quality,
            loss_maker,
            maturing: stream.between(23, 0.004, 0.03),
            negative_book: !loss_maker && stream.chance(13, 0.012),
            pays_dividends: payer && !loss_maker,
            aristocrat,
            payout: (sector.payout * libm::exp(0.3 * stream.normal(14))).clamp(0.08, 0.9),
            ex_offset_days: 45 + stream.index(15, 40) as i32,
            stock_dividends: stream.chance(16, 0.04),
            fiscal_year_end: fiscal_year_end(stream, country.fiscal_year_end),
            filing_lag: stream.uniform(18),
            undisclosed: ((1.0 - country.disclosure) * libm::exp(-0.55 * size)).min(0.6),
            free_float: free_float(stream, country.free_float),
            share_turnover: libm::exp(0.4 * stream.normal(22) - 0.25),
            second_line: second_line(stream, spec.listings.second_lines),
        }
    }
}

/// Some companies owe nothing; banks and insurers always do.
fn leverage(stream: Stream, usual: f64, liabilities: f64) -> f64 {
    if liabilities < 3.0 && stream.chance(30, 0.12) {
        0.0
    } else {
        usual * libm::exp(0.55 * stream.normal(31) - 0.1)
    }
}

fn fiscal_year_end(stream: Stream, usual: i32) -> i32 {
    if stream.chance(17, 0.12) {
        [3, 6, 9, 12][stream.index(32, 4)]
    } else {
        usual
    }
}

/// Widely held companies float all their shares; families and states hold on to parts of others.
pub(super) fn free_float(stream: Stream, usual: f64) -> f64 {
    let drawn = usual + 0.16 * stream.normal(19) * (1.0 - usual + 0.25);
    round_float(drawn)
}

/// Free floats are published in steps of 1 %, between 15 % and 100 %.
pub(super) fn round_float(value: f64) -> f64 {
    (value.clamp(0.15, 1.0) * 100.0).round() / 100.0
}

fn second_line(stream: Stream, probability: f64) -> Option<SecondLine> {
    stream.chance(20, probability).then(|| SecondLine {
        fraction: stream.between(21, 0.08, 0.45),
        premium: stream.between(33, -0.15, 0.06),
    })
}
