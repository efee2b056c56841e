//! What changed for many names at once between two snapshots: exchange rates, the universe, sectors, all prices or none.

use std::collections::{BTreeMap, BTreeSet};

use super::snapshot::{Before, Look};
use super::universe_change::Change;
use super::view::Places;
use super::{figure, fx_disagreement, fx_jump, repeated_snapshot, sector_change, times, universe_change};

impl Look<'_> {
    /// Exchange rates among each other, and against those before.
    pub(super) fn exchange_rates(&mut self) {
        let (Some(rates), Some(currencies)) = (self.now.number("fx"), self.now.codes("currency")) else {
            return;
        };
        if self.checks.fx_disagreement.on().is_none() && self.checks.fx_jump.on().is_none() {
            return;
        }
        let usual = fx_disagreement::rates(&rates, &currencies);
        if let Some(limits) = self.checks.fx_disagreement.on() {
            for at in 0..self.now.len() {
                let Some(usual) = usual.get(&currencies[at]) else {
                    continue;
                };
                if let Some(ratio) = fx_disagreement::odd(rates[at], *usual, limits) {
                    let currency = self.now.text("currency", currencies[at]);
                    let message = format!(
                        "fx {} of {currency}, where other names have {}",
                        figure(rates[at]),
                        figure(*usual)
                    );
                    let figures = (ratio, 1.0 + limits.fraction);
                    self.push(&fx_disagreement::CHECK, &self.name("fx", at), figures, message);
                }
            }
        }
        self.exchange_rate_jumps(&currencies, &usual);
    }

    fn exchange_rate_jumps(&mut self, currencies: &[u32], usual: &BTreeMap<u32, f64>) {
        let (Some(limits), Some(before)) = (self.checks.fx_jump.on(), &self.before) else {
            return;
        };
        let (Some(old), Some(old_currencies)) = (before.view.number("fx"), before.view.codes("currency")) else {
            return;
        };
        let old = fx_disagreement::rates(&old, &old_currencies);
        let since = before.view.date();
        for (currency, now) in usual {
            let Some(old) = old.get(currency) else { continue };
            if let Some(ratio) = fx_jump::jump(*old, *now, limits) {
                let message = format!(
                    "fx of {} went {} since {since}, from {} to {}",
                    self.now.text("currency", *currency),
                    times(ratio),
                    figure(*old),
                    figure(*now)
                );
                let weight = self.now.weight_of(|at| currencies[at] == *currency);
                let figures = (ratio, 1.0 + limits.fraction);
                self.push_whole(&fx_jump::CHECK, "fx", weight, figures, message);
            }
        }
    }

    /// What changed for too many names at once.
    pub(super) fn changes(&mut self) {
        let Some(before) = self.before.take() else { return };
        self.universe(&before);
        self.sectors(&before);
        if before.view.date() != self.now.date() {
            self.repeated(&before);
        }
    }

    fn universe(&mut self, before: &Before<'_>) {
        let Some(limits) = self.checks.universe_change.on() else {
            return;
        };
        let change = Change {
            before: before.view.len(),
            now: self.now.len(),
            kept: before.places.kept(),
        };
        if let Some(fraction) = change.breaks(limits) {
            let message = format!(
                "{} names, {} on {}, {} of them in both",
                change.now,
                change.before,
                before.view.date(),
                change.kept
            );
            let new = self.now.weight_of(|at| before.places.of(at).is_none());
            self.push_whole(
                &universe_change::CHECK,
                "security_id",
                new,
                (fraction, limits.fraction),
                message,
            );
        }
    }

    fn sectors(&mut self, before: &Before<'_>) {
        let Some(limits) = self.checks.sector_change.on() else {
            return;
        };
        let (Some(now), Some(old)) = (self.now.codes("sector"), before.view.codes("sector")) else {
            return;
        };
        // Most reviews find the same names in the same sectors.
        if matches!(before.places, Places::Same(_)) && now == old {
            return;
        }
        let pairs = before.places.pairs().map(|(at, from)| (old[from], now[at]));
        let Some((moved, all)) = sector_change::moved(pairs, limits) else {
            return;
        };
        let known: BTreeSet<u32> = old.iter().copied().collect();
        let fresh: BTreeSet<&str> = now
            .iter()
            .filter(|code| !known.contains(code))
            .map(|code| self.now.text("sector", *code))
            .filter(|sector| !sector.is_empty())
            .collect();
        let fresh: Vec<&str> = fresh.into_iter().collect();
        let new = match fresh.as_slice() {
            [] => "none of them new".to_owned(),
            _ => format!("new: {}", fresh.join(", ")),
        };
        let message = format!(
            "{moved} of {all} names have another sector than on {}; {new}",
            before.view.date()
        );
        let weight = self
            .now
            .weight_of(|at| before.places.of(at).is_some_and(|from| old[from] != now[at]));
        let figures = (moved as f64 / all as f64, limits.fraction);
        self.push_whole(&sector_change::CHECK, "sector", weight, figures, message);
    }

    fn repeated(&mut self, before: &Before<'_>) {
        let Some(limits) = self.checks.repeated_snapshot.on() else {
            return;
        };
        let (Some(now), Some(old)) = (self.now.number("price"), before.view.number("price")) else {
            return;
        };
        let old = before.places.align(old);
        let Some((same, all)) = repeated_snapshot::same(&old, &now, limits) else {
            return;
        };
        let message = format!("{same} of {all} prices are exactly those of {}", before.view.date());
        let weight = self.now.weight_of(|at| old[at].to_bits() == now[at].to_bits());
        let figures = (same as f64 / all as f64, limits.fraction);
        self.push_whole(&repeated_snapshot::CHECK, "price", weight, figures, message);
    }
}
