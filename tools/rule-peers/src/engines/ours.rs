//! Swiftline's own engine, from the text of `rules.yaml` through the pack's reader as in a router.

use std::collections::HashMap;

use jiff::civil::Time;
use swiftline_domain::calendar::Moment;
use swiftline_domain::city::CityPack;
use swiftline_domain::id::{AreaId, CategoryId, RuleId};
use swiftline_domain::rules::{Decision, Facts};
use swiftline_domain::vocabulary::{
    Channel, DayClass, Kind, Language, Line, ReporterType, Urgency,
};

use crate::city::Dimension;
use crate::generate::World;
use crate::pack;
use crate::rules::Input;
use crate::{Engine, Unfit};

/// The pack with its compiled rules, and the ids that inputs are given.
pub struct Ours {
    pack: CityPack,
    categories: Vec<CategoryId>,
    areas: Vec<AreaId>,
    rules: HashMap<RuleId, usize>,
}

impl Ours {
    /// Reads and compiles the pack.
    ///
    /// # Errors
    /// With all that is wrong with it.
    pub fn new(world: &World) -> Result<Self, Unfit> {
        let unfit = |error: &dyn std::fmt::Display| Unfit(error.to_string());
        let pack = CityPack::parse(&pack::files(world)).map_err(|errors| unfit(&errors))?;
        let words = |dimension| world.city.values(dimension).words.iter();
        let categories = words(Dimension::Category).map(|id| CategoryId::new(id));
        let areas = words(Dimension::Place).map(|id| AreaId::new(id));
        let rules = pack.rules.rules().iter().map(|rule| rule.id.clone());
        Ok(Self {
            categories: categories
                .collect::<Result<_, _>>()
                .map_err(|error| unfit(&error))?,
            areas: areas
                .collect::<Result<_, _>>()
                .map_err(|error| unfit(&error))?,
            rules: rules.zip(0..).collect(),
            pack,
        })
    }
}

impl Engine for Ours {
    type Decision = Decision;

    fn decide(&mut self, input: &Input) -> Decision {
        let value = |dimension| input.value(dimension).map_or(0, usize::from);
        let category = input.value(Dimension::Category);
        let area = input.value(Dimension::Place);
        self.pack.rules.decide(&Facts {
            category: category.map(|value| &self.categories[value as usize]),
            area: area.map(|value| &self.areas[value as usize]),
            kind: Kind::ALL[value(Dimension::Kind)],
            urgency: Urgency::ALL[value(Dimension::Urgency)],
            channel: Channel::ALL[value(Dimension::Channel)],
            line: Line::ALL[value(Dimension::Line)],
            reporter: ReporterType::ALL[value(Dimension::Reporter)],
            language: Language::ENGLISH,
            moment: Moment {
                day: DayClass::ALL[value(Dimension::Day)],
                extreme_weather: false,
                time: Time::constant(input.hour as i8, input.minute as i8, 0, 0),
            },
            text: &input.text,
        })
    }

    fn rule(&self, decision: &Decision) -> usize {
        let rule = decision.rule.as_ref();
        rule.map_or(usize::MAX, |rule| self.rules[rule])
    }
}
