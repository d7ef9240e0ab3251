//! Complaints that show what was found.

use jiff::civil::Time;

use super::super::sample::Sample;
use super::space::{Dim, Region, Space};
use crate::vocabulary::{Channel, DayClass, Kind, Line, ReporterType, Urgency};

impl Space<'_> {
    /// A complaint of a region that is not empty, as ordinary as the region allows.
    pub(super) fn sample(&self, region: &Region) -> Sample {
        let mut sample = Sample::ordinary(self.pack);
        for dim in Dim::ALL {
            let urgency = |sample: &Sample| {
                let category = sample.category.as_ref()?;
                Some(self.pack.taxonomy.get(category.as_str())?.urgency as usize)
            };
            let usual = match dim {
                Dim::Category | Dim::Place => None,
                Dim::Kind => Some(Kind::Complaint as usize),
                Dim::Urgency => urgency(&sample),
                Dim::Language => self
                    .languages
                    .iter()
                    .position(|language| *language == sample.language),
                Dim::Hours => {
                    let ten = sample.facts().moment.minute();
                    Some(self.cuts.partition_point(|cut| *cut <= ten) - 1)
                }
                Dim::Channel | Dim::Line | Dim::Reporter | Dim::Day => Some(0),
            };
            let usual = usual.filter(|at| self.has(region, dim, *at));
            if let Some(at) = usual.or_else(|| self.values(region, dim).next()) {
                self.set(&mut sample, dim, at);
            }
        }
        sample.text = self.texts.example(&region.text);
        sample
    }

    /// Gives a complaint this value.
    pub(super) fn set(&self, sample: &mut Sample, dim: Dim, at: usize) {
        let category = |at| self.pack.taxonomy.iter().nth(at);
        let area = |at| self.pack.areas.iter().nth(at);
        match dim {
            Dim::Category => sample.category = category(at).map(|category| category.id.clone()),
            Dim::Place => sample.place = area(at).map(|area| area.id.clone()),
            Dim::Kind => sample.kind = Kind::ALL[at],
            Dim::Urgency => sample.urgency = Urgency::ALL[at],
            Dim::Channel => sample.channel = Channel::ALL[at],
            Dim::Line => sample.line = Line::ALL[at],
            Dim::Language if at < self.languages.len() => sample.language = self.languages[at],
            // The city's own language is the most ordinary one, if no rule names it.
            Dim::Language if !self.languages.contains(&sample.language) => {}
            Dim::Language => sample.language = self.language(at),
            Dim::Reporter => sample.reporter = ReporterType::ALL[at],
            Dim::Day => {
                sample.day = DayClass::ALL[at / 2];
                sample.extreme_weather = at % 2 == 1;
            }
            Dim::Hours => {
                let usual = sample.facts().moment.minute();
                let minutes = self.minutes(at);
                if !minutes.contains(&usual) {
                    sample.time = time_of(minutes.start);
                }
            }
        }
    }
}

/// The time of day of a minute, 0 to 1439.
pub(super) fn time_of(minute: u16) -> Time {
    let part = |value: u16| i8::try_from(value).unwrap_or_default(); // under 60
    Time::constant(part(minute / 60 % 24), part(minute % 60), 0, 0)
}
