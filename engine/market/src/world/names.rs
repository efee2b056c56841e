//! Names and identifiers of issuers and their lines: opaque, stable and unique.

use std::collections::BTreeSet;

use super::fund_spec::FundsSpec;
use super::funds::Place;
use super::random::{Purpose, Stream};
use super::simulation::World;
use super::traits::{GENERATIONS, Traits, slot_count};

/// What a line is called.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub security_id: String,
    pub issuer_id: String,
    pub name: String,
    pub ticker: String,
    pub isin: String,
}

/// What a company's name depends on.
#[derive(Debug)]
pub(super) struct Issuer {
    /// Session of its first price.
    pub first: usize,
    pub traits: Traits,
}

/// Names and tickers already taken.
#[derive(Default)]
struct Taken {
    names: BTreeSet<String>,
    tickers: BTreeSet<(usize, String)>,
}

/// The id of a company's first or second line. It depends on nobody else, so that it is known before all companies are.
pub(super) fn security_id(world: &World<'_>, traits: &Traits, second: bool) -> String {
    let country = &world.spec.countries[traits.slot.country];
    format!("{}{}", country.code, Numbers::of(world, traits.key).security(second))
}

/// Hands out the identities of each company's lines, in the order of the companies given. The older company has the
/// first choice of a name, so that later listings change no earlier name.
pub(super) fn identities(world: &World<'_>, issuers: &[Issuer]) -> Vec<Vec<Identity>> {
    let mut order: Vec<usize> = (0..issuers.len()).collect();
    order.sort_by_key(|at| (issuers[*at].first, issuers[*at].traits.key));
    let mut taken = Taken::default();
    let mut identities = vec![Vec::new(); issuers.len()];
    for at in order {
        identities[at] = lines(world, &issuers[at].traits, &mut taken);
    }
    identities
}

/// The identity of a fund. Its ticker has a digit, as no company's where funds are listed has; its national number comes
/// after those of all companies.
pub(super) fn fund_identity(world: &World<'_>, spec: &FundsSpec, place: Place) -> Identity {
    let class = &spec.classes[place.class];
    // Neighbours in a class have other sponsors; the word changes when the sponsors are through.
    let sponsors = spec.sponsors.len();
    let sponsor = &spec.sponsors[(5 * place.class + place.at) % sponsors];
    let word = &class.words[(place.at / sponsors + place.at) % class.words.len()];
    let round = place.at / (sponsors * class.words.len());
    let name = match round {
        0 => format!("{sponsor} {word} Fund"),
        _ => format!("{sponsor} {word} Fund {}", round + 1),
    };
    let initials = |text: &str| text.chars().filter(char::is_ascii_uppercase).collect::<String>();
    let number = Numbers::scatter(place.number as u64, 5);
    let after_companies = slot_count(world.spec) * GENERATIONS * 2 + place.number as u64;
    Identity {
        security_id: format!("FD{number:05}"),
        issuer_id: format!("F{number:07}"),
        ticker: format!("{}{}{}", initials(sponsor), initials(word), place.number + 1),
        isin: isin(&spec.country, Numbers::scatter(after_companies, 9)),
        name,
    }
}

fn lines(world: &World<'_>, traits: &Traits, taken: &mut Taken) -> Vec<Identity> {
    let stream = world.random.stream(Purpose::Name, traits.key);
    let country = &world.spec.countries[traits.slot.country];
    let (stem, name) = company_name(world, traits, stream, taken);
    let ticker = ticker(traits, &country.code, &stem, stream, taken);
    let numbers = Numbers::of(world, traits.key);
    let identity = |second: bool| Identity {
        security_id: security_id(world, traits, second),
        issuer_id: format!("I{}", numbers.issuer()),
        name: if second { format!("{name} B") } else { name.clone() },
        ticker: if second { format!("{ticker}.B") } else { ticker.clone() },
        isin: isin(&country.code, numbers.national(second)),
    };
    let second = traits.second_line.map(|_| identity(true));
    [identity(false)].into_iter().chain(second).collect()
}

/// A name nobody has: stem, a word of the sector, legal form. Gives the stem, too.
fn company_name(world: &World<'_>, traits: &Traits, stream: Stream, taken: &mut Taken) -> (String, String) {
    let country = &world.spec.countries[traits.slot.country];
    let sector = &world.spec.sectors[traits.slot.sector];
    let suffix = &country.suffixes[stream.index(0, country.suffixes.len())];
    let word = &sector.words[stream.index(1, sector.words.len())];
    let Some(naming) = world.spec.naming.get(&country.naming) else {
        return (country.code.clone(), format!("{} {word} {suffix}", traits.key));
    };
    let mut attempt = 0;
    loop {
        attempt += 2;
        let head = &naming.heads[stream.index(attempt, naming.heads.len())];
        let tail = &naming.tails[stream.index(attempt + 1, naming.tails.len())];
        let stem = format!("{head}{tail}");
        let name = match attempt {
            ..80 => format!("{stem} {word} {suffix}"),
            _ => format!("{stem} {word} {attempt} {suffix}"),
        };
        if taken.names.insert(name.clone()) {
            return (stem, name);
        }
    }
}

/// A ticker nobody in the country has: digits where the custom is, else letters of the stem.
fn ticker(traits: &Traits, country: &str, stem: &str, stream: Stream, taken: &mut Taken) -> String {
    let letters: Vec<char> = stem.chars().filter(char::is_ascii_alphabetic).collect();
    let mut tries = 0;
    loop {
        let counter = 1_000 + 8 * tries;
        // After many tries the choice grows without end.
        let more = tries as usize / 100;
        let ticker = match country {
            "JP" => (1300 + stream.index(counter, 8700 << more.min(30))).to_string(),
            "HK" => (1 + stream.index(counter, 3999 << more.min(30))).to_string(),
            _ if tries < 20 && letters.len() > 4 => stem_letters(&letters, stream, counter),
            _ => any_letters(stream, counter, 4 + more.min(8)),
        };
        if taken.tickers.insert((traits.slot.country, ticker.clone())) {
            return ticker;
        }
        tries += 1;
    }
}

/// The first letter of a stem and two or three of the others, in their order.
fn stem_letters(letters: &[char], stream: Stream, counter: u64) -> String {
    let others = 2 + stream.index(counter, 2) as u64;
    let mut picked: Vec<usize> = (1..=others)
        .map(|at| 1 + stream.index(counter + at, letters.len() - 1))
        .collect();
    picked.sort_unstable();
    let rest = picked.iter().map(|at| letters[*at]);
    letters[..1]
        .iter()
        .copied()
        .chain(rest)
        .collect::<String>()
        .to_ascii_uppercase()
}

fn any_letters(stream: Stream, counter: u64, length: usize) -> String {
    let bits = stream.bits(counter);
    let letter = |at: usize| char::from(b'A' + ((bits >> (5 * at)) % 26) as u8);
    (0..length).map(letter).collect()
}

/// Serial numbers of a company, scattered so that they tell nothing: multiplication by a number coprime to ten is a
/// permutation of the numbers below a power of ten.
struct Numbers {
    key: u64,
    digits: u32,
}

impl Numbers {
    fn of(world: &World<'_>, key: u64) -> Self {
        let largest = slot_count(world.spec) * GENERATIONS * 2;
        Self {
            key,
            digits: (largest.ilog10() + 1).max(5),
        }
    }

    fn scatter(number: u64, digits: u32) -> u64 {
        let modulus = 10_u64.pow(digits);
        (number * 61_803_399 + 31_415).rem_euclid(modulus)
    }

    fn line(&self, second: bool) -> u64 {
        self.key * 2 + u64::from(second)
    }

    fn security(&self, second: bool) -> String {
        let width = self.digits as usize;
        format!("{:0width$}", Self::scatter(self.line(second), self.digits))
    }

    fn issuer(&self) -> String {
        format!("{:07}", Self::scatter(self.key * 7 + 3, self.digits.max(7)))
    }

    fn national(&self, second: bool) -> u64 {
        Self::scatter(self.line(second), 9)
    }
}

/// An ISIN: country, national number of nine digits, check digit.
fn isin(country: &str, national: u64) -> String {
    let body = format!("{country}{national:09}");
    format!("{body}{}", check_digit(&body))
}

/// The check digit of ISO 6166: letters become 10 to 35, then Luhn's sum over the digits.
pub(super) fn check_digit(body: &str) -> u32 {
    let digits: Vec<u32> = body
        .chars()
        .filter_map(|c| c.to_digit(36))
        .flat_map(|value| {
            if value < 10 {
                vec![value]
            } else {
                vec![value / 10, value % 10]
            }
        })
        .collect();
    let doubled = digits.iter().rev().enumerate().map(|(at, digit)| match at % 2 {
        0 => digit * 2 / 10 + digit * 2 % 10,
        _ => *digit,
    });
    (10 - doubled.sum::<u32>() % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_real_isins() {
        for isin in [
            "US0378331005",
            "GB0002634946",
            "DE0007164600",
            "CH0012005267",
            "AU0000XVGZA3",
        ] {
            let (body, digit) = isin.split_at(11);
            assert_eq!(check_digit(body).to_string(), digit, "{isin}");
        }
    }

    #[test]
    fn scattered_numbers_stay_unique() {
        let all: BTreeSet<u64> = (0..100_000).map(|number| Numbers::scatter(number, 5)).collect();
        assert_eq!(all.len(), 100_000);
    }
}
