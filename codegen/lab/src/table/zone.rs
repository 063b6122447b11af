//! Whether times say the hour of UTC or of a place.

use super::instant;
use nice_flow_codegen::Model;

/// The key among the facts about a model's training.
const KEY: &str = "hours";

/// Whose hour the times of a table tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Each time has a zone or counts from 1970: the hour is that of UTC.
    Utc,
    /// No time has a zone: the hour is the one that it names.
    Named,
    /// Some have a zone and others none.
    Mixed,
}

impl Zone {
    /// Of the times of a table that are not missing; `None` if all are.
    pub fn of(times: &[String]) -> Option<Self> {
        let told = times.iter().map(|text| text.trim());
        let told = told.filter(|text| !text.is_empty());
        let zones = told.map(|text| match is_of_utc(text) {
            true => Self::Utc,
            false => Self::Named,
        });
        zones.reduce(|a, b| if a == b { a } else { Self::Mixed })
    }

    /// Keeps in a model that learnt hours whose they were.
    pub fn keep(self, model: &mut Model) {
        for member in &mut model.members {
            member.training.insert(KEY.into(), self.name().into());
        }
    }

    /// A warning if a model learnt hours of another kind, or the times are of both.
    pub fn warning(self, model: &Model) -> Option<String> {
        let learnt = model.members.first()?.training.get(KEY);
        let learnt = learnt.and_then(|name| Self::ALL.into_iter().find(|zone| zone.name() == name));
        match learnt {
            _ if self == Self::Mixed => Some(
                "some times have a zone, and count as hours of UTC, and others none, and count as the hours that they name: give all a zone, or none".into(),
            ),
            Some(learnt) if learnt != self => Some(format!(
                "the times are {}, those of the training were {}: hours may be off by the distance from UTC",
                self.said(),
                learnt.said()
            )),
            _ => None,
        }
    }

    const ALL: [Self; 3] = [Self::Utc, Self::Named, Self::Mixed];

    fn name(self) -> &'static str {
        match self {
            Self::Utc => "of UTC",
            Self::Named => "as named",
            Self::Mixed => "of both kinds",
        }
    }

    fn said(self) -> &'static str {
        match self {
            Self::Utc => "with a zone, of which the hour in UTC counts",
            Self::Named => "without a zone, of which the hour that they name counts",
            Self::Mixed => "with and without a zone",
        }
    }
}

/// Whether a time is a number that counts from 1970, or has a zone behind its clock.
fn is_of_utc(text: &str) -> bool {
    let clock = instant::clock_in(text);
    text.parse::<f64>().is_ok()
        || clock.is_some_and(|clock| {
            clock.contains(['+', '-'])
                || clock.ends_with(['Z', 'z'])
                || clock.ends_with("UTC")
                || clock.ends_with("GMT")
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_flow_codegen::flow::ir::{Flow, Prior};

    fn zone(texts: &[&str]) -> Option<Zone> {
        Zone::of(&texts.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn a_zone_stands_behind_the_clock() {
        for text in [
            "2031-03-01T07:13:00+02:00",
            "2031-03-01 07:13Z",
            "10/Oct/2031:13:55:36 -0700",
            "01.03.2031 07:13 UTC",
            "1930000000",
            "2031-03-01T07:13:00+01:00[Europe/Berlin]",
        ] {
            assert_eq!(zone(&[text, ""]), Some(Zone::Utc), "{text}");
        }
        for text in [
            "2031-03-01T07:13:00",
            "07:13 01-03-2031",
            "06:30",
            "6:30 PM",
        ] {
            assert_eq!(zone(&[text]), Some(Zone::Named), "{text}");
        }
        assert_eq!(zone(&["", " "]), None);
    }

    #[test]
    fn a_model_warns_of_hours_of_another_kind() {
        let flow = Flow {
            dim: 1,
            layers: vec![],
            prior: Prior::Normal,
        };
        let mut model = Model::new("m", vec!["x".into()], flow);
        assert_eq!(Zone::Utc.warning(&model), None);
        Zone::Utc.keep(&mut model);
        assert_eq!(Zone::Utc.warning(&model), None);
        let warning = Zone::Named.warning(&model).unwrap();
        assert!(
            warning.contains("off by the distance from UTC"),
            "{warning}"
        );
        assert!(
            zone(&["06:30", "06:30Z"])
                .unwrap()
                .warning(&model)
                .is_some()
        );
    }
}
