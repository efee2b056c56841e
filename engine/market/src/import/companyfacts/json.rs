//! The JSON of one company. Facts of concepts that no field is made from are counted and skipped without being read.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use divisor_model::{Date, Day, day_of};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::mapping::Mapping;

/// What a file says of one company.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) cik: u64,
    pub(super) name: String,
    /// The facts in the mapping's units, in file order.
    pub(super) facts: Vec<Fact>,
    /// Facts not read, by concept, and by unit where that is why.
    pub(super) skipped: Vec<Skipped>,
}

/// Facts that were counted and not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Skipped {
    pub(super) concept: String,
    /// The unit that is not the mapping's; `None` where the concept is not in it.
    pub(super) unit: Option<String>,
    pub(super) count: u64,
}

/// One filing of one figure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fact {
    /// Index in the mapping.
    pub(super) concept: usize,
    /// `None` for a level.
    pub(super) start: Option<Day>,
    pub(super) end: Day,
    pub(super) value: Option<f64>,
    pub(super) accession: String,
    pub(super) form: String,
    pub(super) filed: Day,
}

/// Reads a file. An error says where: taxonomy, concept, unit, number of the fact, line and column.
pub(super) fn parse(bytes: &[u8], mapping: &Mapping) -> Result<Company, String> {
    let place = RefCell::new(Vec::new());
    let reader = Reader { mapping, place: &place };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = reader
        .company(&mut deserializer)
        .and_then(|company| deserializer.end().map(|()| company));
    read.map_err(|error| {
        let place = place.borrow().join(", ");
        if place.is_empty() {
            error.to_string()
        } else {
            format!("{place}: {error}")
        }
    })
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    mapping: &'a Mapping,
    /// Where the reading is, for messages.
    place: &'a RefCell<Vec<String>>,
}

impl Reader<'_> {
    fn company<'de, D: Deserializer<'de>>(self, deserializer: D) -> Result<Company, D::Error> {
        deserializer.deserialize_map(CompanyVisitor(self))
    }

    /// Runs `read` inside a place; after an error the place stays.
    fn within<T, E>(self, place: &str, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.place.borrow_mut().push(place.to_owned());
        let value = read()?;
        self.place.borrow_mut().pop();
        Ok(value)
    }
}

struct CompanyVisitor<'a>(Reader<'a>);

impl<'de> Visitor<'de> for CompanyVisitor<'_> {
    type Value = Company;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with cik, entityName and facts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Company, A::Error> {
        let (mut cik, mut name, mut found) = (None, None, None);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "cik" => cik = Some(map.next_value::<Cik>()?.0),
                "entityName" => name = Some(map.next_value::<String>()?),
                "facts" => {
                    let mut collected = Collected::default();
                    map.next_value_seed(Taxonomies(self.0, &mut collected))?;
                    found = Some(collected);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let Collected { facts, skipped } = found.ok_or_else(|| A::Error::missing_field("facts"))?;
        Ok(Company {
            cik: cik.ok_or_else(|| A::Error::missing_field("cik"))?,
            name: name.ok_or_else(|| A::Error::missing_field("entityName"))?,
            facts,
            skipped,
        })
    }
}

/// A number, or its digits as a text.
struct Cik(u64);

impl<'de> Deserialize<'de> for Cik {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "cik: expected a number or its digits")]
        enum Written<'a> {
            Number(u64),
            #[serde(borrow)]
            Text(Cow<'a, str>),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(number) => Ok(Self(number)),
            Written::Text(text) => {
                let number = text
                    .parse()
                    .map_err(|_| D::Error::custom(format!("cik: `{text}` is no number")));
                number.map(Self)
            }
        }
    }
}

#[derive(Default)]
struct Collected {
    facts: Vec<Fact>,
    skipped: Vec<Skipped>,
}

/// `{ "us-gaap": { … } }`
struct Taxonomies<'a, 'b>(Reader<'a>, &'b mut Collected);

impl<'de> DeserializeSeed<'de> for Taxonomies<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Taxonomies<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of taxonomies")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(taxonomy) = map.next_key::<String>()? {
            let reader = self.0;
            let concepts = Concepts(reader, &taxonomy, &mut *self.1);
            reader.within(&taxonomy, || map.next_value_seed(concepts))?;
        }
        Ok(())
    }
}

/// `{ "Assets": { "label": …, "units": { … } } }`
struct Concepts<'a, 'b>(Reader<'a>, &'b str, &'b mut Collected);

impl<'de> DeserializeSeed<'de> for Concepts<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Concepts<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of concepts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let reader = self.0;
            let concept = format!("{}:{name}", self.1);
            let collected = &mut *self.2;
            reader.within(&name, || {
                if let Some(index) = reader.mapping.concept(&concept) {
                    return map.next_value_seed(Units(reader, index, collected));
                }
                let counted: Counted = map.next_value()?;
                let count = counted.units.into_values().map(|facts| facts.0).sum();
                collected.skipped.push(Skipped {
                    concept,
                    unit: None,
                    count,
                });
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// A concept of which nothing but the number of its facts is wanted.
#[derive(Deserialize)]
struct Counted {
    units: BTreeMap<String, Count>,
}

/// The length of a list.
struct Count(u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counter;
        impl<'de> Visitor<'de> for Counter {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of facts")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Count, A::Error> {
                let mut count = 0;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Count(count))
            }
        }
        deserializer.deserialize_seq(Counter)
    }
}

/// `{ "label": …, "units": { "USD": [ … ] } }` of a concept in the mapping.
struct Units<'a, 'b>(Reader<'a>, usize, &'b mut Collected);

impl<'de> DeserializeSeed<'de> for Units<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Units<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with units")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = false;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == "units" {
                seen = true;
                map.next_value_seed(UnitLists(self.0, self.1, &mut *self.2))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        if seen {
            Ok(())
        } else {
            Err(A::Error::missing_field("units"))
        }
    }
}

/// `{ "USD": [ … ] }`
struct UnitLists<'a, 'b>(Reader<'a>, usize, &'b mut Collected);

impl<'de> DeserializeSeed<'de> for UnitLists<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for UnitLists<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of units")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let reader = self.0;
        let concept = &reader.mapping.concepts[self.1];
        while let Some(unit) = map.next_key::<String>()? {
            let collected = &mut *self.2;
            reader.within(&unit, || {
                if unit == concept.unit {
                    return map.next_value_seed(Facts(reader, self.1, &mut collected.facts));
                }
                let Count(count) = map.next_value()?;
                collected.skipped.push(Skipped {
                    concept: concept.name.clone(),
                    unit: Some(unit.clone()),
                    count,
                });
                Ok(())
            })?;
        }
        Ok(())
    }
}

struct Facts<'a, 'b>(Reader<'a>, usize, &'b mut Vec<Fact>);

impl<'de> DeserializeSeed<'de> for Facts<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

/// One fact as it is written. `fy`, `fp` and `frame` tell of the filing, not of the fact, and are not read.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow, default)]
    start: Option<Cow<'a, str>>,
    #[serde(borrow)]
    end: Cow<'a, str>,
    #[serde(deserialize_with = "Option::deserialize")]
    val: Option<f64>,
    #[serde(borrow)]
    accn: Cow<'a, str>,
    #[serde(borrow)]
    form: Cow<'a, str>,
    #[serde(borrow)]
    filed: Cow<'a, str>,
}

impl<'de> Visitor<'de> for Facts<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of facts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let reader = self.0;
        for number in 1.. {
            let next = reader.within(&format!("fact {number}"), || {
                let Some(written) = list.next_element::<Written<'de>>()? else {
                    return Ok(None);
                };
                written.fact(self.1).map(Some).map_err(A::Error::custom)
            })?;
            match next {
                Some(fact) => self.2.push(fact),
                None => break,
            }
        }
        Ok(())
    }
}

impl Written<'_> {
    fn fact(self, concept: usize) -> Result<Fact, String> {
        let day = |key: &str, text: &str| {
            let date: Result<Date, _> = text.parse();
            date.map(day_of)
                .map_err(|_| format!("`{key}` is \"{text}\", which is no date"))
        };
        Ok(Fact {
            concept,
            start: self.start.map(|start| day("start", &start)).transpose()?,
            end: day("end", &self.end)?,
            value: self.val,
            accession: self.accn.into_owned(),
            form: self.form.into_owned(),
            filed: day("filed", &self.filed)?,
        })
    }
}
